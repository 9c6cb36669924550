"""what a search asks: trigrams and words of products, kept by the database itself"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = "' ' || {0}name || ' ' || {0}maker || ' ' || {0}category || ' '"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        text = TEXT.format("")
        # A trusted extension since PostgreSQL 13: who owns the database may create it.
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute(f"CREATE INDEX ix_products_trigrams ON products USING gin (lower({text}) gin_trgm_ops)")
        op.execute(f"CREATE INDEX ix_products_words ON products USING gin (to_tsvector('english', lower({text})))")
        return
    op.execute("CREATE VIRTUAL TABLE product_words USING fts5(words, tokenize = 'trigram')")
    op.execute(f"INSERT INTO product_words (rowid, words) SELECT id, {TEXT.format('')} FROM products")
    op.execute(
        "CREATE TRIGGER product_words_new AFTER INSERT ON products BEGIN"
        f" INSERT INTO product_words (rowid, words) VALUES (new.id, {TEXT.format('new.')}); END"
    )
    op.execute(
        "CREATE TRIGGER product_words_changed AFTER UPDATE OF name, maker, category ON products BEGIN"
        f" UPDATE product_words SET words = {TEXT.format('new.')} WHERE rowid = new.id; END"
    )
    op.execute(
        "CREATE TRIGGER product_words_gone AFTER DELETE ON products BEGIN"
        " DELETE FROM product_words WHERE rowid = old.id; END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_products_words")
        op.execute("DROP INDEX ix_products_trigrams")
        return
    for name in ("gone", "changed", "new"):
        op.execute(f"DROP TRIGGER product_words_{name}")
    op.execute("DROP TABLE product_words")
