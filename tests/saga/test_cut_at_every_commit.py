"""The process dies at each of its commits in turn, just before it and just after it; another takes over and finishes.

Between two commits nothing lasting happens but calls to the provider, which remembers them here as a real one does: so that
these are all the moments at which a kill can differ from another. Nothing is sampled. Both shapes of the market are cut: the
embedded one, which keeps its emails, and the one whose facts a relay gives to a log outside of the database, and whose emails go
to a mail server.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.mail_server import Inbox
from tests.mail_server import server as server
from tests.saga.conftest import WAYS, Saga
from tests.saga.driving import FactsAlone, OverDatabase
from webapp import clock, outbox
from webapp.db import Row, after_commit, db, transact
from webapp.payments import commands as payments
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.payments.gateway import InProcessGateway
from workers.consuming import consume
from workers.draining import Pump
from workers.embedded_transport import EmbeddedTransport
from workers.relay import Relay
from workers.subscriptions import ACTORS, SUBSCRIPTIONS, topics_of
from workers.timers import timers
from workers.transport import Delivery, Published, Transport

pytestmark = pytest.mark.timeout(300)

MOMENTS = ("before", "after")
SECONDS_LATER = (0, 11, 12, 14, 18, 200, 280)
"""When the one that takes over looks again: the lease of a lost call ends after ten seconds, its payment is overdue after
half a minute, the lease of an email at the mail server after three minutes."""

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


class Log:
    """A log of facts outside of the database, which outlives whoever dies: what Kafka is, without a server."""

    def __init__(self) -> None:
        self._told: list[Row] = []
        self._read = dict.fromkeys(SUBSCRIPTIONS, 0)

    def publish(self, batch: Sequence[Row]) -> Published:
        """Take them all."""
        self._told += batch
        return Published([row["outbox_id"] for row in batch])

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """What the group has not acknowledged."""
        return [
            Delivery(row["id"], row["channel"], row["type"], 1, "", row["payload"].encode(), row["traceparent"], position)
            for position, row in enumerate(self._told) if position >= self._read[group] and row["channel"] in topics_of(group)
        ][:limit]  # fmt: skip

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing: it knows of no transaction."""

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """The group goes on behind these."""
        self._read[group] = deliveries[-1].position + 1

    def close(self) -> None:
        """It stays."""


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


def campaign(saga: Saga, witness: Witness, log: Log | None = None) -> int:
    """Cut the same five orders at one commit after the other until all are passed; returns how many cuts there were.
    Raises AssertionError when one is survived badly."""
    began = clock.now() - clock.seconds(86_400)
    with clock.set_to(began):
        product_id = saga.product(stock=100_000)
    # Each cut has a time of its own, in the past: what is done minutes later has been done when the market is checked.
    times = itertools.count(began, clock.seconds(SECONDS_LATER[-1] + 60))
    return sum(_cut_at_all(saga, witness, log, product_id, moment, times) for moment in MOMENTS)


def _cut_at_all(
    saga: Saga, witness: Witness, log: Log | None, product_id: int, moment: str, times: Iterator[int]
) -> int:
    number = 0
    while True:
        number += 1
        with clock.set_to(next(times)):
            if not _cut_at(saga, witness, log, product_id, moment, number):
                return number - 1


def _cut_at(saga: Saga, witness: Witness, log: Log | None, product_id: int, moment: str, number: int) -> bool:
    """Cut at this commit; whether there was one."""
    orders = {"money back": saga.place((product_id, 4))}
    _drained(log)
    orders |= {
        "paid": saga.place((product_id, 1)),
        "declined": saga.place((product_id, 2), token="tok_declined"),
        "too many": saga.place((product_id, 999_999)),
        "called off": saga.place((product_id, 3)),
    }
    saga.cancel(orders["called off"])
    saga.refund(orders["money back"])
    given = len(witness.given)
    was_cut = False
    try:
        with cut(moment, number):
            _drained(log)
    except Cut:
        was_cut = True
        _taken_over(log)
    said = f"cut {moment} commit {number}"
    assert {name: saga.status(order_id) for name, order_id in orders.items()} == ENDS, said
    assert {name: witness.charges(order_id) for name, order_id in orders.items()} == {
        "paid": 1, "declined": 0, "too many": 0, "called off": 0, "money back": 1,
    }, said  # fmt: skip
    assert len(witness.given) == given + 1, said
    return was_cut


def _drained(log: Log | None) -> None:
    pump = Pump()
    relay = Relay(FactsAlone(log), 500) if log else None
    transport: Transport = log or pump.transport
    try:
        while (
            (relay.step() if relay else 0)
            + sum(consume(transport, group, 500, 0) for group in SUBSCRIPTIONS)
            + sum(pump.work(queue) for queue in ACTORS)
        ):
            pass
    finally:
        pump.close()


def _taken_over(log: Log | None) -> None:
    """Another process: it drains what it finds, and its timers ask again for what the dead one has left undone."""
    started = clock.now()
    for seconds in SECONDS_LATER:
        with clock.set_to(started + clock.seconds(seconds)):
            for timer in timers():
                timer.run()
            _drained(log)


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
    assert campaign(saga, witness) > 30
    assert not saga.parked()


def test_with_a_relay_and_a_mail_server_as_well(saga: Saga, witness: Witness, server: Inbox) -> None:
    saga.app.extensions["settings"] = saga.app.extensions["settings"].model_copy(update={"smtp_url": server.url})
    assert campaign(saga, witness, Log()) > 50
    assert not saga.parked()
    arrived = {message_from_bytes(raw)["Message-ID"] for _, raw in server.taken}
    assert len(arrived) == len(saga.rows("emails")), "a letter that comes twice says that it is the same"


Plant = Callable[[pytest.MonkeyPatch], None]


def acknowledged_before_handled(patch: pytest.MonkeyPatch) -> None:
    """Messages are off their queue before what they ask for is done."""
    embedded, log = EmbeddedTransport.poll, Log.poll

    def forgetful(self: EmbeddedTransport, group: str, limit: int, wait: float) -> list[Delivery]:
        deliveries = embedded(self, group, limit, wait)
        transact(lambda: self.settle(deliveries))
        return deliveries

    def hasty(self: Log, group: str, limit: int, wait: float) -> list[Delivery]:
        if deliveries := log(self, group, limit, wait):
            self.acknowledge(group, deliveries)
        return deliveries

    patch.setattr(EmbeddedTransport, "poll", forgetful)
    patch.setattr(Log, "poll", hasty)


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
@pytest.mark.parametrize(
    ("plant", "log"),
    [
        (acknowledged_before_handled, None),
        (acknowledged_before_handled, Log),
        (forgotten_before_sent, Log),
        (never_asked_about, None),
    ],
)
def test_each_planted_bug_is_found(
    plant: Plant, log: type[Log] | None, app: Flask, settings: object, monkeypatch: pytest.MonkeyPatch, witness: Witness
) -> None:
    with app.app_context():
        driver = OverDatabase()
        plant(monkeypatch)
        with pytest.raises(AssertionError, match=r"cut (before|after) commit \d+"):
            campaign(Saga(app, driver), witness, log() if log else None)
        monkeypatch.undo()
        driver.close()
