"""the stock of a market that was changed last"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inventories_updated", "inventories", ["market_id", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_inventories_updated", table_name="inventories")
