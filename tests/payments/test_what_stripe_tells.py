"""Stripe's events over HTTP: believed for their signature alone, and none changes what it should not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.payments.desk import AMOUNT, at_rest, create_request, kinds, payment
from tests.payments.stripes import BANK, KEY, PUBLISHABLE, SECRET, create_event, sign
from tests.payments.test_the_providers_callbacks import everything
from webapp import clock
from webapp.app import create_app
from webapp.db import db, transact
from webapp.payments import commands
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.settings import Settings

URL = "/payments/stripe"
CARDS = {"stripe_secret_key": KEY, "stripe_publishable_key": PUBLISHABLE, "stripe_webhook_secret": SECRET}


@pytest.fixture
def house(settings: Settings) -> Iterator[Flask]:
    """A house that takes cards; the test runs in its context."""
    app = create_app(settings.model_copy(update=CARDS))
    app.testing = True
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def calling(method: str = "card", order_id: int = 7) -> str:
    """Open a payment whose first call is under way; returns its key."""
    request = create_request(order_id, "pm_card_visa", method=method)
    transact(lambda: commands.begin([request], clock.now()))
    return str(payment(order_id)["idempotency_key"])


def intent(key: str, **overrides: Any) -> dict[str, Any]:
    """The intent of that payment, as Stripe shows it."""
    return {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": AMOUNT, "amount_received": AMOUNT,
            "currency": "eur", "metadata": {"order_id": "7", "key": key}, "last_payment_error": None, **overrides}  # fmt: skip


def post(app: Flask, body: bytes, signature: str | None = "good") -> Any:
    """Post an event, signed as Stripe does unless a signature is given; returns the response."""
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["Stripe-Signature"] = sign(body) if signature == "good" else signature
    db.session.rollback()
    return app.test_client().post(URL, data=body, headers=headers)


def test_a_success_while_we_wait_is_the_verdict_once(house: Flask) -> None:
    body = create_event(intent(calling()), "payment_intent.succeeded")
    assert post(house, body).json == {"outcome": "taken"}
    assert kinds(7) == ["PAYMENT_SUCCESS"]
    assert payment(7)["provider_id"] == "pi_1"
    before = everything()
    assert post(house, body).json == {"outcome": "doubled"}
    assert everything() == before


def test_a_refusal_is_a_verdict_with_its_reason(house: Flask) -> None:
    error = {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "payment_method": {"card": {"last4": "0002"}},
    }
    thing = intent(calling(), status="requires_payment_method", amount_received=0, last_payment_error=error)
    assert post(house, create_event(thing, "payment_intent.payment_failed")).json == {"outcome": "declined"}
    row = payment(7)
    assert (row["state"], row["reason"], row["card"]) == ("DECLINED", "insufficient_funds", "0002")


def test_an_event_that_comes_before_our_own_answer_is_the_verdict_and_the_answer_adds_nothing(house: Flask) -> None:
    key = calling()
    post(house, create_event(intent(key), "payment_intent.succeeded"))
    call = Call(Ask.CHARGE, 7, 1, key, AMOUNT, "EUR", method="card")
    transact(lambda: commands.settle([Outcome(call, Said.TAKEN, "{}", "pi_1", AMOUNT, "EUR")], clock.now()))
    assert kinds(7) == ["PAYMENT_SUCCESS"]
    assert at_rest()


def test_events_out_of_order_undo_nothing(house: Flask) -> None:
    key = calling()
    post(house, create_event(intent(key), "payment_intent.succeeded", "evt_2"))
    before = payment(7)
    late = [("payment_intent.created", "noted"), ("payment_intent.payment_failed", "changes nothing"),
            ("payment_intent.canceled", "changes nothing"), ("payment_intent.requires_action", "noted"),
            ("payment_intent.amount_capturable_updated", "noted")]  # fmt: skip
    for number, (kind, came) in enumerate(late):
        body = create_event(intent(key, status="requires_payment_method"), kind, f"evt_late_{number}")
        assert post(house, body).json == {"outcome": came}
    assert payment(7) == before
    assert kinds(7) == ["PAYMENT_SUCCESS"]


def test_a_success_after_a_refusal_is_asked_about_and_moves_no_money_by_itself(house: Flask) -> None:
    key = calling()
    post(house, create_event(intent(key, last_payment_error={"code": "x"}), "payment_intent.payment_failed", "evt_1"))
    assert post(house, create_event(intent(key), "payment_intent.succeeded", "evt_2")).json == {
        "outcome": "late success"
    }
    row = payment(7)
    assert (row["state"], row["next_call"], row["taken_minor"]) == ("DECLINED", "look_up", 0)
    assert row["next_try_at"] is not None


@pytest.mark.parametrize("wrong", [{"amount_received": 1}, {"currency": "usd"}, {"amount_received": 0}], ids=str)
def test_a_success_of_a_wrong_amount_or_currency_is_only_noted(house: Flask, wrong: dict[str, Any]) -> None:
    before_key = calling()
    before = payment(7)
    body = create_event(intent(before_key), "payment_intent.succeeded", **wrong)
    assert post(house, body).json == {"outcome": "wrong amount"}
    assert payment(7) == before


def test_an_unknown_key_is_noted_and_what_is_not_ours_is_not_even_kept(house: Flask) -> None:
    assert post(house, create_event(intent("order-7-nobody"), "payment_intent.succeeded")).json == {
        "outcome": "unknown key"
    }
    before = everything()
    for stranger in (
        create_event(intent("x", metadata={}), "payment_intent.succeeded", "evt_2"),
        create_event(intent("x", metadata=None), "payment_intent.succeeded", "evt_3"),
        create_event(intent("x", metadata={"key": 7}), "payment_intent.succeeded", "evt_4"),
        create_event({"id": "ch_1", "object": "charge"}, "charge.succeeded", "evt_5"),
    ):
        assert post(house, stranger).json == {"outcome": "not ours"}
    assert everything() == before


def test_stripe_says_nothing_about_payments_of_the_test_provider(house: Flask) -> None:
    key = calling(method="test")
    assert post(house, create_event(intent(key), "payment_intent.succeeded")).json == {"outcome": "unknown key"}
    assert payment(7)["state"] == "CALLING"


FORGED = (
    None, "", "t=1,v1=abc", "v1=abc", "t=,v1=", "t=x,v1=y", "garbage", "t=99999999999999999999,v1=aa", "t=²,v1=aa", "é=ü,t=1",
    f"t={2**70},v1=x", "t=1,v0=aa", ",,,=",
)  # fmt: skip


def test_a_forged_event_is_401_and_changes_not_a_row(house: Flask) -> None:
    body = create_event(intent(calling()), "payment_intent.succeeded")
    before = everything()
    assert {signature: post(house, body, signature).status_code for signature in FORGED} == dict.fromkeys(FORGED, 401)
    assert everything() == before


def test_a_signature_counts_for_its_own_body_secret_and_five_minutes_only(house: Flask) -> None:
    body = create_event(intent(calling()), "payment_intent.succeeded")
    before, now = everything(), int(time.time())
    good = sign(body, at=now)
    assert post(house, body + b" ", good).status_code == 401
    assert post(house, body, sign(body, "whsec_another", now)).status_code == 401
    assert post(house, body, sign(body, at=now - 310)).status_code == 401
    assert post(house, body, good.replace(f"t={now}", f"t={now + 1}")).status_code == 401
    assert post(house, b"\xff\xfe", good).status_code == 401
    assert everything() == before
    assert post(house, body, f"{sign(body, 'whsec_old', now)},{good.partition(',')[2]}").status_code == 200


def malformed() -> Iterator[bytes]:
    """Bodies that are signed well and make no sense."""
    yield from (b"", b"{", b"[]", b"null", b"7", b'"text"', b"{}", b'{"data": []}', b'{"data": {"object": 7}}')
    yield create_event(intent("k"), 7)  # type: ignore[arg-type]
    yield create_event(intent("k"), "payment_intent.succeeded", "")
    yield create_event(intent("k"), "payment_intent.succeeded", "x" * 81)
    for wrong in (
        {"id": None}, {"id": 7}, {"id": "x" * 81}, {"currency": None}, {"currency": "euro"}, {"amount_received": "1250"},
        {"amount_received": 12.5}, {"amount_received": True}, {"amount_received": None}, {"amount_received": 2**63},
        {"metadata": {"key": "x" * 81}}, {"metadata": {"key": "k\x00"}}, {"metadata": {"key": ""}},
    ):  # fmt: skip
        yield create_event(intent("k"), "payment_intent.succeeded", **wrong)


def test_a_signed_event_that_makes_no_sense_is_400_and_changes_not_a_row(house: Flask) -> None:
    before = everything()
    for body in malformed():
        response = post(house, body)
        assert (body, response.status_code) == (body, 400)
        assert response.content_type == "application/problem+json"
    assert everything() == before


def test_an_event_that_is_too_large_is_refused_unread(house: Flask) -> None:
    assert post(house, b"x" * 300_000).status_code == 413


def test_where_no_cards_are_taken_nobody_listens(app: Flask) -> None:
    body = json.dumps({}).encode()
    with app.app_context():
        assert post(app, body).status_code == 404


def test_an_order_called_off_while_the_bank_waits_for_its_customer_is_voided_there(house: Flask) -> None:
    key = calling()
    call = Call(Ask.CHARGE, 7, 1, key, AMOUNT, "EUR", method="card")
    asks = Outcome(call, Said.AWAITS_SHOPPER, "{}", "pi_1", action_url=BANK)
    transact(lambda: commands.settle([asks], clock.now()))
    assert payment(7)["action_url"] == BANK
    transact(lambda: commands.void([create_request(method="card")], clock.now()))
    row = payment(7)
    assert (row["state"], row["next_call"], row["reason"]) == ("CALLING", "void", "cancelled")
    thing = intent(key, status="canceled")
    assert post(house, create_event(thing, "payment_intent.canceled")).json == {"outcome": "voided"}
    row = payment(7)
    assert (row["state"], row["reason"], row["action_url"]) == ("VOIDED", "cancelled", None)
