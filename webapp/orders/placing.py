"""Placing orders (F6, F7): check what is asked for, snapshot it, and tell ORDER_INVENTORY_PENDING."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp import clock, outbox
from webapp.db import Row, as_json, fetch, insert, rows
from webapp.errors import FieldError, Invalid
from webapp.events import OrderInventoryPending, Quantity
from webapp.inventory import queries as inventory
from webapp.orders.models import INVENTORY_PENDING, MOST_LINES, MOST_UNITS
from webapp.outbox import Cause, Fact
from webapp.payments import means
from webapp.products import queries as products
from webapp.products.models import ACTIVE

LARGEST_TOTAL = 10**15
"""Minor units of one order: far beyond any sale, and sums of many such orders still fit 64 bits."""

FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a shopper asks for. `scope` and `key` name this checkout: the same pair again is the same order."""

    lines: tuple[tuple[int, int], ...]
    email: str
    token: str
    scope: str
    key: str
    hash: str
    cause: Cause
    name: str = ""
    shopper_id: int | None = None
    delivery: Mapping[str, Any] | None = None
    replaces_id: int | None = None
    method: str = means.TEST
    market_id: int | None = None


@dataclass(slots=True)
class _Checked:
    new: NewOrder
    market_id: int
    currency: str
    items: list[dict[str, Any]] = field(default_factory=list)
    link: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def total_minor(self) -> int:
        return sum(item["unit_minor"] * item["quantity"] for item in self.items)


def place(new: Sequence[NewOrder]) -> list[Row]:
    """Place orders, each whole or none of the batch; returns their rows in the order given.

    A checkout that was placed before is returned as it stands now, with `replayed` true. Raises Invalid naming the line
    that cannot be ordered, or `idempotency_key` when the same key comes with another wish.
    """
    known = {(row["checkout_scope"], row["checkout_key"]): row for row in _placed(new)}
    _refuse_other_wishes(new, known)
    fresh = [one for one in new if (one.scope, one.key) not in known]
    if fresh:
        for row in _insert(_check(fresh)):
            known[row["checkout_scope"], row["checkout_key"]] = {"replayed": False, **row}
        _refuse_other_wishes(new, known)
    return [{"replayed": True, **known[one.scope, one.key]} for one in new]


def _check(new: Sequence[NewOrder]) -> list[_Checked]:
    asked = sorted({product_id for one in new for product_id, _ in one.lines})
    off = inventory.switched_off(asked)
    for_sale = {product_id: row for product_id, row in products.for_sale(asked).items() if product_id not in off}
    return [_checked(one, for_sale) for one in new]


def _checked(one: NewOrder, for_sale: Mapping[int, Row]) -> _Checked:
    if not 1 <= len(one.lines) <= MOST_LINES:
        raise Invalid.field("items", "count", f"An order has 1 to {MOST_LINES:,} lines.")
    _refuse_foreign_means(one)
    problems: list[FieldError] = []
    quantities: dict[int, int] = {}
    market_id, currency = one.market_id, ""
    for index, (product_id, quantity) in enumerate(one.lines):
        product = for_sale.get(product_id)
        where = f"items[{index}].product_id"
        if product is None or product["status"] != ACTIVE:
            problems.append(FieldError(where, "not-for-sale", "There is no such product for sale."))
            continue
        market_id = product["market_id"] if market_id is None else market_id
        if product["market_id"] != market_id:
            problems.append(
                FieldError(where, "other-market", "This product belongs to another market; order it separately.")
            )
            continue
        currency = product["currency"]
        quantities[product_id] = quantities.get(product_id, 0) + quantity
        if quantities[product_id] > MOST_UNITS:
            problems.append(
                FieldError(
                    f"items[{index}].quantity", "too-many", f"At most {MOST_UNITS:,} of one product in one order."
                )
            )
    if problems:
        raise Invalid(problems[0].message, *problems)
    assert market_id is not None  # There is at least one line, and every line without a problem has set it.
    checked = _Checked(one, market_id, currency)
    for position, (product_id, quantity) in enumerate(quantities.items()):
        product = for_sale[product_id]
        checked.items.append(
            {"position": position, "market_id": market_id, "product_id": product_id, "sku": product["sku"], "name": product["name"],
             "picture": product["picture"], "unit_minor": product["price_minor"], "quantity": quantity}
        )  # fmt: skip
    if checked.total_minor > LARGEST_TOTAL:
        raise Invalid.field("items", "too-large", "The total of this order is larger than we can take.")
    return checked


def _refuse_foreign_means(one: NewOrder) -> None:
    if one.method != means.method():
        raise Invalid.field("payment.method", "not-taken", f"Payments are taken by {means.method()} here.")
    if not means.takes(one.method, one.token):
        raise Invalid.field("payment.token", "unknown", "This payment token is not known.")


def _insert(checked: Sequence[_Checked]) -> list[Row]:
    now = clock.now()
    numbers = _numbers(checked)
    made = insert(
        "orders",
        [
            {"market_id": c.market_id, "number": number, "link": c.link, "status": INVENTORY_PENDING, "version": 1,
             "shopper_id": c.new.shopper_id, "email": c.new.email, "name": c.new.name,
             "delivery": as_json(c.new.delivery) if c.new.delivery else None, "currency": c.currency, "total_minor": c.total_minor,
             "payment_method": c.new.method, "payment_token": c.new.token, "checkout_scope": c.new.scope, "checkout_key": c.new.key,
             "checkout_hash": c.new.hash, "replaces_id": c.new.replaces_id, "traceparent": c.new.cause.traceparent,
             "placed_at": now, "updated_at": now}
            for c, number in zip(checked, numbers, strict=True)
        ],
        on_conflict="ON CONFLICT (checkout_scope, checkout_key) DO NOTHING", returning="*",
        market_id="bigint", number="bigint", link="text", status="text", version="bigint", shopper_id="bigint", email="text",
        name="text", delivery="text", currency="text", total_minor="bigint", payment_method="text", payment_token="text",  # noqa: S106  (a column)
        checkout_scope="text", checkout_key="text", checkout_hash="text", replaces_id="bigint", traceparent="text",
        placed_at="bigint", updated_at="bigint",
    )  # fmt: skip
    by_link = {row["link"]: row for row in made}
    placed = [(c, by_link[c.link]) for c in checked if c.link in by_link]
    insert(
        "order_items", [{"order_id": row["id"], **item} for c, row in placed for item in c.items],
        order_id="bigint", position="bigint", market_id="bigint", product_id="bigint", sku="text", name="text", picture="text",
        unit_minor="bigint", quantity="bigint",
    )  # fmt: skip
    outbox.emit(
        [
            Fact(
                OrderInventoryPending(
                    market_id=c.market_id, order_id=row["id"], sequence=1, total_minor=row["total_minor"], currency=row["currency"],
                    items=tuple(Quantity(item["product_id"], item["quantity"]) for item in c.items),
                ),
                now, c.new.cause,
            )
            for c, row in placed
        ]
    )  # fmt: skip
    if len(placed) == len(checked):
        return made
    # Another tab placed the same checkout between our look and our insert: its order is the one.
    return made + [{"replayed": True, **row} for row in _placed([c.new for c in checked]) if row["link"] not in by_link]


def _numbers(checked: Sequence[_Checked]) -> list[int]:
    counts: dict[int, int] = {}
    for c in checked:
        counts[c.market_id] = counts.get(c.market_id, 0) + 1
    # The counter's row is locked until the commit; markets are taken in id order so that two batches cannot cross.
    last = insert(
        "order_numbers", [{"market_id": m, "last": FIRST_NUMBER - 1 + n} for m, n in sorted(counts.items())],
        on_conflict=f"ON CONFLICT (market_id) DO UPDATE SET last = order_numbers.last + excluded.last - {FIRST_NUMBER - 1}",
        returning="market_id, last", market_id="bigint", last="bigint",
    )  # fmt: skip
    following = {row["market_id"]: row["last"] - counts[row["market_id"]] for row in last}
    numbers = []
    for c in checked:
        following[c.market_id] += 1
        numbers.append(following[c.market_id])
    return numbers


def _placed(new: Sequence[NewOrder]) -> list[Row]:
    return fetch(
        f"SELECT o.* FROM orders o JOIN {rows('asked', scope='text', key='text')}"
        " ON o.checkout_scope = asked.scope AND o.checkout_key = asked.key",
        asked=[{"scope": one.scope, "key": one.key} for one in new],
    )


def _refuse_other_wishes(new: Sequence[NewOrder], known: Mapping[tuple[str, str], Row]) -> None:
    for one in new:
        row = known.get((one.scope, one.key))
        if row is not None and row["checkout_hash"] != one.hash:
            raise Invalid(
                "this Idempotency-Key was used for another order", FieldError("Idempotency-Key", "reused", "Use a new key."),
                kind="idempotency-key-reused",
            )  # fmt: skip
