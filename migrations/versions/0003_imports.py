"""imports of products: the job, its file in pieces, its rows; and stock movements that name their import"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATUSES = (
    "uploading",
    "waiting",
    "reading",
    "ready",
    "refused",
    "applying",
    "done",
    "cancelled",
    "discarded",
    "undoing",
    "undone",
)


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("form", sa.Text(), server_default="{}", nullable=False),
        sa.Column("columns", sa.Text(), server_default="{}", nullable=False),
        sa.Column("place", sa.Text(), server_default="{}", nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counts", sa.Text(), server_default="{}", nullable=False),
        sa.Column("traceparent", sa.String(length=55), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("held_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            f"status IN ({', '.join(repr(status) for status in STATUSES)})", name=op.f("ck_imports_status")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_imports_market_id_markets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imports_market", "imports", ["market_id", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_imports_due", "imports", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_pieces_import_id_imports")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_pieces")),
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("changes", sa.Text(), server_default="{}", nullable=False),
        sa.Column("problems", sa.Text(), server_default="[]", nullable=False),
        sa.Column("note", sa.String(length=600), server_default="", nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("written", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=600), server_default="", nullable=False),
        sa.CheckConstraint("verdict IN ('new', 'changed', 'skipped', 'error')", name=op.f("ck_import_rows_verdict")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_sku", "import_rows", ["import_id", "sku"])
    op.create_index("ix_import_rows_verdict", "import_rows", ["import_id", "verdict", "number"])
    op.create_index("ix_import_rows_step", "import_rows", ["import_id", "step", "number"])
    op.add_column("stock_movements", sa.Column("import_id", sa.BigInteger(), nullable=True))
    given = sa.text("import_id IS NOT NULL")
    op.create_index(
        "uq_stock_movements_import", "stock_movements", ["import_id", "product_id", "kind"], unique=True,
        postgresql_where=given, sqlite_where=given,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_stock_movements_import", table_name="stock_movements")
    with op.batch_alter_table("stock_movements") as batch_op:
        batch_op.drop_column("import_id")
    op.drop_table("import_rows")
    op.drop_table("import_pieces")
    op.drop_table("imports")
