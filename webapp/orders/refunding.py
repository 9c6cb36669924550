"""Refunds of completed orders (F12), as people ask for them: the order must be one that can be refunded, and what goes back
to the shelf must have been ordered."""

from __future__ import annotations

from collections.abc import Sequence

from webapp import clock
from webapp.db import Row, fetch, from_json, locked
from webapp.errors import Conflict, FieldError, Invalid, NotFound
from webapp.events import Quantity
from webapp.orders.models import COMPLETED
from webapp.payments import queries as payments
from webapp.payments import refunds
from webapp.payments.models import FAILED


def ask(order_id: int, amount_minor: int | None, restock: Sequence[Quantity], reason: str, actor: str) -> int:
    """Ask for money of an order to go back, all that is left when `amount_minor` is None, and for units to return to the
    shelf. Returns the refund's id.

    Raises NotFound, Invalid for a line that was never ordered or not so often, Conflict for an order that is not COMPLETED,
    for more money than is left of it, and for units that an earlier refund has put back.
    """
    # The order's lock comes before the payment's, and keeps two refunds from putting the same units back.
    found = fetch(f"SELECT id, status FROM orders WHERE id = :id {locked()}", id=order_id)
    if not found:
        raise NotFound("there is no such order")
    status = found[0]["status"]
    if status != COMPLETED:
        raise Conflict(f"an order that is {status} cannot be refunded", kind="not-refundable")
    asked = _asked(order_id, restock)
    return refunds.ask_refund(order_id, amount_minor, asked, reason, actor, clock.now())


def _asked(order_id: int, restock: Sequence[Quantity]) -> list[Quantity]:
    """The lines to put back, each product once."""
    if not restock:
        return []
    ordered = {row["product_id"]: row["quantity"] for row in _items(order_id)}
    back = _put_back(order_id)
    asked: dict[int, int] = {}
    for index, line in enumerate(restock):
        if line.product_id not in ordered:
            raise Invalid.field(f"restock[{index}].product_id", "not-in-order", "This order has no such product.")
        asked[line.product_id] = asked.get(line.product_id, 0) + line.quantity
        where, most = f"restock[{index}].quantity", ordered[line.product_id]
        if asked[line.product_id] > most:
            raise Invalid.field(where, "too-many", f"Only {most:,} of it were ordered.")
        left = most - back.get(line.product_id, 0)
        if asked[line.product_id] > left:
            message = f"Only {left:,} of it are left to put back after earlier refunds."
            raise Conflict(message, FieldError(where, "too-many", message), kind="not-refundable")
    return [Quantity(product_id, quantity) for product_id, quantity in asked.items()]


def _put_back(order_id: int) -> dict[int, int]:
    units: dict[int, int] = {}
    for refund in payments.refunds_of(order_id):
        if refund.state != FAILED:
            for item in from_json(refund.restock):
                units[item["product_id"]] = units.get(item["product_id"], 0) + item["quantity"]
    return units


def _items(order_id: int) -> list[Row]:
    return fetch("SELECT product_id, quantity FROM order_items WHERE order_id = :id", id=order_id)
