"""A payment as it stands, what may become known about it, and what that leads to: the nouns of `decide.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from webapp.events import Event
from webapp.outbox import Fact
from webapp.payments.calls import Ask


class Known(StrEnum):
    """What may become known about a payment: the provider's words, and four of our own."""

    DUE = "due"
    TAKEN = "taken"
    DECLINED = "declined"
    VOIDED = "voided"
    AWAITS_SHOPPER = "awaits_shopper"
    NEVER_SEEN = "never_seen"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    VOID_ASKED = "void_asked"
    REFUND_ASKED = "refund_asked"
    REFUND_DONE = "refund_done"


@dataclass(frozen=True, slots=True)
class Standing:
    """A payment as it stands. Amounts are in minor units, instants in microseconds UTC. `asked` says that the queue was
    asked for its next call: then it is due, whatever this machine's clock makes of `next_try_at`."""

    order_id: int
    market_id: int
    state: str
    amount_minor: int
    currency: str
    next_call: Ask
    next_try_at: int | None
    overdue_at: int
    updated_at: int
    traceparent: str
    attempts: int = 0
    sequence: int = 0
    provider_id: str | None = None
    reason: str | None = None
    card: str | None = None
    taken_minor: int = 0
    refunded_minor: int = 0
    asked: bool = False
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something that became known about one payment at an instant. `ask` and `attempt` say which call it answers; both
    are absent when the provider called us. `pending_minor` is what other refunds of it have under way."""

    known: Known
    order_id: int
    at: int
    ask: Ask | None = None
    attempt: int | None = None
    amount_minor: int = 0
    currency: str = ""
    provider_id: str | None = None
    reason: str | None = None
    card: str | None = None
    reversed: bool = False
    refund_id: int = 0
    pending_minor: int = 0
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one piece of news leads to. `note` says in a word what came of it; `call` is a call to make, `give_back` asks
    for the automatic refund of a late success."""

    after: Standing
    note: str
    event: Event | None = None
    call: Ask | None = None
    give_back: bool = False


@dataclass(slots=True)
class Decision:
    """All that a batch of news leads to: one step for each, the payments that changed, the facts to tell in order."""

    steps: list[Step] = field(default_factory=list)
    changed: dict[int, Standing] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
