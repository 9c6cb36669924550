"""Signs of life of workers, brokers and mail, as rows: a web process asks the database alone how the others are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.db import Base, Row, as_json, execute, fetch, from_json

FRESH_SECONDS = 20.0
"""A beat older than this says nothing about now."""


class Heartbeat(Base):
    """The last beat of one worker or dependency."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(sa.String(160), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(10))
    detail: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[int] = mapped_column(sa.BigInteger)


def beat(name: str, kind: str, state: str, detail: Mapping[str, Any]) -> None:
    """Say that `name`, a worker or dependency of `kind`, is `ok` or `degraded` now."""
    execute(
        "INSERT INTO heartbeats (name, kind, state, detail, at) VALUES (:name, :kind, :state, :detail, :at)"
        " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, state = excluded.state, detail = excluded.detail, at = excluded.at",
        name=name, kind=kind, state=state, detail=as_json(dict(detail)), at=clock.now(),
    )  # fmt: skip


def forget(before: int) -> None:
    """Delete beats older than an instant (microseconds UTC): workers that are gone for good."""
    execute("DELETE FROM heartbeats WHERE at < :before", before=before)


def read() -> list[Row]:
    """Every known beat with `age_seconds`, and `state` unknown where it is stale."""
    now = clock.now()
    found = fetch("SELECT name, kind, state, detail, at FROM heartbeats ORDER BY kind, name")
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "state": row["state"] if now - row["at"] <= clock.seconds(FRESH_SECONDS) else "unknown",
            "detail": from_json(row["detail"]),
            "age_seconds": (now - row["at"]) / clock.MICROS_PER_SECOND,
        }
        for row in found
    ]
