"""Categories are paths in text, "Table / Bowls": what is written so on a product is the tree. A category is there as long as
a product is in it, and nothing has to be kept in step with anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.db import fetch

BETWEEN = " / "
MOST = 1_000
"""Categories of a market that are listed."""

_SEPARATOR = re.compile(r"\s+/\s+|\s*>\s*")


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with those below it: its whole `path`, its own `name`, how deep it lies (0 at the top), and how many products
    are in it and below it; one that has products only below it is there as well."""

    path: str
    name: str
    depth: int
    own: int
    all: int


def path(text: str) -> str:
    """A category as it is kept: the parts between slashes that stand free, or between the arrows of other shops' files."""
    return BETWEEN.join(part for part in (part.strip() for part in _SEPARATOR.split(text.strip(" />"))) if part)


def address(category: str) -> str:
    """A category as it stands in an address: "Table / Bowls & plates" becomes "table/bowls-plates". Letters of any script stay."""
    parts = unicodedata.normalize("NFC", category).casefold().split(BETWEEN)
    return "/".join(re.sub(r"[\W_]+", "-", part).strip("-") or "-" for part in parts)


def above(category: str) -> list[str]:
    """A category with those that it lies in, from the top down: "Table / Bowls" lies in "Table"."""
    parts = category.split(BETWEEN)
    return [BETWEEN.join(parts[: depth + 1]) for depth in range(len(parts))] if category else []


def is_within(category: str, above: str) -> bool:
    """Whether a category is another one or lies below it."""
    return category == above or category.startswith(above + BETWEEN)


def moved(category: str, was: str, becomes: str) -> str:
    """A category after another one, which it is or lies below, got another path; "" takes that level away."""
    rest = category[len(was) :].removeprefix(BETWEEN)
    return BETWEEN.join(part for part in (becomes, rest) if part)


def names(market_id: int) -> list[str]:
    """The categories of a market's products, in order: found by leaps through an index, whose number is that of the
    categories and not of the products."""
    there = "FROM products WHERE market_id = :market_id AND deleted_at IS NULL AND category >"
    found = fetch(
        f"WITH RECURSIVE leaps(category) AS (SELECT min(category) {there} '' UNION ALL"
        f" SELECT (SELECT min(category) {there} leaps.category) FROM leaps WHERE leaps.category IS NOT NULL)"
        f" SELECT category FROM leaps WHERE category IS NOT NULL LIMIT {MOST}",
        market_id=market_id,
    )
    return sorted((row["category"] for row in found), key=_in_order)


def counts(market_id: int) -> dict[str, int]:
    """How many products are in each category; "" is of no category."""
    found = fetch(
        "SELECT category, count(*) AS products FROM products WHERE market_id = :market_id AND deleted_at IS NULL GROUP BY category",
        market_id=market_id,
    )
    return {row["category"]: row["products"] for row in found}


def tree(counts: dict[str, int]) -> list[Branch]:
    """The categories as a tree, each followed by what is below it."""
    paths: dict[str, None] = {}
    for category in counts:
        paths.update(dict.fromkeys(above(category)))
    return [
        Branch(
            one, one.rsplit(BETWEEN, 1)[-1], one.count(BETWEEN), counts.get(one, 0),
            sum(many for category, many in counts.items() if is_within(category, one)),
        )
        for one in sorted(paths, key=_in_order)
    ]  # fmt: skip


def within(names: Sequence[str], above: str) -> list[str]:
    """Those of the categories that are the one above or lie below it."""
    return [name for name in names if is_within(name, above)]


def _in_order(category: str) -> list[str]:
    return category.casefold().split(BETWEEN)
