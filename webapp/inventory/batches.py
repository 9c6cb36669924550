"""Many stocks moved at once, with an import as their cause: a handful of statements per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp import clock, outbox
from webapp.db import Row, among, execute, fetch, locked, rows
from webapp.events import StockAdjusted
from webapp.inventory import low
from webapp.inventory.models import LARGEST_STOCK
from webapp.inventory.reservations import write_movements
from webapp.outbox import Cause, Fact


@dataclass(frozen=True, slots=True)
class Move:
    """So many units in (or out, below zero) of one product, with an owner's reason."""

    product_id: int
    delta: int
    reason: str


def lock(market_id: int, product_ids: Sequence[int]) -> dict[int, Row]:
    """The inventories of the market's products that are made already, held for a change, by product."""
    found = fetch(
        "SELECT * FROM inventories WHERE market_id = :market_id"
        f" AND {among('product_id', 'asked')} ORDER BY product_id {locked()}",
        market_id=market_id,
        asked=product_ids,
    )
    return {row["product_id"]: row for row in found}


def refusal(before: Row, delta: int) -> str:
    """Why a stock cannot be moved so, or nothing."""
    after = before["on_hand"] + delta
    if after < before["reserved"]:
        return f"{before['reserved']:,} are set aside for orders, and this would leave {after:,}."
    if after > LARGEST_STOCK:
        return f"There can be at most {LARGEST_STOCK:,} pieces of a product."
    return ""


def move(
    before: Mapping[int, Row], moves: Sequence[Move], import_id: int | None, note: str, actor: str, cause: Cause
) -> dict[int, Row]:
    """Move stocks that :func:`lock` holds and that :func:`refusal` has nothing against, write the ledger and tell
    STOCK_ADJUSTED of each; returns the figures after, by product. Each product once; `import_id` names the import that asks.

    Raises IntegrityError when the same import moves a product twice for one reason: the second guard beside the row's step.
    """
    now = clock.now()
    after: dict[int, Row] = {
        m.product_id: {**before[m.product_id], "on_hand": before[m.product_id]["on_hand"] + m.delta,
                       "sequence": before[m.product_id]["sequence"] + 1, "updated_at": max(now, before[m.product_id]["updated_at"])}
        for m in moves
    }  # fmt: skip
    if not moves:
        return after
    columns = {"product_id": "bigint", "on_hand": "bigint", "sequence": "bigint", "updated_at": "bigint"}
    execute(
        "UPDATE inventories SET on_hand = v.on_hand, sequence = v.sequence, updated_at = v.updated_at,"
        f" {low.watched('v.on_hand', 'inventories.reserved')} FROM {rows('v', **columns)} WHERE inventories.product_id = v.product_id",
        v=[{name: row[name] for name in columns} for row in after.values()],
        now=now,
    )
    write_movements(
        [
            {"product_id": m.product_id, "market_id": after[m.product_id]["market_id"], "kind": m.reason, "delta": m.delta,
             "before": before[m.product_id]["on_hand"], "after": after[m.product_id]["on_hand"], "actor": actor, "note": note,
             "import_id": import_id, "at": after[m.product_id]["updated_at"]}
            for m in moves
        ]
    )  # fmt: skip
    outbox.emit(
        [
            Fact(
                StockAdjusted(
                    market_id=after[m.product_id]["market_id"], product_id=m.product_id, sequence=after[m.product_id]["sequence"],
                    delta=m.delta, reason=m.reason, on_hand=after[m.product_id]["on_hand"], reserved=after[m.product_id]["reserved"],
                ),
                after[m.product_id]["updated_at"], cause,
            )
            for m in moves
        ]
    )  # fmt: skip
    return after
