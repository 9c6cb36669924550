"""the orders that what was in a cart has become, so that whoever comes back to it finds them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carts", sa.Column("ordered", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("carts", "ordered")
