"""embedded, groups and queues take their rows from the outbox itself: what waited in a table of its own goes back there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_channel", "outbox", ["channel", "id"], unique=False)
    # A group's rows go back to their events' topics; its time tells them from those that wait for the first time.
    op.execute(
        "INSERT INTO outbox (channel, event_id, actor, argument, at) SELECT coalesce(e.topic, d.channel), d.event_id, d.actor, d.argument,"
        " coalesce(e.at + 1, 0) FROM deliveries d LEFT JOIN events e ON e.id = d.event_id ORDER BY d.id"
    )
    op.drop_index("ix_deliveries_channel", table_name="deliveries")
    op.drop_table("deliveries")


def downgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=True),
        sa.Column("actor", sa.String(length=40), nullable=True),
        sa.Column("argument", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_channel", "deliveries", ["channel", "id"], unique=False)
    op.drop_index("ix_outbox_channel", table_name="outbox")
