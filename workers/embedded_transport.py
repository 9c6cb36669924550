"""The transport that needs nothing but the database: the outbox itself is the durable queue of every group and every task
queue. Polling reads the rows of the group's topics, settling deletes them in the transaction of what they ask for, so that
nothing has to be published, relayed or acknowledged.

Each topic is read by one group (a test keeps that so), and one process runs all the loops, so that nobody takes a row away
from another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from webapp import outbox
from webapp.db import Row, db, transact
from workers.subscriptions import ACTORS, SUBSCRIPTIONS, topics_of
from workers.transport import Delivery

CHANNELS = {**{group: topics_of(group) for group in SUBSCRIPTIONS}, **{queue: [queue] for queue in ACTORS}}
"""Where the messages of each group and each queue wait in the outbox."""


class EmbeddedTransport:
    """See the module. Each call needs an app context and no open transaction; `settle` alone belongs into one."""

    def __init__(self) -> None:
        self._bells = {reader: threading.Event() for reader in CHANNELS}
        outbox.after_queueing.append(self._ring)

    def poll(self, group: str, limit: int, wait: float) -> list[Delivery]:
        """The oldest messages of the group's topics."""
        return [
            Delivery(
                id=row["id"], channel=row["channel"], type=row["type"], version=1,
                key=str(row["product_id"] if row["order_id"] is None else row["order_id"]),
                value=str(row["payload"]).encode(), traceparent=row["traceparent"], position=row["outbox_id"],
            )
            for row in self._waiting(group, limit, wait)
        ]  # fmt: skip

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Forget messages in the transaction that does what they ask for."""
        outbox.settle([delivery.position for delivery in deliveries])

    def acknowledge(self, group: str, deliveries: Sequence[Delivery]) -> None:
        """Nothing: what was settled is gone."""

    def requests(self, queue: str, limit: int, wait: float) -> list[Row]:
        """The oldest requests of a task queue: outbox_id, actor, argument."""
        return self._waiting(queue, limit, wait)

    def forget(self, outbox_ids: Sequence[int]) -> None:
        """Delete requests that were worked on."""
        if outbox_ids:
            transact(lambda: outbox.settle(outbox_ids))

    def wake(self) -> None:
        """Let nobody wait any longer."""
        for bell in self._bells.values():
            bell.set()

    def close(self) -> None:
        """Stop listening to commits."""
        outbox.after_queueing.remove(self._ring)

    def _waiting(self, reader: str, limit: int, wait: float) -> list[Row]:
        bell = self._bells[reader]
        bell.clear()
        found = _look(lambda: outbox.waiting_on(CHANNELS[reader], limit))
        # A row that is committed after the look has rung.
        if not found and wait and bell.wait(wait):
            found = _look(lambda: outbox.waiting_on(CHANNELS[reader], limit))
        return found

    def _ring(self, channels: set[str]) -> None:
        for reader, bell in self._bells.items():
            if not channels.isdisjoint(CHANNELS[reader]):
                bell.set()


def _look(read: Callable[[], list[Row]]) -> list[Row]:
    # The look's transaction ends with it: SQLite would show a second look the same picture, and keep its log from shrinking
    # while we wait.
    try:
        return read()
    finally:
        db.session.rollback()
