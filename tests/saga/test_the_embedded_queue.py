"""The outbox as the queue of every group and task queue, and the timers beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from flask import Flask

from webapp import clock, outbox
from webapp.db import db, fetch, transact
from webapp.events import OrderCancelled
from webapp.outbox import Fact, fresh_cause
from workers.embedded_transport import EmbeddedTransport
from workers.loops import TaskStep, timers_step
from workers.timers import Timer
from workers.transport import Delivery


@pytest.fixture
def transport(app: Flask) -> Iterator[EmbeddedTransport]:
    """The embedded transport; the test runs inside the app's context."""
    with app.app_context():
        embedded = EmbeddedTransport()
        yield embedded
        embedded.close()


def tell(order_id: int = 1) -> None:
    """A fact that the inventory group reads."""
    fact = OrderCancelled(market_id=1, order_id=order_id, sequence=1, by="shopper")
    transact(lambda: outbox.emit([Fact(fact, clock.now(), fresh_cause())]))


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    """Return when it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def test_a_poll_that_waits_gives_what_is_committed_meanwhile(app: Flask, transport: EmbeddedTransport) -> None:
    polling = threading.Event()

    def poll() -> list[Delivery]:
        with app.app_context():
            polling.set()
            return transport.poll("inventory", 10, 30)

    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(poll)
        polling.wait()
        time.sleep(0.2)  # However long this takes, the poll must find the fact: it looks before or after it.
        tell()
        assert [delivery.type for delivery in polled.result(20)] == ["ORDER_CANCELLED"]


def test_a_look_leaves_no_transaction_open(transport: EmbeddedTransport) -> None:
    transport.poll("inventory", 10, 0)
    assert not db.session.registry().in_transaction()


def test_what_is_settled_in_a_transaction_that_fails_comes_again(transport: EmbeddedTransport) -> None:
    tell()

    polled = transport.poll("inventory", 10, 0)

    def failing() -> None:
        transport.settle(polled)
        raise LookupError

    with pytest.raises(LookupError):
        transact(failing)
    [again] = transport.poll("inventory", 10, 0)
    transact(lambda: transport.settle([again]))
    assert transport.poll("inventory", 10, 0) == []


def test_the_messages_of_others_are_not_for_this_reader(transport: EmbeddedTransport) -> None:
    tell()
    transact(lambda: outbox.ask(outbox.PAYMENTS, "void", [5], clock.now()))
    assert transport.poll("orders", 10, 0) == []
    assert transport.requests(outbox.NOTIFICATIONS, 10, 0) == []
    assert [row["argument"] for row in transport.requests(outbox.PAYMENTS, 10, 0)] == ["5"]


def test_a_poisoned_id_costs_only_itself(app: Flask, transport: EmbeddedTransport) -> None:
    transact(lambda: outbox.ask(outbox.PAYMENTS, "void", ["1", "poison", "2"], clock.now()))
    step = TaskStep(app, transport, outbox.PAYMENTS, workers=1)

    def done() -> bool:
        step(0.0)
        db.session.rollback()
        return not transport.requests(outbox.PAYMENTS, 10, 0)

    wait_for(done)
    step.close()
    [parked] = fetch("SELECT consumer, type, payload FROM parked")
    assert (parked["consumer"], parked["type"], parked["payload"]) == ("payments", "void", "poison")


def test_a_timer_that_always_fails_is_named_and_holds_up_no_other() -> None:
    ran: list[str] = []

    def failing() -> None:
        ran.append("broken")
        raise LookupError("there is a fault in it")

    broken = Timer("broken", 0.0, failing)
    with pytest.raises(LookupError) as raised:
        timers_step([broken])(0.0)
    assert raised.value.__notes__ == ["in the timer 'broken'"]
    step = timers_step([broken, *(Timer(name, 0.0, partial(ran.append, name)) for name in "abc")])
    for _ in range(8):
        with suppress(LookupError):
            step(0.0)
    assert sorted(ran[1:]) == sorted(["broken", "a", "b", "c"] * 2)
