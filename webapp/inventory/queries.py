"""Reads of stock: figures, the ledger, reservations. Always through the market that may see them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from webapp.db import among, db, fetch
from webapp.inventory.models import Inventory, StockMovement


def inventory_of(market_id: int, product_id: int) -> Inventory | None:
    """The inventory of a market's product, or None while it is not created yet."""
    query = sa.select(Inventory).where(Inventory.product_id == product_id, Inventory.market_id == market_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def switched_off(product_ids: Sequence[int]) -> set[int]:
    """Which of the products take no orders because their inventory is inactive. One whose inventory is still being made is
    not among them: its stock is asked for, and found to be none."""
    found = fetch(
        f"SELECT product_id FROM inventories WHERE NOT active AND {among('product_id', 'asked')}",
        asked=product_ids,
    )
    return {row["product_id"] for row in found}


def movements_of(market_id: int, product_id: int, limit: int, before_id: int | None = None) -> list[StockMovement]:
    """The ledger of a product, newest first, `limit` + 1 entries so that the caller sees whether more follow."""
    query = sa.select(StockMovement).where(StockMovement.product_id == product_id, StockMovement.market_id == market_id)
    if before_id is not None:
        query = query.where(StockMovement.id < before_id)
    return list(db.session.scalars(query.order_by(StockMovement.id.desc()).limit(limit + 1)))
