"""The index of a search on SQLite: FTS5 with trigrams, kept by triggers (migrations/versions)."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row, fetch


def candidates(sought: str, trigrams: Sequence[str], most: int) -> list[Row]:
    """What is for sale and shares any trigram with the search, by how many and how rare they are."""
    return fetch(
        "SELECT p.id, p.name, p.maker, p.category FROM product_words w JOIN products p ON p.id = w.rowid"
        " WHERE w.words MATCH :any AND p.deleted_at IS NULL AND p.status = 'active' ORDER BY w.rank LIMIT :most",
        any=" OR ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams),
        most=most,
    )
