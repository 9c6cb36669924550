"""The proof that ledger and figures agree, and the repair where they do not."""

from __future__ import annotations

from dataclasses import dataclass

from webapp import clock
from webapp.db import Row, fetch, locked
from webapp.errors import Conflict
from webapp.inventory.reservations import write_movements

PIECE = 1_000
"""Inventories that are added up at once: the ledger of a whole market may have millions of entries."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a piece of a market's ledger adds up to: how many inventories, their units on hand and reserved, the entries and their sum;
    those that do not agree (id, sku, name, on_hand, ledger, reserved, held); and the product after which the next piece begins, None at
    the end."""

    inventories: int
    on_hand: int
    reserved: int
    entries: int
    ledger: int
    differences: list[Row]
    following: int | None


def proof(market_id: int, after: int = 0) -> Proof:
    """Add up the ledgers and reservations of the PIECE of inventories that follow a product's id."""
    found = fetch(
        "WITH piece AS (SELECT product_id, on_hand, reserved FROM inventories WHERE market_id = :market_id AND product_id > :after"
        " ORDER BY product_id LIMIT :piece), entries AS (SELECT m.product_id, CAST(sum(m.delta) AS bigint) AS units, count(*) AS entries"
        " FROM piece i JOIN stock_movements m ON m.product_id = i.product_id GROUP BY m.product_id), held AS (SELECT r.product_id,"
        " CAST(sum(r.quantity) AS bigint) AS units FROM piece i JOIN reservations r ON r.product_id = i.product_id AND r.state = 'HELD'"
        " GROUP BY r.product_id) SELECT p.id, p.sku, p.name, i.on_hand, i.reserved, coalesce(l.units, 0) AS ledger,"
        " coalesce(l.entries, 0) AS entries, coalesce(h.units, 0) AS held FROM piece i JOIN products p ON p.id = i.product_id"
        " LEFT JOIN entries l ON l.product_id = i.product_id LEFT JOIN held h ON h.product_id = i.product_id ORDER BY i.product_id",
        market_id=market_id, after=after, piece=PIECE + 1,
    )  # fmt: skip
    rows = found[:PIECE]
    sums = {name: sum(row[name] for row in rows) for name in ("on_hand", "reserved", "entries", "ledger")}
    differences = [row for row in rows if row["on_hand"] != row["ledger"] or row["reserved"] != row["held"]]
    return Proof(len(rows), **sums, differences=differences, following=rows[-1]["id"] if len(found) > PIECE else None)


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
