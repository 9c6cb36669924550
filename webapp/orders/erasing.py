"""A shopper's orders without the shopper: what they bought stays in the market's books, who they were does not."""

from __future__ import annotations

from webapp.db import among, execute, fetch, locked
from webapp.errors import Conflict
from webapp.orders.models import PENDING

ERASED = "erased"


def erase_shopper(person_id: int, email: str) -> list[int]:
    """Take email, name and address off a person's orders, also off those that they placed with the address of their account
    while they were logged out; numbers, lines and sums stay. Returns the orders' ids. Raises Conflict while one of them is
    under way: its outcome could not be told to anybody."""
    found = fetch(
        f"SELECT id, number, status FROM orders WHERE shopper_id = :person_id OR (shopper_id IS NULL AND email = :email) ORDER BY id {locked()}",
        person_id=person_id,
        email=email,
    )
    pending = [row["number"] for row in found if row["status"] in PENDING]
    if pending:
        named = f"order {pending[0]} is" if len(pending) == 1 else f"{len(pending)} orders are"
        raise Conflict(f"{named} still under way: wait until it is decided, or cancel it")
    erased = [row["id"] for row in found]
    if erased:
        execute(
            "UPDATE orders SET shopper_id = NULL, email = '', name = '', delivery = NULL, sent_note = NULL,"
            f" cancel_asked_by = CASE WHEN cancel_asked_by = :email THEN '{ERASED}' ELSE cancel_asked_by END"
            f" WHERE {among('id', 'erased')}",
            email=email,
            erased=erased,
        )
        execute(f"DELETE FROM order_notes WHERE {among('order_id', 'erased')}", erased=erased)
    return erased
