"""What an outsider sees on the topics: an independent consumer that is in no group of the market, and knows none of its code."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


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


def read(brokers: str, topic: str, ids: Collection[str], seconds: float = 10) -> list[Seen]:
    """All messages of a topic whose ce_id is one of `ids`, partition by partition in order; waits until each was seen."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "outsider", "enable.auto.commit": False, "fetch.wait.max.ms": 10}
    )
    parts = consumer.list_topics(topic, timeout=seconds).topics[topic].partitions
    consumer.assign([TopicPartition(topic, part, OFFSET_BEGINNING) for part in parts])
    seen: list[Seen] = []
    missing = set(ids)
    end = time.monotonic() + seconds
    try:
        # After the last one was seen a little longer: a duplicate would come now.
        while time.monotonic() < end:
            for message in consumer.consume(500, 0.2):
                assert message.error() is None, message.error()
                headers = cast("list[tuple[str, bytes | str | None]]", message.headers() or [])
                ce_id = next(
                    (value.decode() for name, value in headers if name == "ce_id" and isinstance(value, bytes)), ""
                )
                if ce_id in ids:
                    missing.discard(ce_id)
                    seen.append(
                        Seen(
                            topic,
                            message.partition() or 0,
                            message.offset() or 0,
                            message.key(),
                            message.value(),
                            headers,
                        )
                    )
            if not missing:
                end = min(end, time.monotonic() + 0.4)
                missing = {"seen them all"}
    finally:
        consumer.close()
    return sorted(seen, key=lambda one: (one.partition, one.offset))
