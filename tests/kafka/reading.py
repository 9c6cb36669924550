"""What an outsider sees on the topics: an independent consumer that is in no group of the market, and knows none of its code."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

PATIENCE = 60.0
"""Seconds after which Kafka is taken to be away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it lies on a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | str | None]]

    def header(self, name: str) -> str:
        """The text of the one header of that name."""
        [value] = [value for found, value in self.headers if found == name]
        assert isinstance(value, bytes)
        return value.decode()


def read(brokers: str, topic: str, ids: Collection[str]) -> list[Seen]:
    """All messages of a topic whose ce_id is one of `ids`, partition by partition in order: what was confirmed before the call is
    among them, however long the topic is."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "outsider", "enable.auto.commit": False})
    try:
        parts = [
            TopicPartition(topic, part)
            for part in consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        ]
        spans = {part.partition: consumer.get_watermark_offsets(part, timeout=PATIENCE) for part in parts}
        consumer.assign([TopicPartition(topic, part.partition, OFFSET_BEGINNING) for part in parts])
        seen: list[Seen] = []
        until = time.monotonic() + PATIENCE
        while any(max(at.offset, spans[at.partition][0]) < spans[at.partition][1] for at in consumer.position(parts)):
            assert time.monotonic() < until, f"the end of {topic} was not reached within {PATIENCE} s"
            for message in consumer.consume(500, 0.05):
                assert message.error() is None, message.error()
                headers = cast("list[tuple[str, bytes | str | None]]", message.headers() or [])
                part, offset = message.partition() or 0, message.offset() or 0
                seen.append(Seen(topic, part, offset, message.key(), message.value(), headers))
    finally:
        consumer.close()
    wanted = [
        one
        for one in seen
        if any(name == "ce_id" and value.decode() in ids for name, value in one.headers if isinstance(value, bytes))
    ]
    return sorted(wanted, key=lambda one: (one.partition, one.offset))
