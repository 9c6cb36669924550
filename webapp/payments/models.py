"""One payment per order: the arbiter. Its transition table is in `decide.py`; cancel, time-out, late success and refund
all meet there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId, Instant

NEW, CALLING, TAKEN, DECLINED, VOIDED, REFUNDED = "NEW", "CALLING", "TAKEN", "DECLINED", "VOIDED", "REFUNDED"
PENDING, DONE, FAILED = "PENDING", "DONE", "FAILED"
LATE_SUCCESS = "late_success"


class Payment(Base):
    """The payment of one order, in minor units.

    `next_try_at` is set while somebody still has to call the provider, and `next_call` is what that call is;
    `asked_until` is how long the queue has to make it before it is asked again; from `overdue_at` on it is voided.
    `action_url` is where the bank waits for its customer, and `return_to` the order's link, to come back to from there.
    """

    __tablename__ = "payments"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("state IN ('NEW', 'CALLING', 'TAKEN', 'DECLINED', 'VOIDED', 'REFUNDED')", name="state"),
        sa.Index("ix_payments_provider", "market_id", "provider_id", postgresql_where=sa.text("provider_id IS NOT NULL"),
                 sqlite_where=sa.text("provider_id IS NOT NULL")),
        sa.Index("ix_payments_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL"),
                 sqlite_where=sa.text("next_try_at IS NOT NULL")),
    )  # fmt: skip

    order_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(10))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    method: Mapped[str] = mapped_column(sa.String(20))
    token: Mapped[str] = mapped_column(sa.String(120))
    idempotency_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    provider_id: Mapped[str | None] = mapped_column(sa.String(80))
    reason: Mapped[str | None] = mapped_column(sa.String(80))
    card: Mapped[str | None] = mapped_column(sa.String(20))
    taken_minor: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    attempts: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    sequence: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    traceparent: Mapped[str] = mapped_column(sa.String(55))
    next_call: Mapped[str] = mapped_column(sa.String(10))
    next_try_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    asked_until: Mapped[int | None] = mapped_column(sa.BigInteger)
    overdue_at: Mapped[int] = mapped_column(sa.BigInteger)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    return_to: Mapped[str | None] = mapped_column(sa.String(64))
    action_url: Mapped[str | None] = mapped_column(sa.Text)


class Attempt(Base):
    """One call to the provider, written before it is made and finished after it. Request and answer hold no secret."""

    __tablename__ = "payment_attempts"
    __table_args__ = (sa.UniqueConstraint("order_id", "number"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.order_id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str] = mapped_column(sa.String(10))
    idempotency_key: Mapped[str] = mapped_column(sa.String(80))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    answer: Mapped[str | None] = mapped_column(sa.Text)


class Refund(Base):
    """Money on its way back. Every try of one refund carries the same idempotency key."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.Index("ix_refunds_order", "order_id"),
        sa.Index("ix_refunds_failed", "market_id", "order_id", postgresql_where=sa.text("state = 'FAILED'"),
                 sqlite_where=sa.text("state = 'FAILED'")),
        sa.Index("ix_refunds_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL"),
                 sqlite_where=sa.text("next_try_at IS NOT NULL")),
        sa.Index("uq_refunds_late", "order_id", unique=True, postgresql_where=sa.text("reason = 'late_success'"),
                 sqlite_where=sa.text("reason = 'late_success'")),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.order_id"))
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(sa.String(200))
    restock: Mapped[str] = mapped_column(sa.Text, server_default="[]")
    actor: Mapped[str] = mapped_column(sa.String(254))
    state: Mapped[str] = mapped_column(sa.String(10))
    idempotency_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    provider_id: Mapped[str | None] = mapped_column(sa.String(80))
    error: Mapped[str | None] = mapped_column(sa.String(200))
    tries: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    next_try_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    asked_until: Mapped[int | None] = mapped_column(sa.BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Callback(Base):
    """A signed call from the provider, kept once by its event id with what came of it."""

    __tablename__ = "payment_callbacks"

    id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    type: Mapped[str] = mapped_column(sa.String(40))
    body: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime] = mapped_column(Instant)
