"""The three verbs that carry the market's messages, whatever carries them: publish a batch, poll a group for a batch,
acknowledge it. `embedded_transport.py` does it with the database alone, `kafka_transport.py` with Kafka and RabbitMQ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from webapp.db import Row


class Stuck(Exception):
    """The transport can make no progress any more in this process: it must end, and be started again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it arrived, not yet believed: its value may be anything. `position` is what acknowledges it; `fault` says
    what is wrong with its envelope, so that it is parked unread."""

    id: str
    channel: str
    type: str
    version: int
    key: str
    value: bytes
    traceparent: str
    position: Any
    fault: str = ""


class Transport(Protocol):
    """What the relay and the consumers need of a broker."""

    def publish(self, batch: Sequence[Row]) -> Published:
        """Hand outbox rows over, in their order, and say which the broker has and which it will never take."""
        ...

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages for a consumer group, waiting at most `wait` seconds for the first."""
        ...

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """The group's changes are committed: these need not come again."""
        ...

    def close(self) -> None:
        """Leave the groups and send what is on its way."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch: outbox ids that are delivered, and those refused for good with the reason."""

    delivered: Sequence[int]
    refused: Sequence[tuple[int, str]] = ()
