"""What each consumer has already handled, and what it could not: the first of the two guards against a second time.

A consumer inserts (consumer, event id) in the transaction of its change. What cannot be handled is parked with its
reason; until it is resolved, later messages of the same order (or product) for the same consumer wait behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.db import NEVER_REUSED, Base, BigId, among, fetch, insert
from webapp.events import Event
from webapp.outbox import Cause

E_co = TypeVar("E_co", bound=Event, covariant=True)

BEHIND = "waits behind an earlier parked message of the same {key}"


class InboxRow(Base):
    """A message that a consumer has handled; `duplicates` counts how often it came again and was absorbed."""

    __tablename__ = "inbox"

    consumer: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    event_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    duplicates: Mapped[int] = mapped_column(sa.Integer, server_default="0")


class ParkedRow(Base):
    """A message put aside with the reason, whole, so that it can be looked at and tried again."""

    __tablename__ = "parked"
    __table_args__ = (
        sa.Index("uq_parked_open", "consumer", "event_id", unique=True, postgresql_where=sa.text("resolved_at IS NULL"),
                 sqlite_where=sa.text("resolved_at IS NULL")),
        sa.Index("ix_parked_key", "consumer", "subject", postgresql_where=sa.text("resolved_at IS NULL"),
                 sqlite_where=sa.text("resolved_at IS NULL")),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    consumer: Mapped[str] = mapped_column(sa.String(20))
    event_id: Mapped[str] = mapped_column(sa.String(64))
    channel: Mapped[str] = mapped_column(sa.String(40))
    type: Mapped[str] = mapped_column(sa.String(80))
    subject: Mapped[str | None] = mapped_column(sa.String(64))
    payload: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    stack: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    resolved_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    resolution: Mapped[str | None] = mapped_column(sa.String(20))


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """An event as a consumer gets it: its CloudEvents id, its trace, and the fact itself."""

    id: str
    traceparent: str
    event: E_co

    @property
    def cause(self) -> Cause:
        """The cause of what is done about it."""
        return Cause(self.traceparent, self.id)


@dataclass(frozen=True, slots=True)
class Parked:
    """A message on its way aside. `subject` is like `order:5`, or None when the message did not say."""

    event_id: str
    channel: str
    type: str
    subject: str | None
    payload: str
    reason: str
    stack: str | None = None


def first_seen(consumer: str, event_ids: Sequence[str]) -> set[str]:
    """Mark messages as handled by `consumer` and return those that it sees for the first time."""
    counts: dict[str, int] = {}
    for event_id in event_ids:
        counts[event_id] = counts.get(event_id, 0) + 1
    now = clock.now()
    marked = insert(
        "inbox",
        [{"consumer": consumer, "event_id": event_id, "at": now, "duplicates": count - 1} for event_id, count in counts.items()],
        on_conflict="ON CONFLICT (consumer, event_id) DO UPDATE SET duplicates = inbox.duplicates + excluded.duplicates + 1",
        returning="event_id, duplicates",
        consumer="text", event_id="text", at="bigint", duplicates="bigint",
    )  # fmt: skip
    # A row that was there before has counted this delivery too; a new one has only the repeats within the batch.
    return {str(row["event_id"]) for row in marked if row["duplicates"] == counts[row["event_id"]] - 1}


def handled(consumer: str, event_ids: Iterable[str]) -> set[str]:
    """Which of the messages `consumer` has handled before."""
    found = fetch(
        # By IN, which SQLite looks up; a join it would do by reading all that the consumer has ever handled.
        f"SELECT event_id FROM inbox WHERE consumer = :consumer AND {among('event_id', 'asked', 'text')}",
        consumer=consumer,
        asked=event_ids,
    )
    return {str(row["event_id"]) for row in found}


def held_subjects(consumer: str, subjects: Iterable[str]) -> set[str]:
    """Which of the subjects have a parked message that later ones must wait behind."""
    found = fetch(
        "SELECT DISTINCT subject FROM parked WHERE consumer = :consumer AND resolved_at IS NULL"
        f" AND {among('subject', 'asked', 'text')}",
        consumer=consumer,
        asked=set(subjects),
    )
    return {str(row["subject"]) for row in found}


def park(consumer: str, messages: Sequence[Parked]) -> None:
    """Put messages aside. One that is aside already stays as it is."""
    now = clock.now()
    insert(
        "parked",
        [
            {"consumer": consumer, "event_id": m.event_id, "channel": m.channel, "type": m.type[:80], "subject": m.subject,
             "payload": m.payload, "reason": m.reason, "stack": m.stack, "at": now}
            for m in messages
        ],
        on_conflict="ON CONFLICT DO NOTHING",
        consumer="text", event_id="text", channel="text", type="text", subject="text", payload="text", reason="text",
        stack="text", at="bigint",
    )  # fmt: skip
