"""What of orders moves by itself: their status, for the API. Pages have topics of their own in the rooms that draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.clock import rfc3339
from webapp.db import among, fetch
from webapp.errors import NotFound
from webapp.live import LiveState, Topic
from webapp.orders.models import PENDING


def versions(order_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """How new these orders are: a move raises the version, and a wish to cancel only the time."""
    found = fetch(
        f"SELECT id, version, updated_at FROM orders WHERE {among('id', 'asked')}",
        asked=order_ids,
    )
    return {row["id"]: (row["version"], row["updated_at"]) for row in found}


def status(order_id: int) -> LiveState:
    """The order's status as the API streams it. Raises NotFound."""
    found = fetch("SELECT id, status, version, updated_at FROM orders WHERE id = :id", id=order_id)
    if not found:
        raise NotFound("there is no such order")
    row = found[0]
    said = {"id": row["id"], "status": row["status"], "version": row["version"], "at": rfc3339(row["updated_at"])}
    return LiveState(said, final=row["status"] not in PENDING)


STATUS = Topic(kind="order-status", about="order", versions=versions, render=status, event="status")
