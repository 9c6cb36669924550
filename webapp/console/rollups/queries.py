"""Reads of the sums: of one market, over a range of days."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import Row, among, fetch
from webapp.products.queries import picture_sql


def days(market_id: int, first: int, last: int) -> list[Row]:
    """All that was counted on these days (both included): day, measure, reason, times, amount_minor."""
    return fetch(
        "SELECT day, measure, reason, times, amount_minor FROM rollup_days"
        " WHERE market_id = :market_id AND day >= :first AND day <= :last ORDER BY day",
        market_id=market_id, first=first, last=last,
    )  # fmt: skip


def steps(market_id: int, first: int, last: int) -> dict[str, dict[int, int]]:
    """How many orders took how long in each step on these days: counts by bucket, by step."""
    found = fetch(
        "SELECT step, bucket, CAST(sum(times) AS bigint) AS times FROM rollup_steps"
        " WHERE market_id = :market_id AND day >= :first AND day <= :last GROUP BY step, bucket",
        market_id=market_id, first=first, last=last,
    )  # fmt: skip
    by_step: dict[str, dict[int, int]] = {}
    for row in found:
        by_step.setdefault(row["step"], {})[row["bucket"]] = row["times"]
    return by_step


def top_products(market_id: int, first: int, last: int, most: int = 5) -> list[Row]:
    """The products that brought most on these days, with their units, sums, names and pictures as they are now."""
    return fetch(
        f"SELECT s.product_id, s.units, s.amount_minor, p.name, {picture_sql()} AS picture, p.deleted_at FROM (SELECT product_id,"
        " CAST(sum(units) AS bigint) AS units, CAST(sum(amount_minor) AS bigint) AS amount_minor FROM rollup_products"
        " WHERE market_id = :market_id AND day >= :first AND day <= :last GROUP BY product_id"
        " ORDER BY 3 DESC, product_id LIMIT :most) s JOIN products p ON p.id = s.product_id AND p.market_id = :market_id"
        " ORDER BY s.amount_minor DESC, s.product_id",
        market_id=market_id, first=first, last=last, most=most,
    )  # fmt: skip


def units_sold(product_ids: Sequence[int], first: int, last: int) -> dict[int, int]:
    """Units of each of the products (of those that the caller may see) that were sold on these days; 0 is left out."""
    found = fetch(
        "SELECT product_id, CAST(sum(units) AS bigint) AS units FROM rollup_products WHERE day >= :first AND day <= :last"
        f" AND {among('product_id', 'asked')} GROUP BY product_id",
        first=first,
        last=last,
        asked=product_ids,
    )
    return {row["product_id"]: row["units"] for row in found}


def counted_until() -> int | None:
    """How far the log is counted (microseconds UTC), or None before the first time."""
    found = fetch("SELECT at FROM rollup_marks WHERE source = 'facts'")
    return int(found[0]["at"]) if found else None
