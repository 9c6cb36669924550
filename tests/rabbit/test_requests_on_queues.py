"""Requests on RabbitMQ: Dramatiq messages that carry lists of ids, confirmed, and independent of Kafka's health."""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.kafka.conftest import NOBODY, PATIENT, cancelled, mock_address, mock_kafka, request_row, row_of, with_servers
from tests.live.serving import until
from tests.rabbit.conftest import Queues
from webapp.db import Row
from workers.kafka_transport import PATIENCE, KafkaTransport

__all__ = ["mock_address", "mock_kafka"]
pytestmark = pytest.mark.server


@contextmanager
def connected(kafka: str, amqp: str) -> Iterator[KafkaTransport]:
    transport = KafkaTransport(with_servers(kafka, amqp))
    yield transport
    transport.close()


def until_delivered(transport: KafkaTransport, rows: list[Row], wanted: set[int]) -> set[int]:
    """Publish as the relay does, what is left each time, until these are delivered; returns those that are."""
    delivered: set[int] = set()

    def published() -> bool:
        delivered.update(transport.publish([row for row in rows if row["outbox_id"] not in delivered]).delivered)
        return wanted <= delivered

    until(published, PATIENT)
    return delivered


def test_requests_of_one_actor_travel_together_in_order_as_one_list_of_ids(queues: Queues) -> None:
    rows = [request_row(number, "payments", "charge", str(1000 + number)) for number in range(1, 251)]
    rows += [request_row(300 + number, "payments", "void", str(number)) for number in range(1, 4)]
    event_ids = [str(uuid.uuid4()) for _ in range(2)]
    rows += [
        request_row(400 + number, "notifications", "notify", event_id) for number, event_id in enumerate(event_ids)
    ]
    with connected(NOBODY, queues.url) as transport:
        wanted = {row["outbox_id"] for row in rows}
        assert until_delivered(transport, rows, wanted) == wanted

    messages = queues.take("payments")
    assert [message["actor_name"] for message in messages] == ["charge", "charge", "charge", "void"]
    assert [len(message["args"]) for message in messages] == [1, 1, 1, 1]
    assert [len(message["args"][0]) for message in messages] == [100, 100, 50, 3]
    assert [id_ for message in messages[:3] for id_ in message["args"][0]] == list(range(1001, 1251))
    assert {(message["queue_name"], str(message["kwargs"]), str(message["options"])) for message in messages} == {
        ("payments", "{}", "{}")
    }
    [letter] = queues.take("notifications")
    assert letter["args"] == [event_ids]


def test_a_request_that_no_actor_works_on_is_refused(queues: Queues) -> None:
    with connected(NOBODY, queues.url) as transport:
        published = transport.publish(
            [request_row(1, "payments", "embezzle", "5"), request_row(2, "payments", "charge", "5")]
        )
        assert published.refused == [(1, "no actor 'embezzle' works on the queue 'payments'")]


def test_a_kafka_outage_does_not_hold_up_rabbitmq(queues: Queues) -> None:
    event, request = row_of(cancelled(5), outbox_id=1), request_row(2, "payments", "charge", "5")
    with connected(NOBODY, queues.url) as transport:
        assert until_delivered(transport, [event, request], {2}) == {2}
        started = time.monotonic()
        for number in range(3, 13):
            another = request_row(number, "payments", "charge", "6")
            assert until_delivered(transport, [event, another], {number}) == {number}
        assert time.monotonic() - started < 10 * PATIENCE, "each waits for Kafka"


def test_a_rabbitmq_outage_does_not_hold_up_kafka(mock_kafka: subprocess.Popen[str], mock_address: str) -> None:
    request = request_row(1, "payments", "charge", "5")
    with connected(mock_address, f"amqp://guest:guest@{NOBODY}/") as transport:
        assert until_delivered(transport, [request, row_of(cancelled(5), outbox_id=2)], {2}) == {2}
        started = time.monotonic()
        for number in range(3, 13):
            event = row_of(cancelled(5), outbox_id=number)
            assert until_delivered(transport, [request, event], {number}) == {number}
        assert time.monotonic() - started < 10 * PATIENCE, "each waits for RabbitMQ"


def test_a_deleted_queue_is_made_again(queues: Queues) -> None:
    with connected(NOBODY, queues.url) as transport:
        assert until_delivered(transport, [request_row(1, "payments", "charge", "5")], {1}) == {1}
        queues.empty()
        assert until_delivered(transport, [request_row(2, "payments", "charge", "6")], {2}) == {2}
    assert [message["args"] for message in queues.take("payments")] == [[[6]]]
