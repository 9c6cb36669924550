"""which entry of the ledger takes which back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

THERE = sa.text("undoes_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("stock_movements", sa.Column("undoes_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "uq_stock_movements_undoes", "stock_movements", ["undoes_id"], unique=True, postgresql_where=THERE, sqlite_where=THERE
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_stock_movements_undoes", table_name="stock_movements")
    op.drop_column("stock_movements", "undoes_id")
