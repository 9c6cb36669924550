"""orders are marked as sent, and notes are written on them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("sent_at", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("sent_by", sa.String(length=254), nullable=True))
    op.add_column("orders", sa.Column("sent_note", sa.String(length=300), nullable=True))
    waits = sa.text("status = 'COMPLETED' AND delivery IS NOT NULL AND sent_at IS NULL")
    op.create_index("ix_orders_to_send", "orders", ["market_id", "id"], postgresql_where=waits, sqlite_where=waits)
    op.create_table(
        "order_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notes_order_id_orders")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_order_notes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_notes_order", "order_notes", ["order_id", "id"])


def downgrade() -> None:
    op.drop_table("order_notes")
    op.drop_index("ix_orders_to_send", table_name="orders")
    for column in ("sent_note", "sent_by", "sent_at"):
        op.drop_column("orders", column)
