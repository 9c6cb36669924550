"""The proof that ledger and figures agree, and the repair where they do not."""

from __future__ import annotations

from webapp import clock
from webapp.db import Row, fetch, locked
from webapp.errors import Conflict
from webapp.inventory.reservations import write_movements

MOST_SHOWN = 100


def differences(market_id: int) -> list[Row]:
    """Inventories of the market whose figures are not what ledger and reservations add up to, at most 100: id, sku, name,
    on_hand, ledger, reserved, held."""
    return fetch(
        "SELECT p.id, p.sku, p.name, i.on_hand, i.reserved, coalesce(l.units, 0) AS ledger, coalesce(h.units, 0) AS held"
        " FROM inventories i JOIN products p ON p.id = i.product_id"
        " LEFT JOIN (SELECT product_id, CAST(sum(delta) AS bigint) AS units FROM stock_movements WHERE market_id = :market_id"
        " GROUP BY product_id) l ON l.product_id = i.product_id"
        " LEFT JOIN (SELECT product_id, CAST(sum(quantity) AS bigint) AS units FROM reservations WHERE market_id = :market_id"
        " AND state = 'HELD' GROUP BY product_id) h ON h.product_id = i.product_id"
        " WHERE i.market_id = :market_id AND (i.on_hand <> coalesce(l.units, 0) OR i.reserved <> coalesce(h.units, 0))"
        f" ORDER BY p.id LIMIT {MOST_SHOWN}",
        market_id=market_id,
    )


def totals(market_id: int) -> Row:
    """What the proof is about: inventories, their units on hand and reserved, and the ledger's entries and their sum."""
    [row] = fetch(
        "SELECT count(*) AS inventories, CAST(coalesce(sum(on_hand), 0) AS bigint) AS on_hand, CAST(coalesce(sum(reserved), 0) AS bigint)"
        " AS reserved, (SELECT count(*) FROM stock_movements WHERE market_id = :market_id) AS entries,"
        " (SELECT CAST(coalesce(sum(delta), 0) AS bigint) FROM stock_movements WHERE market_id = :market_id) AS ledger"
        " FROM inventories WHERE market_id = :market_id",
        market_id=market_id,
    )
    return row


def repair(market_id: int, product_id: int, actor: str) -> tuple[int, int]:
    """Write the correction that brings a product's ledger to its figure; returns what the ledger said and what it says now.
    The figure is what orders were promised against, so that it stays. Raises Conflict where there is nothing to correct."""
    found = fetch(
        f"SELECT on_hand, updated_at FROM inventories WHERE product_id = :id AND market_id = :market_id {locked()}",
        id=product_id,
        market_id=market_id,
    )
    [ledger] = fetch(
        "SELECT CAST(coalesce(sum(delta), 0) AS bigint) AS units FROM stock_movements WHERE product_id = :id AND market_id = :market_id",
        id=product_id,
        market_id=market_id,
    )
    if not found or found[0]["on_hand"] == ledger["units"]:
        raise Conflict("ledger and figure of this product agree", kind="nothing-to-correct")
    on_hand, said = found[0]["on_hand"], ledger["units"]
    write_movements(
        [
            {"product_id": product_id, "market_id": market_id, "kind": "correction", "delta": on_hand - said, "before": said, "after": on_hand,
             "actor": actor, "note": f"the ledger added up to {said:,}, the figure was {on_hand:,}",
             "at": max(clock.now(), found[0]["updated_at"])}
        ]
    )  # fmt: skip
    return said, on_hand
