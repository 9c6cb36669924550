"""Reads for the console's orders: the list, its counts, and what one order's page needs beyond the rooms' own reads."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from webapp import clock
from webapp.console.paging import Window, like
from webapp.db import Row, fetch, rows
from webapp.errors import NotFound
from webapp.orders.models import PENDING, TO_SEND

LATE = clock.seconds(60)
"""How long an order may stand still while it is under way, before somebody should look (microseconds)."""

_PENDING = ", ".join(f"'{status}'" for status in sorted(PENDING))
_ATTENTION = (
    f"((o.status IN ({_PENDING}) AND o.updated_at < :late)"
    " OR o.id IN (SELECT order_id FROM emails WHERE market_id = :market_id AND state = 'BOUNCED' AND order_id IS NOT NULL)"
    " OR o.id IN (SELECT order_id FROM refunds WHERE market_id = :market_id AND state = 'FAILED'))"
)
_VIEWS = {
    "progress": f"o.status IN ({_PENDING})",
    "attention": _ATTENTION,
    "send": TO_SEND,
    "completed": "o.status IN ('COMPLETED', 'REFUNDED')",
    "rejected": "o.status IN ('INVENTORY_REJECTED', 'PAYMENT_REJECTED')",
}


def orders(market_id: int, window: Window, now: int, view: str = "all", sought: str = "") -> list[Row]:
    """Orders of a market, newest first, each with its pieces, its payment and its last email."""
    condition, given = _search(sought)
    late = {"late": now - LATE} if view == "attention" else {}
    return fetch(
        "SELECT o.id, o.number, o.name, o.email, o.status, o.total_minor, o.refunded_minor, o.currency, o.placed_at, o.updated_at,"
        " o.cancel_asked_by, p.state AS payment, s.state AS stock,"
        " (SELECT CAST(sum(i.quantity) AS bigint) FROM order_items i WHERE i.order_id = o.id) AS pieces,"
        " (SELECT e.state FROM emails e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1) AS told,"
        " (SELECT count(*) FROM refunds r WHERE r.order_id = o.id AND r.state = 'FAILED') AS failed_refunds"
        " FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN order_stock s ON s.order_id = o.id"
        " WHERE o.market_id = :market_id"
        + (f" AND {_VIEWS[view]}" if view in _VIEWS else "")
        + condition + window.where + window.order,
        market_id=market_id, **late, **given, **window.parameters,
    )  # fmt: skip


def order_counts(market_id: int, now: int) -> dict[str, int]:
    """How many orders each view of the list has."""
    found = fetch(
        "SELECT status, count(*) AS orders FROM orders WHERE market_id = :market_id GROUP BY status",
        market_id=market_id,
    )
    by_status = {row["status"]: row["orders"] for row in found}
    [attention] = fetch(
        f"SELECT count(*) AS orders FROM orders o WHERE o.market_id = :market_id AND {_ATTENTION}",
        market_id=market_id,
        late=now - LATE,
    )
    [send] = fetch(
        f"SELECT count(*) AS orders FROM orders WHERE market_id = :market_id AND {TO_SEND}", market_id=market_id
    )
    return {
        "send": send["orders"],
        "all": sum(by_status.values()),
        "progress": sum(by_status.get(status, 0) for status in PENDING),
        "attention": attention["orders"],
        "completed": by_status.get("COMPLETED", 0) + by_status.get("REFUNDED", 0),
        "rejected": by_status.get("INVENTORY_REJECTED", 0) + by_status.get("PAYMENT_REJECTED", 0),
    }


def order(order_id: int) -> Row:
    """One order, with the standing of its customer in the market. Raises NotFound. The caller has authorised."""
    found = fetch(
        "SELECT o.*, (SELECT count(*) FROM orders c WHERE c.market_id = o.market_id AND c.email = o.email AND c.id <= o.id) AS nth,"
        " (SELECT CAST(coalesce(sum(c.total_minor - c.refunded_minor), 0) AS bigint) FROM orders c WHERE c.market_id = o.market_id AND c.email = o.email"
        " AND c.status = 'COMPLETED') AS spent_minor, r.number AS replaces_number,"
        " (SELECT s.name FROM people s WHERE s.email = o.sent_by) AS sender FROM orders o LEFT JOIN orders r ON r.id = o.replaces_id AND r.market_id = o.market_id WHERE o.id = :id",
        id=order_id,
    )
    if not found:
        raise NotFound("there is no such order")
    return found[0]


def owned(market_id: int, order_id: int) -> int:
    """The id of an order of the market. Raises NotFound for all others."""
    found = fetch("SELECT id FROM orders WHERE id = :id AND market_id = :market_id", id=order_id, market_id=market_id)
    if not found:
        raise NotFound("there is no such order in this market")
    return order_id


def items(order_id: int) -> list[Row]:
    """An order's lines as they were ordered, with the picture that the product has now; `there` says whether the product can still be opened."""
    return fetch(
        "SELECT i.position, i.product_id, i.sku, i.name,"
        " CASE WHEN p.image IS NULL THEN i.picture ELSE 'media/' || p.image END AS picture, i.unit_minor, i.quantity,"
        " CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS there FROM order_items i"
        " LEFT JOIN products p ON p.id = i.product_id AND p.deleted_at IS NULL WHERE i.order_id = :id ORDER BY i.position",
        id=order_id,
    )


def deeds(order_id: int) -> list[Row]:
    """What people and programs did about an order and its emails, oldest first, with their names."""
    return fetch(
        "SELECT a.at, a.action, a.actor, a.token_id, a.after, p.name FROM audit a LEFT JOIN people p ON p.id = a.person_id"
        " WHERE a.object_type = 'order' AND a.object_id = :id ORDER BY a.id",
        id=order_id,
    )


def absorbed(order_id: int) -> int:
    """How many messages about an order came a second time and were recognised."""
    [row] = fetch(
        "SELECT coalesce(sum(i.duplicates), 0) AS duplicates FROM events e JOIN inbox i ON i.event_id = e.id WHERE e.order_id = :id",
        id=order_id,
    )
    return int(row["duplicates"])


def versions(order_ids: Sequence[int]) -> Mapping[int, Hashable]:
    """How new the pages of these orders are: it differs whenever order, payment, refunds, emails or deeds do."""
    found = fetch(
        "SELECT o.id, o.version, o.updated_at, p.updated_at AS paid_at, p.sequence,"
        " (SELECT count(*) * 1000 + count(ended_at) FROM payment_attempts t WHERE t.order_id = o.id) AS attempts,"
        " (SELECT sum(r.id * 10 + CASE r.state WHEN 'PENDING' THEN 1 WHEN 'DONE' THEN 2 ELSE 3 END) FROM refunds r WHERE r.order_id = o.id)"
        " AS refunds, (SELECT sum(e.id * 1000 + e.tries * 10 + CASE e.state WHEN 'QUEUED' THEN 1 WHEN 'SENDING' THEN 2 WHEN 'SENT' THEN 3"
        " ELSE 4 END) FROM emails e WHERE e.order_id = o.id) AS emails, (SELECT count(*) * 1000 + coalesce(max(n.id), 0) FROM order_notes n"
        " WHERE n.order_id = o.id) AS notes, (SELECT count(*) FROM events v WHERE v.order_id = o.id) AS events"
        f" FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE o.id IN (SELECT id FROM {rows('asked', id='bigint')})",
        asked=[{"id": order_id} for order_id in order_ids],
    )
    return {row["id"]: tuple(str(value) for value in row.values()) for row in found}


def _search(sought: str) -> tuple[str, dict[str, object]]:
    """What somebody types to find an order: its number, or an email, a name, a SKU, a payment's reference."""
    if not sought:
        return "", {}
    digits = sought.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return " AND o.number = :number", {"number": int(digits)}
    return (
        " AND (lower(o.email) LIKE :like ESCAPE '\\' OR lower(o.name) LIKE :like ESCAPE '\\' OR p.provider_id = :exact"
        " OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND lower(i.sku) = lower(:exact)))",
        {"like": like(sought), "exact": sought},
    )
