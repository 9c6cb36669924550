"""How the brokers, the mail server and Stripe are, asked every few seconds beside the relay and told as heartbeats: `/readyz` reads those rows, so that
a web process needs none of them to answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pika
import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from flask import Flask

from webapp import clock, heartbeats
from webapp.db import is_unavailable, transact
from webapp.events import TOPICS
from webapp.notifications import mailer
from webapp.outbox import QUEUES
from webapp.payments import queries as payments
from webapp.payments.gateway import stripe_of
from webapp.settings import Settings
from workers.kafka_consumer import onlooker
from workers.rabbit import parameters
from workers.subscriptions import SUBSCRIPTIONS, topics_of

log = structlog.get_logger()

PERIOD = 5.0
MAIL_PERIOD = 60.0
STRIPE_PERIOD = 60.0
"""Seconds between two questions, and between two to a mail server or a Stripe that is well."""

LIMIT = 3.0
"""Seconds that a broker has for an answer."""

KEPT_SECONDS = 600
"""How long the beats of workers that are gone stay to be seen."""


class Degraded(Exception):
    """A broker does not answer, or not as it should; the message says what is wrong."""


class KafkaProbe:
    """Asks Kafka for the topics and for what each group has still to read, over clients that it keeps while they get answers:
    librdkafka's go on asking in vain, for some questions, after the broker was restarted.

    What a group has read is asked by an onlooker of that group; `group_suffix` is KafkaTransport's.
    """

    def __init__(self, settings: Settings, group_suffix: str = "") -> None:
        self._brokers, self._suffix = settings.kafka_brokers or "", group_suffix
        self._admin: AdminClient | None = None
        self._readers: dict[str, Consumer] = {}

    def __call__(self) -> dict[str, Any]:
        """The lag of every group in messages. Raises Degraded."""
        if self._admin is None:
            self._admin = AdminClient(
                {"bootstrap.servers": self._brokers, "client.id": "marketflow-health", "log_level": 2}
            )
        try:
            found = self._admin.list_topics(timeout=LIMIT).topics
            missing = [name for name in TOPICS if name not in found]
            if missing:
                raise Degraded(f"topics are missing: {', '.join(missing)}; run `market release`")
            parts = [TopicPartition(name, number) for name in TOPICS for number in found[name].partitions]
            latest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
            asked = self._admin.list_offsets(dict.fromkeys(parts, latest), request_timeout=LIMIT)
            ends = {(part.topic, part.partition): end.result().offset for part, end in asked.items()}
            return {"lag": {group: self._lag(group, ends) for group in SUBSCRIPTIONS}}
        except KafkaException as error:
            self.close()
            raise Degraded(error.args[0].str()) from error

    def close(self) -> None:
        """Let go of the clients; the next question makes new ones."""
        for reader in self._readers.values():
            reader.close()
        self._admin, self._readers = None, {}

    def _lag(self, group: str, ends: Mapping[tuple[str, int], int]) -> int:
        if group not in self._readers:
            self._readers[group] = onlooker(self._brokers, group + self._suffix)
        read = topics_of(group)
        parts = [TopicPartition(topic, number) for topic, number in ends if topic in read]
        committed = self._readers[group].committed(parts, timeout=LIMIT)
        return sum(max(ends[part.topic, part.partition] - max(part.offset, 0), 0) for part in committed)


class RabbitProbe:
    """Asks RabbitMQ how many messages wait in each queue, over a connection that it keeps."""

    def __init__(self, settings: Settings) -> None:
        self._parameters = parameters(settings)
        self._connection: pika.BlockingConnection | None = None

    def __call__(self) -> dict[str, Any]:
        """The length of every queue that there is. Raises Degraded."""
        try:
            if self._connection is None:
                self._connection = pika.BlockingConnection(self._parameters)
            return {"waiting": {queue: self._length(self._connection, queue) for queue in QUEUES}}
        except (pika.exceptions.AMQPError, OSError) as error:
            self._connection = None
            raise Degraded(str(error) or repr(error)) from error

    def _length(self, connection: pika.BlockingConnection, queue: str) -> int:
        channel = connection.channel()
        try:
            waiting = int(channel.queue_declare(queue, passive=True).method.message_count)
            channel.close()
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != 404:
                raise
            return 0  # Nobody has sent to it or worked on it yet.
        return waiting


class MailProbe:
    """Asks the mail server for its greeting: seldom while it is well, since it may be a stranger's and keep count."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._well_until = 0.0

    def __call__(self) -> dict[str, Any]:
        """Nothing to tell. Raises Degraded."""
        if time.monotonic() >= self._well_until:
            if reason := mailer.greeting(self._settings):
                raise Degraded(reason)
            self._well_until = time.monotonic() + MAIL_PERIOD
        return {}


class StripeProbe:
    """Asks Stripe whether it knows us, seldom while it is well, and the payments whether our settings were to blame of late."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._gateway = stripe_of(settings)
        self._well_until = 0.0

    def __call__(self) -> dict[str, Any]:
        """Nothing to tell. Raises Degraded."""
        if time.monotonic() >= self._well_until:
            if reason := self._gateway.trouble():
                raise Degraded(reason)
            self._well_until = time.monotonic() + STRIPE_PERIOD
        try:
            with self._app.app_context():
                troubles = payments.troubles_of_ours(clock.now() - clock.seconds(KEPT_SECONDS))
        except Exception as error:
            if not is_unavailable(error):
                raise
            return {}  # The database's trouble is told by those who need it.
        if troubles:
            raise Degraded(f"{len(troubles)} calls in ten minutes failed by our own settings, the last: {troubles[0]}")
        return {}


def watch(app: Flask, settings: Settings, stop: threading.Event) -> Callable[[], None]:
    """A part of the relay's process: tells how the brokers, the mail server and Stripe are, those that there are, until `stop`."""

    def run() -> None:
        probes: dict[str, Callable[[], dict[str, Any]]] = {}
        if settings.with_brokers:
            probes |= {"kafka": KafkaProbe(settings), "rabbitmq": RabbitProbe(settings)}
        if settings.smtp_url:
            probes["smtp"] = MailProbe(settings)
        if settings.takes_cards:
            probes["stripe"] = StripeProbe(app, settings)
        known: dict[str, str] = {}
        while not stop.is_set():
            told = {name: _ask(name, probe) for name, probe in probes.items()}
            known = _log_changes(known, told)
            with app.app_context():
                _tell(told)
            stop.wait(PERIOD)

    return run


_WAYS_OUT = {
    "kafka": "see KAFKA_BROKERS, and whether it runs",
    "rabbitmq": "see AMQP_URL, and whether it runs",
    "smtp": "see SMTP_URL; emails wait and are sent once it answers",
    "stripe": "see STRIPE_SECRET_KEY and Stripe's dashboard; payments wait and are asked for again",
}


def _log_changes(known: Mapping[str, str], told: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Write down what has become worse, why and what helps, and what is well again: once, and not every few seconds. Returns what is
    wrong with each server now, "" where nothing is."""
    now = {name: str(detail["reason"]) if state == "degraded" else "" for name, (state, detail) in told.items()}
    for name, reason in now.items():
        if reason and not known.get(name):
            log.warning("server degraded", server=name, reason=reason, way_out=_WAYS_OUT[name])
        elif not reason and known.get(name):
            log.info("server well again", server=name)
    return now


def _ask(name: str, probe: Callable[[], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    try:
        return "ok", probe()
    except Degraded as error:
        return "degraded", {"reason": str(error)}


def _tell(told: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
    def write() -> None:
        for name, (state, detail) in told.items():
            heartbeats.beat(name, name, state, detail)
        heartbeats.forget(clock.now() - clock.seconds(KEPT_SECONDS))

    try:
        transact(write)
    except Exception as error:
        if not is_unavailable(error):
            raise
        log.warning("heartbeats not written", reason=str(error).splitlines()[0])
