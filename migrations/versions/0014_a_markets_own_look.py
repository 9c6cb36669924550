"""a market's version, and its logo"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("markets", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("markets", sa.Column("logo", sa.String(length=200), nullable=True))
    op.add_column("markets", sa.Column("logo_width", sa.Integer(), nullable=True))
    op.add_column("markets", sa.Column("logo_height", sa.Integer(), nullable=True))
    op.create_table(
        "market_logo_files",
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_market_logo_files_market_id_markets")),
        sa.PrimaryKeyConstraint("market_id", "size", "kind", name=op.f("pk_market_logo_files")),
    )
    op.create_index("ix_market_logo_files_hash", "market_logo_files", ["hash", "size", "kind"])


def downgrade() -> None:
    op.drop_table("market_logo_files")
    for name in ("logo_height", "logo_width", "logo", "version"):
        op.drop_column("markets", name)
