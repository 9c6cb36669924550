"""The index of a search on PostgreSQL: trigrams (pg_trgm) for slips, and words with their endings cut off (tsvector)."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row, fetch

TEXT = "lower(' ' || p.name || ' ' || p.maker || ' ' || p.category || ' ')"
"""What is searched, as the indexes have it: the migration must say the same."""

WHOLE = "p.name || ' ' || p.maker || ' ' || p.category || ' ' || p.description"
"""The same with all that is said of a thing."""


def candidates(sought: str, trigrams: Sequence[str], most: int) -> list[Row]:
    """What is for sale and shares any trigram with the search, or means its words, nearest first."""
    return fetch(
        f"SELECT p.id, p.name, p.maker, p.category FROM products p WHERE p.deleted_at IS NULL AND p.status = 'active'"
        f" AND ({TEXT} LIKE ANY (CAST(:any AS text[])) OR to_tsvector('english', {TEXT}) @@ websearch_to_tsquery('english', :sought))"
        f" ORDER BY word_similarity(:lower, {TEXT}) DESC, p.id DESC LIMIT :most",
        any="{" + ",".join('"%' + _escaped(trigram) + '%"' for trigram in trigrams) + "}",
        sought=sought, lower=sought.lower(), most=most,
    )  # fmt: skip


def told_of(sought: str, most: int) -> list[int]:
    """What is for sale and says all words of the search somewhere, its description included, the newest first."""
    found = fetch(
        "SELECT p.id FROM products p WHERE p.deleted_at IS NULL AND p.status = 'active'"
        f" AND to_tsvector('english', {WHOLE}) @@ plainto_tsquery('english', :sought) ORDER BY p.id DESC LIMIT :most",
        sought=sought,
        most=most,
    )
    return [int(row["id"]) for row in found]


def _escaped(trigram: str) -> str:
    # Once for LIKE, and once more for the text of an array.
    for sign in ("\\", "%", "_"):
        trigram = trigram.replace(sign, f"\\{sign}")
    return trigram.replace("\\", "\\\\").replace('"', '\\"')
