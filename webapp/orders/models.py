"""Orders with snapshots of what was ordered: a product may change or go, the order stays what it was."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import NEVER_REUSED, Base, BigId, Instant

INVENTORY_PENDING, PAYMENT_PENDING = "INVENTORY_PENDING", "PAYMENT_PENDING"
INVENTORY_REJECTED, PAYMENT_REJECTED = "INVENTORY_REJECTED", "PAYMENT_REJECTED"
COMPLETED, CANCELLED, REFUNDED = "COMPLETED", "CANCELLED", "REFUNDED"
PENDING = frozenset({INVENTORY_PENDING, PAYMENT_PENDING})
STATUSES = (INVENTORY_PENDING, INVENTORY_REJECTED, PAYMENT_PENDING, PAYMENT_REJECTED, COMPLETED, CANCELLED, REFUNDED)

MOST_LINES, MOST_UNITS = 1_000, 1_000_000

TO_SEND = "status = 'COMPLETED' AND delivery IS NOT NULL AND sent_at IS NULL"
"""SQL for what waits to be sent: an order that is paid, that has somewhere to go, and that nobody has marked as sent."""

TOO_LATE = "status = 'COMPLETED' AND cancel_asked_by IS NOT NULL AND sent_at IS NULL AND refunded_minor = 0"
"""SQL for what was paid although it was to be cancelled, and waits for somebody to send it or to give the money back."""


class OrderNumber(Base):
    """The last order number of each market: what makes order 1042 follow 1041 on the owner's desk."""

    __tablename__ = "order_numbers"

    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger)


class Order(Base):
    """One order in one market. `version` is the number of its own events; `link` opens its page without an account. The three
    columns of its sending are set together: a completed order is marked as sent, with a word for its shopper perhaps."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("market_id", "number"),
        sa.Index("uq_orders_checkout", "checkout_scope", "checkout_key", unique=True),
        sa.Index("ix_orders_market_status", "market_id", "status", "id"),
        sa.Index("ix_orders_market", "market_id", "id"),
        sa.Index("ix_orders_placed", "market_id", "placed_at", "id"),
        sa.Index("ix_orders_total", "market_id", "total_minor", "id"),
        sa.Index("ix_orders_shopper", "shopper_id", "id"),
        sa.Index("ix_orders_email", "market_id", "email"),
        sa.Index("ix_orders_pending", "status", "updated_at",
                 postgresql_where=sa.text("status IN ('INVENTORY_PENDING', 'PAYMENT_PENDING')"),
                 sqlite_where=sa.text("status IN ('INVENTORY_PENDING', 'PAYMENT_PENDING')")),
        sa.Index("ix_orders_to_send", "market_id", "id", postgresql_where=sa.text(TO_SEND), sqlite_where=sa.text(TO_SEND)),
        sa.Index("ix_orders_too_late", "market_id", "id", postgresql_where=sa.text(TOO_LATE), sqlite_where=sa.text(TOO_LATE)),
        sa.Index("ix_orders_replaces", "replaces_id", postgresql_where=sa.text("replaces_id IS NOT NULL"),
                 sqlite_where=sa.text("replaces_id IS NOT NULL")),
        sa.CheckConstraint("total_minor > 0", name="total"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    link: Mapped[str] = mapped_column(sa.String(43), unique=True)
    status: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    shopper_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"))
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(120), server_default="")
    delivery: Mapped[str | None] = mapped_column(sa.Text)
    currency: Mapped[str] = mapped_column(sa.String(3))
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    payment_method: Mapped[str] = mapped_column(sa.String(20))
    payment_token: Mapped[str] = mapped_column(sa.String(120))
    checkout_scope: Mapped[str] = mapped_column(sa.String(80))
    checkout_key: Mapped[str] = mapped_column(sa.String(255))
    checkout_hash: Mapped[str] = mapped_column(sa.String(64))
    replaces_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    reason: Mapped[str | None] = mapped_column(sa.String(80))
    shortages: Mapped[str | None] = mapped_column(sa.Text)
    cancel_asked_by: Mapped[str | None] = mapped_column(sa.String(254))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by: Mapped[str | None] = mapped_column(sa.String(254))
    sent_note: Mapped[str | None] = mapped_column(sa.String(300))
    traceparent: Mapped[str] = mapped_column(sa.String(55))
    placed_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    items: Mapped[list[OrderItem]] = relationship(lazy="raise", order_by="OrderItem.position")


class OrderItem(Base):
    """One line: the product as it was called and priced when it was ordered."""

    __tablename__ = "order_items"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("unit_minor > 0", name="price"),
        sa.Index("ix_order_items_product", "product_id", "order_id"),
    )

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    product_id: Mapped[int] = mapped_column(sa.BigInteger)
    sku: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    picture: Mapped[str | None] = mapped_column(sa.String(200))
    unit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int] = mapped_column(sa.BigInteger)


class OrderNote(Base):
    """What somebody of the market wrote about an order for the others there. No shopper ever sees it."""

    __tablename__ = "order_notes"
    __table_args__ = (sa.Index("ix_order_notes_order", "order_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(Instant)
