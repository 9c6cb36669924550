"""Invariants of money and of numbers at large (9, 11, 24)."""

from __future__ import annotations

from webapp.inventory.models import LARGEST_STOCK
from webapp.orders.models import MOST_UNITS
from webapp.orders.placing import LARGEST_TOTAL
from workers.checking.asking import Invariant, query


def _told(payment: str, event: str) -> str:
    return f"EXISTS (SELECT 1 FROM events e WHERE e.order_id = {payment}.order_id AND e.source = 'payments' AND e.type = '{event}')"


success_is_completion = query(
    "SELECT 'order ' || s.order_id || ': PAYMENT_SUCCESS was heard, but it did not complete and nothing was given back' FROM events s"
    " JOIN inbox i ON i.consumer = 'orders' AND i.event_id = s.id WHERE s.type = 'PAYMENT_SUCCESS' AND NOT EXISTS (SELECT 1 FROM events c"
    " WHERE c.order_id = s.order_id AND c.source = 'orders' AND c.type = 'ORDER_COMPLETED')"
    " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = s.order_id)",
    "SELECT 'order ' || c.order_id || ': ORDER_COMPLETED without PAYMENT_SUCCESS' FROM events c WHERE c.type = 'ORDER_COMPLETED'"
    f" AND NOT {_told('c', 'PAYMENT_SUCCESS')}",
    f"SELECT 'payment of order ' || p.order_id || ': ' || p.state || ', but PAYMENT_SUCCESS ' || CASE WHEN {_told('p', 'PAYMENT_SUCCESS')}"
    " THEN 'was told' ELSE 'was not told' END FROM payments p"
    f" WHERE p.state IN ('NEW', 'CALLING', 'DECLINED', 'VOIDED') AND {_told('p', 'PAYMENT_SUCCESS')}"
    f" OR p.state = 'TAKEN' AND NOT {_told('p', 'PAYMENT_SUCCESS')}",
    f"SELECT 'payment of order ' || p.order_id || ': ' || p.state || ', but PAYMENT_FAILURE ' || CASE WHEN {_told('p', 'PAYMENT_FAILURE')}"
    " THEN 'was told' ELSE 'was not told' END FROM payments p"
    f" WHERE p.state IN ('NEW', 'CALLING', 'TAKEN') AND {_told('p', 'PAYMENT_FAILURE')}"
    f" OR p.state IN ('DECLINED', 'VOIDED') AND NOT {_told('p', 'PAYMENT_FAILURE')}",
    "SELECT 'payment of order ' || p.order_id || ': ' || p.state || ', ' || p.taken_minor || ' taken, ' || p.refunded_minor"
    " || ' given back, and no refund under way' FROM payments p WHERE p.state IN ('DECLINED', 'VOIDED') AND p.taken_minor <> p.refunded_minor"
    " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = p.order_id)",
    "SELECT 'payment of order ' || p.order_id || ': ' || p.refunded_minor || ' given back, its refunds add up to ' || coalesce(r.total, 0)"
    " FROM payments p LEFT JOIN (SELECT order_id, sum(amount_minor) AS total FROM refunds WHERE state = 'DONE' GROUP BY order_id) r"
    # A void that reversed a charge gave the money back without a refund of ours.
    " ON r.order_id = p.order_id WHERE p.refunded_minor <> coalesce(r.total, 0) AND p.state <> 'VOIDED'",
    "SELECT 'order ' || o.id || ': ' || o.refunded_minor || ' refunded, of its payment ' || coalesce(p.refunded_minor, 0) FROM orders o"
    " LEFT JOIN payments p ON p.order_id = o.id WHERE o.refunded_minor > coalesce(p.refunded_minor, 0)",
)

one_key = query(
    "SELECT 'attempt ' || a.number || ' of order ' || a.order_id || ': ' || a.idempotency_key || ', ' || a.amount_minor || ' ' || a.currency"
    " || '; the payment: ' || p.idempotency_key || ', ' || p.amount_minor || ' ' || p.currency FROM payment_attempts a"
    " JOIN payments p ON p.order_id = a.order_id WHERE a.idempotency_key <> p.idempotency_key OR a.amount_minor <> p.amount_minor"
    " OR a.currency <> p.currency",
    "SELECT 'payment of order ' || p.order_id || ': ' || p.amount_minor || ' ' || p.currency || ', the order: '"
    " || coalesce(o.total_minor || ' ' || o.currency, 'not there') FROM payments p LEFT JOIN orders o ON o.id = p.order_id"
    " WHERE o.id IS NULL OR p.amount_minor <> o.total_minor OR p.currency <> o.currency",
    "SELECT 'payment of order ' || p.order_id || ': ' || p.attempts || ' attempts, ' || count(a.id) || ' written down' FROM payments p"
    " LEFT JOIN payment_attempts a ON a.order_id = p.order_id GROUP BY p.order_id, p.attempts"
    " HAVING count(a.id) <> p.attempts OR coalesce(max(a.number), 0) <> p.attempts",
)

MONEY = (1, LARGEST_TOTAL)
KEPT = (0, LARGEST_TOTAL)
UNITS = (1, MOST_UNITS)
MOVED = (-LARGEST_STOCK, LARGEST_STOCK)

BOUNDS: dict[tuple[str, str], dict[str, tuple[int, int]]] = {
    ("products", "id"): {"price_minor": MONEY},
    ("orders", "id"): {"total_minor": MONEY, "refunded_minor": KEPT},
    ("order_items", "order_id"): {"unit_minor": MONEY, "quantity": UNITS},
    ("payments", "order_id"): {"amount_minor": MONEY, "taken_minor": KEPT, "refunded_minor": KEPT},
    ("payment_attempts", "id"): {"amount_minor": MONEY},
    ("refunds", "id"): {"amount_minor": MONEY},
    ("inventories", "product_id"): {"on_hand": MOVED, "reserved": MOVED, "low_stock_threshold": (0, 2**63 - 1)},
    ("reservations", "id"): {"quantity": UNITS},
    ("stock_movements", "id"): {"delta": MOVED, "before": MOVED, "after": MOVED},
}
"""The least and the most of every amount and quantity; a figure of stock below zero is 1's to say."""


def _whole(table: str, key: str, columns: dict[str, tuple[int, int]]) -> str:
    # SQLite keeps whatever it is given: what is not a whole number differs from its own cast to one.
    said = " || ', ' || ".join(f"'{column} ' || {column}" for column in columns)
    wrong = " OR ".join(
        f"{column} <> CAST({column} AS bigint) OR {column} < {least} OR {column} > {most}"
        for column, (least, most) in columns.items()
    )
    return f"SELECT '{table} ' || {key} || ': ' || {said} FROM {table} WHERE {wrong}"


whole_numbers = query(
    *(_whole(table, key, columns) for (table, key), columns in BOUNDS.items()),
    "SELECT 'order ' || id || ': ' || refunded_minor || ' refunded of ' || total_minor FROM orders WHERE refunded_minor > total_minor",
    "SELECT 'payment of order ' || order_id || ': ' || refunded_minor || ' given back, ' || taken_minor || ' taken, of ' || amount_minor"
    " FROM payments WHERE refunded_minor > taken_minor OR taken_minor > amount_minor",
    "SELECT 'entry ' || id || ': moves nothing' FROM stock_movements WHERE delta = 0",
)

INVARIANTS = (
    Invariant(
        9,
        "PAYMENT_SUCCESS <=> ORDER_COMPLETED, or a refund stands for it, or its message is still on the way.",
        success_is_completion,
    ),
    Invariant(
        11, "Every attempt of a payment carried the same idempotency key; amount and currency are the order's.", one_key
    ),
    Invariant(24, "Money is integer minor units, quantities are whole and positive, nothing overflows.", whole_numbers),
)
