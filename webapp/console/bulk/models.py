"""A change of many products or of many orders, and the things that it is of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId

STATUS, CATEGORY, MOVE, DELETE = "status", "category", "move", "delete"
"""Of products: another status; another category; another path of a category for all that is in it and below it; off the market."""

SEND, CANCEL, RESEND = "send", "cancel", "resend"
"""Of orders: marked as sent; called off; their last email once more."""

CHOSEN, WORKING, DONE, STOPPED = "chosen", "working", "done", "stopped"
STATUSES = (CHOSEN, WORKING, DONE, STOPPED)

TO_DO, CHANGED, SAME, LEFT = range(4)
"""How far a thing is: nothing done; changed; as it was wanted already; left as it was, with the reason in `outcome`."""


def _rules(changes: str, actions: str) -> tuple[object, ...]:
    return (
        sa.Index(f"ix_{changes}_market", "market_id", "id"),
        sa.Index(f"ix_{changes}_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL"), sqlite_where=sa.text("due_at IS NOT NULL")),
        sa.CheckConstraint("status IN ('chosen', 'working', 'done', 'stopped')", name="status"),
        sa.CheckConstraint(f"action IN ({actions})", name="action"),
        NEVER_REUSED,
    )  # fmt: skip


class _Change:
    """A change of many things. They are written down when it is chosen, so that what is confirmed is what is done. `value` is
    what they become; a timer asks for it at `due_at` when no worker has been heard of."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"))
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    token_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor: Mapped[str] = mapped_column(sa.String(254))
    address: Mapped[str] = mapped_column(sa.String(64), server_default="")
    action: Mapped[str] = mapped_column(sa.String(10))
    value: Mapped[str] = mapped_column(sa.Text, server_default="")
    status: Mapped[str] = mapped_column(sa.String(10))
    total: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    changed: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    same: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    left_out: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    problem: Mapped[str | None] = mapped_column(sa.Text)
    traceparent: Mapped[str] = mapped_column(sa.String(55))
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    due_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[int] = mapped_column(sa.BigInteger)


class ProductChange(_Change, Base):
    """A change of many products; with `undoes_id`, the one that takes that change back."""

    __tablename__ = "product_changes"
    __table_args__ = _rules("product_changes", "'status', 'category', 'move', 'delete'")

    undoes_id: Mapped[int | None] = mapped_column(sa.BigInteger)


class ProductChangeRow(Base):
    """One product of a change; `was` is each field that it changed, as JSON: what it was and what it became."""

    __tablename__ = "product_change_rows"
    __table_args__ = (sa.Index("ix_product_change_rows_step", "change_id", "step", "product_id"),)

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("product_changes.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    step: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    outcome: Mapped[str] = mapped_column(sa.String(300), server_default="")
    was: Mapped[str] = mapped_column(sa.Text, server_default="")


class OrderChange(_Change, Base):
    """Something done to many orders."""

    __tablename__ = "order_changes"
    __table_args__ = _rules("order_changes", "'send', 'cancel', 'resend'")


class OrderChangeRow(Base):
    """One order of such a change."""

    __tablename__ = "order_change_rows"
    __table_args__ = (sa.Index("ix_order_change_rows_step", "change_id", "step", "order_id"),)

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("order_changes.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    step: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    outcome: Mapped[str] = mapped_column(sa.String(300), server_default="")
