"""Requests on their way to RabbitMQ: Dramatiq messages that carry a list of ids, confirmed by the broker."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence

import pika
import structlog
from dramatiq import Broker, Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from webapp.db import Row
from webapp.settings import Settings
from workers.subscriptions import ACTORS

log = structlog.get_logger()

IDS_PER_MESSAGE = 100
BACK_OFF_SECONDS = 1.0
IDLE_SECONDS = 1.0


def parameters(settings: Settings) -> pika.URLParameters:
    """How to connect: AMQP_URL with limits, so that a silent server is found out in seconds, not in minutes."""
    chosen = pika.URLParameters(settings.amqp_url)
    chosen.connection_attempts = 1
    chosen.socket_timeout = 3
    chosen.stack_timeout = 5
    chosen.blocked_connection_timeout = 10
    chosen.heartbeat = 10
    return chosen


def connect(settings: Settings, kind: type[RabbitmqBroker] = RabbitmqBroker) -> RabbitmqBroker:
    """A Dramatiq broker that waits for confirms. It has no middleware: nothing retries, delays, limits or serves metrics,
    because attempts and times are kept in rows. It connects when it is first used."""
    broker = kind(url=settings.amqp_url, confirm_delivery=True, middleware=[])
    broker.parameters = parameters(settings)
    return broker


def messages(rows: Sequence[Row]) -> Iterator[tuple[Message[None], list[int]]]:
    """The messages for some requests, in their order, each with the outbox ids that it carries."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["channel"], row["actor"]), []).append(row)
    for (channel, actor), asked in groups.items():
        for start in range(0, len(asked), IDS_PER_MESSAGE):
            some = asked[start : start + IDS_PER_MESSAGE]
            ids = [_id(str(row["argument"])) for row in some]
            yield Message(channel, actor, (ids,), {}, {}), [row["outbox_id"] for row in some]


def _id(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and str(int(text)) == text else text


class RequestSender:
    """A thread that sends one batch at a time, so that a RabbitMQ that is silent or away holds up nothing else. While it is
    busy, or resting after a failure, it takes no rows: they stay in the outbox and are offered again."""

    def __init__(self, settings: Settings) -> None:
        self._broker: Broker = connect(settings)
        self._jobs: queue.SimpleQueue[Sequence[Row] | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._busy = False
        self._rests_until = 0.0
        self._delivered: list[int] = []
        self.trouble = ""
        """Why rows are not getting through, or nothing."""
        self._thread = threading.Thread(target=self._run, name="requests", daemon=True)
        self._thread.start()

    def hand_over(self, rows: Sequence[Row]) -> list[tuple[int, str]]:
        """Begin to send. Returns the rows that no actor would ever work on, with the reason."""
        known: list[Row] = []
        nobodys: list[Row] = []
        for row in rows:
            (known if row["actor"] in ACTORS.get(row["channel"], {}) else nobodys).append(row)
        with self._changed:
            # What RabbitMQ has taken since the last call is offered once more, and told of at the next.
            taken = set(self._delivered)
            known = [row for row in known if row["outbox_id"] not in taken]
            if known and not self._busy and time.monotonic() >= self._rests_until:
                self._busy = True
                self._jobs.put(known)
        return [
            (row["outbox_id"], f"no actor {row['actor']!r} works on the queue {row['channel']!r}") for row in nobodys
        ]

    def settle(self, seconds: float) -> list[int]:
        """Wait until the batch is sent, at most so long; the outbox ids that RabbitMQ has confirmed since the last call."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout=seconds)
            if self._busy:
                self._in_trouble("RabbitMQ does not answer")
            delivered, self._delivered = self._delivered, []
        return delivered

    def close(self, seconds: float) -> None:
        """Finish the batch that is being sent, at most so long."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._keep_alive()
                continue
            if job is None:
                break
            self._send(job)
        self._broker.close()

    def _send(self, job: Sequence[Row]) -> None:
        trouble = ""
        try:
            for message, outbox_ids in messages(job):
                self._broker.enqueue(message)
                with self._changed:
                    self._delivered += outbox_ids
        except Exception as error:  # noqa: BLE001 - whatever it was, the rows stay and are tried again; it is logged below
            trouble = str(error) or repr(error)
        with self._changed:
            self._busy = False
            if trouble:
                self._rests_until = time.monotonic() + BACK_OFF_SECONDS
                self._in_trouble(trouble)
            else:
                self.trouble = ""
            self._changed.notify_all()

    def _in_trouble(self, reason: str) -> None:
        if not self.trouble:
            log.warning("rabbitmq does not take requests", reason=reason)
        self.trouble = reason

    def _keep_alive(self) -> None:
        """Answer the server's heartbeats while there is nothing to send; a connection that is gone is made anew when needed."""
        connection = getattr(self._broker.state, "connection", None)  # type: ignore[attr-defined]
        if connection is None:
            return
        try:
            connection.process_data_events(time_limit=0)
        except pika.exceptions.AMQPError as error:
            log.info("rabbitmq closed an idle connection", reason=repr(error))
            del self._broker.connection  # type: ignore[attr-defined]
