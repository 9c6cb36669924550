"""The process dies at each of its commits in turn, just before it and just after it; another takes over and finishes.

Between two commits nothing lasting happens but calls to the provider, which remembers them here as a real one does: so that
these are all the moments at which a kill can differ from another. Nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.saga.conftest import WAYS, Saga
from tests.saga.driving import OverDatabase
from webapp import clock, outbox
from webapp.db import Row, after_commit, db, transact
from webapp.payments import commands as payments
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.payments.gateway import InProcessGateway
from workers.draining import Pump
from workers.embedded_transport import EmbeddedTransport
from workers.timers import timers
from workers.transport import Delivery

pytestmark = pytest.mark.timeout(300)

MOMENTS = ("before", "after")
SECONDS_LATER = (0, 11, 12, 14, 18, 200, 280)
"""When the one that takes over looks again: the lease of a lost call ends after ten seconds, its payment is overdue after
half a minute, the lease of an email after three minutes."""

ENDS = {
    "paid": "COMPLETED", "declined": "PAYMENT_REJECTED", "too many": "INVENTORY_REJECTED", "called off": "CANCELLED",
    "money back": "REFUNDED",
}  # fmt: skip


class Cut(BaseException):
    """The power is gone. Not an Exception: no handler may survive it."""


class Witness:
    """A provider that remembers by idempotency key what it has taken and given back."""

    def __init__(self) -> None:
        self.taken: dict[str, Outcome] = {}
        self.given: set[str] = set()
        self._answers = InProcessGateway()

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls; what is done is done, whoever hears of it."""
        if calls:
            yield [self._answer(call) for call in calls]

    def charges(self, order_id: int) -> int:
        """How many times an order was charged."""
        return sum(outcome.call.order_id == order_id for outcome in self.taken.values())

    def _answer(self, call: Call) -> Outcome:
        known = self.taken.get(call.idempotency_key)
        if call.ask is Ask.LOOK_UP and known is None:
            return Outcome(call, Said.NEVER_SEEN, "{}")
        [outcome] = next(iter(self._answers.run([call])))
        if call.ask is Ask.REFUND:
            self.given.add(call.idempotency_key)
        elif outcome.said is Said.TAKEN:
            self.taken[call.idempotency_key] = outcome
        return outcome


@contextmanager
def cut(moment: str, number: int) -> Iterator[None]:
    """Raise Cut just before or just after the commit of that number."""
    left = number

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Cut

    if moment == "before":
        sa.event.listen(db.session, "before_commit", count)
    else:
        after_commit.insert(0, count)
    try:
        yield
    finally:
        if moment == "before":
            sa.event.remove(db.session, "before_commit", count)
        else:
            after_commit.remove(count)


def campaign(saga: Saga, witness: Witness) -> int:
    """Cut the same five orders at one commit after the other until all are passed; returns how many cuts there were.
    Raises AssertionError when one is survived badly."""
    product_id = saga.product(stock=100_000)
    return sum(_cut_at_all(saga, witness, product_id, moment) for moment in MOMENTS)


def _cut_at_all(saga: Saga, witness: Witness, product_id: int, moment: str) -> int:
    number = 0
    while True:
        number += 1
        orders = {"money back": saga.place((product_id, 4))}
        _drained(saga.app)
        orders |= {
            "paid": saga.place((product_id, 1)),
            "declined": saga.place((product_id, 2), token="tok_declined"),
            "too many": saga.place((product_id, 999_999)),
            "called off": saga.place((product_id, 3)),
        }
        saga.cancel(orders["called off"])
        saga.refund(orders["money back"])
        given = len(witness.given)
        try:
            with cut(moment, number):
                _drained(saga.app)
            survived = True
        except Cut:
            survived = False
            _taken_over(saga.app)
        said = f"cut {moment} commit {number}"
        assert {name: saga.status(order_id) for name, order_id in orders.items()} == ENDS, said
        assert {name: witness.charges(order_id) for name, order_id in orders.items()} == {
            "paid": 1, "declined": 0, "too many": 0, "called off": 0, "money back": 1,
        }, said  # fmt: skip
        assert len(witness.given) == given + 1, said
        if survived:
            return number - 1


def _drained(app: Flask) -> None:
    pump = Pump()
    try:
        pump.drain()
    finally:
        pump.close()


def _taken_over(app: Flask) -> None:
    """Another process: it drains what it finds, and its timers ask again for what the dead one has left undone."""
    started = clock.now()
    for seconds in SECONDS_LATER:
        with clock.set_to(started + clock.seconds(seconds)):
            for timer in timers():
                timer.run()
            _drained(app)


@pytest.fixture
def witness(app: Flask) -> Witness:
    """The provider of the test's market."""
    provider = app.extensions["payment_gateway"] = Witness()
    return provider


@pytest.fixture(params=["embedded on SQLite", pytest.param("embedded on PostgreSQL", marks=pytest.mark.server)])
def way(request: pytest.FixtureRequest) -> str:
    """The ways in which the steps are taken in this thread, so that a commit can be counted."""
    assert request.param in WAYS
    return str(request.param)


def test_whichever_commit_it_dies_at_all_orders_end_as_they_should(saga: Saga, witness: Witness) -> None:
    assert campaign(saga, witness) > 40
    assert not saga.parked()


Plant = Callable[[pytest.MonkeyPatch], None]


def acknowledged_before_handled(patch: pytest.MonkeyPatch) -> None:
    """Messages are off their queue before what they ask for is done."""
    poll = EmbeddedTransport.poll

    def forgetful(self: EmbeddedTransport, group: str, limit: int, wait: float) -> list[Delivery]:
        deliveries = poll(self, group, limit, wait)
        self.acknowledge(group, deliveries)
        return deliveries

    patch.setattr(EmbeddedTransport, "poll", forgetful)


def forgotten_before_sent(patch: pytest.MonkeyPatch) -> None:
    """The outbox is marked before the broker has the message."""
    waiting = outbox.waiting

    def forgetful(limit: int, kind: str = "") -> list[Row]:
        found = waiting(limit, kind) if kind else waiting(limit)
        transact(lambda: outbox.settle([row["outbox_id"] for row in found]))
        return found

    patch.setattr(outbox, "waiting", forgetful)


def never_asked_about(patch: pytest.MonkeyPatch) -> None:
    """No reconciler looks after a payment whose answer nobody has heard."""
    patch.setattr(payments, "ask_due", lambda now: 0)


@pytest.mark.parametrize("way", ["embedded on SQLite"], indirect=True)  # What is planted is no matter of the database.
@pytest.mark.parametrize("plant", [acknowledged_before_handled, forgotten_before_sent, never_asked_about])
def test_each_planted_bug_is_found(
    plant: Plant, app: Flask, settings: object, monkeypatch: pytest.MonkeyPatch, witness: Witness
) -> None:
    with app.app_context():
        driver = OverDatabase()
        plant(monkeypatch)
        with pytest.raises(AssertionError, match=r"cut (before|after) commit \d+"):
            campaign(Saga(app, driver), witness)
        monkeypatch.undo()
        driver.close()
