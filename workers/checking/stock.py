"""Invariants of the stock: figures, reservations and the ledger that proves them (1 to 7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from webapp.db import from_json
from workers.checking.asking import Asking, Invariant, Row, query

FINAL = "('INVENTORY_REJECTED', 'PAYMENT_REJECTED', 'COMPLETED', 'CANCELLED', 'REFUNDED')"

covered = query(
    "SELECT 'product ' || product_id || ': reserved ' || reserved || ' of ' || on_hand || ' on hand' FROM inventories"
    " WHERE NOT (0 <= reserved AND reserved <= on_hand)"
)

reserved_is_held = query(
    "SELECT 'product ' || i.product_id || ': reserved ' || i.reserved || ', held for orders ' || coalesce(h.held, 0)"
    " FROM inventories i LEFT JOIN (SELECT product_id, sum(quantity) AS held FROM reservations WHERE state = 'HELD'"
    " GROUP BY product_id) h ON h.product_id = i.product_id WHERE i.reserved <> coalesce(h.held, 0)"
)

on_hand_is_the_ledger = query(
    "SELECT 'product ' || i.product_id || ': ' || i.on_hand || ' on hand, the ledger adds up to ' || coalesce(m.total, 0)"
    " FROM inventories i LEFT JOIN (SELECT product_id, sum(delta) AS total FROM stock_movements GROUP BY product_id) m"
    " ON m.product_id = i.product_id WHERE i.on_hand <> coalesce(m.total, 0)",
    "SELECT 'entry ' || id || ' of product ' || product_id || ': ' || before || ' before, ' || delta || ' moved, ' || after || ' after;"
    " the entry before it ended at ' || previous FROM (SELECT id, product_id, before, delta, after,"
    " coalesce(lag(after) OVER (PARTITION BY product_id ORDER BY id), 0) AS previous FROM stock_movements) chain"
    " WHERE before <> previous OR after <> before + delta",
)

sold_is_what_completed_orders_consumed = query(
    "SELECT 'order ' || r.order_id || ', product ' || r.product_id || ': ' || r.quantity || ' consumed, ' || coalesce(-m.delta, 0)"
    " || ' sold in the ledger' FROM reservations r LEFT JOIN stock_movements m ON m.reservation_id = r.id AND m.kind = 'sold'"
    " AND m.order_id = r.order_id AND m.product_id = r.product_id WHERE r.state = 'CONSUMED' AND coalesce(-m.delta, 0) <> r.quantity",
    "SELECT 'entry ' || m.id || ': sold, for ' || coalesce('order ' || o.id || ' that is ' || o.status, 'no order') FROM stock_movements m"
    " LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN reservations r ON r.id = m.reservation_id"
    " WHERE m.kind = 'sold' AND (r.id IS NULL OR o.id IS NULL OR o.status NOT IN ('COMPLETED', 'REFUNDED'))",
    "SELECT 'order ' || b.order_id || ', product ' || b.product_id || ': ' || b.units || ' put back, of ' || coalesce(i.units, 0) || ' ordered'"
    " FROM (SELECT order_id, product_id, sum(delta) AS units FROM stock_movements WHERE refund_id IS NOT NULL GROUP BY order_id, product_id) b"
    " LEFT JOIN (SELECT order_id, product_id, sum(quantity) AS units FROM order_items GROUP BY order_id, product_id) i"
    " ON i.order_id = b.order_id AND i.product_id = b.product_id WHERE b.units > coalesce(i.units, 0)",
)


def sold_and_put_back(asking: Asking) -> Iterator[str]:
    """4: what is sold by one query; what is put back by reading what each refund asked for beside what the ledger has."""
    yield from sold_is_what_completed_orders_consumed(asking)
    found = asking.rows(
        "SELECT e.order_id, 0 AS place, e.payload, CASE WHEN i.event_id IS NULL THEN 0 ELSE 1 END AS heard, 0 AS refund_id,"
        " 0 AS product_id, 0 AS units FROM events e LEFT JOIN inbox i ON i.consumer = 'inventory' AND i.event_id = e.id"
        " WHERE e.type = 'ORDER_REFUNDED' UNION ALL SELECT order_id, 1, '', 0, refund_id, product_id, delta FROM stock_movements"
        " WHERE refund_id IS NOT NULL OR kind = 'restocked' ORDER BY 1, 2"
    )
    for order_id, rows in groupby(found, key=lambda row: row["order_id"]):
        yield from _put_back(order_id, list(rows))


def _put_back(order_id: int | None, rows: list[Row]) -> Iterator[str]:
    asked: dict[tuple[int, int], int] = {}
    heard: set[int] = set()
    for row in rows:
        if row["place"] == 0:
            refund = from_json(row["payload"])
            heard |= {refund["refund_id"]} if row["heard"] else set()
            for item in refund["restock"]:
                key = refund["refund_id"], item["product_id"]
                asked[key] = asked.get(key, 0) + item["quantity"]
    booked: dict[tuple[int, int], int] = {}
    for row in rows:
        if row["place"] == 1:
            key = row["refund_id"], row["product_id"]
            booked[key] = booked.get(key, 0) + row["units"]
    for refund_id, product_id in asked.keys() | booked.keys():
        wanted, done = asked.get((refund_id, product_id), 0), booked.get((refund_id, product_id), 0)
        # What inventory has not heard of yet is on its way, and nothing of it may be booked so far.
        if done != (wanted if refund_id in heard else 0):
            yield f"order {order_id}, refund {refund_id}, product {product_id}: {wanted} to put back, {done} put back in the ledger"


once_and_for_all = query(
    "SELECT 'reservation ' || reservation_id || ': ' || count(*) || ' entries of kind ' || kind FROM stock_movements"
    " WHERE reservation_id IS NOT NULL GROUP BY reservation_id, kind HAVING count(*) > 1",
    "SELECT 'reservation ' || r.id || ': ' || r.state || ', and sold by entry ' || m.id FROM stock_movements m"
    " JOIN reservations r ON r.id = m.reservation_id WHERE m.kind = 'sold' AND r.state <> 'CONSUMED'",
    "SELECT 'reservation ' || r.id || ': ' || r.state || ', its order ' || r.order_id || ' was decided as ' || coalesce(s.state, 'nothing')"
    " FROM reservations r LEFT JOIN order_stock s ON s.order_id = r.order_id WHERE s.state IS NULL OR s.state <> r.state",
    "SELECT 'order ' || s.order_id || ': decided as ' || s.state || ', without a reservation' FROM order_stock s"
    " WHERE s.state IN ('HELD', 'CONSUMED', 'RELEASED') AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = s.order_id)",
    "SELECT 'reservation ' || id || ': ' || state || ', but ' || CASE WHEN ended_at IS NULL THEN 'never ended' ELSE 'ended' END"
    " FROM reservations WHERE (state = 'HELD') <> (ended_at IS NULL)",
    "SELECT 'order ' || order_id || ', product ' || product_id || ': ' || count(*) || ' reservations' FROM reservations"
    " GROUP BY order_id, product_id HAVING count(*) > 1",
)

no_final_order_holds = query(
    "SELECT 'order ' || o.id || ': ' || o.status || ', and holds ' || r.quantity || ' of product ' || r.product_id FROM reservations r"
    f" JOIN orders o ON o.id = r.order_id WHERE r.state = 'HELD' AND o.status IN {FINAL}"
)

reservations_fit_the_order = query(
    "SELECT 'order ' || r.order_id || ', product ' || r.product_id || ': ' || r.quantity || ' set aside, ' || coalesce(i.quantity, 0) || ' ordered'"
    " FROM reservations r LEFT JOIN order_items i ON i.order_id = r.order_id AND i.product_id = r.product_id"
    " WHERE coalesce(i.quantity, 0) <> r.quantity",
    "SELECT 'order ' || i.order_id || ', product ' || i.product_id || ': ' || i.quantity || ' ordered, none set aside' FROM order_items i"
    " JOIN order_stock s ON s.order_id = i.order_id LEFT JOIN reservations r ON r.order_id = i.order_id AND r.product_id = i.product_id"
    " WHERE s.state IN ('HELD', 'CONSUMED', 'RELEASED') AND r.id IS NULL",
    "SELECT 'order ' || o.id || ': ' || o.status || ', and ' || r.state || ' ' || r.quantity || ' of product ' || r.product_id"
    " FROM orders o JOIN reservations r ON r.order_id = o.id WHERE o.status IN ('PAYMENT_REJECTED', 'CANCELLED') AND r.state = 'CONSUMED'"
    " OR o.status = 'INVENTORY_REJECTED' AND r.state IN ('HELD', 'CONSUMED')",
)

INVARIANTS = (
    Invariant(1, "0 <= reserved <= on_hand for every inventory.", covered),
    Invariant(2, "reserved = sum of HELD reservations, per product.", reserved_is_held),
    Invariant(3, "on_hand = sum of the ledger, per product; each entry begins where the one before ended.", on_hand_is_the_ledger),
    Invariant(4, "Units sold = items of completed orders whose reservation was consumed; units put back = what refunds restocked.",
              sold_and_put_back),
    Invariant(5, "One ledger entry per (reservation, kind); a reservation is consumed or released, never both, never twice.",
              once_and_for_all),
    Invariant(6, "No HELD reservation of a final order.", no_final_order_holds, drained=True),
    Invariant(7, "Reservations are the order's items; none consumed of an order that ended unpaid, none held of one without stock.",
              reservations_fit_the_order),
)  # fmt: skip
