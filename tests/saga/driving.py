"""How a test makes the services work: over the database alone, over Kafka's protocol, or over Kafka and RabbitMQ.

The steps are taken by hand, in the test's own thread, so that what happens between two of them is the test's choice; only
Dramatiq's worker, where there is one, has threads of its own.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import KafkaException
from flask import Flask

from tests.kafka.conftest import NOBODY, begin_at_the_end, with_servers
from tests.live.serving import until
from tests.rabbit.conftest import Queues
from webapp.db import Row, db, execute, fetch, transact
from webapp.events import CATALOGUE
from webapp.notifications.kinds import kind_sql
from workers.consuming import consume
from workers.draining import Pump
from workers.kafka_transport import KafkaTransport
from workers.relay import Relay
from workers.subscriptions import ACTORS, SUBSCRIPTIONS
from workers.tasks import Tasks
from workers.transport import Broker, Published, Transport


class Driver:
    """Lets the services work over a transport. Needs an app context."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def settle(self) -> None:
        """Return when nothing is left to do, and nothing more can arrive."""
        self._until(lambda: at_rest() and not self.behind())

    def behind(self) -> bool:
        """Whether the transport has something that a group has not handled yet, and that no table tells of."""
        return False

    def settle_until_wished(self) -> None:
        """Return when inventory has decided about every wish, and nobody has heard of it yet."""
        self._until(lambda: not unhandled("inventory"), groups=("inventory",), working=False)

    def settle_until_reserved(self, order_id: int) -> None:
        """Return when the order waits for its payment; nobody has asked for it yet."""
        self._until(lambda: status(order_id) != "INVENTORY_PENDING", working=False)

    def settle_until(self, true: Callable[[], bool]) -> None:
        """Work until something is so."""
        self._until(true)

    def drop_requests(self, actor: str) -> None:
        """Lose the requests for an actor that are on their way, as a queue does that is wiped."""
        transact(lambda: execute("DELETE FROM outbox WHERE actor = :actor", actor=actor))

    def send(self) -> int:
        """Let the relay send a batch, where there is one; returns how much moved."""
        return 0

    def work(self) -> None:
        """Let the actors work on what is in their queues."""

    def close(self) -> None:
        """Leave the transport."""
        self.transport.close()

    def _until(
        self,
        true: Callable[[], bool],
        groups: Sequence[str] = tuple(SUBSCRIPTIONS),
        working: bool = True,
        seconds: float = 60,
    ) -> None:
        end = time.monotonic() + seconds
        while True:
            db.session.rollback()
            if true():
                return
            assert time.monotonic() < end, f"the saga did not come to rest in {seconds} s"
            if working:
                self._pass(groups, 0.02)
                self.work()
            else:
                self._pass(groups, 0.02, true)

    def _pass(self, groups: Sequence[str], wait: float, enough: Callable[[], bool] = lambda: False) -> int:
        """One step of the relay and of each group, stopping as soon as it is enough; returns how much moved."""
        moved = self.send()
        for group in groups:
            moved += consume(self.transport, group, 500, wait)
            db.session.rollback()
            if enough():
                break
        return moved


class OverDatabase(Driver):
    """The embedded transport."""

    def __init__(self) -> None:
        self.pump = Pump()
        super().__init__(self.pump.transport)

    def work(self) -> None:
        for queue in ACTORS:
            self.pump.work(queue)


class OverKafka(Driver):
    """Events over Kafka's protocol, requests over the database: what a machine without servers can show."""

    def __init__(self, events: KafkaTransport) -> None:
        self.pump = Pump()
        self.relay = Relay(FactsAlone(events), 500)
        self.kafka = events
        super().__init__(events)
        catch_up(events)

    def behind(self) -> bool:
        return behind(self.kafka)

    def send(self) -> int:
        return self.relay.step()

    def close(self) -> None:
        self.pump.close()

    def work(self) -> None:
        for queue in ACTORS:
            self.pump.work(queue)


class FactsAlone:
    """Kafka, and nobody for the requests: they stay in the outbox, where the embedded queues find them."""

    def __init__(self, kafka: Broker) -> None:
        self._kafka = kafka

    def publish(self, batch: Sequence[Row]) -> Published:
        return self._kafka.publish([row for row in batch if row["actor"] is None])


class OverServers(Driver):
    """Kafka, RabbitMQ and Dramatiq's own worker."""

    def __init__(self, app: Flask, transport: KafkaTransport, brokers: str, amqp: str) -> None:
        outside = Queues(amqp)
        outside.empty()
        outside.connection.close()
        self._tasks = Tasks(app, with_servers(brokers, amqp), threads=4)
        self._tasks.start()
        self.relay = Relay(transport, 500)
        self.kafka = transport
        super().__init__(transport)
        catch_up(transport)

    def behind(self) -> bool:
        return behind(self.kafka)

    def send(self) -> int:
        return self.relay.step()

    def work(self) -> None:
        time.sleep(0.02)

    def close(self) -> None:
        self._tasks.close()


@contextmanager
def connected(brokers: str, amqp: str | None = None) -> Iterator[KafkaTransport]:
    """A transport for a run of tests, whose groups are its own: joining a group takes seconds, so that one serves them all."""
    suffix = f"-{uuid.uuid4().hex[:8]}"
    begin_at_the_end(brokers, suffix)
    transport = KafkaTransport(with_servers(brokers, amqp or f"amqp://guest:guest@{NOBODY}/"), suffix)
    yield transport
    transport.close()


def catch_up(kafka: KafkaTransport) -> None:
    """Let every group pass over what earlier tests have told: it is not for this market, whose ids begin again at one."""

    def caught_up() -> bool:
        for group in SUBSCRIPTIONS:
            kafka.acknowledge(group, kafka.poll(group, 500, 0.02))
        return not behind(kafka)

    until(caught_up, 60)


def behind(kafka: KafkaTransport) -> bool:
    """Whether a group has still to handle something, by Kafka's own word: that nothing has come for a while says little on a
    busy machine. A group that has no partitions yet knows of nothing."""
    for group in SUBSCRIPTIONS:
        consumer = kafka._readers[group]._consumer
        try:
            parts = consumer.assignment()
            for part in consumer.committed(parts, timeout=10) if parts else ():
                first, end = consumer.get_watermark_offsets(part, timeout=10)
                if max(part.offset, first) < end:
                    return True
        except KafkaException:
            return True  # It does not say, and is asked again.
        if not parts:
            return True
    return False


def at_rest() -> bool:
    """Whether nothing is left to send, to hear, to pay, to refund or to write."""
    left = (
        "SELECT count(*) AS n FROM outbox",
        "SELECT count(*) AS n FROM orders WHERE status IN ('INVENTORY_PENDING', 'PAYMENT_PENDING')",
        "SELECT count(*) AS n FROM payments WHERE state IN ('NEW', 'CALLING')",
        "SELECT count(*) AS n FROM refunds WHERE state = 'PENDING'",
        "SELECT count(*) AS n FROM emails WHERE state IN ('QUEUED', 'SENDING')",
        f"SELECT count(*) AS n FROM events e WHERE {kind_sql('e')} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = e.id)",
    )
    return all(fetch(sql)[0]["n"] == 0 for sql in left) and not any(unhandled(group) for group in SUBSCRIPTIONS)


def unhandled(group: str) -> int:
    """How many events a group has neither handled nor put aside."""
    types = ", ".join(f"'{kind.TYPE}'" for kind in CATALOGUE.values() if kind in SUBSCRIPTIONS[group])
    found = fetch(
        f"SELECT count(*) AS n FROM events e WHERE e.type IN ({types})"
        " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.consumer = :group AND i.event_id = e.id)"
        " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.consumer = :group AND p.event_id = e.id)",
        group=group,
    )
    return int(found[0]["n"])


def status(order_id: int) -> str:
    """Where an order is."""
    return str(fetch("SELECT status FROM orders WHERE id = :id", id=order_id)[0]["status"])
