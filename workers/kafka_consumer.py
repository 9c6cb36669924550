"""One consumer group's messages from Kafka, committed by us after the database has committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from webapp.settings import Settings
from workers.envelope import delivery_of
from workers.transport import Delivery, Stuck

log = structlog.get_logger()

NOT_OURS_ANY_MORE = frozenset({
    KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID, KafkaError._NO_OFFSET, KafkaError._STATE, KafkaError._ASSIGNMENT_LOST,
})  # fmt: skip
"""What a commit hears when the partitions have gone to another member: it gets the messages again and absorbs them."""

Place = tuple[str, int]


def onlooker(brokers: str, group: str) -> Consumer:
    """A client that can be asked what a group has committed, and joins nothing. An admin client can be asked as well, but
    librdkafka (2.16) ends the whole process by a null pointer when the group's coordinator moves at that moment."""
    return Consumer({"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False, "log_level": 2})


class GroupReader:
    """Messages that were polled and not acknowledged come again at the next poll: the position goes back to them, since a
    later commit would else pass over them."""

    def __init__(self, settings: Settings, group: str, topics: Sequence[str]) -> None:
        self._group = group
        self._given: dict[Place, list[int]] = {}
        self._owed: dict[Place, int] = {}
        self._trouble = ""
        self._consumer = Consumer(
            {
                "bootstrap.servers": settings.kafka_brokers,
                "group.id": group,
                "client.id": f"marketflow-{group}",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_uncommitted",  # We use no transactions of Kafka, and need not wait for others'.
                "session.timeout.ms": 10_000,
                "heartbeat.interval.ms": 2_000,
                "max.poll.interval.ms": 120_000,
                "fetch.wait.max.ms": 10,
                "queued.max.messages.kbytes": 16_384,
                "topic.metadata.refresh.interval.ms": 10_000,
                "reconnect.backoff.max.ms": 1_000,
                "socket.keepalive.enable": True,
                "log_level": 2,
                "error_cb": self._heard,
            }
        )
        self._consumer.subscribe(list(topics), on_revoke=self._taken_away, on_lost=self._taken_away)

    def poll(self, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages, waiting at most `wait` seconds for the first. Raises Stuck when the consumer is beyond use."""
        self._go_back()
        self._settle_debts()
        first = self._consumer.poll(wait)
        if first is None:
            return []
        # Asking for many at once would wait the whole time-out unless so many are there.
        others = self._consumer.consume(limit - 1, 0) if limit > 1 else []
        deliveries = [delivery_of(message) for message in (first, *others) if self._is_message(message)]
        for delivery in deliveries:
            topic, partition, offset = delivery.position
            self._given.setdefault((topic, partition), []).append(offset)
        return deliveries

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """Commit that these, and all before them in their partitions, are handled. Raises Stuck when the consumer is beyond
        use; a commit that the broker does not answer is made up for later."""
        reached: dict[Place, int] = {}
        for delivery in deliveries:
            topic, partition, offset = delivery.position
            reached[topic, partition] = max(offset, reached.get((topic, partition), -1))
        for place, last in reached.items():
            left = [offset for offset in self._given.pop(place, []) if offset > last]
            if left:
                self._given[place] = left
        self._commit({place: last + 1 for place, last in reached.items()})

    def close(self) -> None:
        """Leave the group, so that its other members need not wait for the session's end."""
        self._consumer.close()

    def _go_back(self) -> None:
        if not self._given:
            return
        mine = {(part.topic, part.partition) for part in self._consumer.assignment()}
        for (topic, partition), offsets in self._given.items():
            if (topic, partition) in mine:
                self._consumer.seek(TopicPartition(topic, partition, min(offsets)))
        self._given = {}

    def _settle_debts(self) -> None:
        if self._owed:
            self._commit({})

    def _commit(self, offsets: dict[Place, int]) -> None:
        wanted = {**self._owed, **offsets}
        self._owed = {}
        if not wanted:
            return
        parts = [TopicPartition(topic, partition, offset) for (topic, partition), offset in wanted.items()]
        try:
            committed = self._consumer.commit(offsets=parts, asynchronous=False)
            errors = [part.error for part in committed or [] if part.error]
        except KafkaException as failure:
            errors = [failure.args[0]]
        for error in errors:
            self._must_go_on(error)
        if any(error.code() not in NOT_OURS_ANY_MORE for error in errors):
            log.warning("offsets not committed yet", group=self._group, reason=errors[0].str())
            self._owed = wanted
        elif errors:
            log.info("offsets went to another member", group=self._group, reason=errors[0].str())

    def _is_message(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            self._trouble = ""
            return True
        self._must_go_on(error)
        self._heard(error)
        return False

    def _must_go_on(self, error: KafkaError) -> None:
        if error.fatal() or error.code() in (KafkaError._FATAL, KafkaError._MAX_POLL_EXCEEDED):
            raise Stuck(f"Kafka's consumer {self._group}: {error.str()}")

    def _heard(self, error: KafkaError) -> None:
        if error.str() != self._trouble:
            self._trouble = error.str()
            log.warning("kafka", group=self._group, reason=self._trouble)

    def _taken_away(self, consumer: Consumer, parts: list[TopicPartition]) -> None:
        for part in parts:
            self._given.pop((part.topic, part.partition), None)
            self._owed.pop((part.topic, part.partition), None)
