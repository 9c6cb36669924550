"""The transport over servers: events by Kafka, requests by RabbitMQ. Neither's outage holds up the other."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row
from webapp.settings import Settings
from workers.kafka_consumer import GroupReader
from workers.kafka_producer import EventSender
from workers.rabbit import RequestSender
from workers.subscriptions import topics_of
from workers.transport import Delivery, Published

PATIENCE = 2.0
"""Seconds that one publish waits for a broker that has answered so far."""

IMPATIENCE = 0.05
"""Seconds that one publish waits for a broker that did not answer the last time."""

FAREWELL = 2.0
"""Seconds that closing waits for what is on its way."""


class KafkaTransport:
    """Connects when a verb is first used: a consumer's process has no producer, the relay's no consumer. `group_suffix` sets
    this one's groups apart from those of another market, or of a test, on the same servers."""

    def __init__(self, settings: Settings, group_suffix: str = "") -> None:
        self._settings, self._suffix = settings, group_suffix
        self._events: EventSender | None = None
        self._requests: RequestSender | None = None
        self._readers: dict[str, GroupReader] = {}

    def publish(self, batch: Sequence[Row]) -> Published:
        """Hand over to both brokers, then wait for both. Rows that are neither delivered nor refused were not confirmed in
        time and stay; giving them again does not send them twice while they are under way. Raises Stuck when the producer is
        beyond use."""
        events, requests = self._senders()
        events.hand_over([row for row in batch if row["actor"] is None])
        nobody = requests.hand_over([row for row in batch if row["actor"] is not None])
        of_events = events.settle(IMPATIENCE if events.trouble else PATIENCE)
        asked = requests.settle(IMPATIENCE if requests.trouble else PATIENCE)
        mine = {row["outbox_id"] for row in batch}
        refused = [(outbox_id, reason) for outbox_id, reason in (*of_events.refused, *nobody) if outbox_id in mine]
        return Published([*of_events.delivered, *asked], refused)

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages for a consumer group, first of all those that were not acknowledged. Raises Stuck when the
        consumer is beyond use."""
        if group not in self._readers:
            self._readers[group] = GroupReader(self._settings, group + self._suffix, topics_of(group))
        return self._readers[group].poll(limit, wait)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing: offsets are committed after the database."""

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """Commit the offsets. Raises Stuck when the consumer is beyond use."""
        self._readers[group].acknowledge(deliveries)

    def close(self) -> None:
        """Leave the groups and wait a little for what is on its way."""
        for reader in self._readers.values():
            reader.close()
        if self._events is not None:
            self._events.close(FAREWELL)
        if self._requests is not None:
            self._requests.close(FAREWELL)

    def _senders(self) -> tuple[EventSender, RequestSender]:
        if self._events is None or self._requests is None:
            self._events, self._requests = EventSender(self._settings), RequestSender(self._settings)
        return self._events, self._requests
