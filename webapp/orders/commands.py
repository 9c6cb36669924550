"""What the orders service does when it hears from inventory and payments (F6-F9, F11, F12): load, decide, write.

Every command takes the orders' row locks in id order, moves each order by the table in `decide.py`, and tells of a move
only where the row was moved. `place` and `cancel`, which people start, are in `placing.py` and below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp import clock, live, outbox
from webapp.db import Row, among, as_json, execute, fetch, locked, rows
from webapp.errors import Conflict, NotFound
from webapp.events import (
    Event,
    OrderCancelled,
    OrderCompleted,
    OrderInventoryRejected,
    OrderPaymentPending,
    OrderPaymentRejected,
    OrderRefunded,
    PaymentFailure,
    PaymentRefunded,
    PaymentSuccess,
    Quantity,
    StockReservationFailed,
    StockReserved,
)
from webapp.inbox import Received
from webapp.orders import decide
from webapp.orders.models import CANCELLED, PAYMENT_PENDING, PENDING, REFUNDED
from webapp.outbox import NOTIFICATIONS, PAYMENTS, Cause, Fact
from webapp.payments import queries as payments


@dataclass(slots=True)
class Move:
    """One order moved: its row as it was, the columns that change, and the event that tells of it."""

    order: Row
    changes: dict[str, Any]
    event: Callable[[int], Event]
    cause: Cause
    tells_customer: bool = True
    asks: str | None = None


def request_payment(messages: Sequence[Received[StockReserved]]) -> None:
    """The stock is set aside: ask for the payment, by ORDER_PAYMENT_PENDING and a message on the payments queue (F7)."""

    def decided(order: Row, message: Received[StockReserved]) -> Move | None:
        status = decide.next_status(order["status"], "STOCK_RESERVED")
        if status is None:
            return None
        return Move(
            order, {"status": status},
            lambda sequence: OrderPaymentPending(
                **_whose(order, sequence), total_minor=order["total_minor"], currency=order["currency"]
            ),
            message.cause, tells_customer=False, asks="charge",
        )  # fmt: skip

    _move_each(messages, decided)


def reject_for_stock(messages: Sequence[Received[StockReservationFailed]]) -> None:
    """The stock does not cover the order: it ends as INVENTORY_REJECTED, with which line and how many are left (F6)."""

    def decided(order: Row, message: Received[StockReservationFailed]) -> Move | None:
        status = decide.next_status(order["status"], "STOCK_RESERVATION_FAILED")
        if status is None:
            return None
        shortages = message.event.shortages
        return Move(
            order, {"status": status, "reason": "out_of_stock", "shortages": as_json(shortages)},
            lambda sequence: OrderInventoryRejected(**_whose(order, sequence), shortages=shortages), message.cause,
        )  # fmt: skip

    _move_each(messages, decided)


def complete(messages: Sequence[Received[PaymentSuccess]]) -> None:
    """The money is taken: the order is COMPLETED (F9)."""

    def decided(order: Row, message: Received[PaymentSuccess]) -> Move | None:
        status = decide.next_status(order["status"], "PAYMENT_SUCCESS")
        if status is None:
            return None
        return Move(
            order, {"status": status},
            lambda sequence: OrderCompleted(**_whose(order, sequence), total_minor=order["total_minor"], currency=order["currency"]),
            message.cause,
        )  # fmt: skip

    _move_each(messages, decided)


def reject_for_payment(messages: Sequence[Received[PaymentFailure]]) -> None:
    """The payment failed (F8), or was voided because the order was cancelled (F11)."""

    def decided(order: Row, message: Received[PaymentFailure]) -> Move | None:
        reason = message.event.reason
        # A payment that was called off because nobody answered ends a cancelled order as its shopper wished.
        was_cancelled = reason == decide.CANCELLED_BY_PAYMENT or bool(
            reason == decide.OVERDUE and order["cancel_asked_by"]
        )
        status = decide.next_status(
            order["status"], "PAYMENT_FAILURE/cancelled" if was_cancelled else "PAYMENT_FAILURE"
        )
        if status is None:
            return None
        by = str(order["cancel_asked_by"] or "market")
        told: Callable[[int], Event] = (
            (lambda sequence: OrderCancelled(**_whose(order, sequence), by=by))
            if was_cancelled
            else (lambda sequence: OrderPaymentRejected(**_whose(order, sequence), reason=reason))
        )
        return Move(order, {"status": status, "reason": reason}, told, message.cause)

    _move_each(messages, decided)


def refund(messages: Sequence[Received[PaymentRefunded]]) -> None:
    """Money went back: a completed order says so and asks for its restock (F12). Money that was taken after the order had
    ended unpaid goes back without moving the order; the customer is told all the same."""
    restocks = payments.restock_of([message.event.refund_id for message in messages])

    def decided(order: Row, message: Received[PaymentRefunded]) -> Move | None:
        event = message.event
        status = decide.next_status(order["status"], "PAYMENT_REFUNDED/whole" if event.whole else "PAYMENT_REFUNDED")
        if status is None:
            return None
        restock = tuple(Quantity(item["product_id"], item["quantity"]) for item in restocks.get(event.refund_id, ()))
        return Move(
            order, {"status": status, "refunded_minor": order["refunded_minor"] + event.amount_minor},
            lambda sequence: OrderRefunded(
                **_whose(order, sequence), refund_id=event.refund_id, amount_minor=event.amount_minor, currency=event.currency,
                whole=status == REFUNDED, restock=restock,
            ),
            message.cause,
        )  # fmt: skip

    _move_each(messages, decided)
    late = [message.id for message in messages if message.event.reason == "late_success"]
    outbox.ask(NOTIFICATIONS, "notify", late, clock.now())


def cancel(order_id: int, by: str, cause: Cause) -> tuple[Row, Row]:
    """Call an order off as :func:`cancel_each` does; returns its `status` and `cancel_asked_by` before and after. Raises NotFound,
    or Conflict for an order that has ended."""
    found = cancel_each([order_id], by, cause)
    if order_id not in found:
        raise NotFound("there is no such order")
    was = found[order_id]
    if was["status"] not in PENDING:
        raise Conflict(decide.why_not_cancelled(was["status"], asked=False), kind="not-cancellable")
    [became] = fetch("SELECT status, cancel_asked_by FROM orders WHERE id = :id", id=order_id)
    return {name: was[name] for name in became}, became


def cancel_each(order_ids: Sequence[int], by: str, cause: Cause) -> dict[int, Row]:
    """Call orders off (F11). While an order's stock is asked for it is CANCELLED at once. While its payment is asked for the
    wish is recorded and a `void` goes to the payments queue: the payment row decides. One that has ended stays as it is.

    Returns each order as it was under its lock, by id; those that do not exist are left out."""
    found, now = _locked(order_ids), clock.now()
    _write(
        [_called_off(row, by, cause) for row in found if decide.next_status(row["status"], "cancel") is not None], now
    )
    wished = [row["id"] for row in found if row["status"] == PAYMENT_PENDING and row["cancel_asked_by"] is None]
    if wished:
        execute(
            "UPDATE orders SET cancel_asked_by = :by, updated_at = CASE WHEN updated_at > :now THEN updated_at ELSE :now END"
            f" WHERE {among('id', 'wished')}",
            by=by, now=now, wished=wished,
        )  # fmt: skip
        outbox.ask(PAYMENTS, "void", wished, now)
        live.announce("order", wished)
    return {row["id"]: row for row in found}


def _called_off(order: Row, by: str, cause: Cause) -> Move:
    return Move(
        order, {"status": CANCELLED, "reason": "cancelled", "cancel_asked_by": by},
        lambda sequence: OrderCancelled(**_whose(order, sequence), by=by), cause,
    )  # fmt: skip


def _move_each(messages: Sequence[Received[Any]], decided: Callable[[Row, Received[Any]], Move | None]) -> None:
    orders = {row["id"]: row for row in _locked([message.event.order_id for message in messages])}
    waiting = list(messages)
    # An order is moved once per round, so that a second message of the same order sees what the first has made of it.
    while waiting:
        moves: dict[int, Move] = {}
        later: list[Received[Any]] = []
        for message in waiting:
            order_id = message.event.order_id
            if order_id in moves:
                later.append(message)
                continue
            order = orders.get(order_id)
            if order is None:
                raise NotFound(f"there is no order {order_id}")
            move = decided(order, message)
            if move is not None:
                moves[order_id] = move
        for row in _write(list(moves.values()), clock.now()):
            orders[row["id"]] = row
        waiting = later


def _write(moves: Sequence[Move], now: int) -> list[Row]:
    if not moves:
        return []
    after: list[Row] = [
        {**move.order, **move.changes, "version": move.order["version"] + 1, "updated_at": max(now, move.order["updated_at"]),
         "came_from": move.order["status"]}
        for move in moves
    ]  # fmt: skip
    moved = fetch(
        "UPDATE orders SET status = v.status, version = v.version, reason = v.reason, shortages = v.shortages,"
        " cancel_asked_by = v.cancel_asked_by, refunded_minor = v.refunded_minor, updated_at = v.updated_at FROM "
        + rows("v", id="bigint", came_from="text", status="text", version="bigint", reason="text", shortages="text",
               cancel_asked_by="text", refunded_minor="bigint", updated_at="bigint")
        + " WHERE orders.id = v.id AND orders.status = v.came_from RETURNING orders.id",
        v=after,
    )  # fmt: skip
    really = {row["id"] for row in moved}
    live.announce("order", really)
    told = [(move, row) for move, row in zip(moves, after, strict=True) if row["id"] in really]
    ids = outbox.emit([Fact(move.event(row["version"]), row["updated_at"], move.cause) for move, row in told])
    outbox.ask(
        NOTIFICATIONS,
        "notify",
        [event_id for event_id, (move, _) in zip(ids, told, strict=True) if move.tells_customer],
        now,
    )
    _ask(told, now)
    return after


def _ask(told: Iterable[tuple[Move, Mapping[str, Any]]], now: int) -> None:
    outbox.ask(PAYMENTS, "charge", [row["id"] for move, row in told if move.asks == "charge"], now)


def _whose(order: Row, sequence: int) -> dict[str, int]:
    return {"market_id": order["market_id"], "order_id": order["id"], "sequence": sequence}


def _locked(order_ids: Sequence[int]) -> list[Row]:
    return fetch(
        "SELECT id, market_id, status, version, total_minor, refunded_minor, currency, reason, shortages, cancel_asked_by, updated_at"
        f" FROM orders WHERE {among('id', 'asked')} ORDER BY id {locked()}",
        asked=order_ids,
    )
