"""search in what is said of products: whole words with their endings cut off, kept by the database itself"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = "{0}name || ' ' || {0}maker || ' ' || {0}category || ' ' || {0}description"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX ix_products_texts ON products USING gin (to_tsvector('english', {TEXT.format('')}))")
        return
    op.execute(
        "CREATE VIRTUAL TABLE product_texts USING fts5(words, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    op.execute(f"INSERT INTO product_texts (rowid, words) SELECT id, {TEXT.format('')} FROM products")
    op.execute(
        "CREATE TRIGGER product_texts_new AFTER INSERT ON products BEGIN"
        f" INSERT INTO product_texts (rowid, words) VALUES (new.id, {TEXT.format('new.')}); END"
    )
    op.execute(
        "CREATE TRIGGER product_texts_changed AFTER UPDATE OF name, maker, category, description ON products BEGIN"
        f" UPDATE product_texts SET words = {TEXT.format('new.')} WHERE rowid = new.id; END"
    )
    op.execute(
        "CREATE TRIGGER product_texts_gone AFTER DELETE ON products BEGIN"
        " DELETE FROM product_texts WHERE rowid = old.id; END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_products_texts")
        return
    for name in ("gone", "changed", "new"):
        op.execute(f"DROP TRIGGER product_texts_{name}")
    op.execute("DROP TABLE product_texts")
