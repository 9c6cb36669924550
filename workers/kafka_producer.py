"""Events on their way to Kafka: handed over in their order, and delivered only when the broker says so."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from webapp.db import Row
from webapp.settings import Settings
from workers.envelope import headers_of, key_of
from workers.transport import Published, Stuck

log = structlog.get_logger()

NEVER_TAKEN = frozenset({
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.INVALID_RECORD, KafkaError.TOPIC_EXCEPTION, KafkaError._BAD_MSG, KafkaError._INVALID_ARG,
})  # fmt: skip
"""Errors of the message itself: the broker will not take it at any later time either."""


class EventSender:
    """What is handed over stays under way, without an end, until the broker has it: giving a message up could let a later
    one of the same order overtake it. A row that is under way is not handed over again."""

    def __init__(self, settings: Settings) -> None:
        self._under_way: set[int] = set()
        self._delivered: list[int] = []
        self._refused: list[tuple[int, str]] = []
        self._fatal = ""
        self.trouble = ""
        """Why rows are not getting through, or nothing."""
        self._producer = Producer(
            {
                "bootstrap.servers": settings.kafka_brokers,
                "client.id": "marketflow-relay",
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 0,
                "message.timeout.ms": 0,
                "reconnect.backoff.max.ms": 1000,
                "socket.keepalive.enable": True,
                "log_level": 2,
                "error_cb": self._heard,
            }
        )

    def hand_over(self, rows: Sequence[Row]) -> None:
        """Begin to send the rows that are not under way yet. Raises Stuck when the producer is beyond use."""
        for row in rows:
            if row["outbox_id"] not in self._under_way and not self._produce(row):
                break  # What comes after must not overtake.
        self._usable()

    def settle(self, seconds: float) -> Published:
        """Wait until nothing is under way, at most so long, and say what has become of it. Raises Stuck when the producer is
        beyond use."""
        end = time.monotonic() + seconds
        self._producer.poll(0)
        while self._under_way and not self._fatal and (left := end - time.monotonic()) > 0:
            self._producer.poll(min(left, 0.1))
        self._usable()
        if not self._under_way:
            self.trouble = ""
        elif not self.trouble:
            self.trouble = f"{len(self._under_way)} messages were not confirmed within {seconds:g} s"
            log.warning("kafka does not take events", reason=self.trouble)
        settled = Published(self._delivered, self._refused)
        self._delivered, self._refused = [], []
        return settled

    def close(self, seconds: float) -> None:
        """Send what is on its way, at most so long."""
        self._producer.flush(seconds)

    def _produce(self, row: Row) -> bool:
        outbox_id = int(row["outbox_id"])
        try:
            self._producer.produce(
                row["channel"],
                key=key_of(row),
                value=str(row["payload"]).encode(),
                headers=headers_of(row),
                on_delivery=partial(self._told, outbox_id),
            )
        except BufferError:
            return False
        except KafkaException as error:
            return self._failed(outbox_id, error.args[0])
        self._under_way.add(outbox_id)
        return True

    def _told(self, outbox_id: int, error: KafkaError | None, message: Message) -> None:
        self._under_way.discard(outbox_id)
        if error is None:
            self._delivered.append(outbox_id)
        else:
            self._failed(outbox_id, error)

    def _failed(self, outbox_id: int, error: KafkaError) -> bool:
        """Refuse a row for good, or leave it for another time; whether the next row may be tried."""
        if error.code() in NEVER_TAKEN:
            self._refused.append((outbox_id, f"Kafka: {error.str()}"))
            return True
        self._heard(error)
        return False

    def _heard(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._fatal = error.str()
        elif not self.trouble:
            self.trouble = error.str()
            log.warning("kafka does not take events", reason=self.trouble)

    def _usable(self) -> None:
        if self._fatal:
            raise Stuck(f"Kafka's producer: {self._fatal}")
