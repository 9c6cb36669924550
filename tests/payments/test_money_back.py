"""Refunds: never more than was taken, told once each, tried until the provider answers, by its own ledger correct."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.payments.desk import (
    AMOUNT,
    Bank,
    Scripted,
    answer,
    asked,
    at_rest,
    create_request,
    kinds,
    payment,
    place,
    told,
    work,
    work_until,
)
from tests.provider.running import at_once
from webapp import clock
from webapp.clock import seconds
from webapp.db import db, fetch, transact
from webapp.errors import Conflict, Invalid
from webapp.events import Quantity
from webapp.payments import commands, queries, refunds
from webapp.payments.calls import Call, Said


def take(*order_ids: int) -> None:
    """Payments that are taken."""
    calls = transact(lambda: commands.begin([create_request(id_) for id_ in order_ids], clock.now()))
    transact(lambda: commands.settle([answer(call, Said.TAKEN) for call in calls], clock.now()))


def ask(order_id: int = 7, amount: Any = None, **overrides: Any) -> int:
    """Ask for a refund; returns its id."""
    wish: dict[str, Any] = {"restock": [], "reason": "broken", "actor": "owner@example.com", **overrides}
    return transact(lambda: refunds.ask_refund(order_id, amount, now=clock.now(), **wish))


def begin(*refund_ids: int, now: int | None = None) -> list[Call]:
    """Begin the calls of refunds."""
    return transact(lambda: refunds.begin_refunds(refund_ids, clock.now() if now is None else now))


def settle(call: Call, said: Said, now: int | None = None, **fields: Any) -> None:
    """Settle one refund's call."""
    transact(lambda: refunds.settle_refunds([answer(call, said, **fields)], clock.now() if now is None else now))


def refund(refund_id: int) -> Any:
    """A refund's row."""
    found = fetch("SELECT * FROM refunds WHERE id = :id", id=refund_id)[0]
    db.session.rollback()
    return found


def test_a_refund_is_asked_for_called_and_told(room: Flask) -> None:
    take(7)
    refund_id = ask(7, 500, restock=[Quantity(3, 2)])
    assert asked() == [("refund", str(refund_id))]
    [call] = begin(refund_id)
    assert (call.amount_minor, call.currency, call.charge_id) == (500, "EUR", "ch_1")
    settle(call, Said.REFUNDED, provider_id="re_1")
    [_, event] = told(7)
    assert (event["type"], event["refund_id"], event["amount_minor"], event["reason"]) == (
        "PAYMENT_REFUNDED",
        refund_id,
        500,
        "broken",
    )
    assert event["whole"] is False
    found = queries.refunds([refund_id])[refund_id]
    assert (found.restock, found.whole, found.actor, found.state) == (
        (Quantity(3, 2),),
        False,
        "owner@example.com",
        "DONE",
    )
    assert queries.restock_of([refund_id]) == {refund_id: [{"product_id": 3, "quantity": 2}]}
    rest = ask()
    settle(begin(rest)[0], Said.REFUNDED)
    assert told(7)[2]["whole"] is True
    assert (payment(7)["state"], payment(7)["refunded_minor"]) == ("REFUNDED", AMOUNT)
    assert {id_: found.whole for id_, found in queries.refunds([refund_id, rest]).items()} == {
        refund_id: False,
        rest: True,
    }


def test_bad_amounts_and_reasons_are_refused_and_change_not_a_row(room: Flask) -> None:
    take(7)
    for amount in (0, -1, 1.5, "1", True, 12.0):
        with pytest.raises(Invalid) as refused:
            ask(7, amount)
        assert refused.value.errors[0].field == "amount"
    for reason in ("", "   ", "x" * 201, "late_success"):
        with pytest.raises(Invalid) as refused:
            ask(7, 1, reason=reason)
        assert refused.value.errors[0].field == "reason"
    assert fetch("SELECT * FROM refunds") == []
    assert asked() == []


def test_more_than_is_left_is_refused_counting_what_is_on_its_way(room: Flask) -> None:
    take(7)
    for amount in (AMOUNT + 1, 2**63, 2**70):
        with pytest.raises(Conflict):
            ask(7, amount)
    first = ask(7, 1000)
    with pytest.raises(Conflict):
        ask(7, 251)
    settle(begin(first)[0], Said.REFUNDED)
    with pytest.raises(Conflict):
        ask(7, 251)
    ask(7, 250)
    with pytest.raises(Conflict):
        ask()


def test_only_what_was_taken_can_go_back(room: Flask) -> None:
    with pytest.raises(Conflict):
        ask(99)
    [call] = transact(lambda: commands.begin([create_request(7)], clock.now()))
    with pytest.raises(Conflict):
        ask(7, 1)
    transact(lambda: commands.settle([answer(call, Said.DECLINED)], clock.now()))
    with pytest.raises(Conflict):
        ask(7, 1)


def test_refunds_asked_for_at_the_same_moment_never_exceed_the_payment(room: Flask) -> None:
    take(7)

    def race(_: int) -> bool:
        with room.app_context():
            try:
                ask(7, 400)
            except Conflict:
                return False
            return True

    assert sum(at_once(8, race)) == 3
    assert fetch("SELECT sum(amount_minor) AS total FROM refunds")[0]["total"] == 1200


def test_two_workers_at_the_same_refund_call_once_and_tell_once(room: Flask) -> None:
    take(*range(1, 11))
    ids = [ask(order_id) for order_id in range(1, 11)]

    def race(worker: int) -> list[Call]:
        with room.app_context():
            return begin(*(ids if worker % 2 else ids[::-1]))

    calls = [call for found in at_once(4, race) for call in found]
    assert sorted(call.refund_id or 0 for call in calls) == ids

    def race_to_settle(worker: int) -> bool:
        with room.app_context():
            mine = calls if worker % 2 else calls[::-1]
            transact(lambda: refunds.settle_refunds([answer(call, Said.REFUNDED) for call in mine], clock.now()))
            return True

    at_once(4, race_to_settle)
    for order_id in range(1, 11):
        assert kinds(order_id) == ["PAYMENT_SUCCESS", "PAYMENT_REFUNDED"]


def test_trouble_is_retried_with_the_same_key_ever_later(room: Flask) -> None:
    take(7)
    refund_id, now = ask(), clock.now()
    keys, waits = set(), []
    for _ in range(4):
        [call] = begin(refund_id, now=now)
        keys.add(call.idempotency_key)
        assert begin(refund_id, now=now) == []
        settle(call, Said.UNKNOWN, now, reason="timeout")
        waits.append((refund(refund_id)["next_try_at"] - now) / seconds(1))
        now = refund(refund_id)["next_try_at"]
        assert transact(lambda now=now: commands.ask_due(now)) == 1  # type: ignore[misc]
    assert (len(keys), waits, refund(refund_id)["error"]) == (1, [0.5, 1, 2, 4], "timeout")
    settle(begin(refund_id, now=now)[0], Said.REFUNDED, now)
    assert (refund(refund_id)["state"], refund(refund_id)["error"]) == ("DONE", None)


def test_a_refund_whose_worker_died_is_tried_again_when_its_lease_ends(room: Flask) -> None:
    take(7)
    refund_id, now = ask(), clock.now()
    begin(refund_id, now=now)
    assert transact(lambda: commands.ask_due(now + seconds(9))) == 0
    assert transact(lambda: commands.ask_due(now + seconds(11))) == 1
    assert len(begin(refund_id, now=now + seconds(11))) == 1


def test_a_refund_that_the_provider_refuses_is_shown_and_its_amount_is_free_again(room: Flask) -> None:
    take(7)
    refund_id = ask()
    settle(begin(refund_id)[0], Said.REFUSED, reason="At most 0 can be given back.")
    assert (refund(refund_id)["state"], kinds(7)) == ("FAILED", ["PAYMENT_SUCCESS"])
    assert [(row["what"], row["order_id"], row["detail"]) for row in queries.troubled()] == [
        ("refund refused", 7, "At most 0 can be given back.")
    ]
    ask()


def test_no_transaction_is_open_while_money_goes_back(room: Flask) -> None:
    room.extensions["payment_gateway"] = provider = Scripted(Said.TAKEN, Said.REFUNDED)
    [order_id] = place("tok_success")
    work([("charge", str(order_id))])
    ask(order_id)
    work()  # Scripted.run asserts it.
    assert [call.ask for call in provider.calls] == ["charge", "refund"]
    assert kinds(order_id) == ["PAYMENT_SUCCESS", "PAYMENT_REFUNDED"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [
    {"mode": "status", "status": 503, "count": 2}, {"mode": "status", "status": 500, "count": 1, "when": "after"},
    {"mode": "garbage", "count": 1, "when": "after"}, {"mode": "timeout", "count": 1, "when": "after"},
    {"mode": "disconnect", "count": 1, "when": "after"}, {"mode": "status", "status": 409, "count": 1},
], ids=str)  # fmt: skip
def test_by_the_provider_s_ledger_money_goes_back_once_whatever_happens_to_the_answer(
    market: Flask, bank: Bank, fault: dict[str, object]
) -> None:
    [order_id] = place("tok_success")
    work([("charge", str(order_id))])
    bank.faults(on=["refund"], **fault)
    ids = [ask(order_id, 300), ask(order_id, 200)]
    work_until(at_rest)
    ledger = bank.of(order_id)
    assert sorted(given["amount"] for given in ledger["refunds"]) == [200, 300]
    assert (ledger["taken"], ledger["refunded"]) == (AMOUNT, 500)
    assert [refund(id_)["state"] for id_ in ids] == ["DONE", "DONE"]
    assert kinds(order_id) == ["PAYMENT_SUCCESS", "PAYMENT_REFUNDED", "PAYMENT_REFUNDED"]
    assert payment(order_id)["refunded_minor"] == 500
