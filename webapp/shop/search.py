"""Search that forgives typos: the database's index gives what may be meant, at most two hundred, and likeness orders it. One
interface with two indexes behind it; both change in the transaction that changes a product."""

from __future__ import annotations

from types import ModuleType

from webapp.db import Row, begins, fetch, like, on_sqlite
from webapp.shop import likeness, search_postgresql, search_sqlite
from webapp.shop.likeness import Ranking
from webapp.shop.queries import for_sale

MOST = 200
"""Things that one search is about at most."""

MOST_WORDS = 8

SUGGESTED = 8

TOLD = 0
"""The score of what is not called so and says so of itself: below all that is called so."""


def find(sought: str) -> Ranking:
    """What may be meant by a search, of all markets, best first; behind what is called so stands what only says so of itself."""
    called = _by_name(sought)
    if len(called.scores) < MOST and likeness.words_of(sought):
        told = _index().told_of(sought, MOST)
        called.scores = {**dict.fromkeys(told[: MOST - len(called.scores)], TOLD), **called.scores}
    return called


def suggestions(sought: str) -> list[str]:
    """Names of things that may be meant, best first, each once."""
    best = list(_by_name(sought).scores)[: SUGGESTED * 2]
    names = {row["id"]: row["name"] for row in for_sale(best).values()}
    return list(dict.fromkeys(names[id] for id in best if id in names))[:SUGGESTED]


def _by_name(sought: str) -> Ranking:
    words = list(dict.fromkeys(likeness.words_of(sought)))[:MOST_WORDS]
    if not words:
        # Signs only: they are taken for what they are.
        return Ranking({row["id"]: 1000 for row in _called(like(sought.strip()))} if sought.strip() else {})
    long = [word for word in words if len(word) > 2]
    if not long:
        return likeness.rank(words, _called(*(begins(word) for word in words)))
    raw = [word for word in sought.lower().split() if len(word) > 2]
    return likeness.rank(words, _index().candidates(sought, likeness.trigrams_of([*long, *raw]), MOST))


def _index() -> ModuleType:
    return search_sqlite if on_sqlite() else search_postgresql


def _called(*patterns: str) -> list[Row]:
    # Two letters make no trigram: names, makers or categories with a word that begins so.
    said = " OR ".join(
        f"lower({column}) LIKE :p{n} ESCAPE '\\' OR lower({column}) LIKE :s{n} ESCAPE '\\'"
        for n in range(len(patterns))
        for column in ("name", "maker", "category")
    )
    return fetch(
        "SELECT id, name, maker, category FROM products WHERE deleted_at IS NULL AND status = 'active'"
        f" AND ({said}) ORDER BY id DESC LIMIT {MOST}",
        **{f"p{n}": pattern for n, pattern in enumerate(patterns)},
        **{f"s{n}": f"% {pattern}" for n, pattern in enumerate(patterns)},
    )
