"""Whatever lies on a topic, the next message is handled: what cannot be read is parked with its reason, once."""

from __future__ import annotations

import uuid

import pytest
from confluent_kafka import Producer
from flask import Flask

from tests.kafka.conftest import PATIENT, Connect, cancelled, polled_until, row_of
from webapp import clock
from webapp.db import fetch, transact
from webapp.outbox import Fact, emit, fresh_cause
from workers.consuming import handle
from workers.envelope import headers_of
from workers.transport import Delivery

GOOD = row_of(cancelled(5))
BROKEN: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "no id": ({"ce_id": None}, "ce_id is missing"),
    "an id with a NUL": ({"ce_id": b"a\x00b"}, "ce_id"),
    "an id that is no UUID": ({"ce_id": "17"}, "no UUID"),
    "an id of a megabyte": ({"ce_id": b"a" * 100_000}, "ce_id"),
    "an id that is not UTF-8": ({"ce_id": b"\xff\xfe"}, "ce_id"),
    "no type": ({"ce_type": None}, "ce_type is missing"),
    "a type with a line break": ({"ce_type": "ORDER\nCANCELLED"}, "ce_type"),
    "a type that does not fit its schema": ({"ce_type": "ORDER_COMPLETED"}, "ce_dataschema"),
    "no schema": ({"ce_dataschema": None}, "ce_dataschema is missing"),
    "a schema without a version": ({"ce_dataschema": "urn:marketflow:ORDER_CANCELLED:x"}, "ce_dataschema"),
    "another CloudEvents": ({"ce_specversion": "2.0"}, "ce_specversion"),
    "another source": ({"ce_source": "/marketflow/payments"}, "comes from /marketflow/orders"),
    "an unknown version": ({"ce_dataschema": "urn:marketflow:ORDER_CANCELLED:2"}, "unknown version 2"),
    "an unknown type": (
        {"ce_type": "ORDER_EATEN", "ce_dataschema": "urn:marketflow:ORDER_EATEN:1"},
        "unknown event type",
    ),
}


def put(
    brokers: str, headers: dict[str, str | bytes | None], value: bytes | None = None, key: bytes | None = b"5"
) -> None:
    producer = Producer({"bootstrap.servers": brokers})
    kept: dict[str, str | bytes | None] = {name: text for name, text in headers.items() if text is not None}
    producer.produce("orders.events", key=key, value=value, headers=kept)
    assert producer.flush(PATIENT) == 0


def next_two(connect: Connect, follower: str, marker: str) -> list[Delivery]:
    """What arrives with our own key, until the follower has arrived."""
    transport = connect()
    arrived: list[Delivery] = []

    def keep(deliveries: list[Delivery]) -> None:
        arrived.extend(delivery for delivery in deliveries if delivery.key == marker)
        transport.acknowledge("inventory", deliveries)

    polled_until(transport, lambda: any(delivery.id == follower for delivery in arrived), keep)
    return arrived


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("brokers", ["mock"], indirect=True)
def test_a_message_with_a_broken_envelope_is_parked_and_the_next_is_handled(
    name: str, brokers: str, connect: Connect, app: Flask
) -> None:
    changes, reason = BROKEN[name]
    marker = uuid.uuid4().hex
    with app.app_context():
        [follower] = transact(lambda: emit([Fact(cancelled(5), clock.now(), fresh_cause())]))
    put(brokers, {**headers_of(GOOD), **changes}, GOOD["payload"].encode(), marker.encode())
    put(brokers, {**headers_of(GOOD), "ce_id": follower}, GOOD["payload"].encode(), marker.encode())

    broken, good = next_two(connect, follower, marker)
    assert good.fault == ""
    with app.app_context():
        handle("inventory", [broken, good])
        handle("inventory", [broken, good])
        [parked] = fetch("SELECT event_id, reason, payload FROM parked")
        assert parked["event_id"] == broken.id
        assert reason in parked["reason"]
        assert parked["payload"] == GOOD["payload"]
        assert [row["event_id"] for row in fetch("SELECT event_id FROM inbox")] == [follower]


def test_a_message_with_nothing_at_all_gets_an_id_that_it_keeps(brokers: str, connect: Connect) -> None:
    marker, follower = uuid.uuid4().hex, str(uuid.uuid4())
    put(brokers, {}, None, marker.encode())
    put(brokers, {**headers_of(GOOD), "ce_id": follower}, GOOD["payload"].encode(), marker.encode())
    bare, _ = next_two(connect, follower, marker)
    assert uuid.UUID(bare.id).version == 5
    assert bare.fault == "the header ce_specversion is missing"
    assert bare.value == b""

    transport = connect()
    transport._suffix += "again"
    again: list[Delivery] = []

    def keep(deliveries: list[Delivery]) -> None:
        again.extend(delivery for delivery in deliveries if delivery.position == bare.position)
        transport.acknowledge("inventory", deliveries)

    polled_until(transport, lambda: bool(again), keep)
    assert again[0].id == bare.id


def test_a_trace_that_cannot_be_read_begins_anew(brokers: str, connect: Connect) -> None:
    marker, follower = uuid.uuid4().hex, str(uuid.uuid4())
    put(
        brokers,
        {**headers_of(GOOD), "ce_id": follower, "traceparent": "x" * 5_000},
        GOOD["payload"].encode(),
        marker.encode(),
    )
    [delivery] = next_two(connect, follower, marker)
    assert delivery.fault == ""
    assert len(delivery.traceparent) == 55
