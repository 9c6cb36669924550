"""The saga where orders are paid by card at Stripe, over a Stripe of our own that keeps a ledger and fails on purpose. After
every test the market is checked, and Stripe's ledger is the witness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import SettingsOn
from tests.payments.stripes import ASKING, BANK, KEY, PUBLISHABLE, SECRET, Stripes, create_event, serving, sign
from tests.saga.conftest import Saga
from tests.saga.driving import Driver, OverDatabase
from webapp import clock
from webapp.db import Row, db, transact
from webapp.errors import Invalid
from webapp.events import Quantity
from webapp.payments import commands
from webapp.settings import Settings

WAYS = ["embedded on SQLite", pytest.param("embedded on PostgreSQL", marks=pytest.mark.server)]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """The ways to run these: how messages travel makes no difference to a gateway."""
    return str(request.param)


@pytest.fixture
def stripes() -> Iterator[Stripes]:
    """A Stripe of our own."""
    with serving() as state:
        yield state


@pytest.fixture
def settings(way: str, settings_on: SettingsOn, stripes: Stripes) -> Settings:
    """Settings of a house that takes cards, and knows no other provider."""
    plain = settings_on("sqlite" if "SQLite" in way else "postgresql")
    cards = {"stripe_secret_key": KEY, "stripe_publishable_key": PUBLISHABLE, "stripe_webhook_secret": SECRET,
             "stripe_api_base": stripes.url, "provider_url": None, "payment_timeout": 30.0}  # fmt: skip
    return plain.model_copy(update=cards)


class WithReconciler(OverDatabase):
    """The embedded transport, with the timer that asks for payments which are due again."""

    def work(self) -> None:
        transact(lambda: commands.ask_due(clock.now()))
        super().work()


@pytest.fixture
def driver(app: Flask) -> Iterator[Driver]:
    """The services at work."""
    with app.app_context():
        driven = WithReconciler()
        yield driven
        driven.close()


@pytest.fixture
def cards(saga: Saga) -> Saga:
    """The market, whose shoppers pay by card."""
    saga.method = "card"
    return saga


def tell(app: Flask, intent: dict[str, Any], kind: str, event_id: str) -> str:
    """Stripe tells the market of an intent; returns what came of it."""
    body = create_event(intent, kind, event_id)
    db.session.rollback()
    answer = app.test_client().post("/payments/stripe", data=body, headers={"Stripe-Signature": sign(body)})
    assert answer.status_code == 200
    return str((answer.json or {})["outcome"])


def waiting_for_the_bank(saga: Saga, order_id: int) -> Row:
    """Work until the bank asks for its customer; the payment as it is then."""
    saga.driver.settle_until(lambda: any(row["action_url"] for row in saga.rows("payments", order_id=order_id)))
    return saga.row("payments", order_id=order_id)


def test_an_order_is_completed_and_charged_once(cards: Saga, stripes: Stripes, driver: Driver) -> None:
    mug = cards.product(stock=3)
    order_id = cards.place((mug, 2), token="pm_card_visa")
    cards.settle()
    assert cards.status(order_id) == "COMPLETED"
    assert cards.stock(mug) == (1, 0)
    intent = stripes.of(order_id)
    assert (intent["amount_received"], intent["currency"]) == (2500, "eur")
    row = cards.row("payments", order_id=order_id)
    assert (row["provider_id"], row["card"], row["method"]) == (intent["id"], "4242", "card")
    assert intent["metadata"]["key"] == row["idempotency_key"]
    before = cards.told(order_id=order_id)
    for event_id, came in (("evt_1", "changes nothing"), ("evt_1", "doubled"), ("evt_2", "changes nothing")):
        assert tell(cards.app, intent, "payment_intent.succeeded", event_id) == came
    cards.settle()
    assert cards.told(order_id=order_id) == before


def test_a_refused_card_is_a_refused_order_with_the_reason(cards: Saga, stripes: Stripes) -> None:
    mug = cards.product(stock=3)
    order_id = cards.place((mug, 2), token="pm_card_visa_chargeDeclinedInsufficientFunds")
    cards.settle()
    order = cards.row("orders", id=order_id)
    assert (order["status"], order["reason"]) == ("PAYMENT_REJECTED", "insufficient_funds")
    assert cards.stock(mug) == (3, 0)
    assert cards.emails(order_id) != []
    assert stripes.of(order_id)["amount_received"] == 0


CONFIRM = r"/v1/payment_intents/pi_1/confirm"


@pytest.mark.parametrize(
    "faults",
    [
        [(CONFIRM, "after", None)],
        [(CONFIRM, "after", 500)],
        [("/v1/payment_intents", "after", None), (CONFIRM, "before", 500)],
        [(CONFIRM, "before", 429), (CONFIRM, "before", 409), (CONFIRM, "after", None)],
    ],
    ids=["silent after the charge", "500 after the charge", "silent, then 500, then fine", "busy, busy, then silent"],
)
def test_whatever_gets_lost_the_card_is_charged_once(
    cards: Saga, stripes: Stripes, faults: list[tuple[str, str, int | None]]
) -> None:
    stripes.faults.extend(faults)
    mug = cards.product(stock=1)
    order_id = cards.place((mug, 1), token="pm_card_visa")
    cards.settle()
    assert cards.status(order_id) == "COMPLETED"
    assert len(stripes.intents) == 1
    assert stripes.faults == []


def test_money_goes_back_in_part_and_then_whole(cards: Saga, stripes: Stripes) -> None:
    mug = cards.product(stock=2)
    order_id = cards.place((mug, 2), token="pm_card_visa")
    cards.settle()
    stripes.fail("/v1/refunds", "after")
    cards.refund(order_id, 1000, [Quantity(mug, 1)])
    cards.settle()
    assert cards.row("orders", id=order_id)["refunded_minor"] == 1000
    assert cards.stock(mug) == (1, 0)
    cards.refund(order_id)
    cards.settle()
    assert cards.status(order_id) == "REFUNDED"
    assert [one["amount"] for one in stripes.refunds.values()] == [1000, 1500]


@pytest.mark.parametrize("heard", [True, False], ids=["told by an event", "found by asking"])
@pytest.mark.parametrize(("fine", "status"), [(True, "COMPLETED"), (False, "PAYMENT_REJECTED")])
def test_a_shopper_who_speaks_to_the_bank_is_waited_for(
    cards: Saga, stripes: Stripes, fine: bool, status: str, heard: bool
) -> None:
    mug = cards.product(stock=1)
    order_id = cards.place((mug, 1), token=ASKING)
    payment = waiting_for_the_bank(cards, order_id)
    assert payment["action_url"] == BANK
    assert payment["overdue_at"] - payment["opened_at"] >= 600_000_000
    assert cards.stock(mug) == (1, 1)
    link = cards.row("orders", id=order_id)["link"]
    [confirmed] = stripes.calls(CONFIRM)
    assert confirmed.sent["return_url"].endswith(f"/o/{link}")
    intent = stripes.settle(order_id, fine)
    if heard:
        kind = "payment_intent.succeeded" if fine else "payment_intent.payment_failed"
        assert tell(cards.app, intent, kind, "evt_1") == ("taken" if fine else "declined")
    cards.settle()
    assert cards.status(order_id) == status
    assert cards.row("payments", order_id=order_id)["action_url"] is None


def test_an_order_called_off_at_the_bank_is_cancelled_and_its_intent_too(cards: Saga, stripes: Stripes) -> None:
    mug = cards.product(stock=1)
    order_id = cards.place((mug, 1), token=ASKING)
    waiting_for_the_bank(cards, order_id)
    cards.cancel(order_id)
    cards.settle()
    assert cards.status(order_id) == "CANCELLED"
    assert stripes.of(order_id)["status"] == "canceled"
    assert cards.stock(mug) == (1, 0)


def test_a_shopper_who_was_faster_at_the_bank_than_their_cancellation_gets_the_money_back(
    cards: Saga, stripes: Stripes
) -> None:
    mug = cards.product(stock=1)
    order_id = cards.place((mug, 1), token=ASKING)
    waiting_for_the_bank(cards, order_id)
    cards.cancel(order_id)
    stripes.settle(order_id)
    cards.settle()
    assert cards.status(order_id) == "CANCELLED"
    assert [one["amount"] for one in stripes.refunds.values()] == [1250]


def test_a_success_after_the_end_goes_back_whole_by_itself(cards: Saga, stripes: Stripes) -> None:
    mug = cards.product(stock=1)
    order_id = cards.place((mug, 1), token="pm_card_visa_chargeDeclined")
    cards.settle()
    intent = stripes.of(order_id)
    stripes._take(intent)
    assert tell(cards.app, intent, "payment_intent.succeeded", "evt_late") == "late success"
    cards.settle()
    assert cards.status(order_id) == "PAYMENT_REJECTED"
    assert [one["amount"] for one in stripes.refunds.values()] == [1250]


def test_a_house_that_takes_cards_takes_no_test_token_and_nothing_that_is_no_card(cards: Saga) -> None:
    mug = cards.product(stock=1)
    for method, token in (("test", "tok_success"), ("card", "tok_success"), ("card", "4242424242424242"), ("card", ""), ("test", "pm_card_visa"),
                          ("card", "pm_"), ("card", "pm_x y"), ("card", "pm_" + "x" * 101), ("card", "pm_x\n")):  # fmt: skip
        cards.method = method
        with pytest.raises(Invalid, match=r"not known|taken by card here"):
            cards.place((mug, 1), token=token)
    assert cards.rows("orders") == []


def test_a_payment_of_the_test_provider_waits_where_no_such_provider_is_set(
    cards: Saga, stripes: Stripes, settings: Settings
) -> None:
    mug = cards.product(stock=1)
    cards.app.extensions["settings"] = settings.without_cards()
    cards.method = "test"
    order_id = cards.place((mug, 1))
    cards.app.extensions["settings"] = settings
    cards.driver.settle_until(lambda: bool(cards.rows("payment_attempts", order_id=order_id, outcome="unavailable")))
    assert stripes.asked == []
    cards.app.extensions["settings"] = settings.model_copy(update={"provider_url": "inprocess:"})
    del cards.app.extensions["payment_gateway"]
    cards.settle()
    assert cards.status(order_id) == "COMPLETED"
    assert stripes.asked == []
