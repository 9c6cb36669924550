"""pictures of products, old slugs, and an index for each order of the owner's list"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LISTED = {
    "market": (),
    "name": ("name",),
    "price": ("price_minor",),
    "changed": ("updated_at",),
    "category": ("category",),
}


def upgrade() -> None:
    op.add_column("products", sa.Column("image", sa.String(length=64), nullable=True))
    there = sa.text("deleted_at IS NULL")
    for name, columns in LISTED.items():
        op.create_index(
            f"ix_products_{name}", "products", ["market_id", *columns, "id"], postgresql_where=there, sqlite_where=there
        )
    op.create_table(
        "product_old_slugs",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_old_slugs_product_id_products")),
        sa.PrimaryKeyConstraint("product_id", "slug", name=op.f("pk_product_old_slugs")),
    )
    op.create_table(
        "product_images",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("alt", sa.String(length=300), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("original", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'ready', 'refused')", name=op.f("ck_product_images_status")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_product_images_market_id_markets")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_images_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_images")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_product_images_product", "product_images", ["product_id", "position", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_product_images_due", "product_images", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "product_image_files",
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["product_images.id"], name=op.f("fk_product_image_files_image_id_product_images")
        ),
        sa.PrimaryKeyConstraint("image_id", "size", "kind", name=op.f("pk_product_image_files")),
    )
    op.create_index("ix_product_image_files_hash", "product_image_files", ["hash", "size", "kind"])


def downgrade() -> None:
    op.drop_table("product_image_files")
    op.drop_table("product_images")
    op.drop_table("product_old_slugs")
    for name in LISTED:
        op.drop_index(f"ix_products_{name}", table_name="products")
    with op.batch_alter_table("products") as batch_op:
        batch_op.drop_column("image")
