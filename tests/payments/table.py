"""A payment and news about it, as the tests of the transition table make them."""

from __future__ import annotations

from typing import Any

from webapp.clock import seconds
from webapp.payments.calls import Ask
from webapp.payments.decide import LEASE, decide
from webapp.payments.models import CALLING, DECLINED, NEW, REFUNDED, TAKEN, VOIDED
from webapp.payments.standing import Known, News, Standing, Step

STATES = (NEW, CALLING, TAKEN, DECLINED, VOIDED, REFUNDED)
OPENED, NOW, OVERDUE = seconds(1000), seconds(1002), seconds(1018)


def create_standing(state: str = CALLING, **overrides: Any) -> Standing:
    """A payment of 12.50 EUR in a state that it can be in."""
    whole = {
        "taken_minor": 1250 if state in (TAKEN, REFUNDED) else 0,
        "refunded_minor": 1250 if state == REFUNDED else 0,
    }
    return Standing(
        **{
            "order_id": 7, "market_id": 3, "state": state, "amount_minor": 1250, "currency": "EUR",
            "next_call": Ask.CHARGE if state == NEW else Ask.LOOK_UP,
            "next_try_at": OPENED if state == NEW else NOW + LEASE if state == CALLING else None,
            "overdue_at": OVERDUE, "updated_at": OPENED, "traceparent": "00-t", "attempts": 0 if state == NEW else 1,
            "sequence": {NEW: 0, CALLING: 0, REFUNDED: 2}.get(state, 1), **whole, **overrides,
        }
    )  # fmt: skip


def create_news(known: Known, **overrides: Any) -> News:
    """News about that payment: the answer to its first call, a charge, of the right amount."""
    return News(
        **{
            "known": known, "order_id": 7, "at": NOW, "ask": Ask.CHARGE, "attempt": 1, "amount_minor": 1250, "currency": "EUR",
            "provider_id": "ch_1", "reason": "card_declined" if known is Known.DECLINED else None, **overrides,
        }
    )  # fmt: skip


def step_of(standing: Standing, news: News) -> Step:
    """What one piece of news leads to."""
    return decide({7: standing}, [news]).steps[0]


def callback(known: Known, **overrides: Any) -> News:
    """News that the provider told by itself."""
    return create_news(known, ask=None, attempt=None, **overrides)
