"""sums per market and day; inventories that know since when they are low, and the alerts that were raised of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollup_days",
        sa.Column("market_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market_id", "day", "measure", "reason", name=op.f("pk_rollup_days")),
    )
    op.create_table(
        "rollup_steps",
        sa.Column("market_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market_id", "day", "step", "bucket", name=op.f("pk_rollup_steps")),
    )
    op.create_table(
        "rollup_products",
        sa.Column("market_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market_id", "day", "product_id", name=op.f("pk_rollup_products")),
    )
    op.create_index("ix_rollup_products_product", "rollup_products", ["product_id", "day"])
    op.create_table(
        "rollup_marks",
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_rollup_marks")),
    )
    op.create_table(
        "rollup_seen",
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_rollup_seen")),
    )
    op.create_index("ix_rollup_seen_at", "rollup_seen", ["source", "at"])
    op.create_table(
        "rollup_counted",
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("things", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_rollup_counted")),
    )
    op.create_index("ix_email_deliveries_at", "email_deliveries", ["at"])

    op.add_column("inventories", sa.Column("low_since", sa.BigInteger(), nullable=True))
    op.add_column("inventories", sa.Column("crossings", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("inventories", sa.Column("alerted", sa.BigInteger(), server_default="0", nullable=False))
    # What is low already has crossed at a time that nobody knows, and alerts nobody now.
    op.execute("UPDATE inventories SET low_since = updated_at WHERE on_hand - reserved <= low_stock_threshold")
    low, due = sa.text("low_since IS NOT NULL"), sa.text("crossings > alerted")
    op.create_index(
        "ix_inventories_low", "inventories", ["market_id", "low_since"], postgresql_where=low, sqlite_where=low
    )
    op.create_index("ix_inventories_to_alert", "inventories", ["product_id"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "stock_alerts",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("crossing", sa.BigInteger(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["inventories.product_id"], name=op.f("fk_stock_alerts_product_id_inventories")
        ),
        sa.PrimaryKeyConstraint("product_id", "crossing", name=op.f("pk_stock_alerts")),
    )
    op.create_index("ix_stock_alerts_told", "stock_alerts", ["market_id", "told_at"])
    op.add_column("account_letters", sa.Column("about", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("account_letters") as batch_op:
        batch_op.drop_column("about")
    op.drop_table("stock_alerts")
    op.drop_index("ix_inventories_to_alert", table_name="inventories")
    op.drop_index("ix_inventories_low", table_name="inventories")
    with op.batch_alter_table("inventories") as batch_op:
        for column in ("alerted", "crossings", "low_since"):
            batch_op.drop_column(column)
    op.drop_index("ix_email_deliveries_at", table_name="email_deliveries")
    for table in ("rollup_counted", "rollup_seen", "rollup_marks", "rollup_products", "rollup_steps", "rollup_days"):
        op.drop_table(table)
