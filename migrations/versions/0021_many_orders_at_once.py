"""one thing done to many orders at once, and orders by day and by total"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_placed", "orders", ["market_id", "placed_at", "id"])
    op.create_index("ix_orders_total", "orders", ["market_id", "total_minor", "id"])
    op.create_table(
        "order_changes",
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
        sa.CheckConstraint("status IN ('chosen', 'working', 'done', 'stopped')", name=op.f("ck_order_changes_status")),
        sa.CheckConstraint("action IN ('send', 'cancel', 'resend')", name=op.f("ck_order_changes_action")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_order_changes_market_id_markets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_changes_market", "order_changes", ["market_id", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_order_changes_due", "order_changes", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "order_change_rows",
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["order_changes.id"], name=op.f("fk_order_change_rows_change_id_order_changes")
        ),
        sa.PrimaryKeyConstraint("change_id", "order_id", name=op.f("pk_order_change_rows")),
    )
    op.create_index("ix_order_change_rows_step", "order_change_rows", ["change_id", "step", "order_id"])


def downgrade() -> None:
    op.drop_table("order_change_rows")
    op.drop_table("order_changes")
    op.drop_index("ix_orders_total", table_name="orders")
    op.drop_index("ix_orders_placed", table_name="orders")
