"""the audit of a market by time, by person and by kind of object"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_audit_market", table_name="audit")
    op.create_index("ix_audit_market", "audit", ["market_id", "at", "id"])
    op.create_index("ix_audit_person", "audit", ["market_id", "person_id", "at", "id"])
    op.create_index("ix_audit_kind", "audit", ["market_id", "object_type", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_kind", table_name="audit")
    op.drop_index("ix_audit_person", table_name="audit")
    op.drop_index("ix_audit_market", table_name="audit")
    op.create_index("ix_audit_market", "audit", ["market_id", "id"])
