"""The payment's verbs on real databases: claims, attempts before calls, races, cancellations, the reconciler."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event

from tests.payments.desk import (
    Scripted,
    answer,
    asked,
    attempts,
    create_request,
    kinds,
    payment,
    place,
    told,
    work,
)
from tests.provider.running import at_once
from webapp import clock
from webapp.clock import seconds
from webapp.db import db, execute, fetch, transact
from webapp.payments import commands, queries, rows
from webapp.payments.calls import Ask, Call, Said
from webapp.payments.refunds import ask_refund
from workers import payments as tasks


@pytest.fixture
def scripted(room: Flask) -> Scripted:
    """A provider that takes everything, until told otherwise."""
    provider = Scripted(Said.TAKEN)
    room.extensions["payment_gateway"] = provider
    return provider


def begin(*order_ids: int, now: int | None = None) -> list[Call]:
    """Begin the calls of some orders."""
    return transact(
        lambda: commands.begin([create_request(id_) for id_ in order_ids], clock.now() if now is None else now)
    )


def settle(call: Call, said: Said, now: int | None = None) -> None:
    """Settle one call."""
    transact(lambda: commands.settle([answer(call, said)], clock.now() if now is None else now))


def test_an_attempt_is_written_before_its_call_and_ended_after_it(room: Flask) -> None:
    [call] = begin(7)
    assert (call.ask, call.number) == (Ask.CHARGE, 1)
    assert attempts(7) == [("charge", None)]
    settle(call, Said.TAKEN)
    assert attempts(7) == [("charge", "taken")]
    story = queries.payment_of(7)
    assert story is not None
    assert story.attempts[0].ended_at is not None
    assert (story.payment.state, story.payment.attempts) == ("TAKEN", 1)


def test_no_transaction_is_open_while_the_provider_is_called(scripted: Scripted) -> None:
    ids = place("tok_success", "tok_success")
    tasks.charge([str(id_) for id_ in ids])  # Scripted.run asserts it before and between the calls.
    transact(lambda: commands_refund(ids[0]))
    scripted.said = [Said.REFUNDED]
    work()
    assert [call.ask for call in scripted.calls] == [Ask.CHARGE, Ask.CHARGE, Ask.REFUND]
    assert kinds(ids[0]) == ["PAYMENT_SUCCESS", "PAYMENT_REFUNDED"]


def commands_refund(order_id: int) -> int:
    """Ask for the whole amount back."""
    return ask_refund(order_id, None, [], "test", "owner@example.com", clock.now())


def test_a_doubled_message_makes_no_second_call(room: Flask) -> None:
    assert len(begin(7, 7, 8)) == 2
    assert begin(7, 8) == []
    assert fetch("SELECT count(*) AS n FROM payments")[0]["n"] == 2


def test_the_key_is_fixed_over_all_attempts_of_an_order(room: Flask) -> None:
    now = clock.now()
    keys = set()
    for number in range(5):
        [call] = begin(7, now=now)
        assert call.number == number + 1
        keys.add(call.idempotency_key)
        settle(call, Said.UNAVAILABLE, now)
        now += seconds(40)
    assert len(keys) == 1
    found = fetch("SELECT DISTINCT idempotency_key AS key FROM payment_attempts WHERE order_id = 7")
    assert [row["key"] for row in found] == [*keys] == [payment(7)["idempotency_key"]]


def test_two_workers_at_the_same_orders_make_each_call_once(room: Flask) -> None:
    ids = list(range(1, 41))

    def race(worker: int) -> list[Call]:
        with room.app_context():
            order = ids if worker % 2 else ids[::-1]
            return transact(lambda: commands.begin([create_request(id_) for id_ in order], clock.now()))

    calls = [call for found in at_once(4, race) for call in found]
    assert sorted(call.order_id for call in calls) == ids
    assert fetch("SELECT count(*) AS n FROM payment_attempts")[0]["n"] == len(ids)


def test_two_workers_that_settle_the_same_call_tell_one_verdict(room: Flask) -> None:
    calls = begin(*range(1, 21))

    def race(worker: int) -> bool:
        with room.app_context():
            said = Said.TAKEN if worker % 2 else Said.DECLINED
            mine = calls if worker % 2 else calls[::-1]
            transact(lambda: commands.settle([answer(call, said) for call in mine], clock.now()))
            return True

    assert at_once(4, race) == [True] * 4
    for order_id in range(1, 21):
        assert len(kinds(order_id)) == 1
        expected = "TAKEN" if kinds(order_id) == ["PAYMENT_SUCCESS"] else "DECLINED"
        assert payment(order_id)["state"] == expected


def test_a_cancellation_and_a_charge_that_race_agree(room: Flask) -> None:
    calls: list[Call] = []

    def race(worker: int) -> bool:
        with room.app_context():
            requests = [create_request(id_) for id_ in range(1, 21)]
            if worker:
                transact(lambda: commands.void(requests, clock.now()))
            else:
                calls.extend(transact(lambda: commands.begin(requests, clock.now())))
            return True

    at_once(2, race)
    begun = {call.order_id for call in calls}
    for order_id in range(1, 21):
        assert payment(order_id)["state"] == ("CALLING" if order_id in begun else "VOIDED")
        assert kinds(order_id) == ([] if order_id in begun else ["PAYMENT_FAILURE"])


def test_a_cancellation_before_the_charge_message_leaves_it_nothing_to_do(scripted: Scripted) -> None:
    [order_id] = place("tok_success")
    tasks.void([str(order_id)])
    tasks.charge([str(order_id)])
    tasks.void([str(order_id)])
    assert scripted.calls == []
    assert [(event["type"], event["reason"], event["attempts"]) for event in told(order_id)] == [
        ("PAYMENT_FAILURE", "cancelled", 0)
    ]


def test_a_cancellation_after_the_first_call_leaves_the_verdict_to_the_provider(scripted: Scripted) -> None:
    scripted.said = [Said.UNAVAILABLE, Said.TAKEN]
    [order_id] = place("tok_success")
    tasks.charge([str(order_id)])
    tasks.void([str(order_id)])
    assert (payment(order_id)["state"], kinds(order_id)) == ("CALLING", [])
    transact(lambda: commands.ask_due(clock.now() + seconds(1)))
    work()
    assert kinds(order_id) == ["PAYMENT_SUCCESS"]


def test_an_unknown_result_is_asked_about_at_once_by_the_queue(scripted: Scripted) -> None:
    scripted.said = [Said.UNKNOWN, Said.TAKEN]
    [order_id] = place("tok_timeout")
    tasks.charge([str(order_id)])
    assert asked() == [("charge", str(order_id))]
    tasks.charge([str(order_id)])
    assert attempts(order_id) == [("charge", "unknown"), ("look_up", "taken")]


def test_the_reconciler_asks_once_for_what_is_due_and_again_when_nothing_came_of_it(room: Flask) -> None:
    now = clock.now()
    for call in begin(7, 8, now=now):
        settle(call, Said.UNAVAILABLE, now)
    assert transact(lambda: commands.ask_due(now)) == 0
    later = now + seconds(1)
    assert transact(lambda: commands.ask_due(later)) == 2
    assert asked() == [("charge", "7"), ("charge", "8")]
    assert transact(lambda: commands.ask_due(later)) == 0
    assert transact(lambda: commands.ask_due(later + commands.ASK_AGAIN)) == 2
    asked()
    # A machine whose clock is behind the reconciler's takes its word.
    assert len(begin(7, now=now)) == 1
    assert begin(7, now=now) == []


def test_a_call_whose_worker_died_is_asked_about_when_its_lease_ends(room: Flask) -> None:
    now = clock.now()
    begin(7, now=now)
    assert transact(lambda: commands.ask_due(now + seconds(9))) == 0
    assert transact(lambda: commands.ask_due(now + seconds(10))) == 1
    [call] = begin(7, now=now + seconds(10))
    assert (call.ask, call.number) == (Ask.LOOK_UP, 2)


def test_two_reconcilers_at_once_ask_once(room: Flask) -> None:
    now = clock.now()
    for call in begin(*range(1, 31), now=now):
        settle(call, Said.UNAVAILABLE, now)

    def race(_: int) -> int:
        with room.app_context():
            return transact(lambda: commands.ask_due(now + seconds(1)))

    assert sum(at_once(4, race)) == 30
    assert len(asked()) == 30


def test_a_decided_payment_is_never_called_about_again(room: Flask) -> None:
    [call] = begin(7)
    settle(call, Said.DECLINED)
    assert begin(7, now=clock.now() + seconds(1000)) == []
    assert transact(lambda: commands.ask_due(clock.now() + seconds(1000))) == 0


def test_an_order_whose_request_is_gone_is_still_asked_about(room: Flask) -> None:
    now = clock.now()
    begin(7, now=now)
    calls = transact(lambda: commands.begin([], now + seconds(11), also=[7, 99]))
    assert [(call.order_id, call.ask) for call in calls] == [(7, Ask.LOOK_UP)]


def test_a_write_over_a_changed_row_is_refused_whole(room: Flask) -> None:
    begin(7)

    def write_stale() -> None:
        before = rows.lock([7])
        execute("UPDATE payments SET attempts = attempts + 1")
        rows.write(before, [rows.standing(before[7])])

    with pytest.raises(rows.LostLock):
        transact(write_stale)
    assert payment(7)["attempts"] == 1


def test_a_batch_takes_a_fixed_number_of_statements(room: Flask) -> None:
    counted: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: counted.append(str(call[2])))
    calls = begin(1)
    one = len(counted)
    calls = begin(*range(2, 502))
    assert len(counted) - one == one
    counted.clear()
    transact(lambda: commands.settle([answer(call, Said.TAKEN) for call in calls], clock.now()))
    assert len(counted) <= 6
    counted.clear()
    assert queries.payment_of(400) is not None
    assert len([statement for statement in counted if statement.startswith("SELECT")]) == 4
    db.session.rollback()


def test_what_waits_and_what_troubles_can_be_read(room: Flask) -> None:
    now = clock.now()
    for call in begin(7, 8, now=now):
        settle(call, Said.UNAVAILABLE, now)
    waiting = {row["what"]: row for row in queries.waiting(now + seconds(2))}
    assert (waiting["payments"]["waiting"], waiting["payments"]["due"]) == (2, 2)
    assert float(waiting["payments"]["oldest_seconds"]) == 1.5
    assert waiting["refunds"]["waiting"] == 0
    assert queries.opened([7, 8, 9]) == {7, 8}
    assert queries.payment_of(9) is None
    assert set(queries.payments_of([7, 8, 9])) == {7, 8}
    assert queries.troubled() == []
