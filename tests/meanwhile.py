"""Somebody acts while somebody else's change is written and not yet committed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from flask import Flask

from webapp.db import fetch, on_sqlite, transaction

PATIENCE = 25.0
"""Seconds in which PostgreSQL has come to the lock that it waits for; far more than it needs."""


@contextmanager
def another(app: Flask, act: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Somebody else in a thread of their own. What this gives is called inside a transaction: it lets them act until they wait for
    its locks. After the block they have done; what they raise is raised again."""

    def acting() -> None:
        with app.app_context():
            act()

    with ThreadPoolExecutor(1) as pool:
        begun: list[Future[None]] = []

        def begins() -> None:
            begun.append(pool.submit(acting))
            end = time.monotonic() + PATIENCE
            # SQLite has one writer: there they wait from the start.
            while not on_sqlite() and not _somebody_waits_for_us():
                assert not begun[0].done(), "they waited for nothing"
                assert time.monotonic() < end, "they never came to a lock"
                time.sleep(0.01)

        yield begins
        begun[0].result(30)


def while_written(app: Flask, change: Callable[[], object], act: Callable[[], object]) -> None:
    """Let somebody `act` while a `change` is written and not committed; returns when both are done."""
    with app.app_context(), another(app, act) as begins, transaction():
        change()
        begins()


def _somebody_waits_for_us() -> bool:
    # The activity of others is read once in a transaction, their locks each time.
    waiting = (
        "SELECT 1 AS one FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)) LIMIT 1"
    )
    return bool(fetch(waiting))
