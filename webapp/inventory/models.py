"""How much there is of what: figures, reservations, and the ledger that proves the figures."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId, Instant

HELD, CONSUMED, RELEASED = "HELD", "CONSUMED", "RELEASED"
FAILED, TOMBSTONE = "FAILED", "TOMBSTONE"

SOLD, RESTOCKED, COUNT, CORRECTION = "sold", "restocked", "count", "correction"
REASONS = ("received", "count", "damaged", "loss", "return", "correction", "promotion")
"""Why an owner adjusts stock: the ledger's kinds beside `sold` and `restocked`."""

LARGEST_STOCK = 10**12
"""Units of one product; far below what 64 bits hold, so that no sum of them overflows."""


class Inventory(Base):
    """The stock of one product, in whole units. `version` counts what people changed, `sequence` the events told.

    `low_since` is when no more than the threshold was left to sell, NULL while there is more; `crossings` counts how often
    that began, and `alerted` how many of those beginnings the alerts have looked at (webapp/inventory/low.py). `was_active` is
    whether it took orders when its product was deleted, while that is deleted."""

    __tablename__ = "inventories"
    __table_args__ = (
        sa.CheckConstraint("0 <= reserved AND reserved <= on_hand", name="covered"),
        sa.CheckConstraint("low_stock_threshold >= 0", name="threshold"),
        sa.Index("ix_inventories_updated", "market_id", "updated_at"),
        sa.Index("ix_inventories_low", "market_id", "low_since", postgresql_where=sa.text("low_since IS NOT NULL"),
                 sqlite_where=sa.text("low_since IS NOT NULL")),
        sa.Index("ix_inventories_low_product", "market_id", "product_id", postgresql_where=sa.text("low_since IS NOT NULL"),
                 sqlite_where=sa.text("low_since IS NOT NULL")),
        sa.Index("ix_inventories_paused", "market_id", "product_id", postgresql_where=sa.text("NOT active"),
                 sqlite_where=sa.text("NOT active")),
        sa.Index("ix_inventories_to_alert", "product_id", postgresql_where=sa.text("crossings > alerted"),
                 sqlite_where=sa.text("crossings > alerted")),
    )  # fmt: skip

    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"), index=True)
    on_hand: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    reserved: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    low_stock_threshold: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    sequence: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    was_active: Mapped[bool | None]
    low_since: Mapped[int | None] = mapped_column(sa.BigInteger)
    crossings: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    alerted: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    @property
    def available(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved


class OrderStock(Base):
    """What inventory decided for one order, once: HELD, FAILED, CONSUMED, RELEASED, or TOMBSTONE when it was cancelled
    before its stock was asked for. `sequence` counts the events told of the order."""

    __tablename__ = "order_stock"

    order_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(10))
    sequence: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[int] = mapped_column(sa.BigInteger)


class Reservation(Base):
    """So many units of a product set aside for an order; sold or released, once."""

    __tablename__ = "reservations"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "product_id"),
        sa.Index(
            "ix_reservations_held",
            "product_id",
            postgresql_where=sa.text("state = 'HELD'"),
            sqlite_where=sa.text("state = 'HELD'"),
        ),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("state IN ('HELD', 'CONSUMED', 'RELEASED')", name="state"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.BigInteger)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventories.product_id"))
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(10))
    held_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class StockMovement(Base):
    """One entry of the append-only ledger of units on hand: who moved how many, why, and the figure before and after."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        sa.Index("ix_stock_movements_product", "product_id", "id"),
        sa.Index("ix_stock_movements_market", "market_id", "at", "id"),
        sa.Index("ix_stock_movements_kind", "market_id", "kind", "at", "id", postgresql_where=sa.text("kind <> 'sold'"),
                 sqlite_where=sa.text("kind <> 'sold'")),
        sa.Index("ix_stock_movements_actor", "market_id", "actor", "at", "id", postgresql_where=sa.text("actor <> 'inventory'"),
                 sqlite_where=sa.text("actor <> 'inventory'")),
        sa.Index("uq_stock_movements_reservation", "reservation_id", "kind", unique=True,
                 postgresql_where=sa.text("kind = 'sold'"), sqlite_where=sa.text("kind = 'sold'")),
        sa.Index("uq_stock_movements_refund", "refund_id", "product_id", unique=True,
                 postgresql_where=sa.text("refund_id IS NOT NULL"), sqlite_where=sa.text("refund_id IS NOT NULL")),
        sa.Index("uq_stock_movements_import", "import_id", "product_id", "kind", unique=True,
                 postgresql_where=sa.text("import_id IS NOT NULL"), sqlite_where=sa.text("import_id IS NOT NULL")),
        # One entry takes another back, and only once.
        sa.Index("uq_stock_movements_undoes", "undoes_id", unique=True, postgresql_where=sa.text("undoes_id IS NOT NULL"),
                 sqlite_where=sa.text("undoes_id IS NOT NULL")),
        sa.CheckConstraint("after = before + delta", name="adds_up"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventories.product_id"))
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.String(12))
    delta: Mapped[int] = mapped_column(sa.BigInteger)
    before: Mapped[int] = mapped_column(sa.BigInteger)
    after: Mapped[int] = mapped_column(sa.BigInteger)
    actor: Mapped[str] = mapped_column(sa.String(254))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    order_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    reservation_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    refund_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    import_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    undoes_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)


class StockAlert(Base):
    """One crossing of a threshold: what was left then. `told_at` names the letters that told the owners, all of one look."""

    __tablename__ = "stock_alerts"
    __table_args__ = (sa.Index("ix_stock_alerts_told", "market_id", "told_at"),)

    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventories.product_id"), primary_key=True, autoincrement=False
    )
    crossing: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(sa.BigInteger)
    available: Mapped[int] = mapped_column(sa.BigInteger)
    threshold: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    told_at: Mapped[int | None] = mapped_column(sa.BigInteger)
