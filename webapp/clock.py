"""The one source of time. Every operation asks once and passes the answer on.

Instants are stored as whole microseconds since 1970-01-01 UTC: one representation that SQLite and PostgreSQL compare,
add and index alike, and that travels through JSON unharmed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

MICROS_PER_SECOND = 1_000_000

_set_clock: ContextVar[int | None] = ContextVar("set_clock", default=None)


def now() -> int:
    """The present instant in microseconds UTC, or the set one inside :func:`set_to`."""
    fixed = _set_clock.get()
    return time.time_ns() // 1_000 if fixed is None else fixed


def seconds(amount: float) -> int:
    """A duration given in seconds, in microseconds."""
    return round(amount * MICROS_PER_SECOND)


def to_datetime(micros: int) -> datetime:
    """An instant as an aware UTC datetime."""
    whole, rest = divmod(micros, MICROS_PER_SECOND)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest)


def from_datetime(moment: datetime) -> int:
    """An aware datetime as an instant. Raises ValueError for a naive one, whose zone would be a guess."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * MICROS_PER_SECOND + since.microseconds


def rfc3339(micros: int) -> str:
    """An instant as RFC 3339 in UTC with a Z, to the microsecond."""
    return to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@contextmanager
def set_to(micros: int) -> Iterator[None]:
    """Let the handlers run at a chosen instant: how the demo's past and the tests' futures are made."""
    token = _set_clock.set(micros)
    try:
        yield
    finally:
        _set_clock.reset(token)
