"""what a deletion and a change of many products take along, so that both can be taken back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inventories", sa.Column("was_active", sa.Boolean(), nullable=True))
    op.add_column("product_changes", sa.Column("undoes_id", sa.BigInteger(), nullable=True))
    op.add_column("product_change_rows", sa.Column("was", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("product_change_rows", "was")
    op.drop_column("product_changes", "undoes_id")
    op.drop_column("inventories", "was_active")
