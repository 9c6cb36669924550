"""which order stands in for one that ended unpaid"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An order's page asks what stands in for it; few orders stand in for any.
    some = sa.text("replaces_id IS NOT NULL")
    op.create_index("ix_orders_replaces", "orders", ["replaces_id"], postgresql_where=some, sqlite_where=some)


def downgrade() -> None:
    op.drop_index("ix_orders_replaces", table_name="orders")
