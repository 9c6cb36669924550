"""Orders that somebody placed before they had an account, or while they were logged out, become their account's: once it is
confirmed that the address is theirs, and not before."""

from __future__ import annotations

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.db import fetch, locked

_THEIRS = (
    "SELECT o.id FROM people p CROSS JOIN markets m JOIN orders o ON o.market_id = m.id AND o.email = p.email"
    " WHERE p.id = :person_id AND p.confirmed_at IS NOT NULL AND p.deactivated_at IS NULL AND o.shopper_id IS NULL"
)


def waiting(person_id: int) -> bool:
    """Whether there are orders with a person's confirmed address that belong to nobody yet."""
    return bool(fetch(f"{_THEIRS} LIMIT 1", person_id=person_id))


def adopt(person_id: int, actor: Actor) -> int:
    """Give a person the orders that were placed with their confirmed address by nobody in particular; returns how many."""
    found = fetch(
        f"SELECT id FROM orders WHERE shopper_id IS NULL AND id IN ({_THEIRS}) ORDER BY id {locked()}",
        person_id=person_id,
    )
    if not found:
        return 0
    adopted = fetch(
        f"UPDATE orders SET shopper_id = :person_id WHERE shopper_id IS NULL AND id IN ({_THEIRS}) RETURNING id, market_id",
        person_id=person_id,
    )
    became = [
        audit.Change(
            "order.adopt", "order", row["id"], {"shopper_id": None}, {"shopper_id": person_id}, row["market_id"]
        )
        for row in sorted(adopted, key=lambda one: int(one["id"]))
    ]
    audit.record_all(became, actor=actor)
    return len(adopted)
