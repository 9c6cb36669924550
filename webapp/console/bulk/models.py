"""A change of many products, and the products that it is of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId

STATUS, CATEGORY, MOVE, DELETE = "status", "category", "move", "delete"
ACTIONS = (STATUS, CATEGORY, MOVE, DELETE)
"""Another status; another category; another path of a category for all that is in it and below it; off the market."""

CHOSEN, WORKING, DONE, STOPPED = "chosen", "working", "done", "stopped"
STATUSES = (CHOSEN, WORKING, DONE, STOPPED)

TO_DO, CHANGED, SAME, LEFT = range(4)
"""How far a product is: nothing done; changed; as it was wanted already; left as it was, with the reason in `outcome`."""


class ProductChange(Base):
    """A change of many products. Its products are written down when it is chosen, so that what is confirmed is what is done.
    `value` is what they become; a timer asks for it at `due_at` when no worker has been heard of."""

    __tablename__ = "product_changes"
    __table_args__ = (
        sa.Index("ix_product_changes_market", "market_id", "id"),
        sa.Index("ix_product_changes_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL"),
                 sqlite_where=sa.text("due_at IS NOT NULL")),
        sa.CheckConstraint("status IN ('chosen', 'working', 'done', 'stopped')", name="status"),
        sa.CheckConstraint("action IN ('status', 'category', 'move', 'delete')", name="action"),
        NEVER_REUSED,
    )  # fmt: skip

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


class ProductChangeRow(Base):
    """One product of a change."""

    __tablename__ = "product_change_rows"
    __table_args__ = (sa.Index("ix_product_change_rows_step", "change_id", "step", "product_id"),)

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("product_changes.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    step: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    outcome: Mapped[str] = mapped_column(sa.String(300), server_default="")
