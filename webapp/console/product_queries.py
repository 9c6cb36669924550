"""Reads for the page of one product: what it sold, what it cost when, and who did what to it."""

from __future__ import annotations

from dataclasses import dataclass

from webapp import clock
from webapp.db import Row, fetch, from_json

DAYS = 30
DAY = clock.seconds(86_400)
MOST_LINES = 5_000
"""Lines of orders that the sales of a product are added up from, the newest: more than that are said to be more."""

MOST_PRICES = 200


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold of a product in completed orders since an instant: `days` are its units day by day, oldest first; `more`
    says that there is more of it than was added up."""

    since: int
    orders: int
    units: int
    minor: int
    days: tuple[int, ...]
    more: bool

    @property
    def most(self) -> int:
        """The units of the best day."""
        return max(self.days)


def sales(product_id: int, now: int) -> Sales:
    """The sales of the last thirty days, in one statement that costs the same for a bestseller of years."""
    since = now - DAYS * DAY
    found = fetch(
        "SELECT CAST((o.placed_at - :since) / :day AS bigint) AS day, count(*) AS orders, CAST(sum(i.quantity) AS bigint) AS units,"
        " CAST(sum(i.quantity * i.unit_minor) AS bigint) AS minor"
        f" FROM (SELECT order_id, quantity, unit_minor FROM order_items WHERE product_id = :id ORDER BY order_id DESC LIMIT {MOST_LINES}) i"
        " JOIN orders o ON o.id = i.order_id WHERE o.status = 'COMPLETED' AND o.placed_at >= :since AND o.placed_at <= :now GROUP BY 1",
        id=product_id, since=since, now=now, day=DAY,
    )  # fmt: skip
    by_day = {min(row["day"], DAYS - 1): row["units"] for row in found}
    orders = sum(row["orders"] for row in found)
    return Sales(
        since, orders, sum(row["units"] for row in found), sum(row["minor"] for row in found),
        tuple(by_day.get(day, 0) for day in range(DAYS)), orders >= MOST_LINES,
    )  # fmt: skip


def prices(product_id: int) -> list[tuple[int, int]]:
    """When a product cost what, newest first: (microseconds UTC, minor units)."""
    told = fetch(
        "SELECT at, type, payload FROM events WHERE product_id = :id AND source = 'products' AND sequence >= 1"
        " AND type IN ('PRODUCT_CREATED', 'PRODUCT_UPDATED') ORDER BY sequence DESC LIMIT :limit",
        id=product_id,
        limit=MOST_PRICES,
    )
    known: list[tuple[int, int]] = []
    for row in told:
        payload = from_json(row["payload"])
        if row["type"] == "PRODUCT_CREATED" or "price_minor" in payload.get("changed", ()):
            known.append((row["at"], payload["price_minor"]))
    return known


def deeds(market_id: int, product_id: int, limit: int, before_id: int | None = None) -> list[Row]:
    """Who did what to a product, newest first, `limit` + 1 of them; `before` and `after` are what was different."""
    found = fetch(
        "SELECT a.id, a.at, a.action, a.actor, a.token_id, a.before, a.after, p.name AS who FROM audit a"
        " LEFT JOIN people p ON p.id = a.person_id"
        " WHERE a.object_type = 'product' AND a.object_id = :id AND a.market_id = :market_id"
        + (" AND a.id < :before_id" if before_id is not None else "")
        + " ORDER BY a.id DESC LIMIT :limit",
        id=product_id, market_id=market_id, limit=limit + 1, **({} if before_id is None else {"before_id": before_id}),
    )  # fmt: skip
    return [
        {**row, **{name: from_json(row[name]) if row[name] else {} for name in ("before", "after")}} for row in found
    ]


def old_slugs(product_id: int) -> list[str]:
    """The names that a product's address had before, newest first; each still leads to it."""
    found = fetch("SELECT slug FROM product_old_slugs WHERE product_id = :id ORDER BY at DESC, slug", id=product_id)
    return [row["slug"] for row in found]
