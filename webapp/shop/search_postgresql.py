"""The index of a search on PostgreSQL: trigrams (pg_trgm) for slips, and words with their endings cut off (tsvector)."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row, fetch

TEXT = "lower(' ' || p.name || ' ' || p.maker || ' ' || p.category || ' ')"
"""What is searched, as the indexes have it: the migration must say the same."""


def candidates(sought: str, trigrams: Sequence[str], most: int) -> list[Row]:
    """What is for sale and shares any trigram with the search, or means its words, nearest first."""
    return fetch(
        f"SELECT p.id, p.name, p.maker, p.category FROM products p WHERE p.deleted_at IS NULL AND p.status = 'active'"
        f" AND ({TEXT} LIKE ANY (CAST(:any AS text[])) OR to_tsvector('english', {TEXT}) @@ websearch_to_tsquery('english', :sought))"
        f" ORDER BY word_similarity(:lower, {TEXT}) DESC, p.id DESC LIMIT :most",
        any="{" + ",".join('"%' + _escaped(trigram) + '%"' for trigram in trigrams) + "}",
        sought=sought, lower=sought.lower(), most=most,
    )  # fmt: skip


def _escaped(trigram: str) -> str:
    # Once for LIKE, and once more for the text of an array.
    for sign in ("\\", "%", "_"):
        trigram = trigram.replace(sign, f"\\{sign}")
    return trigram.replace("\\", "\\\\").replace('"', '\\"')
