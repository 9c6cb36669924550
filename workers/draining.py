"""The saga in one thread: every loop's step, in turn, until nothing is left to do. Tests and the demo's past use it,
where what happens between two orders must not depend on threads."""

from __future__ import annotations

from webapp import outbox
from workers.consuming import consume
from workers.embedded_transport import EmbeddedTransport
from workers.subscriptions import ACTORS, SUBSCRIPTIONS


class Pump:
    """Drives the embedded transport by hand. Needs an app context."""

    def __init__(self, batch: int = 500) -> None:
        self.transport = EmbeddedTransport()
        self._batch = batch

    def drain(self, rounds: int = 1000) -> int:
        """Work until nothing is left; returns how many messages moved. Raises RuntimeError when it does not end."""
        moved = 0
        for _ in range(rounds):
            done = self.step()
            if not done:
                return moved
            moved += done
        raise RuntimeError(f"the saga does not come to rest; still to send: {outbox.backlog()}")

    def step(self) -> int:
        """One step of every loop."""
        return sum(self.consume(group) for group in SUBSCRIPTIONS) + sum(self.work(queue) for queue in ACTORS)

    def consume(self, group: str) -> int:
        """Handle one batch of a group."""
        return consume(self.transport, group, self._batch, 0)

    def work(self, queue: str) -> int:
        """Work on one batch of a queue."""
        requests = self.transport.requests(queue, self._batch, 0)
        for actor in dict.fromkeys(row["actor"] for row in requests):
            ACTORS[queue][actor]([row["argument"] for row in requests if row["actor"] == actor])
        self.transport.forget([row["outbox_id"] for row in requests])
        return len(requests)

    def close(self) -> None:
        """Stop listening to commits."""
        self.transport.close()
