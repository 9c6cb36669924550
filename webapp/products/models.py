"""What a market sells. How much of it there is belongs to the inventory room."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Market
from webapp.db import NEVER_REUSED, Base, BigId, Instant

DRAFT, ACTIVE, ARCHIVED = "draft", "active", "archived"
STATUSES = (DRAFT, ACTIVE, ARCHIVED)


class Product(Base):
    """One thing with one SKU and one price (minor units of the market's currency). Deleted ones stay, unseen."""

    __tablename__ = "products"
    __table_args__ = (
        sa.Index("uq_products_sku", "market_id", "sku", unique=True, postgresql_where=sa.text("deleted_at IS NULL"),
                 sqlite_where=sa.text("deleted_at IS NULL")),
        sa.Index("ix_products_market_status", "market_id", "status", "id"),
        sa.CheckConstraint("price_minor > 0", name="price"),
        sa.CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"))
    sku: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    slug: Mapped[str] = mapped_column(sa.String(80))
    description: Mapped[str] = mapped_column(sa.Text, server_default="")
    maker: Mapped[str] = mapped_column(sa.String(120), server_default="")
    category: Mapped[str] = mapped_column(sa.String(80), server_default="")
    picture: Mapped[str | None] = mapped_column(sa.String(200))
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    market: Mapped[Market] = relationship(lazy="raise")
