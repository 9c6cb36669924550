"""What is on record about the orders that are filled in: their events and who heard them, their emails, and the sums of the days."""

from __future__ import annotations

from dataclasses import dataclass

from bench.fill.cases import (
    ALL,
    BACK,
    BROKEN,
    CALLED_OFF,
    DECLINED,
    ENDED_AT,
    HELD,
    PAID,
    PAID_AT,
    REFUND_ASKED_AT,
    REFUSED,
    RESERVED_AT,
    SHORT,
    TEMPI,
)
from bench.fill.telling import event_id, payload, trace
from webapp import events as e
from webapp.console.rollups import models as sums
from webapp.console.rollups.counting import DAY, SOLD_OUT, TYPES, bucket_of
from webapp.db import execute, rows
from webapp.notifications import kinds


@dataclass(frozen=True, slots=True)
class Told:
    """Events of one type: of which orders, with which number, when; `fields` is SQL for the payload's. `heard` names the consumer, `sums`
    what the sums call it, with its reason and money."""

    kind: type[e.Event]
    where: str
    sequence: int
    at: str
    fields: dict[str, str]
    heard: str = ""
    sums: tuple[str, str, str] | None = None


TOLD = (
    Told(e.OrderInventoryPending, ALL, 1, "f.at", {"items": "f.items", "total_minor": "f.total_minor", "currency": "f.currency"},
         "inventory", (sums.PLACED, "", "f.total_minor")),
    Told(e.StockReservationFailed, SHORT, 1, RESERVED_AT, {"shortages": "f.shortages"}, "orders"),
    Told(e.OrderInventoryRejected, SHORT, 2, ENDED_AT, {"shortages": "f.shortages"}, "", (sums.STOCK_REFUSED, SOLD_OUT, "0")),
    Told(e.StockReserved, HELD, 1, RESERVED_AT, {"items": "f.items"}, "orders"),
    Told(e.OrderPaymentPending, HELD, 2, f"{RESERVED_AT} + 3000", {"total_minor": "f.total_minor", "currency": "f.currency"}),
    Told(e.PaymentFailure, REFUSED, 1, PAID_AT, {"reason": f"'{DECLINED}'", "attempts": "1"}, "orders"),
    Told(e.OrderPaymentRejected, REFUSED, 3, ENDED_AT, {"reason": f"'{DECLINED}'"}, "inventory", (sums.PAYMENT_REFUSED, DECLINED, "0")),
    Told(e.StockReleased, REFUSED, 2, f"{ENDED_AT} + 9000", {"items": "f.items"}),
    Told(e.OrderCancelled, CALLED_OFF, 2, ENDED_AT, {"by": "'shopper'"}, "inventory", (sums.CANCELLED, "shopper", "0")),
    Told(e.PaymentSuccess, PAID, 1, PAID_AT, {"amount_minor": "f.total_minor", "currency": "f.currency", "attempts": "1"}, "orders"),
    Told(e.OrderCompleted, PAID, 3, ENDED_AT, {"total_minor": "f.total_minor", "currency": "f.currency"}, "inventory",
         (sums.COMPLETED, "", "f.total_minor")),
    Told(e.PaymentRefunded, BACK, 2, f"{REFUND_ASKED_AT} + 400000", {"refund_id": "f.refund_id", "amount_minor": "f.total_minor", "currency": "f.currency",
         "reason": f"'{BROKEN}'", "whole": "'true'"}, "orders"),
    Told(e.OrderRefunded, BACK, 4, f"{REFUND_ASKED_AT} + 420000", {"refund_id": "f.refund_id", "amount_minor": "f.total_minor", "currency": "f.currency",
         "whole": "'true'", "restock": "'[]'"}, "inventory", (sums.REFUNDED, "", "f.total_minor")),
)  # fmt: skip
"""Every event of an order that was filled in."""

WRITTEN = {
    kinds.COMPLETED: (e.OrderCompleted, PAID, "is paid"), kinds.STOCK_REFUSED: (e.OrderInventoryRejected, SHORT, "could not be filled"),
    kinds.PAYMENT_REFUSED: (e.OrderPaymentRejected, REFUSED, "was not paid"), kinds.CANCELLED: (e.OrderCancelled, CALLED_OFF, "is cancelled"),
    kinds.REFUNDED: (e.OrderRefunded, BACK, "was refunded"),
}  # fmt: skip
"""Every email: its cause, of which orders, and what it says of the order."""


def add() -> None:
    """Write all of it, of the orders that stand in `filling`."""
    for told in TOLD:
        _tell(told)
    _write()
    _sum_up()


def _tell(told: Told) -> None:
    kind, id = told.kind, event_id(told.kind, "f.id")
    execute(
        "INSERT INTO events (id, type, topic, source, order_id, market_id, sequence, at, payload, traceparent)"
        f" SELECT {id}, '{kind.TYPE}', '{kind.TOPIC}', '{kind.SOURCE}', f.id, f.market_id, {told.sequence}, {told.at},"
        f" {payload('f.market_id', str(told.sequence), order_id='f.id', **told.fields)}, {trace('f.number')} FROM filling f WHERE {told.where}"
        " ORDER BY f.id"
    )
    if told.heard:
        execute(
            f"INSERT INTO inbox (consumer, event_id, at) SELECT '{told.heard}', {id}, {told.at} + 2000 FROM filling f WHERE {told.where} ORDER BY f.id"
        )


def _write() -> None:
    """The emails, each a line long, and that they were taken."""
    for kind, (cause, where, words) in WRITTEN.items():
        since = _at_of(cause)
        execute(
            "INSERT INTO emails (cause_id, kind, order_id, market_id, recipient, subject, html, text, state, tries, answer, queued_at, sent_at)"
            f" SELECT {event_id(cause, 'f.id')}, '{kind}', f.id, f.market_id, f.email, 'Your order ' || f.number || ' {words}',"
            f" '<p>Your order ' || f.number || ' {words}.</p>', 'Your order ' || f.number || ' {words}.', 'SENT', 1, 'kept by nobody', {since} + 5000,"
            f" {since} + f.tell FROM filling f WHERE {where} ORDER BY f.id"
        )
    execute(
        "INSERT INTO email_deliveries (email_id, number, recipient, outcome, answer, at) SELECT m.id, 1, m.recipient, 'ACCEPTED', m.answer, m.sent_at"
        " FROM filling f JOIN emails m ON m.order_id = f.id ORDER BY m.id"
    )


def _at_of(cause: type[e.Event]) -> str:
    return next(told.at for told in TOLD if told.kind is cause)


def _sum_up() -> None:
    """The sums that the pages of home read, and how many things each day has, as the counter counts them."""
    added = "DO UPDATE SET times = {0}.times + excluded.times, amount_minor = {0}.amount_minor + excluded.amount_minor"
    for told in TOLD:
        if told.kind.TYPE in TYPES:
            _count("facts", told.at, told.where)
        if told.sums:
            measure, reason, money = told.sums
            execute(
                f"INSERT INTO rollup_days (market_id, day, measure, reason, times, amount_minor) SELECT f.market_id, ({told.at}) / {DAY}, '{measure}',"
                f" '{reason}', count(*), CAST(sum({money}) AS bigint) FROM filling f WHERE {told.where} GROUP BY 1, 2"
                f" ON CONFLICT (market_id, day, measure, reason) {added.format('rollup_days')}"
            )
    completed = _at_of(e.OrderCompleted)
    _count("told", f"{completed} + f.tell", PAID)
    execute(
        f"INSERT INTO rollup_products (market_id, day, product_id, units, amount_minor) SELECT f.market_id, ({completed}) / {DAY}, l.product_id,"
        " CAST(sum(l.quantity) AS bigint), CAST(sum(l.quantity * l.unit_minor) AS bigint) FROM filling f JOIN filling_lines l ON l.k = f.k"
        f" WHERE {PAID} GROUP BY 1, 2, 3 ON CONFLICT (market_id, day, product_id) DO UPDATE SET units = rollup_products.units + excluded.units,"
        " amount_minor = rollup_products.amount_minor + excluded.amount_minor"
    )
    for step, at, where in (
        ("reserve", RESERVED_AT, HELD), ("pay", PAID_AT, PAID), ("complete", ENDED_AT, PAID), ("tell", f"{completed} + f.tell", PAID),
    ):  # fmt: skip
        execute(
            f"INSERT INTO rollup_steps (market_id, day, step, bucket, times) SELECT f.market_id, ({at}) / {DAY}, '{step}', took.bucket, count(*)"
            f" FROM filling f JOIN {rows('took', n='bigint', bucket='bigint')} ON took.n = f.n WHERE {where} GROUP BY 1, 2, 4"
            " ON CONFLICT (market_id, day, step, bucket) DO UPDATE SET times = rollup_steps.times + excluded.times",
            took=[{"n": tempo["n"], "bucket": bucket_of(tempo[step])} for tempo in TEMPI],
        )  # fmt: skip


def _count(source: str, at: str, where: str) -> None:
    execute(
        f"INSERT INTO rollup_counted (source, day, things) SELECT '{source}', ({at}) / {DAY}, count(*) FROM filling f WHERE {where} GROUP BY 2"
        " ON CONFLICT (source, day) DO UPDATE SET things = rollup_counted.things + excluded.things"
    )
