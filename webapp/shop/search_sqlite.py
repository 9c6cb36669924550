"""The indexes of a search on SQLite: FTS5 with trigrams, and with whole words, kept by triggers (migrations/versions)."""

from __future__ import annotations

import re
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


def told_of(sought: str, most: int) -> list[int]:
    """What is for sale and says all words of the search somewhere, its description included, the newest first."""
    words = re.findall(r"\w+", sought)
    if not words:
        return []
    found = fetch(
        "SELECT p.id FROM product_texts t JOIN products p ON p.id = t.rowid"
        " WHERE t.words MATCH :all AND p.deleted_at IS NULL AND p.status = 'active' ORDER BY p.id DESC LIMIT :most",
        all=" AND ".join(f'"{word}"' for word in words),
        most=most,
    )
    return [int(row["id"]) for row in found]
