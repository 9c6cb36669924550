"""Reads for the console's page of one order, beyond the rooms' own reads."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from webapp.db import Row, among, fetch
from webapp.errors import NotFound
from webapp.events import INVENTORY, ORDERS


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
        "SELECT coalesce(sum(i.duplicates), 0) AS duplicates FROM events e JOIN inbox i ON i.event_id = e.id"
        # The consumers are said, because the inbox is found by them first.
        f" AND i.consumer IN ('{INVENTORY}', '{ORDERS}') WHERE e.order_id = :id",
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
        f" FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE {among('o.id', 'asked')}",
        asked=order_ids,
    )
    return {row["id"]: tuple(str(value) for value in row.values()) for row in found}
