"""Events on Kafka, as the contract says and as an outsider reads them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid

import pytest

from tests.kafka.conftest import NOBODY, Connect, cancelled, offered, polled_until, row_of, with_servers
from tests.kafka.reading import read
from webapp import clock
from webapp.events import (
    CATALOGUE,
    Event,
    InventoryCreated,
    OrderCompleted,
    PaymentSuccess,
    ProductCreated,
    Quantity,
    StockReserved,
)  # fmt: skip
from workers.kafka_transport import PATIENCE, KafkaTransport
from workers.transport import Delivery

ONE_OF_EACH_TOPIC: list[Event] = [
    ProductCreated(
        market_id=1, sequence=1, product_id=71, sku="MUG", name="Becher für Öl", price_minor=1250, currency="EUR"
    ),
    InventoryCreated(market_id=1, sequence=1, product_id=71),
    StockReserved(market_id=1, sequence=1, order_id=82, items=(Quantity(71, 2),)),
    OrderCompleted(market_id=1, sequence=3, order_id=82, total_minor=2500, currency="EUR"),
    PaymentSuccess(market_id=1, sequence=1, order_id=82, amount_minor=2500, currency="EUR", attempts=1),
]


@pytest.mark.parametrize("event", ONE_OF_EACH_TOPIC, ids=lambda event: event.TYPE)
def test_an_event_has_its_topic_key_value_and_cloudevents_headers(event: Event, brokers: str, connect: Connect) -> None:
    row = row_of(event, outbox_id=7)
    assert offered(connect(), [row]) == {}

    [seen] = read(brokers, event.TOPIC, {row["id"]})
    key = "71" if event.ABOUT == "product" else "82"
    assert seen.key == key.encode()
    assert seen.value is not None
    assert json.loads(seen.value)["market_id"] == 1
    assert seen.value == row["payload"].encode()
    assert dict(seen.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": row["id"].encode(),
        "ce_type": event.TYPE.encode(),
        "ce_source": f"/marketflow/{event.SOURCE}".encode(),
        "ce_time": clock.rfc3339(row["at"]).encode(),
        "ce_subject": key.encode(),
        "ce_dataschema": f"urn:marketflow:{event.TYPE}:1".encode(),
        "content-type": b"application/json",
        "traceparent": row["traceparent"].encode(),
    }


def test_the_events_of_an_order_stay_in_their_order(brokers: str, connect: Connect) -> None:
    rows = [
        row_of(cancelled(order, sequence), outbox_id=order * 1000 + sequence)
        for sequence in range(1, 101)
        for order in (1, 2, 3)
    ]
    transport = connect()
    assert offered(transport, rows[:150]) == offered(transport, rows[150:]) == {}

    seen = read(brokers, "orders.events", {row["id"] for row in rows})
    for order in (b"1", b"2", b"3"):
        assert [json.loads(one.value or b"")["sequence"] for one in seen if one.key == order] == list(range(1, 101))


def test_an_event_that_is_too_large_for_kafka_is_refused_and_the_next_goes_through(
    brokers: str, connect: Connect
) -> None:
    large = row_of(cancelled(5, 1, by="x" * 1_100_000), outbox_id=1)
    next_one = row_of(cancelled(5, 2), outbox_id=2)

    [(refused, reason)] = offered(connect(), [large, next_one]).items()
    assert refused == 1
    assert "size" in reason.lower()
    assert [one.header("ce_id") for one in read(brokers, "orders.events", {large["id"], next_one["id"]})] == [
        next_one["id"]
    ]


@pytest.mark.parametrize(
    "brokers", [pytest.param("real", marks=pytest.mark.server)], indirect=True
)  # The mock takes any name.
def test_an_event_for_an_impossible_topic_is_refused_and_the_next_goes_through(brokers: str, connect: Connect) -> None:
    nowhere = {**row_of(cancelled(5), outbox_id=1), "channel": "no topic can be called this"}
    assert list(offered(connect(), [nowhere, row_of(cancelled(5, 2), outbox_id=2)])) == [1]


def test_while_kafka_is_away_nothing_is_delivered_and_no_publish_hangs() -> None:
    transport = KafkaTransport(with_servers(NOBODY))
    row = row_of(cancelled(5), outbox_id=1)
    started = time.monotonic()
    assert not transport.publish([row]).delivered
    assert time.monotonic() - started < 10 * PATIENCE
    started = time.monotonic()
    for _ in range(10):
        assert not transport.publish([row]).delivered
    assert time.monotonic() - started < 10 * PATIENCE, "each waits as long as the first"
    transport.close()


def test_a_kafka_that_was_silent_gets_each_event_once_and_in_order(
    mock_kafka: subprocess.Popen[str], mock_address: str
) -> None:
    transport = KafkaTransport(with_servers(mock_address))
    rows = [row_of(cancelled(5, sequence), outbox_id=sequence) for sequence in range(1, 21)]
    assert offered(transport, rows[:1]) == {}

    mock_kafka.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, mock_kafka.pid, os.WSTOPPED | os.WNOWAIT)  # On a busy machine its threads run on for a while.
    for _ in range(5):
        assert not transport.publish(rows[1:]).delivered  # The relay offers what is left again and again.
    mock_kafka.send_signal(signal.SIGCONT)
    assert offered(transport, rows[1:]) == {}
    transport.close()

    seen = read(mock_address, "orders.events", {row["id"] for row in rows})
    assert [one.header("ce_id") for one in seen] == [row["id"] for row in rows]


def test_every_event_type_has_an_envelope(brokers: str, connect: Connect) -> None:
    # The type's class decides topic and source, so that no event can be published that its readers would not believe.
    base = row_of(cancelled(5))
    rows = [
        {
            **base,
            "outbox_id": number,
            "id": str(uuid.uuid4()),
            "type": kind.TYPE,
            "channel": kind.TOPIC,
            "source": kind.SOURCE,
        }
        for number, kind in enumerate(CATALOGUE.values(), 1)
    ]
    transport = connect()
    assert offered(transport, rows) == {}
    wanted = {row["id"] for row in rows if row["channel"] in ("orders.events", "products.events")}
    got: dict[str, Delivery] = {}

    def keep(deliveries: list[Delivery]) -> None:
        got.update({delivery.id: delivery for delivery in deliveries})
        transport.acknowledge("inventory", deliveries)

    polled_until(transport, lambda: wanted <= got.keys(), keep)
    assert {got[one].fault for one in wanted} == {""}
