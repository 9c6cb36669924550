"""emails by how an address begins: PostgreSQL finds beginnings only in an index that orders by bytes"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_emails_recipient", table_name="emails")
    op.create_index(
        "ix_emails_recipient",
        "emails",
        ["market_id", "recipient", "id"],
        postgresql_ops={"recipient": "text_pattern_ops"},
    )


def downgrade() -> None:
    op.drop_index("ix_emails_recipient", table_name="emails")
    op.create_index("ix_emails_recipient", "emails", ["market_id", "recipient", "id"])
