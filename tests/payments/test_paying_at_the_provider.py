"""Payments against the real provider process, whose ledger has the last word: at most one charge an order, always."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.live.serving import until
from tests.payments.desk import AMOUNT, SECRET, Bank, at_rest, attempts, kinds, payment, place, told, work, work_until
from webapp import clock
from webapp.db import db, execute, fetch, transact
from webapp.orders.queries import to_pay
from webapp.payments import commands
from webapp.payments.gateway import HttpGateway, current
from workers import payments as tasks

ENDS = {
    "tok_success": ("TAKEN", None, 1, 0),
    "tok_declined": ("DECLINED", "card_declined", 0, 0),
    "tok_insufficient_funds": ("DECLINED", "insufficient_funds", 0, 0),
    "tok_timeout": ("TAKEN", None, 1, 0),
    "tok_unavailable_twice": ("TAKEN", None, 1, 0),
    "tok_late_success": ("REFUNDED", "card_declined", 1, 1),
}


def begin_and_work(*tokens: str) -> list[int]:
    """Place orders and take their first charge messages."""
    ids = place(*tokens)
    work([("charge", str(id_)) for id_ in ids])
    return ids


@pytest.mark.usefixtures("impatient")
def test_every_token_ends_as_the_contract_says_within_half_a_minute(market: Flask, bank: Bank) -> None:
    ids = begin_and_work(*ENDS)
    late = ids[list(ENDS).index("tok_late_success")]
    work_until(lambda: at_rest() and kinds(late) == ["PAYMENT_FAILURE", "PAYMENT_REFUNDED"])
    for order_id, (token, (state, reason, charges, refunds)) in zip(ids, ENDS.items(), strict=True):
        row = payment(order_id)
        assert (row["state"], row["reason"]) == (state, reason), token
        assert bank.charges_and_refunds(order_id) == (charges, refunds), token
        assert len(bank.of(order_id)["calls"]) == 1, "one idempotency key an order"
        verdict = told(order_id)[0]
        if state == "TAKEN":
            assert (verdict["type"], verdict["amount_minor"], verdict["attempts"]) == (
                "PAYMENT_SUCCESS",
                AMOUNT,
                row["attempts"],
            )
            assert row["card"] is not None
        else:
            assert (verdict["type"], verdict["reason"]) == ("PAYMENT_FAILURE", reason)
    refunded = told(late)[1]
    assert (refunded["reason"], refunded["amount_minor"], refunded["whole"]) == ("late_success", AMOUNT, True)
    assert attempts(ids[3]) == [("charge", "unknown"), ("look_up", "taken")]
    assert attempts(ids[4]) == [("charge", "unavailable"), ("charge", "unavailable"), ("charge", "taken")]
    assert {(row["kind"], row["n"]) for row in fetch("SELECT idempotency_key AS kind, count(DISTINCT order_id) AS n FROM payment_attempts"
                                                     " GROUP BY idempotency_key")} == {
        (payment(order_id)["idempotency_key"], 1) for order_id in ids
    }  # fmt: skip


@pytest.mark.usefixtures("impatient")
def test_what_is_kept_of_answers_holds_no_token_and_no_secret(market: Flask, bank: Bank) -> None:
    begin_and_work(*ENDS)
    kept = fetch("SELECT answer FROM payment_attempts UNION ALL SELECT body FROM payment_callbacks")
    db.session.rollback()
    assert len(kept) >= len(ENDS)
    for row in kept:
        assert "tok_" not in row["answer"]
        assert "order-" not in row["answer"]


def test_a_hanging_call_does_not_hold_up_the_others_of_its_batch(market: Flask, bank: Bank) -> None:
    # It hangs for longer than this test waits for the others.
    market.extensions["payment_gateway"] = HttpGateway(bank.url(""), SECRET, "http://127.0.0.1:9/", 90.0)
    ids = place("tok_timeout", *["tok_success"] * 20)
    thread = threading.Thread(target=lambda: _in(market, lambda: tasks.charge([str(id_) for id_ in ids])))
    thread.start()
    until(lambda: sum(payment_state(id_) == "TAKEN" for id_ in ids) == 20, 45)
    assert payment_state(ids[0]) == "CALLING"
    bank.kill()
    thread.join(60)
    bank.start()
    work_until(at_rest)
    assert payment_state(ids[0]) == "TAKEN"


FAULTS = [
    {"mode": "status", "status": 503, "count": 2},
    {"mode": "status", "status": 429, "count": 2},
    {"mode": "status", "status": 409, "count": 1},
    {"mode": "status", "status": 500, "count": 2},
    {"mode": "status", "status": 500, "count": 1, "when": "after"},
    {"mode": "garbage", "count": 1},
    {"mode": "garbage", "count": 1, "when": "after"},
    {"mode": "disconnect", "count": 1},
    {"mode": "disconnect", "count": 1, "when": "after"},
    {"mode": "timeout", "count": 1},
    {"mode": "timeout", "count": 1, "when": "after"},
    {"mode": "status", "status": 500, "count": 2, "on": ["charge", "lookup"], "when": "after"},
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(str(value) for value in fault.values()))
def test_trouble_before_or_after_the_charge_ends_with_one_charge(
    market: Flask, bank: Bank, fault: dict[str, object]
) -> None:
    bank.faults(**fault)
    [order_id] = begin_and_work("tok_success")
    assert payment(order_id)["state"] == "CALLING"
    work_until(at_rest)
    assert kinds(order_id) == ["PAYMENT_SUCCESS"]
    assert bank.charges_and_refunds(order_id) == (1, 0)
    assert len(bank.of(order_id)["calls"]) == 1


def test_a_provider_that_is_down_means_waiting_and_its_return_ends_it(market: Flask, bank: Bank) -> None:
    bank.kill()
    ids = begin_and_work("tok_success", "tok_declined")
    end = time.monotonic() + 2
    work_until(lambda: time.monotonic() > end)
    assert [payment(id_)["state"] for id_ in ids] == ["CALLING", "CALLING"]
    assert not any(kinds(id_) for id_ in ids)
    bank.start()
    work_until(at_rest)
    assert [kinds(id_) for id_ in ids] == [["PAYMENT_SUCCESS"], ["PAYMENT_FAILURE"]]
    assert [bank.charges_and_refunds(id_) for id_ in ids] == [(1, 0), (0, 0)]


@pytest.mark.usefixtures("impatient")
def test_a_provider_that_is_down_until_a_payment_is_overdue_is_asked_and_then_told_to_void_it(
    market: Flask, bank: Bank
) -> None:
    bank.faults(mode="timeout", when="after", count=1)
    [taken] = begin_and_work("tok_success")
    bank.kill()
    [unseen] = begin_and_work("tok_success")
    for order_id in (taken, unseen):
        transact(lambda order_id=order_id: _make_overdue(order_id))  # type: ignore[misc]
    work()
    assert [payment(id_)["state"] for id_ in (taken, unseen)] == ["CALLING", "CALLING"]
    bank.start()
    work_until(at_rest)
    assert (kinds(taken), kinds(unseen)) == (["PAYMENT_SUCCESS"], ["PAYMENT_FAILURE"])
    assert told(unseen)[0]["reason"] == "timed_out"
    assert [bank.charges_and_refunds(id_) for id_ in (taken, unseen)] == [(1, 0), (0, 0)]


@pytest.mark.usefixtures("impatient")
def test_a_provider_killed_after_the_charge_still_says_taken_when_it_is_asked(market: Flask, bank: Bank) -> None:
    bank.faults(mode="timeout", when="after", count=1)
    [order_id] = begin_and_work("tok_success")
    bank.kill()
    bank.start()
    work_until(at_rest)
    assert kinds(order_id) == ["PAYMENT_SUCCESS"]
    assert bank.charges_and_refunds(order_id) == (1, 0)


def test_an_overdue_payment_is_voided_and_a_charge_that_arrives_later_takes_nothing(market: Flask, bank: Bank) -> None:
    bank.faults(mode="status", status=503, on=["charge"])
    [order_id] = begin_and_work("tok_success")
    call = fetch("SELECT * FROM payments")[0]
    transact(lambda: _make_overdue(order_id))
    work_until(at_rest)
    assert attempts(order_id) == [("charge", "unavailable"), ("look_up", "never_seen"), ("void", "voided")]
    assert [(event["type"], event["reason"]) for event in told(order_id)] == [("PAYMENT_FAILURE", "timed_out")]
    bank.faults()
    late = bank.charge(call["idempotency_key"], amount=AMOUNT, reference=f"order-{order_id}")
    assert (late.status_code, bank.charges_and_refunds(order_id)) == (402, (0, 0))


def test_a_void_of_money_that_was_taken_after_all_gives_it_back(market: Flask, bank: Bank) -> None:
    # The provider takes the money without an answer, and does not answer questions either.
    bank.faults(mode="status", status=500, on=["charge", "lookup"], when="after")
    [order_id] = begin_and_work("tok_success")
    transact(lambda: _make_overdue(order_id))
    work_until(at_rest)
    row = payment(order_id)
    assert (row["state"], row["taken_minor"], row["refunded_minor"]) == ("VOIDED", AMOUNT, AMOUNT)
    assert kinds(order_id) == ["PAYMENT_FAILURE"]
    assert bank.charges_and_refunds(order_id) == (1, 1)


def test_a_worker_killed_between_begin_and_settle_costs_a_look_up_and_no_second_charge(
    market: Flask, bank: Bank
) -> None:
    [order_id] = place("tok_success")
    calls = transact(lambda: commands.begin(to_pay([order_id]), clock.now()))
    for _ in current().run(calls):
        pass  # The answers are lost with the worker.
    assert payment(order_id)["state"] == "CALLING"
    transact(lambda: _lapse(order_id))
    work_until(at_rest)
    assert attempts(order_id) == [("charge", None), ("look_up", "taken")]
    assert bank.charges_and_refunds(order_id) == (1, 0)


def test_the_provider_s_ledger_can_be_read_as_a_witness(market: Flask, bank: Bank) -> None:
    ids = begin_and_work("tok_success", "tok_declined", "tok_success")
    gateway = current()
    assert isinstance(gateway, HttpGateway)
    found = {line.order_id: (line.taken_minor, line.refunded_minor) for line in gateway.testify()}
    assert found == {ids[0]: (AMOUNT, 0), ids[1]: (0, 0), ids[2]: (AMOUNT, 0)}


def payment_state(order_id: int) -> str | None:
    """The state of a payment that may not be opened yet."""
    found = fetch("SELECT state FROM payments WHERE order_id = :id", id=order_id)
    db.session.rollback()
    return str(found[0]["state"]) if found else None


def _in(app: Flask, run: Callable[[], None]) -> None:
    with app.app_context():
        run()


def _make_overdue(order_id: int) -> None:

    execute("UPDATE payments SET overdue_at = 0, next_try_at = 0 WHERE order_id = :id", id=order_id)


def _lapse(order_id: int) -> None:

    execute("UPDATE payments SET next_try_at = 0 WHERE order_id = :id", id=order_id)
