"""Leases: who of several processes does what only one may do at a time, such as relaying and the timers.

A lease is a row with a holder and an end. Claiming is one conditional UPDATE whose row count is the answer. A holder that
was paused past its end has lost the lease; what it then still does must be harmless when done twice, and is: the relay
sends rows that are left, and consumers absorb duplicates.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.db import Base, execute


class Lease(Base):
    """The right to do `name` until `until` (microseconds UTC)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(120))
    until: Mapped[int] = mapped_column(sa.BigInteger)


def claim(name: str, holder: str, seconds: float) -> bool:
    """Take or renew a lease for so many seconds; False while somebody else holds it."""
    now = clock.now()
    taken = execute(
        "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until < :now",
        name=name, holder=holder, until=now + clock.seconds(seconds), now=now,
    )  # fmt: skip
    return bool(taken.rowcount)


def release(name: str, holder: str) -> None:
    """Give a lease back, so that the next holder need not wait for its end."""
    execute("DELETE FROM leases WHERE name = :name AND holder = :holder", name=name, holder=holder)
