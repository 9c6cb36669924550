"""a market's log of emails by kind and by address, and those that wait"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    elsewhere, waiting = sa.text("send_to IS NOT NULL"), sa.text("next_try_at IS NOT NULL")
    op.create_index("ix_emails_kind", "emails", ["market_id", "kind", "id"])
    op.create_index("ix_emails_recipient", "emails", ["market_id", "recipient", "id"])
    op.create_index(
        "ix_emails_elsewhere",
        "emails",
        ["market_id", "send_to", "id"],
        postgresql_where=elsewhere,
        sqlite_where=elsewhere,
    )
    op.create_index("ix_emails_waiting", "emails", ["market_id", "id"], postgresql_where=waiting, sqlite_where=waiting)


def downgrade() -> None:
    for name in ("waiting", "elsewhere", "recipient", "kind"):
        op.drop_index(f"ix_emails_{name}", table_name="emails")
