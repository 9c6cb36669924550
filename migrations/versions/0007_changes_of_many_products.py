"""changes of many products at once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("same", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.String(length=55), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('chosen', 'working', 'done', 'stopped')", name=op.f("ck_product_changes_status")
        ),
        sa.CheckConstraint(
            "action IN ('status', 'category', 'move', 'delete')", name=op.f("ck_product_changes_action")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_product_changes_market_id_markets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_product_changes_market", "product_changes", ["market_id", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_product_changes_due", "product_changes", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "product_change_rows",
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["product_changes.id"], name=op.f("fk_product_change_rows_change_id_product_changes")
        ),
        sa.PrimaryKeyConstraint("change_id", "product_id", name=op.f("pk_product_change_rows")),
    )
    op.create_index("ix_product_change_rows_step", "product_change_rows", ["change_id", "step", "product_id"])


def downgrade() -> None:
    op.drop_table("product_change_rows")
    op.drop_table("product_changes")
