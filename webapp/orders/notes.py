"""Notes on orders: what people of a market write for each other about one order."""

from __future__ import annotations

from webapp import clock, live
from webapp.db import Row, execute, fetch, insert
from webapp.errors import NotFound

LONGEST = 2_000


def write(market_id: int, order_id: int, person_id: int, text: str) -> int:
    """Write a note on an order of the market, which the caller has looked up; returns its id."""
    [made] = insert(
        "order_notes",
        [{"order_id": order_id, "market_id": market_id, "person_id": person_id, "text": text, "at": clock.now()}],
        returning="id", order_id="bigint", market_id="bigint", person_id="bigint", text="text", at="bigint",
    )  # fmt: skip
    live.announce("order", [order_id])
    return int(made["id"])


def delete(market_id: int, order_id: int, note_id: int) -> None:
    """Delete a note; the caller has made sure of the right to. Raises NotFound for none of this order."""
    gone = execute(
        "DELETE FROM order_notes WHERE id = :id AND order_id = :order_id AND market_id = :market_id",
        id=note_id, order_id=order_id, market_id=market_id,
    )  # fmt: skip
    if not gone.rowcount:
        raise NotFound("there is no such note on this order")
    live.announce("order", [order_id])


def note_of(market_id: int, order_id: int, note_id: int) -> Row:
    """One note with the name and email of who wrote it. Raises NotFound for none of this order and market."""
    found = [note for note in of_order(market_id, order_id) if note["id"] == note_id]
    if not found:
        raise NotFound("there is no such note on this order")
    return found[0]


def of_order(market_id: int, order_id: int) -> list[Row]:
    """The notes on an order, oldest first, each with the name and email of who wrote it."""
    return fetch(
        "SELECT n.id, n.person_id, n.text, n.at, p.name, p.email FROM order_notes n JOIN people p ON p.id = n.person_id"
        " WHERE n.order_id = :order_id AND n.market_id = :market_id ORDER BY n.id",
        order_id=order_id,
        market_id=market_id,
    )
