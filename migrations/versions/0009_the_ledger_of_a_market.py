"""the ledger of a whole market, newest first"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_stock_movements_market", "stock_movements", ["market_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_stock_movements_market", table_name="stock_movements")
