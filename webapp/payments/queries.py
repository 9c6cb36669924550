"""Reads of payments: an order's whole payment for its page, payments for a list, refunds for the orders room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from webapp.db import Row, among, db, fetch, from_json
from webapp.events import Quantity
from webapp.payments.models import NEW, Attempt, Callback, Payment, Refund

T = TypeVar("T")

LAST_CALLS = 300


@dataclass(frozen=True, slots=True)
class PaymentStory:
    """All that is known of one order's payment, oldest first: attempts, refunds, and what the provider told by itself."""

    payment: Payment
    attempts: Sequence[Attempt]
    refunds: Sequence[Refund]
    callbacks: Sequence[Callback]


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """One refund: what goes back (minor units), what returns to the shelf, why and by whom. `whole` says that with it
    nothing of the payment is kept any more; it is False until the refund is DONE."""

    id: int
    order_id: int
    amount_minor: int
    currency: str
    restock: tuple[Quantity, ...]
    whole: bool
    reason: str
    actor: str
    state: str


def payment_of(order_id: int) -> PaymentStory | None:
    """An order's payment with its attempts, refunds and callbacks, in four queries; None until it was begun."""
    payment = payments_of([order_id]).get(order_id)
    if payment is None:
        return None
    key = payment.idempotency_key
    return PaymentStory(
        payment,
        _all(sa.select(Attempt).where(Attempt.order_id == order_id).order_by(Attempt.number)),
        _all(sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)),
        _all(sa.select(Callback).where(Callback.idempotency_key == key).order_by(Callback.at, Callback.id)),
    )


def payments_of(order_ids: Sequence[int]) -> dict[int, Payment]:
    """The payments of many orders, by the order's id, in one query."""
    return {payment.order_id: payment for payment in _all(sa.select(Payment).where(Payment.order_id.in_(order_ids)))}


def cards_of(order_ids: Sequence[int]) -> dict[int, str | None]:
    """The last digits of the cards that many orders were paid with, by the order's id."""
    found = fetch(
        f"SELECT order_id, card FROM payments WHERE {among('order_id', 'asked')}",
        asked=order_ids,
    )
    return {row["order_id"]: row["card"] for row in found}


def refunds_of(order_id: int) -> Sequence[Refund]:
    """All refunds of an order, whatever became of them, oldest first."""
    return _all(sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id))


def is_unopened(order_id: str) -> str:
    """SQL for whether no payment has been opened for an order; `order_id` is SQL for its id."""
    return f"NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = {order_id})"


def is_untried(order_id: str) -> str:
    """SQL for whether no call to the provider has begun for an order; `order_id` is SQL for its id."""
    return f"NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = {order_id} AND p.state <> '{NEW}')"


def refunds_of_many(order_ids: Sequence[int]) -> dict[int, list[Refund]]:
    """The refunds of many orders, by the order's id, each order's oldest first, in one query."""
    by_order: dict[int, list[Refund]] = {order_id: [] for order_id in order_ids}
    for refund in _all(sa.select(Refund).where(Refund.order_id.in_(order_ids)).order_by(Refund.id)):
        by_order[refund.order_id].append(refund)
    return by_order


def opened(order_ids: Sequence[int]) -> set[int]:
    """Which of the orders have a payment, whatever its state."""
    found = fetch(
        f"SELECT order_id FROM payments WHERE {among('order_id', 'asked')}",
        asked=order_ids,
    )
    return {row["order_id"] for row in found}


def refunds(refund_ids: Sequence[int]) -> dict[int, RefundAsked]:
    """Refunds by their id, in one query."""
    found = fetch(
        "SELECT r.id, r.order_id, r.amount_minor, p.currency, r.restock, r.reason, r.actor, r.state, CASE WHEN r.state = 'DONE'"
        " AND (SELECT sum(e.amount_minor) FROM refunds e WHERE e.order_id = r.order_id AND e.state = 'DONE'"
        " AND (e.done_at, e.id) <= (r.done_at, r.id)) = p.taken_minor THEN 1 ELSE 0 END AS whole"
        f" FROM refunds r JOIN payments p ON p.order_id = r.order_id WHERE {among('r.id', 'asked')}",
        asked=refund_ids,
    )
    return {
        row["id"]: RefundAsked(
            **{
                **row,
                "whole": bool(row["whole"]),
                "restock": tuple(Quantity(**item) for item in from_json(row["restock"])),
            }
        )
        for row in found
    }


def restock_of(refund_ids: Sequence[int]) -> dict[int, list[dict[str, int]]]:
    """What each refund was asked to put back on the shelf, as `{product_id, quantity}`."""
    found = fetch(
        f"SELECT r.id, r.restock FROM refunds r WHERE {among('r.id', 'asked')}",
        asked=refund_ids,
    )
    return {row["id"]: from_json(row["restock"]) for row in found}


def waiting(now: int) -> list[Row]:
    """What still has to be called, `payments` and `refunds`: how many, how many of them are due, and the age of the
    longest due in seconds."""
    return [
        {
            "what": table,
            **fetch(
                "SELECT count(*) AS waiting, coalesce(sum(CASE WHEN next_try_at <= :now THEN 1 ELSE 0 END), 0) AS due,"
                " coalesce((:now - min(CASE WHEN next_try_at <= :now THEN next_try_at END)) / 1000000.0, 0) AS oldest_seconds"
                f" FROM {table} WHERE next_try_at IS NOT NULL",
                now=now,
            )[0],
        }
        for table in ("payments", "refunds")
    ]


def troubles_of_ours(since: int) -> list[str]:
    """Why calls failed by our own settings since then, newest first: a key that is not accepted, a question asked otherwise
    before. Looks at the last few hundred calls, of which there are no more in so short a time when none of them succeed."""
    found = fetch(
        "SELECT answer, ended_at FROM payment_attempts WHERE answer IS NOT NULL ORDER BY id DESC LIMIT :last",
        last=LAST_CALLS,
    )
    said = [from_json(row["answer"]).get("trouble") for row in found if row["ended_at"] and row["ended_at"] >= since]
    return [str(trouble) for trouble in said if trouble]


def troubled(limit: int = 100) -> list[Row]:
    """What a person should look at: refunds that the provider refused, and callbacks that named a wrong amount or an
    unknown key. Newest first."""
    return fetch(
        "SELECT * FROM (SELECT 'refund refused' AS what, order_id, error AS detail, done_at AS at FROM refunds WHERE state = 'FAILED'"
        " UNION ALL SELECT 'callback: ' || c.outcome, p.order_id, c.body, c.at FROM payment_callbacks c"
        " LEFT JOIN payments p ON p.idempotency_key = c.idempotency_key WHERE c.outcome IN ('wrong amount', 'unknown key')) AS found"
        " ORDER BY at DESC LIMIT :limit",
        limit=limit,
    )


def _all(query: sa.Select[T]) -> Sequence[T]:
    # Raw SQL has moved the rows on since the session may have read them.
    return db.session.scalars(query.execution_options(populate_existing=True)).all()
