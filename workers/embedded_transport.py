"""The transport that needs nothing but the database: a durable queue per consumer group and per task queue.

Publishing writes a row for each group that subscribes to the event's type; polling reads them; acknowledging deletes them.
One process runs all the loops, so that two of them never poll the same queue.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId, Row, after_commit, execute, fetch, insert, rows, transact
from workers.subscriptions import groups_for
from workers.transport import Delivery, Published


class DeliveryRow(Base):
    """A message that waits for a consumer group (an event) or a task queue (an actor and its argument)."""

    __tablename__ = "deliveries"
    __table_args__ = (sa.Index("ix_deliveries_channel", "channel", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(40))
    event_id: Mapped[str | None] = mapped_column(sa.String(36))
    actor: Mapped[str | None] = mapped_column(sa.String(40))
    argument: Mapped[str | None] = mapped_column(sa.String(40))


class Bell:
    """Rung after every commit of this process; a loop that found nothing to do waits for the next ring."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self.count = 0
        after_commit.append(self.ring)

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._rung:
            self.count += 1
            self._rung.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Return as soon as the bell has rung since `seen` was read, or after so many seconds."""
        with self._rung:
            self._rung.wait_for(lambda: self.count != seen, timeout=seconds)

    def silence(self) -> None:
        """Stop listening to commits."""
        after_commit.remove(self.ring)


class EmbeddedTransport:
    """See the module. Each call needs an app context and no open transaction."""

    def __init__(self) -> None:
        self.bell = Bell()

    def publish(self, batch: Sequence[Row]) -> Published:
        """Spread events over the groups that subscribe to them, and requests over their queues."""
        records: list[Row] = []
        for row in batch:
            if row["actor"] is not None:
                records.append({"channel": row["channel"], "actor": row["actor"], "argument": row["argument"]})
            else:
                records.extend({"channel": group, "event_id": row["id"]} for group in groups_for(row["type"]))
        if records:
            transact(
                lambda: insert("deliveries", records, channel="text", event_id="text", actor="text", argument="text")
            )
        return Published([row["outbox_id"] for row in batch])

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """The oldest messages of the group's queue."""
        seen = self.bell.count
        found = self._waiting(group, limit)
        if not found and wait:
            self.bell.wait(seen, wait)
            found = self._waiting(group, limit)
        return [
            Delivery(
                id=row["id"], channel=row["topic"], type=row["type"], version=1, key=str(row["subject"]),
                value=str(row["payload"]).encode(), traceparent=row["traceparent"], position=row["position"],
            )
            for row in found
        ]  # fmt: skip

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """Forget messages that the group has handled."""
        self.forget([delivery.position for delivery in deliveries])

    def requests(self, queue: str, limit: int, wait: float) -> list[Row]:
        """The oldest requests of a task queue: position, actor, argument."""
        sql = "SELECT id AS position, actor, argument FROM deliveries WHERE channel = :queue ORDER BY id LIMIT :limit"
        seen = self.bell.count
        found = fetch(sql, queue=queue, limit=limit)
        if not found and wait:
            self.bell.wait(seen, wait)
            found = fetch(sql, queue=queue, limit=limit)
        return found

    def forget(self, positions: Sequence[int]) -> None:
        """Delete rows of a queue."""
        if positions:
            gone = [{"id": position} for position in positions]
            transact(
                lambda: execute(
                    f"DELETE FROM deliveries WHERE id IN (SELECT id FROM {rows('gone', id='bigint')})", gone=gone
                )
            )

    def close(self) -> None:
        """Stop listening to commits."""
        self.bell.silence()

    def _waiting(self, group: str, limit: int) -> list[Row]:
        return fetch(
            "SELECT d.id AS position, e.id, e.topic, e.type, e.payload, e.traceparent, coalesce(e.order_id, e.product_id) AS subject"
            " FROM (SELECT id, event_id FROM deliveries WHERE channel = :group ORDER BY id LIMIT :limit) d"
            " JOIN events e ON e.id = d.event_id ORDER BY d.id",
            group=group,
            limit=limit,
        )
