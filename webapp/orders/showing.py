"""Orders as programs see them: with the snapshot of what was ordered, and read singly with payment, refunds and story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from flask import current_app
from pydantic import Field

from webapp import outbox
from webapp.clock import to_datetime
from webapp.db import Row, from_json
from webapp.orders.models import Order, OrderItem
from webapp.payments import queries as payments
from webapp.payments.models import Payment, Refund
from webapp.web.fields import View
from webapp.web.money import decimal_text

Status = Literal[
    "INVENTORY_PENDING",
    "INVENTORY_REJECTED",
    "PAYMENT_PENDING",
    "PAYMENT_REJECTED",
    "COMPLETED",
    "CANCELLED",
    "REFUNDED",
]

NOT_BEGUN = "NOT_BEGUN"
"""The payment's status while, or when, nobody was asked to pay."""


class ItemView(View):
    """One line: the product as it was called and priced when it was ordered."""

    product_id: int
    sku: str
    name: str
    quantity: int
    unit_price: str
    total: str


class ShortageView(View):
    """A product of which there was too little."""

    product_id: int
    wanted: int
    available: int


class DeliveryView(View):
    """Where the order goes to."""

    name: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


class OrderView(View):
    """An order. `link` opens its page without an account, at `url`; `version` rises with each of its own events."""

    id: int
    number: int
    link: str
    url: str
    status: Status
    reason: str | None = Field(description="Why it ended as it did, where there is more to say than its status.")
    shortages: list[ShortageView]
    total: str
    refunded: str
    currency: str
    items: list[ItemView]
    email: str
    delivery: DeliveryView | None
    replaces: int | None
    cancellation_asked: bool
    sent_at: datetime | None = Field(description="When the market marked it as sent or handed over.")
    sent_note: str | None = Field(description="What the market said of that: the carrier, what to track it by.")
    version: int
    placed_at: datetime
    updated_at: datetime


class PaymentView(View):
    """The payment of an order: where it is, and how often the provider was called about it."""

    status: str = Field(description="NOT_BEGUN, NEW, CALLING, TAKEN, DECLINED, VOIDED or REFUNDED.")
    attempts: int
    reason: str | None


class RestockView(View):
    """Units that go back to the shelf."""

    product_id: int
    quantity: int


class RefundView(View):
    """Money on its way back (PENDING), back (DONE), or refused by the provider (FAILED)."""

    id: int
    amount: str
    status: str
    reason: str
    restock: list[RestockView]
    asked_at: datetime
    done_at: datetime | None


class EventView(View):
    """One fact that was told of the order; sequences have no gap per source."""

    id: str
    type: str
    source: str
    at: datetime
    sequence: int


class OrderStory(OrderView):
    """An order with its payment, its refunds, and every event of it, oldest first."""

    payment: PaymentView
    refunds: list[RefundView]
    events: list[EventView]


def show(order: Order) -> OrderView:
    """An order whose items are loaded."""
    link = order.link
    return OrderView(
        id=order.id, number=order.number, link=link, url=f"{current_app.extensions['settings'].base_url}/o/{link}",
        status=cast(Status, order.status), reason=order.reason, shortages=from_json(order.shortages) if order.shortages else [],
        total=decimal_text(order.total_minor, order.currency), refunded=decimal_text(order.refunded_minor, order.currency),
        currency=order.currency, items=[_item(item, order.currency) for item in order.items], email=order.email,
        delivery=from_json(order.delivery) if order.delivery else None, replaces=order.replaces_id,
        cancellation_asked=order.cancel_asked_by is not None, sent_at=order.sent_at, sent_note=order.sent_note, version=order.version, placed_at=order.placed_at,
        updated_at=order.updated_at,
    )  # fmt: skip


def tell(order: Order) -> OrderStory:
    """An order whose items are loaded, with all that is known of it, in three more queries however long it is."""
    return OrderStory(
        **dict(show(order)),
        payment=_payment(payments.payments_of([order.id]).get(order.id)),
        refunds=_refunds(payments.refunds_of(order.id), order.currency),
        events=[_event(row) for row in outbox.of_order(order.id)],
    )


def _item(item: OrderItem, currency: str) -> ItemView:
    return ItemView(
        product_id=item.product_id, sku=item.sku, name=item.name, quantity=item.quantity,
        unit_price=decimal_text(item.unit_minor, currency), total=decimal_text(item.unit_minor * item.quantity, currency),
    )  # fmt: skip


def _payment(payment: Payment | None) -> PaymentView:
    if payment is None:
        return PaymentView(status=NOT_BEGUN, attempts=0, reason=None)
    return PaymentView(status=payment.state, attempts=payment.attempts, reason=payment.reason)


def _refunds(refunds: Sequence[Refund], currency: str) -> list[RefundView]:
    return [
        RefundView(
            id=refund.id, amount=decimal_text(refund.amount_minor, currency), status=refund.state, reason=refund.reason,
            restock=from_json(refund.restock), asked_at=refund.asked_at, done_at=refund.done_at,
        )
        for refund in refunds
    ]  # fmt: skip


def _event(row: Row) -> EventView:
    # The source is written as the events themselves carry it.
    return EventView(
        id=row["id"], type=row["type"], source=f"/marketflow/{row['source']}", at=to_datetime(row["at"]), sequence=row["sequence"]
    )  # fmt: skip
