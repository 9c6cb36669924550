"""which orders were paid although they were to be cancelled, and wait for somebody to decide"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The list of orders and Home look for them at every call, and hardly any order is among them.
    some = sa.text("status = 'COMPLETED' AND cancel_asked_by IS NOT NULL AND sent_at IS NULL AND refunded_minor = 0")
    op.create_index("ix_orders_too_late", "orders", ["market_id", "id"], postgresql_where=some, sqlite_where=some)


def downgrade() -> None:
    op.drop_index("ix_orders_too_late", table_name="orders")
