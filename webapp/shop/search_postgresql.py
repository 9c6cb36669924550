"""The index of a search on PostgreSQL: trigrams (pg_trgm) for slips, and words with their endings cut off (tsvector)."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row, begins, fetch, like

TEXT = "lower(' ' || p.name || ' ' || p.maker || ' ' || p.category || ' ')"
"""What is searched, as the indexes have it: the migration must say the same."""

WHOLE = "p.name || ' ' || p.maker || ' ' || p.category || ' ' || p.description"
"""The same with all that is said of a thing."""


ENOUGH = 24
"""From so many things on that are called just so, a page full, nobody looks for what is only nearly called so."""


def candidates(sought: str, trigrams: Sequence[str], most: int) -> list[Row]:
    """What is for sale and is called what is looked for, with every word, the newest first but words that begin so before others; and,
    where that is not ENOUGH, what shares any trigram with it, nearest first. Nearness is asked of everything that shares one, which is
    most of a large shelf, and so only where nothing else was found."""
    words = sought.lower().split()
    called = " AND ".join(f"{TEXT} LIKE :word_{n}" for n in range(len(words)))
    begun = " + ".join(f"CASE WHEN {TEXT} LIKE :begin_{n} THEN 1 ELSE 0 END" for n in range(len(words)))
    there = (
        "SELECT p.id, p.name, p.maker, p.category FROM products p WHERE p.deleted_at IS NULL AND p.status = 'active'"
    )
    return fetch(
        f"WITH called AS MATERIALIZED ({there} AND ({called} OR to_tsvector('english', {TEXT}) @@ websearch_to_tsquery('english', :sought))"
        f" ORDER BY {begun} DESC, p.id DESC LIMIT :most) SELECT * FROM called UNION (SELECT * FROM ({there}"
        f" AND (SELECT count(*) FROM called) < {ENOUGH} AND {TEXT} LIKE ANY (CAST(:any AS text[]))"
        f" ORDER BY word_similarity(:lower, {TEXT}) DESC, p.id DESC LIMIT :most) AS near)",
        any=[like(trigram) for trigram in trigrams],
        sought=sought, lower=sought.lower(), most=most,
        **{f"word_{n}": like(word) for n, word in enumerate(words)}, **{f"begin_{n}": f"% {begins(word)}" for n, word in enumerate(words)},
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
