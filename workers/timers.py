"""What time alone must start: the reconcilers that ask again for whatever a lost message, a crash or a silent provider
has left undone. They run in a loop of their own, in one process at a time, by a lease. Each only asks; the queues' actors
work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp import clock
from webapp.console.rollups.commands import Counter
from webapp.db import transact
from webapp.inventory import low
from webapp.orders import sweeping
from webapp.payments import commands as payments
from webapp.products import images
from webapp.shop import carts
from webapp.web import idempotency, throttle
from workers import changing
from workers.importing import Housekeeper
from workers.notifications import Reminder

TIMERS = "timers"
"""The name of their loop, and of its lease."""


@dataclass(slots=True)
class Timer:
    """Calls `run` every so many seconds; what it writes it commits. `due_at` is by the monotonic clock, at once at first."""

    name: str
    every: float
    run: Callable[[], object]
    due_at: float = field(default_factory=time.monotonic)

    def run_now(self) -> None:
        """Run, and be due again after the period, however this ends."""
        self.due_at = time.monotonic() + self.every
        try:
            self.run()
        except Exception as error:
            error.add_note(f"in the timer {self.name!r}")
            raise


KEYS_KEPT = clock.seconds(7 * 86_400)
"""How long the answer to an idempotency key is kept; the order that a key placed is known by its row for ever."""


def timers() -> list[Timer]:
    """All timers, with their periods in seconds."""
    return [
        Timer("payments due", 0.25, _transacted(payments.ask_due)),
        Timer("payments never begun", 5.0, _transacted(sweeping.ask_unbegun_payments)),
        Timer("cancellations unheard", 5.0, _transacted(sweeping.ask_unheard_cancellations)),
        Timer("emails due or forgotten", 1.0, Reminder()),
        Timer("imports due, or old", 0.5, Housekeeper()),
        Timer("pictures due", 2.0, _transacted(images.ask_due)),
        Timer("changes of many products due", 2.0, _transacted(changing.look_after)),
        Timer("stocks that became low", 5.0, _transacted(low.raise_alerts)),
        Timer("sums of the day", 0.5, Counter()),
        Timer("carts of long ago", 600.0, _transacted(carts.sweep)),
        Timer("throttles run empty", 60.0, lambda: transact(throttle.sweep)),
        Timer("idempotency keys of last week", 3600.0, _transacted(lambda now: idempotency.sweep(now - KEYS_KEPT))),
    ]


def _transacted(ask: Callable[[int], int]) -> Callable[[], int]:
    return lambda: transact(lambda: ask(clock.now()))
