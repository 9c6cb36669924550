"""Kafka for these tests: librdkafka's mock always, and the real one where there is one."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.conftest import server_or_skip
from tests.live.serving import until
from webapp import clock
from webapp.db import Row, as_json
from webapp.events import TOPICS, Event, OrderCancelled
from webapp.outbox import fresh_cause
from webapp.settings import Settings, load
from workers import topics
from workers.kafka_consumer import onlooker
from workers.kafka_transport import KafkaTransport
from workers.subscriptions import SUBSCRIPTIONS, topics_of
from workers.transport import Delivery

NOBODY = "127.0.0.1:1"
"""An address where nothing listens."""

PATIENT = 60.0
"""Seconds after which what a broker was asked for is taken never to come: joining a group alone takes many on a busy machine."""


@pytest.fixture
def mock_kafka() -> Iterator[subprocess.Popen[str]]:
    """A mock cluster's process; its address is its `args[-1]`'s first line, see `mock_address`."""
    command = [sys.executable, str(Path(__file__).with_name("mock_cluster.py")), *TOPICS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def mock_address(mock_kafka: subprocess.Popen[str]) -> str:
    """Where the mock cluster listens."""
    assert mock_kafka.stdout is not None
    return mock_kafka.stdout.readline().strip()


@pytest.fixture(params=["mock", pytest.param("real", marks=pytest.mark.server)])
def brokers(request: pytest.FixtureRequest) -> str:
    """Kafka's address, with the market's topics made."""
    if request.param == "mock":
        return str(request.getfixturevalue("mock_address"))
    address = server_or_skip("KAFKA_BROKERS", "Kafka")
    topics.create(with_servers(address))
    return address


def with_servers(kafka: str, amqp: str | None = None) -> Settings:
    """Settings of a market with brokers; its database is not asked for anything."""
    return load(
        kafka_brokers=kafka, amqp_url=amqp or f"amqp://guest:guest@{NOBODY}/", database_url="postgresql://nobody@127.0.0.1:1/none",
        secret_key="for tests only: 0123456789abcdef",
    )  # fmt: skip


Connect = Callable[..., KafkaTransport]


@pytest.fixture
def connect(brokers: str) -> Iterator[Connect]:
    """Makes transports whose groups are this test's own; all are closed at its end."""
    suffix = f"-{uuid.uuid4().hex[:8]}"
    begin_at_the_end(brokers, suffix)
    made: list[KafkaTransport] = []

    def new(**changes: str) -> KafkaTransport:
        made.append(KafkaTransport(with_servers(**{"kafka": brokers, **changes}), suffix))
        return made[-1]

    yield new
    for transport in made:
        transport.close()


def offered(transport: KafkaTransport, rows: Sequence[Row]) -> dict[int, str]:
    """Offer rows as the relay does, what is left again and again, until each was delivered or refused: a broker that is slow
    has done nothing wrong. Returns the refused, by outbox id, with the reason."""
    delivered: set[int] = set()
    refused: dict[int, str] = {}

    def settled() -> bool:
        left = [row for row in rows if row["outbox_id"] not in delivered | refused.keys()]
        published = transport.publish(left)
        delivered.update(published.delivered)
        refused.update(published.refused)
        return len(delivered) + len(refused) == len(rows)

    until(settled, PATIENT)
    return refused


def polled_until(
    transport: KafkaTransport, true: Callable[[], bool], handle: Callable[[list[Delivery]], None], limit: int = 500
) -> None:
    """Poll as the inventory group, batch by batch, until it is true."""

    def met() -> bool:
        if not true():
            handle(transport.poll("inventory", limit, 0.2))
        return true()

    until(met, PATIENT)


def begin_at_the_end(brokers: str, suffix: str) -> None:
    """Let the groups of this suffix begin behind all that others have told: a new group reads a topic from its beginning, which
    takes the longer the more tests there were before."""
    for group in SUBSCRIPTIONS:
        reader = onlooker(brokers, group + suffix)
        until(partial(_at_the_end, reader, topics_of(group)), PATIENT)
        reader.close()


def _at_the_end(reader: Consumer, names: Sequence[str]) -> bool:
    try:
        parts = [
            TopicPartition(name, part)
            for name in names
            for part in reader.list_topics(name, 10).topics[name].partitions
        ]
        ends = [(part.topic, part.partition, reader.get_watermark_offsets(part, 10)[1]) for part in parts]
        reader.commit(offsets=[TopicPartition(*end) for end in ends], asynchronous=False)
    except KafkaException:
        return False  # The group's coordinator is being made, and is asked again.
    return True


def row_of(event: Event, outbox_id: int = 1, event_id: str | None = None) -> Row:
    """A waiting fact, as the outbox gives it to the relay."""
    order = event.ABOUT == "order"
    return {
        "outbox_id": outbox_id, "channel": event.TOPIC, "actor": None, "argument": None, "id": event_id or str(uuid.uuid4()),
        "type": event.TYPE, "source": event.SOURCE, "order_id": event.subject if order else None,
        "product_id": None if order else event.subject, "at": clock.now(), "payload": as_json(event),
        "traceparent": fresh_cause().traceparent,
    }  # fmt: skip


def cancelled(order_id: int, sequence: int = 1, by: str = "shopper") -> OrderCancelled:
    """An event that the inventory group reads."""
    return OrderCancelled(market_id=1, sequence=sequence, order_id=order_id, by=by)


def request_row(outbox_id: int, queue: str, actor: str, argument: str) -> Row:
    """A waiting request, as the outbox gives it to the relay."""
    envelope = dict.fromkeys(("id", "type", "source", "order_id", "product_id", "at", "payload", "traceparent"))
    return {"outbox_id": outbox_id, "channel": queue, "actor": actor, "argument": argument, **envelope}


def amqp_or_skip() -> str:
    """RabbitMQ's address from the environment."""
    return server_or_skip("AMQP_URL", "RabbitMQ")
