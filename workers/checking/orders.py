"""Invariants of orders and of the events that tell them (8, 12 to 15, 20, 21)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from webapp.clock import seconds
from webapp.db import from_json
from webapp.orders.decide import replay
from workers.checking.asking import Asking, Invariant, Row, parked, query

VERDICTS = "('ORDER_INVENTORY_REJECTED', 'ORDER_PAYMENT_REJECTED', 'ORDER_COMPLETED', 'ORDER_CANCELLED')"
PENDING = "('INVENTORY_PENDING', 'PAYMENT_PENDING')"

TOLERANCE = seconds(5)
"""How far a timestamp may be ahead of the database's clock."""

UNSENT = parked("consumer = 'relay'")
"""The events that the relay could not send."""

one_verdict = query(
    f"SELECT 'order ' || id || ': still ' || status FROM orders WHERE status IN {PENDING}",
    "SELECT 'order ' || o.id || ': ' || o.status || ' by ' || count(e.id) || ' verdicts' FROM orders o"
    f" LEFT JOIN events e ON e.order_id = o.id AND e.source = 'orders' AND e.type IN {VERDICTS}"
    f" WHERE o.status NOT IN {PENDING} GROUP BY o.id, o.status HAVING count(e.id) <> 1",
    "SELECT 'order ' || e.order_id || ': ' || e.type || ' after ORDER_COMPLETED' FROM events c JOIN events e ON e.order_id = c.order_id"
    " AND e.source = 'orders' AND e.sequence > c.sequence WHERE c.type = 'ORDER_COMPLETED' AND e.type NOT IN ('ORDER_REFUNDED', 'ORDER_SENT', 'ORDER_UNSENT')",
)

whole_orders = query(
    "SELECT 'order ' || o.id || ': total ' || o.total_minor || ', its lines add up to ' || coalesce(i.total, 0) FROM orders o LEFT JOIN"
    " (SELECT order_id, sum(CAST(unit_minor AS numeric) * quantity) AS total FROM order_items GROUP BY order_id) i"
    " ON i.order_id = o.id WHERE o.total_minor <> coalesce(i.total, 0)",
    "SELECT 'order ' || o.id || ': no first event' FROM orders o LEFT JOIN events e ON e.order_id = o.id AND e.source = 'orders'"
    " AND e.sequence = 1 AND e.type = 'ORDER_INVENTORY_PENDING' WHERE e.id IS NULL",
    "SELECT 'order ' || order_id || ': product ' || product_id || ' on ' || count(*) || ' lines' FROM order_items"
    " GROUP BY order_id, product_id HAVING count(*) > 1",
)

once_only = query(
    "SELECT count(*) || ' orders of checkout ' || checkout_key || ' in ' || checkout_scope FROM orders"
    " GROUP BY checkout_scope, checkout_key HAVING count(*) > 1",
    "SELECT count(*) || ' events of ' || source || ' about order ' || order_id || ' numbered ' || sequence FROM events"
    " WHERE order_id IS NOT NULL GROUP BY order_id, source, sequence HAVING count(*) > 1",
    "SELECT count(*) || ' events of ' || source || ' about product ' || product_id || ' numbered ' || sequence FROM events"
    " WHERE product_id IS NOT NULL GROUP BY product_id, source, sequence HAVING count(*) > 1",
    "SELECT count(*) || ' outbox rows of event ' || event_id FROM outbox WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1",
    "SELECT 'outbox row ' || o.id || ': its event ' || o.event_id || ' is not in the log' FROM outbox o"
    " LEFT JOIN events e ON e.id = o.event_id WHERE o.event_id IS NOT NULL AND e.id IS NULL",
)


def told_as_it_is(asking: Asking) -> Iterator[str]:
    """14: each order's own events, in their order, through the pure transition function."""
    found = asking.rows(
        "SELECT o.id, o.status, o.version, o.refunded_minor, o.sent_at, e.sequence, e.type,"
        " CASE WHEN e.type = 'ORDER_REFUNDED' THEN e.payload END AS refund"
        " FROM orders o LEFT JOIN events e ON e.order_id = o.id AND e.source = 'orders' ORDER BY o.id, e.sequence"
    )
    for _, rows in groupby(found, key=lambda row: row["id"]):
        yield from _retold(list(rows))


def _retold(rows: list[Row]) -> Iterator[str]:
    order = rows[0]
    refunds = [from_json(row["refund"]) for row in rows if row["refund"]]
    wholes = iter([refund["whole"] for refund in refunds])
    told = [(row["type"], next(wholes) if row["refund"] else False) for row in rows if row["type"]]
    try:
        status, sent = replay(told)
    except (ValueError, KeyError) as error:
        yield f"order {order['id']}: {error}"
        return
    if status != order["status"]:
        yield f"order {order['id']}: {order['status']}, its events tell {status}"
    if sent != (order["sent_at"] is not None):
        yield f"order {order['id']}: {'not ' if sent else ''}marked as sent, its events tell otherwise"
    if order["version"] != rows[-1]["sequence"]:
        yield f"order {order['id']}: version {order['version']}, its last event is numbered {rows[-1]['sequence']}"
    if (back := sum(refund["amount_minor"] for refund in refunds)) != order["refunded_minor"]:
        yield f"order {order['id']}: {order['refunded_minor']} refunded, its events tell {back}"


def _counted_by(table: str, key: str, column: str, source: str, about: str) -> str:
    # A service's own counter on its row is the number of events that it has told of the thing.
    return (
        f"SELECT '{table} {about} ' || t.{key} || ': counts ' || t.{column} || ' events, told ' || coalesce(e.last, 0) FROM {table} t LEFT JOIN"
        f" (SELECT {about}_id, max(sequence) AS last FROM events WHERE source = '{source}' AND {about}_id IS NOT NULL GROUP BY {about}_id) e"
        f" ON e.{about}_id = t.{key} WHERE t.{column} <> coalesce(e.last, 0)"
    )


def _gaps(about: str) -> str:
    return (
        f"SELECT '{about} ' || {about}_id || ': ' || count(*) || ' events of ' || source || ', numbered ' || min(sequence) || ' to ' || max(sequence)"
        f" FROM events WHERE {about}_id IS NOT NULL GROUP BY {about}_id, source HAVING min(sequence) <> 1 OR max(sequence) <> count(*)"
    )


def _overtaken(about: str) -> str:
    # A republished row is younger than its event, and what was sent before may wait again while a later one has left.
    return (
        f"SELECT '{about} ' || e.{about}_id || ': ' || e.type || ' waits to be sent, and ' || later.type || ' behind it has left' FROM outbox o"
        f" JOIN events e ON e.id = o.event_id AND o.at = e.at JOIN events later ON later.{about}_id = e.{about}_id AND later.source = e.source"
        " AND later.sequence > e.sequence LEFT JOIN (SELECT DISTINCT event_id FROM outbox) w ON w.event_id = later.id"
        f" LEFT JOIN {UNSENT} p ON p.event_id = later.id WHERE w.event_id IS NULL AND p.event_id IS NULL"
    )


no_gaps = query(
    _gaps("order"),
    _gaps("product"),
    _counted_by("order_stock", "order_id", "sequence", "inventory", "order"),
    _counted_by("payments", "order_id", "sequence", "payments", "order"),
    _counted_by("inventories", "product_id", "sequence", "inventory", "product"),
    _counted_by("products", "id", "version", "products", "product"),
    _overtaken("order"),
    _overtaken("product"),
)


def _strays(table: str, key: str, parent: str, parent_key: str, link: str) -> str:
    return (
        f"SELECT '{table} ' || t.{key} || ': market ' || coalesce(t.market_id || '', 'none') || ', its {parent} '"
        f" || coalesce(p.market_id || '', 'is not there') FROM {table} t LEFT JOIN {parent} p ON p.{parent_key} = t.{link}"
        f" WHERE t.{link} IS NOT NULL AND (p.market_id IS NULL OR t.market_id IS NULL OR p.market_id <> t.market_id)"
    )


one_market = query(
    _strays("inventories", "product_id", "products", "id", "product_id"),
    _strays("reservations", "id", "inventories", "product_id", "product_id"),
    _strays("reservations", "id", "orders", "id", "order_id"),
    _strays("order_notes", "id", "orders", "id", "order_id"),
    _strays("order_items", "order_id", "orders", "id", "order_id"),
    _strays("order_items", "order_id", "products", "id", "product_id"),
    _strays("order_stock", "order_id", "orders", "id", "order_id"),
    _strays("stock_movements", "id", "inventories", "product_id", "product_id"),
    _strays("stock_movements", "id", "orders", "id", "order_id"),
    _strays("payments", "order_id", "orders", "id", "order_id"),
    _strays("refunds", "id", "payments", "order_id", "order_id"),
    _strays("emails", "id", "orders", "id", "order_id"),
    _strays("events", "id", "orders", "id", "order_id"),
    _strays("events", "id", "products", "id", "product_id"),
    "SELECT 'product ' || p.id || ': ' || p.currency || ' in a market of ' || m.currency FROM products p JOIN markets m ON m.id = p.market_id"
    " WHERE p.currency <> m.currency",
    "SELECT 'order ' || o.id || ': ' || o.currency || ' in a market of ' || m.currency FROM orders o JOIN markets m ON m.id = o.market_id"
    " WHERE o.currency <> m.currency",
)


def _backwards(about: str) -> str:
    return (
        f"SELECT '{about} ' || {about}_id || ': ' || type || ' is ' || (previous - at) || ' µs older than the event before it' FROM (SELECT {about}_id,"
        f" type, at, lag(at) OVER (PARTITION BY {about}_id, source ORDER BY sequence) AS previous FROM events WHERE {about}_id IS NOT NULL) told"
        " WHERE previous > at"
    )


def _ahead(table: str, key: str, column: str) -> str:
    return (
        f"SELECT '{table} ' || {key} || ': {column} is ' || ({column} - :now) || ' µs ahead of the database''s clock' FROM {table}"
        f" WHERE {column} > :now + {TOLERANCE}"
    )


time_runs_forward = query(
    _backwards("order"),
    _backwards("product"),
    "SELECT 'entry ' || id || ' of product ' || product_id || ': ' || (previous - at) || ' µs older than the entry before it' FROM (SELECT id,"
    " product_id, at, lag(at) OVER (PARTITION BY product_id ORDER BY id) AS previous FROM stock_movements) booked WHERE previous > at",
    "SELECT 'order ' || id || ': updated before it was placed' FROM orders WHERE updated_at < placed_at",
    _ahead("events", "id", "at"),
    _ahead("orders", "id", "updated_at"),
    _ahead("inventories", "product_id", "updated_at"),
    _ahead("stock_movements", "id", "at"),
    _ahead("payments", "order_id", "updated_at"),
    _ahead("emails", "id", "queued_at"),
    _ahead("inbox", "event_id", "at"),
    _ahead("audit", "id", "at"),
)

INVARIANTS = (
    Invariant(
        8,
        "Every order is final, by exactly one verdict event; after ORDER_COMPLETED only ORDER_REFUNDED.",
        one_verdict,
        drained=True,
    ),
    Invariant(12, "Every order has items, a first event, and total = sum of its lines.", whole_orders),
    Invariant(
        13, "One order per checkout key; one event and one outbox row per (source, aggregate, sequence).", once_only
    ),
    Invariant(14, "Replaying an order's own events gives its status; its version = its last sequence.", told_as_it_is),
    Invariant(15, "Sequences have no gap; events of one order and source are first sent in their order.", no_gaps),
    Invariant(20, "Nothing crosses a market: product, inventory, reservation, order line agree on it.", one_market),
    Invariant(
        21,
        "Timestamps do not run backwards along a sequence, nor past the database's clock by more than 5 s.",
        time_runs_forward,
    ),
)
