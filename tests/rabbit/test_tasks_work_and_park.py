"""The tasks' process over a real RabbitMQ: what reads is worked on, what does not is parked, and the next is worked on."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.kafka.conftest import PATIENT, with_servers
from tests.live.serving import until
from tests.rabbit.conftest import Queues
from webapp import heartbeats
from webapp.db import Row, db, fetch
from workers.believing import LARGEST
from workers.performing import perform
from workers.tasks import Tasks

pytestmark = [pytest.mark.server, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


@pytest.fixture
def tasks(app: Flask, queues: Queues) -> Iterator[Tasks]:
    """A worker of four threads on the app's database."""
    working = Tasks(app, with_servers("127.0.0.1:1", queues.url), threads=4)
    working.start()
    until(working._connected, PATIENT)
    yield working
    working.close()


def parked() -> list[Row]:
    db.session.rollback()
    return fetch("SELECT consumer, type, payload, reason FROM parked ORDER BY id")


def message(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "queue_name": "payments", "actor_name": "charge", "args": [[5]], "kwargs": {}, "options": {},
        "message_id": str(uuid.uuid4()), "message_timestamp": 1,
    }  # fmt: skip
    return json.dumps({**fields, **changes}).encode()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"\xff{", "not JSON"),
    "not an object": (b"[]", "not a JSON object"),
    "empty": (b"", "not JSON"),
    "too large": (b" " * (LARGEST + 1), "over the"),
    "an unknown actor": (message(actor_name="embezzle"), "no actor 'embezzle'"),
    "another queue's actor": (message(actor_name="notify"), "no actor 'notify'"),
    "the parking actor": (message(actor_name="park"), "no actor 'park'"),
    "no list": (message(args=[5]), "not one list"),
    "two lists": (message(args=[[5], [6]]), "not one list"),
    "keyword arguments": (message(kwargs={"x": 1}), "not one list"),
    "no ids": (message(args=[[]]), "a list of 0 ids"),
    "too many ids": (message(args=[list(range(2000))]), "a list of 2000 ids"),
    "a NUL in an id": (message(args=[["a\x00b"]]), "is no id"),
    "an object as id": (message(args=[[{}]]), "is no id"),
    "a long id": (message(args=[["x" * 41]]), "is no id"),
    "no actor": (b'{"args": [[5]], "message_id": "x"}', "actor_name"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_message_that_cannot_be_read_is_parked_and_the_queue_goes_on(
    name: str, tasks: Tasks, queues: Queues, app: Flask
) -> None:
    body, reason = UNREADABLE[name]
    queues.put("payments", body)
    queues.put("notifications", b"this one comes after it")
    with app.app_context():
        until(lambda: len(parked()) == 2, PATIENT)
        rows = {row["consumer"]: row for row in parked()}
        assert reason in rows["payments"]["reason"]
        assert "not JSON" in rows["notifications"]["reason"]
    until(lambda: queues.length("payments") == 0, PATIENT)
    assert queues.length("payments.XQ") == 0


def test_a_message_cannot_choose_its_queue_its_delay_or_what_follows(tasks: Tasks, queues: Queues, app: Flask) -> None:
    # Dramatiq's threads die of a queue that nobody reads, and a time far away would keep the message for good.
    for _ in range(8):
        queues.put(
            "payments",
            message(
                queue_name="nobody's", actor_name="embezzle", options={"eta": 99_999_999_999_999, "pipe_target": {}}
            ),
        )
    queues.put("payments", b"the last")
    with app.app_context():
        until(lambda: any(row["payload"] == "the last" for row in parked()), PATIENT)
    assert all(thread.is_alive() for thread in tasks._worker.workers)


def test_a_poisoned_id_costs_only_itself(app: Flask) -> None:
    with app.app_context():
        perform("payments", "void", ["1", "poison", "2"])
        [row] = parked()
        assert (row["consumer"], row["type"], row["payload"]) == ("payments", "void", "poison")
        assert "ValueError" in row["reason"]


def test_the_process_says_that_it_lives(tasks: Tasks, app: Flask) -> None:
    stop = threading.Event()
    beating = threading.Thread(target=tasks.beat_until, args=(stop,))
    beating.start()
    with app.app_context():

        def told() -> bool:
            db.session.rollback()
            return any(beat["kind"] == "tasks" and beat["state"] == "ok" for beat in heartbeats.read())

        until(told, PATIENT)
    stop.set()
    beating.join(PATIENT)
    assert not beating.is_alive()
