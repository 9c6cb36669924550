"""Kafka for these tests: librdkafka's mock always, and the real one where there is one."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import server_or_skip
from webapp import clock
from webapp.db import Row, as_json
from webapp.events import TOPICS, Event, OrderCancelled
from webapp.outbox import fresh_cause
from webapp.settings import Settings, load
from workers import topics
from workers.kafka_transport import KafkaTransport

NOBODY = "127.0.0.1:1"
"""An address where nothing listens."""


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
    made: list[KafkaTransport] = []

    def new(**changes: str) -> KafkaTransport:
        made.append(KafkaTransport(with_servers(**{"kafka": brokers, **changes}), suffix))
        return made[-1]

    yield new
    for transport in made:
        transport.close()


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
