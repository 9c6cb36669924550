"""The relay: takes what the outbox still has to send, hands it to the transport, and forgets what the broker has."""

from __future__ import annotations

import structlog

from webapp import inbox, outbox
from webapp.db import Row, db, transact
from webapp.inbox import Parked
from workers.transport import Broker

log = structlog.get_logger()

RELAY = "relay"
"""Its name, and its lease's."""


class Relay:
    """One process relays at a time, by a lease. A paused holder that wakes may send what its follower has sent already, in
    the same order, never less: consumers absorb it."""

    def __init__(self, broker: Broker, batch: int) -> None:
        self._broker, self._batch = broker, batch

    def step(self) -> int:
        """Send one batch; returns how many rows are off the outbox. What the broker did not confirm stays for the next."""
        batch = self._waiting()
        done = self._send(batch)
        if batch and not done:
            # While one broker is away its rows fill the head of the outbox; those for the other must not wait behind them.
            kinds = {outbox.FACTS if row["actor"] is None else outbox.REQUESTS for row in batch}
            for kind in {outbox.FACTS, outbox.REQUESTS} - kinds:
                done = self._send(self._waiting(kind))
        return done

    def _waiting(self, kind: str = "") -> list[Row]:
        batch = outbox.waiting(self._batch, kind)
        db.session.rollback()  # No transaction is open while a broker takes its time.
        return batch

    def _send(self, batch: list[Row]) -> int:
        if not batch:
            return 0
        published = self._broker.publish(batch)
        if published.refused:
            self._park(batch, dict(published.refused))
        done = [*published.delivered, *(outbox_id for outbox_id, _ in published.refused)]
        if done:
            transact(lambda: outbox.settle(done))
        return len(done)

    def _park(self, batch: list[Row], refused: dict[int, str]) -> None:
        aside = [
            Parked(
                event_id=str(row["id"] or f"{row['actor']}:{row['argument']}"), channel=str(row["channel"]),
                type=str(row["type"] or row["actor"]), subject=None, payload=str(row["payload"] or row["argument"]),
                reason=refused[row["outbox_id"]],
            )
            for row in batch if row["outbox_id"] in refused
        ]  # fmt: skip
        log.warning("parked", by=RELAY, messages=[parked.event_id for parked in aside])
        transact(lambda: inbox.park(RELAY, aside))
