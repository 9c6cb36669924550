"""How often is too often: a leaky bucket per key, of one process (:class:`Buckets`) or of the whole house (:func:`take`).

Both keep one number per key, the instant at which its bucket will have run empty. A request adds one drop; a bucket that
would overflow refuses it.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.db import Base, among, execute, fetch, rows
from webapp.errors import TooMany
from webapp.web.figures import wait_text

MOST_KEYS = 10_000


class Buckets:
    """The API's throttle, within one process: a memory access a request. With n processes a token may make n times the
    rate, which is what a limit that only protects the machine may do."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._empty_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Let one request through and return 0, or refuse it and return the seconds to wait. A burst of one second's
        worth is let through at once."""
        now = time.monotonic()  # A span within this process, not an instant that anyone could set.
        with self._lock:
            empty_at = max(self._empty_at.get(key, 0.0), now)
            wait = empty_at - now - (1.0 - 1.0 / self.rate)
            if wait > 1e-9:
                return wait
            self._empty_at[key] = empty_at + 1.0 / self.rate
            if len(self._empty_at) > MOST_KEYS:
                self._empty_at = {k: at for k, at in self._empty_at.items() if at > now}
        return 0.0


class ThrottleRow(Base):
    """One key's bucket; the key is the SHA-256 of what it stands for, so that no address or email is kept here."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    empty_at: Mapped[int] = mapped_column(sa.BigInteger)


def take(keys: Iterable[str], most: int, period: float) -> None:
    """Count one try against each key, over all processes: `most` at once, refilled evenly over `period` seconds.

    Raises TooMany when one of them is full; the caller's transaction is then rolled back and counts nothing.
    """
    now, drop = clock.now(), _drop(most, period)
    names = {_hashed(key) for key in keys}
    # In one order, so that two requests with the same keys cannot wait for each other.
    counted = fetch(
        f"INSERT INTO throttle (key, empty_at) SELECT key, empty_at FROM {rows('tries', key='text', empty_at='bigint')} WHERE true"
        " ON CONFLICT (key) DO UPDATE SET empty_at = excluded.empty_at +"
        " CASE WHEN throttle.empty_at > :now THEN throttle.empty_at - :now ELSE 0 END"
        " WHERE throttle.empty_at <= :full RETURNING key",
        tries=[{"key": name, "empty_at": now + drop} for name in sorted(names)],
        now=now,
        full=now + drop * (most - 1),
    )
    full = names - {str(row["key"]) for row in counted}
    if full:
        found = fetch(
            f"SELECT max(empty_at) AS empty_at FROM throttle WHERE {among('key', 'refused', 'text')}",
            refused=full,
        )
        wait = max(1, math.ceil((found[0]["empty_at"] - now - drop * (most - 1)) / clock.MICROS_PER_SECOND))
        raise TooMany(f"that was tried too often; try again in {wait_text(wait)}", retry_after=wait)


def give_back(keys: Iterable[str], most: int, period: float) -> None:
    """Take one try off each key again: it did not count after all."""
    execute(
        f"UPDATE throttle SET empty_at = empty_at - :drop WHERE {among('key', 'given', 'text')}",
        drop=_drop(most, period),
        given=sorted({_hashed(key) for key in keys}),
    )


def sweep() -> int:
    """Forget buckets that have run empty; returns how many. A timer calls this now and then."""
    return int(execute("DELETE FROM throttle WHERE empty_at < :now", now=clock.now()).rowcount)


def _drop(most: int, period: float) -> int:
    return clock.seconds(period) // most


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
