"""Facts and requests that must leave the house, written in the same transaction as the change that they tell of.

`events` is the log: every fact, kept. `outbox` is what still has to go: a fact for its topic, or a request for a queue.
On servers the relay sends its rows to the brokers; embedded, each group and queue takes its own from here. What is done is
deleted, so the table stays as small as the backlog; :func:`republish` fills it again from the log when a broker has lost
what it was given.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.db import NEVER_REUSED, Base, BigId, Row, after_commit, among, as_json, db, execute, fetch, insert
from webapp.events import Event

PAYMENTS, NOTIFICATIONS, IMPORTS = "payments", "notifications", "imports"
QUEUES = (PAYMENTS, NOTIFICATIONS, IMPORTS)
FACTS, REQUESTS = "facts", "requests"
"""What leaves by a topic, and what leaves by a queue."""

after_queueing: list[Callable[[set[str]], None]] = []
"""Called after a commit of this process with the channels that it has put rows on: how the embedded loops wake without
polling. Only a hint."""

_QUEUED = "outbox_queued"


class EventRow(Base):
    """One fact as it was told. Its id is the CloudEvents id; (source, subject, sequence) names it a second time."""

    __tablename__ = "events"
    __table_args__ = (
        sa.Index("uq_events_order", "order_id", "source", "sequence", unique=True, postgresql_where=sa.text("order_id IS NOT NULL"),
                 sqlite_where=sa.text("order_id IS NOT NULL")),
        sa.Index("uq_events_product", "product_id", "source", "sequence", unique=True,
                 postgresql_where=sa.text("product_id IS NOT NULL"), sqlite_where=sa.text("product_id IS NOT NULL")),
        sa.Index("ix_events_at", "at"),
        sa.CheckConstraint("(order_id IS NULL) <> (product_id IS NULL)", name="one_subject"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(40))
    topic: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[str] = mapped_column(sa.String(20))
    order_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    product_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    sequence: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    payload: Mapped[str] = mapped_column(sa.Text)
    traceparent: Mapped[str] = mapped_column(sa.String(55))
    cause_id: Mapped[str | None] = mapped_column(sa.String(36))


class OutboxRow(Base):
    """Something to send: `event_id` for a topic, or `actor` and `argument` for a queue."""

    __tablename__ = "outbox"
    __table_args__ = (sa.Index("ix_outbox_channel", "channel", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(40))
    event_id: Mapped[str | None] = mapped_column(sa.String(36))
    actor: Mapped[str | None] = mapped_column(sa.String(40))
    argument: Mapped[str | None] = mapped_column(sa.String(40))
    at: Mapped[int] = mapped_column(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a fact: the event before it, if any, and the W3C trace that both belong to."""

    traceparent: str
    event_id: str | None = None


def fresh_cause() -> Cause:
    """A cause for what a person or a clock starts: the beginning of a trace."""
    return Cause(f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")


@dataclass(frozen=True, slots=True)
class Fact:
    """An event on its way into the log: when it became true (microseconds UTC) and why."""

    event: Event
    at: int
    cause: Cause


def emit(facts: Sequence[Fact]) -> list[str]:
    """Write facts to the log and ask for them to be sent. Returns their ids, in the order given.

    Raises IntegrityError when a (source, subject, sequence) is told twice: the caller's row was not locked.
    """
    if not facts:
        return []
    records = [_record(fact) for fact in facts]
    insert(
        "events", records,
        id="text", type="text", topic="text", source="text", order_id="bigint", product_id="bigint", market_id="bigint",
        sequence="bigint", at="bigint", payload="text", traceparent="text", cause_id="text",
    )  # fmt: skip
    _queue([{"channel": record["topic"], "event_id": record["id"], "at": record["at"]} for record in records])
    return [str(record["id"]) for record in records]


def ask(queue: str, actor: str, arguments: Iterable[int | str], at: int) -> None:
    """Ask a queue's actor to work on each of the ids. The relay sends them in lists."""
    _queue([{"channel": queue, "actor": actor, "argument": str(argument), "at": at} for argument in arguments])


def republish(since: int) -> int:
    """Ask for every fact since an instant (microseconds UTC) to be sent again; returns how many. Consumers absorb those
    that they have seen. The rows are as young as the asking, which tells them from events that wait for the first time."""
    result = execute(
        # By a join, which both databases do by hashing; by NOT IN, PostgreSQL compares each fact with each row of a long backlog.
        "INSERT INTO outbox (channel, event_id, at) SELECT e.topic, e.id, :now FROM events e"
        " LEFT JOIN outbox o ON o.event_id = e.id WHERE e.at >= :since AND o.id IS NULL ORDER BY e.at, e.sequence",
        since=since,
        now=clock.now(),
    )
    return int(result.rowcount)


def waiting(limit: int, kind: str = "") -> list[Row]:
    """The oldest rows still to send, facts with their envelope; only `FACTS` or only `REQUESTS` where that is asked for.
    Claims what is left, never "after the last id": a row that committed late has a lower id than one already sent."""
    only = {"": "", FACTS: "WHERE actor IS NULL", REQUESTS: "WHERE actor IS NOT NULL"}[kind]
    return _with_facts(f"SELECT * FROM outbox {only} ORDER BY id LIMIT :limit", limit)


def waiting_on(channels: Sequence[str], limit: int) -> list[Row]:
    """The oldest rows of some channels, as :func:`waiting` gives them."""
    # Each channel's oldest by the index, then the oldest of these: a long backlog is not sorted for every batch.
    each = " UNION ALL ".join(
        f"SELECT * FROM (SELECT * FROM outbox WHERE channel = '{channel}' ORDER BY id LIMIT :limit) AS on_{n}"
        for n, channel in enumerate(channels)
    )
    return _with_facts(f"SELECT * FROM ({each}) AS one ORDER BY id LIMIT :limit", limit)


def told(event_ids: Sequence[str]) -> set[str]:
    """Which of the ids are facts in the log."""
    found = fetch(
        f"SELECT id FROM events WHERE {among('id', 'asked', 'text')}",
        asked=event_ids,
    )
    return {str(row["id"]) for row in found}


def settle(outbox_ids: Sequence[int]) -> None:
    """Forget rows that the broker has confirmed, or that were worked on."""
    if outbox_ids:
        execute(f"DELETE FROM outbox WHERE {among('id', 'sent')}", sent=outbox_ids)


def backlog() -> list[Row]:
    """Per channel: how many rows wait and the age of the oldest in seconds."""
    return fetch(
        "SELECT channel, count(*) AS waiting, (:at - min(at)) / 1000000.0 AS oldest_seconds FROM outbox GROUP BY channel"
        " ORDER BY channel",
        at=clock.now(),
    )


def of_order(order_id: int) -> list[Row]:
    """Every fact told of one order, by all services, oldest first."""
    return fetch(
        "SELECT id, type, source, sequence, at, payload, traceparent, cause_id FROM events WHERE order_id = :order_id"
        " ORDER BY at, sequence, source",
        order_id=order_id,
    )


def of_orders(order_ids: Sequence[int]) -> dict[int, list[Row]]:
    """The same of many orders, by the order's id, in one query."""
    found = fetch(
        "SELECT e.order_id, e.id, e.type, e.source, e.sequence, e.at, e.payload, e.traceparent, e.cause_id FROM events e"
        f" WHERE {among('e.order_id', 'asked')} ORDER BY e.at, e.sequence, e.source",
        asked=set(order_ids),
    )
    by_order: dict[int, list[Row]] = {order_id: [] for order_id in order_ids}
    for row in found:
        by_order[row["order_id"]].append(row)
    return by_order


def _record(fact: Fact) -> dict[str, object]:
    event = fact.event
    about_order = event.ABOUT == "order"
    return {
        "id": str(uuid.uuid4()),
        "type": event.TYPE,
        "topic": event.TOPIC,
        "source": event.SOURCE,
        "order_id": event.subject if about_order else None,
        "product_id": None if about_order else event.subject,
        "market_id": event.market_id,
        "sequence": event.sequence,
        "at": fact.at,
        "payload": as_json(event),
        "traceparent": fact.cause.traceparent,
        "cause_id": fact.cause.event_id,
    }


def _with_facts(some: str, limit: int) -> list[Row]:
    return fetch(
        "SELECT o.id AS outbox_id, o.channel, o.actor, o.argument, e.id, e.type, e.source, e.order_id, e.product_id, e.at,"
        f" e.payload, e.traceparent FROM ({some}) o LEFT JOIN events e ON e.id = o.event_id ORDER BY o.id",
        limit=limit,
    )


def _queue(records: Sequence[Row]) -> None:
    insert("outbox", records, channel="text", event_id="text", actor="text", argument="text", at="bigint")
    db.session.info.setdefault(_QUEUED, set()).update(record["channel"] for record in records)


def _say_what_was_queued() -> None:
    # What a transaction queued before it was rolled back is said with the next one: a look too many harms nobody.
    channels: set[str] = db.session.info.pop(_QUEUED, set())
    if channels:
        for heard in after_queueing:
            heard(channels)


after_commit.append(_say_what_was_queued)
