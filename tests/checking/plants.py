"""Every invariant broken on purpose: what is planted, and what it breaks."""

from __future__ import annotations

SALE = "kind = 'sold' AND order_id = {completed} AND product_id = {mug}"
LEDGER_END = "(SELECT max(id) FROM stock_movements WHERE product_id = {mug})"


def entry(kind: str, delta: str, after: str, whose: str = "NULL, NULL") -> str:
    """One more entry at the end of the mugs' ledger."""
    return (
        "INSERT INTO stock_movements (product_id, market_id, kind, delta, before, after, actor, order_id, reservation_id, at)"
        f" SELECT product_id, market_id, '{kind}', {delta}, after, {after}, 'machine', {whose}, at FROM stock_movements WHERE id = {LEDGER_END}"
    )


MUGS_RESERVATION = "(SELECT id FROM reservations WHERE order_id = {completed} AND product_id = {mug})"
STUCK_ORDER = (
    "INSERT INTO orders (id, market_id, number, link, status, version, email, name, currency, total_minor, refunded_minor, payment_method,"
    " payment_token, checkout_scope, checkout_key, checkout_hash, traceparent, placed_at, updated_at) SELECT 9999, market_id, 9999, 'stuck',"
    " 'INVENTORY_PENDING', 1, email, name, currency, total_minor, 0, payment_method, payment_token, 'test', 'stuck', 'h', traceparent,"
    " placed_at, placed_at FROM orders WHERE id = {short}",
    "INSERT INTO order_items (order_id, position, market_id, product_id, sku, name, unit_minor, quantity) SELECT 9999, position, market_id,"
    " product_id, sku, name, unit_minor, quantity FROM order_items WHERE order_id = {short}",
    "INSERT INTO events (id, type, topic, source, order_id, market_id, sequence, at, payload, traceparent) SELECT 'stuck', type, topic, source,"
    " 9999, market_id, 1, at, payload, traceparent FROM events WHERE order_id = {short} AND type = 'ORDER_INVENTORY_PENDING'",
    "INSERT INTO inbox (consumer, event_id, at, duplicates) SELECT 'inventory', 'stuck', at, 0 FROM events WHERE id = 'stuck'",
)
COMPLETED_EMAIL = "(SELECT id FROM emails WHERE order_id = {completed})"
FIRST_EVENT = "order_id = {completed} AND source = 'orders' AND sequence = 1"

PLANTS: dict[str, tuple[set[int], tuple[str, ...]]] = {
    "stock below zero": ({1}, (entry("loss", "-after - 1", "-1"), "UPDATE inventories SET on_hand = -1 WHERE product_id = {mug}")),
    "reserved for nobody": ({2}, ("UPDATE inventories SET reserved = 1 WHERE product_id = {mug}",)),
    "a figure that the ledger does not prove": ({3}, ("UPDATE inventories SET on_hand = on_hand + 1 WHERE product_id = {mug}",)),
    "a ledger with a jump": ({3}, (f"UPDATE stock_movements SET before = before + 1, after = after + 1 WHERE id = {LEDGER_END}",)),
    "a sale that is not in the ledger": ({4}, (f"UPDATE stock_movements SET kind = 'loss' WHERE {SALE}",)),
    "a restock of another refund": ({4}, ("UPDATE stock_movements SET refund_id = 999 WHERE kind = 'restocked'",)),
    "a restock that the refund did not ask for": (
        {4},
        ("UPDATE events SET payload = replace(payload, 'quantity\"\\:1', 'quantity\"\\:2') WHERE type = 'ORDER_REFUNDED'",),
    ),
    "sold twice": (
        {5},
        (
            "DROP INDEX uq_stock_movements_reservation",
            entry("sold", "-2", "after - 2", f"{{completed}}, {MUGS_RESERVATION}"),
            entry("received", "2", "after + 2"),
        ),
    ),
    "decided one way, done the other": ({5}, ("UPDATE order_stock SET state = 'RELEASED' WHERE order_id = {completed}",)),
    "a reservation that never ended": ({5}, ("UPDATE reservations SET ended_at = NULL WHERE order_id = {completed}",)),
    "held for an order that has ended": (
        {6},
        (
            "UPDATE reservations SET state = 'HELD', ended_at = NULL WHERE order_id = {declined}",
            "UPDATE order_stock SET state = 'HELD' WHERE order_id = {declined}",
            "UPDATE inventories SET reserved = reserved + 1 WHERE product_id = {mug}",
        ),
    ),
    "set aside more than was ordered": ({7}, ("UPDATE reservations SET quantity = quantity + 1 WHERE order_id = {declined}",)),
    "consumed by an order that was not paid": (
        {4, 7},
        (
            "UPDATE reservations SET state = 'CONSUMED' WHERE order_id = {declined}",
            "UPDATE order_stock SET state = 'CONSUMED' WHERE order_id = {declined}",
        ),
    ),
    "an order that never ends": ({8}, STUCK_ORDER),
    "paid, and declined": ({9}, ("UPDATE payments SET state = 'DECLINED' WHERE order_id = {completed}",)),
    "completed without a payment": (
        {9},
        ("UPDATE events SET type = 'PAYMENT_FAILURE' WHERE order_id = {completed} AND source = 'payments'",),
    ),
    "given back without a refund": ({9}, ("UPDATE payments SET refunded_minor = refunded_minor + 1 WHERE order_id = {completed}",)),
    "another key at the second try": ({11}, ("UPDATE payment_attempts SET idempotency_key = 'another' WHERE order_id = {completed}",)),
    "another amount than the order's": (
        {11},
        (
            "UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = {declined}",
            "UPDATE payment_attempts SET amount_minor = amount_minor + 1 WHERE order_id = {declined}",
        ),
    ),
    "an attempt that nobody wrote down": ({11}, ("DELETE FROM payment_attempts WHERE order_id = {declined}",)),
    "a total that its lines do not make": ({12}, ("UPDATE orders SET total_minor = total_minor + 1 WHERE id = {short}",)),
    "an order without items": ({12}, ("DELETE FROM order_items WHERE order_id = {short}",)),
    "one checkout, two orders": (
        {13},
        (
            "DROP INDEX uq_orders_checkout",
            "UPDATE orders SET checkout_key = (SELECT checkout_key FROM orders WHERE id = {declined}) WHERE id = {short}",
        ),
    ),
    "one event told twice": (
        {13, 16},
        (
            f"INSERT INTO outbox (channel, event_id, at) SELECT topic, id, at + 1 FROM events WHERE {FIRST_EVENT}",
            f"INSERT INTO outbox (channel, event_id, at) SELECT topic, id, at + 1 FROM events WHERE {FIRST_EVENT}",
        ),
    ),
    "a status that no event tells": ({14}, ("UPDATE orders SET status = 'CANCELLED' WHERE id = {short}",)),
    "a version too many": ({14}, ("UPDATE orders SET version = version + 1 WHERE id = {completed}",)),
    "a refund that no event tells": ({14}, ("UPDATE orders SET refunded_minor = 1 WHERE id = {refunded}",)),
    "sent, and no event tells of it": ({14}, ("UPDATE orders SET sent_at = updated_at WHERE id = {completed}",)),
    "a sending that nobody did": ({14, 23}, ("UPDATE orders SET sent_at = updated_at, sent_by = 'ada@example.org' WHERE id = {completed}",)),
    "a gap": (
        {15},
        (
            "UPDATE events SET sequence = 2 WHERE order_id = {completed} AND source = 'payments'",
            "UPDATE payments SET sequence = 2 WHERE order_id = {completed}",
        ),
    ),
    "a counter that has lost count": ({15}, ("UPDATE inventories SET sequence = sequence + 1 WHERE product_id = {mug}",)),
    "overtaken on the way out": (
        {15, 16},
        (f"INSERT INTO outbox (channel, event_id, at) SELECT topic, id, at FROM events WHERE {FIRST_EVENT}",),
    ),
    "a request not sent": ({16}, ("INSERT INTO outbox (channel, actor, argument, at) VALUES ('payments', 'charge', '1', 1)",)),
    "an email that was never written": (
        {17},
        (
            f"DELETE FROM email_deliveries WHERE email_id = {COMPLETED_EMAIL}",
            "DELETE FROM emails WHERE order_id = {completed}",
        ),
    ),
    "an email that waits": ({17}, ("UPDATE emails SET state = 'QUEUED', next_try_at = 1 WHERE order_id = {completed}",)),
    "sent, and nobody took it": ({17}, (f"DELETE FROM email_deliveries WHERE email_id = {COMPLETED_EMAIL}",)),
    "an email to a stranger": ({18}, ("UPDATE emails SET recipient = 'stranger@example.invalid' WHERE order_id = {completed}",)),
    "an email without a cause": (
        {17, 18},
        ("UPDATE emails SET cause_id = 'nothing' WHERE order_id = {completed}",),
    ),
    "an event that nobody heard": (
        {19},
        ("DELETE FROM inbox WHERE consumer = 'orders' AND event_id IN (SELECT id FROM events WHERE order_id = {completed})",),
    ),
    "handled and parked": (
        {19},
        (
            "INSERT INTO parked (consumer, event_id, channel, type, payload, reason, at) SELECT 'inventory', id, topic, type, payload, 'planted', at"
            f" FROM events WHERE {FIRST_EVENT}",
        ),
    ),
    "a line of another market": ({20}, ("UPDATE order_items SET market_id = 77 WHERE order_id = {completed} AND product_id = {mug}",)),
    "an email of no market": ({20}, ("UPDATE emails SET market_id = NULL WHERE order_id = {completed}",)),
    "another currency": ({20}, ("UPDATE products SET currency = 'JPY' WHERE id = {mug}",)),
    "a clock that ran backwards": ({21}, (f"UPDATE events SET at = at + 3600000000 WHERE {FIRST_EVENT}",)),
    "a ledger that ran backwards": ({21}, (f"UPDATE stock_movements SET at = 1 WHERE id = {LEDGER_END}",)),
    "from the future": ({21}, ("UPDATE orders SET updated_at = updated_at + 3600000000 WHERE id = {completed}",)),
    "stock that somebody moved unseen": ({23}, ("DELETE FROM audit WHERE object_type = 'inventory'",)),
    "a refund that nobody asked for": ({23}, ("DELETE FROM audit WHERE action = 'order.refund'",)),
    "a cancellation that nobody asked for": ({23}, ("DELETE FROM audit WHERE action = 'order.cancel'",)),
    "an audit that does not say from where": ({23}, ("UPDATE audit SET address = '' WHERE action = 'order.refund'",)),
    "a price of nothing": ({24}, ("UPDATE products SET price_minor = 0 WHERE id = {bowl}",)),
    "more than any market holds": ({24}, ("UPDATE products SET price_minor = 4000000000000000000 WHERE id = {bowl}",)),
}  # fmt: skip
"""What is planted, in words → the invariants that it breaks, and the statements that plant it."""
