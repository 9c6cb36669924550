"""What a market sells. How much of it there is belongs to the inventory room."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Market
from webapp.db import NEVER_REUSED, Base, BigId, Instant

DRAFT, ACTIVE, ARCHIVED = "draft", "active", "archived"
STATUSES = (DRAFT, ACTIVE, ARCHIVED)

WAITING, READY, REFUSED = "waiting", "ready", "refused"
"""A picture as it came, one that shoppers can see, and one that cannot be read."""


def _listed(name: str, *columns: str) -> sa.Index:
    there = sa.text("deleted_at IS NULL")
    return sa.Index(f"ix_products_{name}", "market_id", *columns, "id", postgresql_where=there, sqlite_where=there)


class Product(Base):
    """One thing with one SKU and one price (minor units of the market's currency). Deleted ones stay, unseen. `image` is the
    fingerprint of its first picture that an owner gave it; `picture` names a drawing of the demo, shown where there is none."""

    __tablename__ = "products"
    __table_args__ = (
        sa.Index("uq_products_sku", "market_id", "sku", unique=True, postgresql_where=sa.text("deleted_at IS NULL"),
                 sqlite_where=sa.text("deleted_at IS NULL")),
        sa.Index("ix_products_market_status", "market_id", "status", "id"),
        # One for each order of the owner's list, so that a page of it costs the same however many products there are.
        _listed("market"),
        _listed("name", "name"),
        _listed("price", "price_minor"),
        _listed("changed", "updated_at"),
        _listed("category", "category"),
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
    image: Mapped[str | None] = mapped_column(sa.String(64))
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    market: Mapped[Market] = relationship(lazy="raise")


class OldSlug(Base):
    """A name that a product's address had until `at`, and that still leads to it."""

    __tablename__ = "product_old_slugs"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[int] = mapped_column(sa.BigInteger)


class ProductImage(Base):
    """A picture of a product, in the owner's order. `original` is the file as it came, kept until a worker has made the
    sizes of it; `hash` is the fingerprint of all of them, and the address that they are found at. A timer asks again at
    `due_at` for one that no worker took up."""

    __tablename__ = "product_images"
    __table_args__ = (
        sa.Index("ix_product_images_product", "product_id", "position", "id"),
        sa.Index("ix_product_images_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL"),
                 sqlite_where=sa.text("due_at IS NOT NULL")),
        sa.CheckConstraint("status IN ('waiting', 'ready', 'refused')", name="status"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    position: Mapped[int] = mapped_column(sa.Integer)
    filename: Mapped[str] = mapped_column(sa.String(200))
    alt: Mapped[str] = mapped_column(sa.String(300), server_default="")
    status: Mapped[str] = mapped_column(sa.String(10))
    problem: Mapped[str | None] = mapped_column(sa.String(300))
    original: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    hash: Mapped[str | None] = mapped_column(sa.String(64))
    width: Mapped[int] = mapped_column(sa.Integer)
    height: Mapped[int] = mapped_column(sa.Integer)
    due_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[int] = mapped_column(sa.BigInteger)


class ProductImageFile(Base):
    """A picture in one size (the pixels of its longer side at most) and one kind (webp or jpg). In the database and not on a
    disk, because the worker that makes it and the processes that show it may run on different machines."""

    __tablename__ = "product_image_files"
    __table_args__ = (sa.Index("ix_product_image_files_hash", "hash", "size", "kind"),)

    image_id: Mapped[int] = mapped_column(sa.ForeignKey("product_images.id"), primary_key=True)
    size: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64))
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
