"""Reads for the console's orders: the list, its counts, and what one order's page needs beyond the rooms' own reads."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence

from webapp import clock
from webapp.console.paging import Window, like
from webapp.db import Row, fetch, rows
from webapp.errors import NotFound
from webapp.events import INVENTORY, ORDERS
from webapp.orders.models import PENDING, TO_SEND
from webapp.web.counting import few

LATE = clock.seconds(60)
"""How long an order may stand still while it is under way, before somebody should look (microseconds)."""

_PENDING = ", ".join(f"'{status}'" for status in sorted(PENDING))
_ATTENTION = (
    f"o.id IN (SELECT id FROM orders WHERE market_id = :market_id AND status IN ({_PENDING}) AND updated_at < :late"
    " UNION SELECT order_id FROM emails WHERE market_id = :market_id AND state = 'BOUNCED' AND order_id IS NOT NULL"
    " UNION SELECT order_id FROM refunds WHERE market_id = :market_id AND state = 'FAILED')"
)
"""Each of the three has an index of just its rows; joined by OR, the database would look at every order instead."""
_VIEWS = {
    "progress": f"o.status IN ({_PENDING})",
    "attention": _ATTENTION,
    "send": TO_SEND,
    "completed": "o.status IN ('COMPLETED', 'REFUNDED')",
    "rejected": "o.status IN ('INVENTORY_REJECTED', 'PAYMENT_REJECTED')",
}


NEWEST = 10_000
"""Orders, the newest, among whose names and emails a text is looked for that is too short for an index: the newest are meant, and all
would have to be read."""

_TRIGRAM = re.compile(r"\w{3}")


def orders(market_id: int, window: Window, now: int, view: str = "all", sought: str = "") -> list[Row]:
    """Orders of a market, newest first, each with its pieces, its payment and its last email."""
    late = {"late": now - LATE} if view == "attention" else {}
    shown = (f" AND {_VIEWS[view]}" if view in _VIEWS else "") + window.where
    searched, given = _search(sought, shown + window.order)
    return fetch(
        "SELECT o.id, o.number, o.name, o.email, o.status, o.total_minor, o.refunded_minor, o.currency, o.placed_at, o.updated_at,"
        " o.cancel_asked_by, p.state AS payment, s.state AS stock,"
        " (SELECT CAST(sum(i.quantity) AS bigint) FROM order_items i WHERE i.order_id = o.id) AS pieces,"
        " (SELECT e.state FROM emails e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1) AS told,"
        " (SELECT count(*) FROM refunds r WHERE r.order_id = o.id AND r.state = 'FAILED') AS failed_refunds"
        " FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN order_stock s ON s.order_id = o.id"
        " WHERE o.market_id = :market_id"
        + shown + searched + window.order,
        market_id=market_id, **late, **given, **window.parameters,
    )  # fmt: skip


def order_counts(market_id: int, now: int) -> dict[str, int]:
    """How many orders each view of the list has; one above `counting.MOST_COUNTED` stands for all that are more."""
    there = "FROM orders o WHERE o.market_id = :market_id"
    counts = [f"{few(there)} AS all_", *(f"{few(f'{there} AND {of}')} AS {view}_" for view, of in _VIEWS.items())]
    [found] = fetch(f"SELECT {', '.join(counts)}", market_id=market_id, late=now - LATE)
    return {view: found[f"{view}_"] for view in ("all", *_VIEWS)}


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
        f" FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE o.id IN (SELECT id FROM {rows('asked', id='bigint')})",
        asked=[{"id": order_id} for order_id in order_ids],
    )
    return {row["id"]: tuple(str(value) for value in row.values()) for row in found}


def _search(sought: str, rest: str) -> tuple[str, dict[str, object]]:
    """What somebody types to find an order: its number, or an email, a name, a SKU, a payment's reference.

    `rest` is the SQL of the page that is shown, from its conditions to its limit. Each way to find an order is asked for that page
    alone, through an index of its own, and the page is made of what they found: asked at once, with OR, they would cost a look at every
    order of the market.
    """
    if not sought:
        return "", {}
    digits = sought.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return " AND o.number = :number", {"number": int(digits)}
    # A text without three letters in a row is in no index.
    among = (
        "orders"
        if _TRIGRAM.search(sought)
        else f"(SELECT * FROM orders WHERE market_id = :market_id ORDER BY id DESC LIMIT {NEWEST})"
    )
    ways = (
        f"{among} o WHERE o.market_id = :market_id AND (lower(o.email) LIKE :like ESCAPE '\\' OR lower(o.name) LIKE :like ESCAPE '\\')",
        "payments p JOIN orders o ON o.id = p.order_id WHERE p.market_id = :market_id AND p.provider_id = :exact",
        "order_items i JOIN orders o ON o.id = i.order_id WHERE i.market_id = :market_id AND lower(i.sku) = lower(:exact)",
    )
    found = " UNION ".join(f"SELECT id FROM (SELECT o.id FROM {way}{rest}) AS w{n}" for n, way in enumerate(ways))
    return f" AND o.id IN ({found})", {"like": like(sought), "exact": sought}
