"""what finds a page among a hundred thousand products and a million orders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PARTS = {
    "ix_inventories_low_product": ("inventories", ["market_id", "product_id"], "low_since IS NOT NULL"),
    "ix_inventories_paused": ("inventories", ["market_id", "product_id"], "NOT active"),
    "ix_payments_provider": ("payments", ["market_id", "provider_id"], "provider_id IS NOT NULL"),
    "ix_refunds_failed": ("refunds", ["market_id", "order_id"], "state = 'FAILED'"),
    "ix_stock_movements_kind": ("stock_movements", ["market_id", "kind", "at", "id"], "kind <> 'sold'"),
    "ix_stock_movements_actor": ("stock_movements", ["market_id", "actor", "at", "id"], "actor <> 'inventory'"),
}


def upgrade() -> None:
    for name, (table, columns, where) in PARTS.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.drop_index("ix_stock_movements_market", table_name="stock_movements")
    op.create_index("ix_stock_movements_market", "stock_movements", ["market_id", "at", "id"])
    op.create_index("ix_order_items_sku", "order_items", ["market_id", sa.text("lower(sku)"), "order_id"])
    if op.get_bind().dialect.name == "postgresql":
        # Words within names: SQLite reads the market's rows for them, which takes it tens of milliseconds at such a size.
        op.execute(
            "CREATE INDEX ix_orders_words ON orders USING gin (lower(email) gin_trgm_ops, lower(name) gin_trgm_ops)"
        )
        op.execute(
            "CREATE INDEX ix_products_called ON products USING gin (lower(name) gin_trgm_ops, lower(sku) gin_trgm_ops)"
        )
        # How rare a word is, which decides whether its index is worth asking, is only known after this.
        op.execute("ANALYZE orders")
        op.execute("ANALYZE products")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_products_called")
        op.execute("DROP INDEX ix_orders_words")
    op.drop_index("ix_order_items_sku", table_name="order_items")
    op.drop_index("ix_stock_movements_market", table_name="stock_movements")
    op.create_index("ix_stock_movements_market", "stock_movements", ["market_id", "id"])
    for name, (table, _, _) in PARTS.items():
        op.drop_index(name, table_name=table)
