"""`market check` as a command: what it prints, how it ends, what it waits for, and whom it can ask."""

from __future__ import annotations

import threading
import uuid

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from flask import Flask

from tests.checking.world import create_product, wish
from tests.conftest import server_or_skip
from tests.kafka.conftest import NOBODY, PATIENT
from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import db, execute, fetch, transact
from webapp.orders import placing
from webapp.settings import Settings
from workers import checking
from workers.checking import brokers, rest, witness
from workers.checking.asking import Asking, CannotAsk
from workers.draining import Pump
from workers.providing import ProviderChild

WHO = Actor.system("tests")


def placed(pump: Pump, token: str = "tok_success") -> int:
    """An order that nothing has been done about yet."""
    market_id = transact(lambda: accounts.create_market("alder-lane", "Alder Lane", "EUR", actor=WHO))
    product_id = create_product(market_id, pump, "MUG", stock=10)
    order_id = int(transact(lambda: placing.place([wish((product_id, 2), token=token)]))[0]["id"])
    db.session.rollback()
    return order_id


def test_a_market_at_work_passes_and_says_so(app: Flask, pump: Pump, capsys: pytest.CaptureFixture[str]) -> None:
    placed(pump)
    assert checking.run(app, drained=False, wait=0) == 0
    said = capsys.readouterr().out
    assert "ok          1  0 <= reserved <= on_hand for every inventory." in said
    assert said.endswith("17 of 17 invariants hold.\n")


def test_a_broken_invariant_is_named_with_examples_and_ends_in_failure(
    app: Flask, pump: Pump, capsys: pytest.CaptureFixture[str]
) -> None:
    placed(pump)
    transact(lambda: execute("UPDATE inventories SET on_hand = on_hand + 1"))
    assert checking.run(app, drained=False, wait=0) == 1
    said = capsys.readouterr().out
    assert "broken      3" in said
    assert "1 row breaks it:" in said
    assert "11 on hand, the ledger adds up to 10" in said
    assert said.endswith("16 of 17 invariants hold; broken: 3.\n")


def test_the_drained_group_waits_until_the_work_is_done(
    app: Flask, pump: Pump, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = placed(pump)

    def work() -> None:
        with app.app_context():
            pump.drain()

    worker = threading.Thread(target=work)
    look = rest.under_way

    def seen(asking: Asking) -> str:
        found = look(asking)
        if found and worker.ident is None:
            worker.start()  # Not before the check has seen that there is something to wait for.
        return found

    monkeypatch.setattr(rest, "under_way", seen)
    assert checking.run(app, drained=True, wait=PATIENT) == 0
    worker.join()
    assert fetch("SELECT status FROM orders WHERE id = :id", id=order_id)[0]["status"] == "COMPLETED"
    assert "not asked: 10." in capsys.readouterr().out


def test_what_does_not_come_to_rest_is_told_and_ends_in_failure(
    app: Flask, pump: Pump, capsys: pytest.CaptureFixture[str]
) -> None:
    placed(pump)
    assert checking.run(app, drained=True, wait=0.3) == 1
    said = capsys.readouterr().out
    assert said.startswith("After 0.3 s there is still something under way: 1 messages to send.")
    assert "broken: 8, 16, 19; not asked: 10." in said


def test_a_provider_that_is_set_and_does_not_answer_fails_only_the_drained_check(
    settings: Settings, app: Flask, pump: Pump
) -> None:
    placed(pump)
    pump.drain()
    app.extensions["settings"] = settings.model_copy(update={"provider_url": f"http://{NOBODY}"})
    assert checking.run(app, drained=True, wait=5) == 1
    assert checking.run(app, drained=False, wait=0) == 0


def test_the_provider_testifies_and_when_it_is_gone_its_ledger_does(
    settings: Settings, app: Flask, pump: Pump, capsys: pytest.CaptureFixture[str]
) -> None:
    embedded = settings.model_copy(update={"provider_url": None})
    child = ProviderChild(embedded)
    app.extensions["settings"] = embedded.model_copy(update={"provider_url": child.start()})
    try:
        order_id = placed(pump)
        pump.drain()
        assert checking.run(app, drained=True, wait=5) == 0
        spoken = list(witness.testimony(app.extensions["settings"]))
    finally:
        child.stop()
    assert [(one.order_id, one.taken_minor, one.refunded_minor) for one in spoken] == [(order_id, 2500, 0)]
    app.extensions["settings"] = embedded
    assert list(witness.testimony(embedded)) == spoken
    transact(lambda: execute("UPDATE orders SET total_minor = 2501"))
    capsys.readouterr()
    assert checking.run(app, drained=True, wait=5) == 1
    assert "2501 EUR kept; the provider has 2500 EUR of it" in capsys.readouterr().out


def test_where_nothing_was_ever_paid_there_is_nobody_to_ask(settings: Settings) -> None:
    with pytest.raises(CannotAsk) as refused:
        list(witness.testimony(settings.model_copy(update={"provider_url": None})))
    assert refused.value.expected


@pytest.mark.server
def test_the_lag_of_a_group_is_counted_per_partition() -> None:
    address = server_or_skip("KAFKA_BROKERS", "Kafka")
    topic, group = f"check-{uuid.uuid4().hex[:8]}", f"check-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])[topic].result(PATIENT)
    producer = Producer({"bootstrap.servers": address})
    for _ in range(3):
        producer.produce(topic, b"x", partition=0)
    assert producer.flush(PATIENT) == 0
    assert list(brokers.lag(address, group, [topic])) == [
        f"{topic}, partition 0: 3 messages that the group {group} has not read"
    ]
    consumer = Consumer({"bootstrap.servers": address, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
    consumer.close()
    assert list(brokers.lag(address, group, [topic])) == []
    assert list(brokers.lag(address, group, ["no-such-topic-of-ours"])) == []
    admin.delete_topics([topic])[topic].result(PATIENT)


def test_a_kafka_that_does_not_answer_cannot_be_asked() -> None:
    with pytest.raises(CannotAsk, match=NOBODY) as refused:
        list(brokers.lag(NOBODY, "orders", ["orders.events"]))
    assert not refused.value.expected


@pytest.mark.server
def test_what_waits_in_a_queue_is_counted_and_a_queue_that_is_not_there_is_empty(settings: Settings) -> None:
    import pika

    url = server_or_skip("AMQP_URL", "RabbitMQ")
    configured = settings.model_copy(update={"amqp_url": url})
    queue = f"check-{uuid.uuid4().hex[:8]}"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, auto_delete=True)
        channel.confirm_delivery()
        channel.basic_publish("", queue, b"x")
        assert list(brokers.depth(configured, ["no-such-queue", queue])) == [f"queue {queue}: 1 messages"]
        channel.queue_purge(queue)
        assert list(brokers.depth(configured, [queue])) == []
        channel.queue_delete(queue)


def test_a_rabbitmq_that_does_not_answer_cannot_be_asked(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"amqp_url": f"amqp://guest:guest@{NOBODY}/"})
    with pytest.raises(CannotAsk, match="RabbitMQ does not answer"):
        list(brokers.depth(nowhere, ["payments"]))
