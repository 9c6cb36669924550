"""Reads of orders: for their shopper, for their market, for the payment, for the emails."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.db import Row, among, db, fetch
from webapp.errors import NotFound
from webapp.orders.models import PAYMENT_PENDING, Order
from webapp.payments.commands import PaymentRequest


def order_of(order_id: int, market_id: int | None = None, shopper_id: int | None = None) -> Order:
    """An order with its items, through the market or the shopper that it belongs to. Raises NotFound for all others."""
    mine = [
        column == value
        for column, value in ((Order.market_id, market_id), (Order.shopper_id, shopper_id))
        if value is not None
    ]
    if not mine:
        raise NotFound("there is no such order")
    return _one(sa.select(Order).where(Order.id == order_id, sa.or_(*mine)))


def order_by_link(link: str) -> Order:
    """The order behind an unguessable link, with its items. Raises NotFound."""
    return _one(sa.select(Order).where(Order.link == link))


def order_by_id(order_id: int) -> Order:
    """An order with its items, for who was allowed to see it already. Raises NotFound."""
    return _one(sa.select(Order).where(Order.id == order_id))


def orders_by_id(order_ids: Sequence[int]) -> list[Order]:
    """Many orders with their items, for who was allowed to see them already, in two queries; those that are gone are left out."""
    query = sa.select(Order).where(Order.id.in_(order_ids)).options(selectinload(Order.items))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def by_checkout(scope: str, key: str) -> Row | None:
    """The order that a checkout has become: its id, number, link and the hash of its wish; None while it is none."""
    found = fetch(
        "SELECT id, number, link, checkout_hash FROM orders WHERE checkout_scope = :scope AND checkout_key = :key",
        scope=scope,
        key=key,
    )
    return found[0] if found else None


def by_number(number: int, email: str) -> list[Row]:
    """The orders of this number that were placed with this email, the newest first: each market counts its own, so that there may
    be several. Each with its `id`, `link`, `shopper_id`, `placed_at` and its `market`'s name."""
    return fetch(
        "SELECT o.id, o.link, o.shopper_id, o.placed_at, m.name AS market FROM markets m"
        " JOIN orders o ON o.market_id = m.id AND o.number = :number WHERE o.email = :email ORDER BY o.id DESC",
        number=number,
        email=email,
    )


def last_delivery(shopper_id: int) -> Row | None:
    """Where a shopper's newest order that was to be sent somewhere was to go: its `name` and `delivery`; None if there is none."""
    found = fetch(
        "SELECT name, delivery FROM orders WHERE shopper_id = :shopper_id AND delivery IS NOT NULL ORDER BY id DESC LIMIT 1",
        shopper_id=shopper_id,
    )
    return found[0] if found else None


def instead_of(order_ids: Sequence[int]) -> list[Row]:
    """Which orders stand in for which, as far as one of the two is among these, the newest last: `order_id` and `number` of the
    one stand in for `replaces_id` and `replaces_number` of the other."""
    pairs = (
        "SELECT n.id AS order_id, n.number, o.id AS replaces_id, o.number AS replaces_number FROM orders n"
        " JOIN orders o ON o.id = n.replaces_id AND o.market_id = n.market_id"
    )
    return fetch(
        f"{pairs} WHERE {among('n.id', 'asked')} UNION {pairs} WHERE {among('n.replaces_id', 'asked')} ORDER BY 1",
        asked=order_ids,
    )


def page_of(
    limit: int,
    market_id: int | None = None,
    shopper_id: int | None = None,
    before_id: int | None = None,
    statuses: Sequence[str] = (),
) -> list[Order]:
    """Orders of a market or a shopper, newest first, `limit` + 1 of them so that the caller sees whether more follow. Raises
    ValueError without either: all guests' orders have no shopper."""
    if market_id is None and shopper_id is None:
        raise ValueError("whose orders: a market's or a shopper's?")
    query = sa.select(Order).options(selectinload(Order.items))
    query = (
        query.where(Order.market_id == market_id)
        if market_id is not None
        else query.where(Order.shopper_id == shopper_id)
    )
    if before_id is not None:
        query = query.where(Order.id < before_id)
    if statuses:
        query = query.where(Order.status.in_(statuses))
    return list(db.session.scalars(query.order_by(Order.id.desc()).limit(limit + 1)))


def to_pay(order_ids: Sequence[int]) -> list[PaymentRequest]:
    """What the payments room needs to know of the orders that wait for their payment; the others are left out."""
    found = fetch(
        "SELECT id, market_id, total_minor, currency, payment_method, payment_token, traceparent, link FROM orders"
        f" WHERE status = '{PAYMENT_PENDING}' AND {among('id', 'asked')} ORDER BY id",
        asked=order_ids,
    )
    return [
        PaymentRequest(
            order_id=row["id"], market_id=row["market_id"], amount_minor=row["total_minor"], currency=row["currency"],
            method=row["payment_method"], token=row["payment_token"], traceparent=row["traceparent"],
            return_to=row["link"],
        )
        for row in found
    ]  # fmt: skip


def for_emails(order_ids: Sequence[int]) -> dict[int, Order]:
    """Orders with their items by id, for the emails that tell of them."""
    query = sa.select(Order).options(selectinload(Order.items)).where(Order.id.in_(order_ids))
    return {order.id: order for order in db.session.scalars(query.execution_options(populate_existing=True))}


def _one(query: sa.Select[Order]) -> Order:
    order = db.session.scalar(query.options(selectinload(Order.items)).execution_options(populate_existing=True))
    if order is None:
        raise NotFound("there is no such order")
    return order
