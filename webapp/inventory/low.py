"""Low stock: an inventory knows since when it is low, and every crossing of its threshold raises one alert.

The crossing is counted by the very statement that moves the figures, under the row's lock, so that none is missed and none
counted twice. The alert is raised afterwards by a timer, from `crossings > alerted`: it too happens once, in the
transaction that sets `alerted`.
"""

from __future__ import annotations

from webapp.accounts import letters, members
from webapp.accounts.models import OWNER
from webapp.db import Row, among, execute, fetch, insert, locked, rows

MOST = 500
"""Inventories that one look takes."""


def watched(on_hand: str, reserved: str, threshold: str = "inventories.low_stock_threshold") -> str:
    """The assignments with which an UPDATE of inventories keeps `low_since` and `crossings`; the three are SQL for the
    figures after it, and `:now` is the time."""
    low = f"{on_hand} - ({reserved}) <= {threshold}"
    return (
        f"low_since = CASE WHEN {low} THEN coalesce(inventories.low_since, :now) END,"
        f" crossings = inventories.crossings + CASE WHEN inventories.low_since IS NULL AND {low} THEN 1 ELSE 0 END"
    )


def raise_alerts(now: int) -> int:
    """Raise one alert for each inventory that has crossed its threshold since the last look, and write to the owners of its
    market, one letter for all of them; returns how many alerts. What is paused, off the shelf or full again raises an
    alert, too, but nobody is written to about it."""
    crossed = fetch(
        "SELECT product_id, market_id, on_hand - reserved AS available, low_stock_threshold AS threshold, crossings, low_since, active"
        f" FROM inventories WHERE crossings > alerted ORDER BY product_id LIMIT :most {locked()}",
        most=MOST,
    )
    if not crossed:
        return 0
    execute(
        f"UPDATE inventories SET alerted = v.crossings FROM {rows('v', product_id='bigint', crossings='bigint')}"
        " WHERE inventories.product_id = v.product_id",
        v=[{"product_id": row["product_id"], "crossings": row["crossings"]} for row in crossed],
    )
    on_shelf = _on_shelf([row["product_id"] for row in crossed])
    worth_telling = [
        row for row in crossed if row["low_since"] is not None and row["active"] and row["product_id"] in on_shelf
    ]
    told = {row["product_id"] for row in worth_telling}
    insert(
        "stock_alerts",
        [
            {"product_id": row["product_id"], "crossing": row["crossings"], "market_id": row["market_id"], "available": row["available"],
             "threshold": row["threshold"], "at": row["low_since"] or now, "told_at": now if row["product_id"] in told else None}
            for row in crossed
        ],
        product_id="bigint", crossing="bigint", market_id="bigint", available="bigint", threshold="bigint", at="bigint", told_at="bigint",
    )  # fmt: skip
    for market_id in sorted({row["market_id"] for row in worth_telling}):
        for person in members.members(market_id):
            if person["role"] == OWNER and person["ended_at"] is None:
                letters.ask(letters.LOW_STOCK, person["email"], person_id=person["id"], market_id=market_id, about=now)
    return len(crossed)


def told_in(market_id: int, told_at: int) -> list[Row]:
    """The alerts that one look told a market's owners of, the scarcest first: name, sku, available, threshold."""
    return fetch(
        "SELECT a.product_id, p.name, p.sku, a.available, a.threshold FROM stock_alerts a JOIN products p ON p.id = a.product_id"
        " WHERE a.market_id = :market_id AND a.told_at = :told_at ORDER BY a.available, p.name, a.product_id",
        market_id=market_id, told_at=told_at,
    )  # fmt: skip


def _on_shelf(product_ids: list[int]) -> set[int]:
    found = fetch(
        f"SELECT id FROM products WHERE status = 'active' AND deleted_at IS NULL AND {among('id', 'asked')}",
        asked=product_ids,
    )
    return {row["id"] for row in found}
