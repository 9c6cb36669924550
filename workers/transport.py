"""How the market's messages come to who reacts to them, whatever carries them: a group polls a batch and acknowledges it.
`embedded_transport.py` does it with the outbox alone; `kafka_transport.py` with Kafka and RabbitMQ, to which the relay has
to publish first."""

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


class Broker(Protocol):
    """What the relay needs."""

    def publish(self, batch: Sequence[Row]) -> Published:
        """Hand outbox rows over, in their order, and say which the broker has and which it will never take."""
        ...


class Transport(Protocol):
    """What the consumers need."""

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages for a consumer group, waiting at most `wait` seconds for the first."""
        ...

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Within the transaction that does what these ask for: they need not come again if it commits. Nothing where the
        messages are not rows of that database."""
        ...

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """That transaction is committed: these need not come again."""
        ...

    def close(self) -> None:
        """Leave the groups."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch: outbox ids that are delivered, and those refused for good with the reason."""

    delivered: Sequence[int]
    refused: Sequence[tuple[int, str]] = ()
