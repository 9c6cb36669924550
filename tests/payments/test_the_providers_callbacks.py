"""Callbacks over HTTP: believed for their signature alone, and none changes what it should not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask

from services.provider.events import sign
from tests.payments.desk import (
    AMOUNT,
    SECRET,
    Bank,
    asked,
    at_rest,
    attempts,
    create_request,
    kinds,
    payment,
    place,
    work,
    work_until,
)
from tests.provider.running import at_once, eventually
from webapp import clock
from webapp.db import db, fetch, transact
from webapp.payments import commands, queries

URL = "/payments/callback"


def create_body(key: str, type: str = "charge.taken", event_id: str = "evt_1", **charge: Any) -> bytes:
    """A callback's body about a charge of 12.50 EUR."""
    details = {
        "id": "ch_1", "status": "taken", "reason": None, "amount": AMOUNT, "currency": "EUR", "reference": "order-7",
        "idempotency_key": key, "refunded": 0, "card": {"last4": "4242"}, **charge,
    }  # fmt: skip
    return json.dumps({"id": event_id, "type": type, "created": "2026-01-01T00:00:00Z", "charge": details}).encode()


def post(app: Flask, body: bytes, signature: str | None = "good") -> Any:
    """Post a callback, signed as the provider does unless a signature is given; returns the response."""
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["Provider-Signature"] = sign(SECRET, body, time.time()) if signature == "good" else signature
    db.session.rollback()
    return app.test_client().post(URL, data=body, headers=headers)


def calling(order_id: int = 7) -> str:
    """Open a payment whose first call is under way; returns its key."""
    transact(lambda: commands.begin([create_request(order_id)], clock.now()))
    return str(payment(order_id)["idempotency_key"])


def everything() -> Any:
    """All that a callback might change."""
    tables = ("payments", "payment_attempts", "refunds", "payment_callbacks", "events", "outbox")
    found = {table: fetch(f"SELECT * FROM {table} ORDER BY 1") for table in tables}
    db.session.rollback()
    return found


def test_a_success_while_we_wait_is_the_verdict(room: Flask) -> None:
    key = calling()
    assert post(room, create_body(key)).json == {"outcome": "taken"}
    assert kinds(7) == ["PAYMENT_SUCCESS"]
    assert payment(7)["card"] == "4242"


FORGED = (
    None, "", "t=1,v1=abc", "v1=abc", "t=,v1=", "t=x,v1=y", "garbage", "t=99999999999999999999,v1=aa", "t=²,v1=aa",
    "é=ü,t=1", f"t={2**70},v1=x",
)  # fmt: skip


def test_a_forged_callback_is_401_and_changes_not_a_row(room: Flask) -> None:
    body = create_body(calling())
    before = everything()
    assert {signature: post(room, body, signature).status_code for signature in FORGED} == dict.fromkeys(FORGED, 401)
    assert everything() == before


def test_a_signature_counts_for_its_own_body_secret_and_five_minutes_only(room: Flask) -> None:
    body = create_body(calling())
    before, now = everything(), time.time()
    good = sign(SECRET, body, now)
    assert post(room, body + b" ", good).status_code == 401
    assert post(room, body, sign("another secret", body, now)).status_code == 401
    assert post(room, body, sign(SECRET, body, now - 310)).status_code == 401
    assert post(room, body, sign(SECRET, body, now + 310)).status_code == 401
    assert post(room, body, good.replace(f"t={int(now)}", f"t={int(now) + 1}")).status_code == 401
    assert everything() == before
    assert post(room, body, sign(SECRET, body, now - 290)).status_code == 200


MALFORMED = (
    b"", b"{", b"[]", b"null", b"7", b'"text"', b"{}", b'{"id": "evt_1"}', b'{"id": "evt_1", "type": "charge.taken", "charge": []}',
    b'{"id": "evt_1", "type": "charge.taken", "charge": {}}', b"\xff\xfe",
    create_body("k", amount="1250"), create_body("k", amount=12.5), create_body("k", amount=True), create_body("k", amount=None),
    create_body("k", amount=2**63), create_body("k", amount=-(2**70)), create_body("k", currency=None), create_body("k", currency=7),
    create_body("k", id=7), create_body("k", id="x" * 81), create_body("k", reason=[1]), create_body("x" * 81), create_body("k\x00"),
    create_body("k", event_id=""), create_body("k", event_id="x" * 81), create_body("k", type="x" * 41), create_body(7),  # type: ignore[arg-type]
    create_body("k", type=None), create_body("k", event_id=None),  # type: ignore[arg-type]
)  # fmt: skip


def test_a_signed_callback_that_makes_no_sense_is_400_and_changes_not_a_row(room: Flask) -> None:
    before = everything()
    for body in MALFORMED:
        response = post(room, body)
        assert (body, response.status_code) == (body, 400)
        assert response.content_type == "application/problem+json"
    assert everything() == before


def test_a_callback_that_is_too_large_is_refused_unread(room: Flask) -> None:
    large = post(room, b" " * (64 * 1024) + create_body("k"))
    assert (large.status_code, large.json["detail"]) == (413, "the request is too large: at most 64 KiB are read")


def test_a_callback_without_a_proper_card_still_counts(room: Flask) -> None:
    for order_id, card in enumerate([None, 7, {"last4": 7}, {"last4": "12345"}, {}], start=1):
        assert post(room, create_body(calling(order_id), event_id=f"evt_{order_id}", card=card)).json == {
            "outcome": "taken"
        }
        assert payment(order_id)["card"] is None


def test_a_doubled_callback_counts_once(room: Flask) -> None:
    body = create_body(calling())
    assert [post(room, body).json["outcome"] for _ in range(3)] == ["taken", "doubled", "doubled"]
    assert post(room, create_body(payment(7)["idempotency_key"], event_id="evt_2")).json == {
        "outcome": "changes nothing"
    }
    assert kinds(7) == ["PAYMENT_SUCCESS"]


def test_ten_at_the_same_moment_count_once(room: Flask) -> None:
    body = create_body(calling())
    answers = at_once(10, lambda _: post_in(room, body))
    assert sorted(answers) == ["doubled"] * 9 + ["taken"]
    assert kinds(7) == ["PAYMENT_SUCCESS"]


def post_in(app: Flask, body: bytes) -> str:
    """Post a callback from a thread of its own."""
    with app.app_context():
        return str(post(app, body).json["outcome"])


def test_callbacks_out_of_order_leave_the_first_verdict(room: Flask) -> None:
    key = calling()
    assert post(room, create_body(key, event_id="evt_2")).json == {"outcome": "taken"}
    declined = create_body(key, type="charge.declined", event_id="evt_1", status="declined", reason="card_declined")
    assert post(room, declined).json == {"outcome": "changes nothing"}
    assert kinds(7) == ["PAYMENT_SUCCESS"]


def test_a_wrong_amount_or_currency_is_kept_shown_and_decides_nothing(room: Flask) -> None:
    key = calling()
    before = everything()
    wrongs: list[dict[str, Any]] = [{"amount": AMOUNT + 1}, {"amount": -AMOUNT}, {"amount": 0}, {"currency": "USD"}]
    for number, wrong in enumerate(wrongs):
        assert post(room, create_body(key, event_id=f"evt_{number}", **wrong)).json == {"outcome": "wrong amount"}
    after = everything()
    assert [kept["outcome"] for kept in after.pop("payment_callbacks")] == ["wrong amount"] * 4
    before.pop("payment_callbacks")
    assert after == before
    assert [(row["what"], row["order_id"]) for row in queries.troubled()] == [("callback: wrong amount", 7)] * 4


def test_news_of_another_kind_is_noted(room: Flask) -> None:
    key = calling()
    for kind in ("refund.done", "charge.disputed", "x"):
        assert post(room, create_body(key, type=kind, event_id=f"evt_{kind}")).json == {"outcome": "noted"}
    assert payment(7)["state"] == "CALLING"


def test_a_callback_about_an_order_that_we_do_not_know_is_noted(room: Flask) -> None:
    assert post(room, create_body("order-99-else")).json == {"outcome": "unknown key"}
    assert asked() == []


def test_a_late_success_is_asked_about_at_once_and_given_back_once(room: Flask) -> None:
    key = calling()
    post(room, create_body(key, type="charge.declined", reason="card_declined"))
    assert post(room, create_body(key, event_id="evt_2")).json == {"outcome": "late success"}
    assert asked() == [("charge", "7")]
    assert kinds(7) == ["PAYMENT_FAILURE"]
    assert fetch("SELECT * FROM refunds") == []


def test_a_false_success_that_the_provider_does_not_confirm_moves_no_money(market: Flask, bank: Bank) -> None:
    [order_id] = place("tok_declined")
    work([("charge", str(order_id))])
    key = payment(order_id)["idempotency_key"]
    sent = bank.post(
        "/v1/faults/callbacks", {"idempotency_key": key, "type": "charge.taken", "url": _address(market)}
    ).json()
    assert sent["errors"] == [None]
    work_until(at_rest)
    assert attempts(order_id) == [("charge", "declined"), ("look_up", "declined")]
    assert (kinds(order_id), payment(order_id)["taken_minor"]) == (["PAYMENT_FAILURE"], 0)


@pytest.mark.parametrize("disturbance", [
    {"callback_copies": 10}, {"callback_amount_off": 1}, {"callback_amount_off": -AMOUNT}, {"callback_jitter_ms": 500},
], ids=str)  # fmt: skip
def test_a_late_success_whose_callback_is_disturbed_goes_back_once(
    market: Flask, bank: Bank, disturbance: dict[str, int]
) -> None:
    bank.faults(**disturbance)
    [order_id] = place("tok_late_success")
    work([("charge", str(order_id))])
    work_until(lambda: at_rest() and kinds(order_id) == ["PAYMENT_FAILURE", "PAYMENT_REFUNDED"])
    assert bank.charges_and_refunds(order_id) == (1, 1)
    assert payment(order_id)["state"] == "REFUNDED"


def test_a_forged_callback_of_a_late_success_is_refused_and_the_true_one_counts(market: Flask, bank: Bank) -> None:
    bank.faults(callback_forged=True)
    [order_id] = place("tok_late_success")
    work([("charge", str(order_id))])
    eventually(lambda: any(event["last_error"] == "status 401" for event in bank.of(order_id)["events"]))
    assert kinds(order_id) == ["PAYMENT_FAILURE"]
    bank.faults()
    work_until(lambda: at_rest() and kinds(order_id) == ["PAYMENT_FAILURE", "PAYMENT_REFUNDED"])
    assert bank.charges_and_refunds(order_id) == (1, 1)


def test_the_provider_s_own_idea_of_a_bad_signature_is_refused(market: Flask, bank: Bank) -> None:
    [order_id] = place("tok_success")
    work([("charge", str(order_id))])
    key = payment(order_id)["idempotency_key"]
    for signature in ("forged", "stale", "none"):
        body = {"idempotency_key": key, "url": _address(market), "signature": signature, "copies": 3}
        assert bank.post("/v1/faults/callbacks", body).json()["errors"] == ["status 401"] * 3
    assert fetch("SELECT * FROM payment_callbacks") == []


def _address(app: Flask) -> str:
    return f"{app.extensions['settings'].base_url}{URL}"
