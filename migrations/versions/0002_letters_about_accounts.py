"""letters about accounts with their one-time links, a saved address, and memberships that end"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=True),
        sa.Column("sender", sa.String(length=254), server_default="", nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_account_letters_market_id_markets")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_letters_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_letters")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_letters_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("account_letters", schema=None) as batch_op:
        batch_op.create_index("ix_account_letters_email", ["email", "id"], unique=False)
        batch_op.create_index("ix_account_letters_created", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_letters_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_letters_market_id"), ["market_id"], unique=False)
    # A column that may be NULL is added in place; SQLite needs no copy of the table for it.
    op.add_column("people", sa.Column("delivery", sa.Text(), nullable=True))
    op.add_column("memberships", sa.Column("ended_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("memberships", "ended_at")
    op.drop_column("people", "delivery")
    op.drop_table("account_letters")
