"""What time alone must start: the reconcilers that ask again for whatever a lost message, a crash or a silent provider
has left undone. They run beside the relay, in the process that holds its lease. Each only asks; the queues' actors work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp import clock
from webapp.db import transact
from webapp.notifications import commands as notifications
from webapp.orders import sweeping
from webapp.payments import commands as payments


@dataclass(slots=True)
class Timer:
    """Runs `ask(now)` every so many seconds."""

    name: str
    every: float
    ask: Callable[[int], object]
    last: float = field(default=0.0)

    def run_if_due(self) -> None:
        """Run when it is time, in a transaction of its own."""
        if time.monotonic() - self.last >= self.every:
            self.last = time.monotonic()
            transact(lambda: self.ask(clock.now()))


def timers() -> list[Timer]:
    """All timers, with their periods in seconds."""
    return [
        Timer("payments due", 0.25, payments.ask_due),
        Timer("emails due", 1.0, notifications.ask_due),
        Timer("payments never begun", 5.0, sweeping.ask_unbegun_payments),
        Timer("cancellations unheard", 5.0, sweeping.ask_unheard_cancellations),
        Timer("emails never written", 15.0, notifications.ask_unwritten),
    ]
