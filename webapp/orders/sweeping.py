"""The sweeper: orders whose request to the payments queue was lost on the way are asked for again. The rows are the truth;
a queue that was wiped, or a message that a broker acknowledged and lost, costs seconds."""

from __future__ import annotations

from webapp import clock, outbox
from webapp.db import fetch
from webapp.orders.models import PAYMENT_PENDING
from webapp.outbox import PAYMENTS
from webapp.payments import queries as payments

QUIET_SECONDS, MOST = 10, 500


def ask_unbegun_payments(now: int) -> int:
    """Ask again for the payments of orders that have waited for a while and have no payment row; returns how many."""
    waiting = fetch(
        f"SELECT id FROM orders WHERE status = '{PAYMENT_PENDING}' AND updated_at < :before ORDER BY updated_at LIMIT :most",
        before=now - clock.seconds(QUIET_SECONDS),
        most=MOST,
    )
    order_ids = [row["id"] for row in waiting]
    unbegun = sorted(set(order_ids) - payments.payments_of(order_ids).keys()) if order_ids else []
    outbox.ask(PAYMENTS, "charge", unbegun, now)
    return len(unbegun)


def ask_unheard_cancellations(now: int) -> int:
    """Ask again to void the payments of orders whose cancellation nobody has answered; returns how many."""
    waiting = fetch(
        f"SELECT id FROM orders WHERE status = '{PAYMENT_PENDING}' AND cancel_asked_by IS NOT NULL AND updated_at < :before"
        " ORDER BY updated_at LIMIT :most",
        before=now - clock.seconds(QUIET_SECONDS),
        most=MOST,
    )
    outbox.ask(PAYMENTS, "void", [row["id"] for row in waiting], now)
    return len(waiting)
