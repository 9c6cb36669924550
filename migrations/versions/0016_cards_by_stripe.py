"""where the bank waits for its customer, and where they come back to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("return_to", sa.String(64), nullable=True))
    op.add_column("payments", sa.Column("action_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "action_url")
    op.drop_column("payments", "return_to")
