"""Marking completed orders as sent, and taking that back: a flag with a word for the shopper, and no state of the saga.

A mark is told by ORDER_SENT, whose email goes the way of every other one; taking it back is told by ORDER_UNSENT, which
writes none. What the flag says is on the order's row, so that no event carries somebody's words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webapp import clock, live, outbox
from webapp.db import Row, among, execute, fetch, locked, rows
from webapp.events import OrderSent, OrderUnsent
from webapp.orders import decide
from webapp.outbox import Cause, Fact

LONGEST_NOTE = 300


def mark(market_id: int, order_ids: Sequence[int], note: str, by: str, cause: Cause) -> dict[int, str]:
    """Mark orders of a market as sent, and let their shoppers be told. `note` is for them: the carrier, what to track it by.
    Returns for each order why it was not marked, as a sentence; an empty one where it was."""
    marked, refused = _decided(market_id, order_ids, decide.why_not_sent)
    now = clock.now()
    told = _write(marked, now, sent=True, note=note, by=by)
    ids = outbox.emit([Fact(OrderSent(**_whose(row)), row["updated_at"], cause) for row in told])
    outbox.ask(outbox.NOTIFICATIONS, "notify", ids, now)
    return refused


def take_back(market_id: int, order_ids: Sequence[int], cause: Cause) -> dict[int, str]:
    """Take the mark off orders that were not sent after all; nobody is written to. Returns what :func:`mark` does."""
    unmarked, refused = _decided(market_id, order_ids, decide.why_not_unsent)
    told = _write(unmarked, clock.now(), sent=False)
    outbox.emit([Fact(OrderUnsent(**_whose(row)), row["updated_at"], cause) for row in told])
    return refused


def _decided(
    market_id: int, order_ids: Sequence[int], why_not: Callable[[str, bool], str]
) -> tuple[list[Row], dict[int, str]]:
    found = fetch(
        "SELECT id, market_id, status, version, sent_at, updated_at FROM orders WHERE market_id = :market_id"
        f" AND {among('id', 'asked')} ORDER BY id {locked()}",
        market_id=market_id,
        asked=order_ids,
    )
    refused = dict.fromkeys(order_ids, "There is no such order in this market.")
    refused |= {row["id"]: why_not(row["status"], row["sent_at"] is not None) for row in found}
    return [row for row in found if not refused[row["id"]]], refused


def _write(orders: Sequence[Row], now: int, sent: bool, note: str = "", by: str | None = None) -> list[Row]:
    after: list[Row] = [
        {"id": row["id"], "market_id": row["market_id"], "version": row["version"] + 1, "updated_at": max(now, row["updated_at"])}
        for row in orders
    ]  # fmt: skip
    if after:
        execute(
            f"UPDATE orders SET version = v.version, updated_at = v.updated_at, sent_at = {'v.updated_at' if sent else 'NULL'},"
            f" sent_by = :by, sent_note = :note FROM {rows('v', id='bigint', version='bigint', updated_at='bigint')} WHERE orders.id = v.id",
            v=after,
            by=by,
            note=note or None,
        )
        live.announce("order", [row["id"] for row in after])
    return after


def _whose(row: Row) -> dict[str, int]:
    return {"market_id": row["market_id"], "order_id": row["id"], "sequence": row["version"]}
