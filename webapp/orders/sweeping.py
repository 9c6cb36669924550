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
    return _ask("charge", payments.is_unopened("orders.id"), now)


def ask_unheard_cancellations(now: int) -> int:
    """Ask again to void the payments of orders whose cancellation nobody has heard; returns how many. Where a call has begun
    its verdict stands, and there is nothing to ask."""
    return _ask("void", f"cancel_asked_by IS NOT NULL AND {payments.is_untried('orders.id')}", now)


def _ask(actor: str, condition: str, now: int) -> int:
    # The condition is asked before the limit: else those that wait for a silent provider would hide all others.
    waiting = fetch(
        f"SELECT id FROM orders WHERE status = '{PAYMENT_PENDING}' AND updated_at < :before AND {condition}"
        " ORDER BY updated_at LIMIT :most",
        before=now - clock.seconds(QUIET_SECONDS),
        most=MOST,
    )
    outbox.ask(PAYMENTS, actor, sorted(row["id"] for row in waiting), now)
    return len(waiting)
