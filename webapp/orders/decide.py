"""The life of an order as one table and two pure functions. Everything that moves an order asks here first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.orders.models import (
    CANCELLED,
    COMPLETED,
    INVENTORY_PENDING,
    INVENTORY_REJECTED,
    PAYMENT_PENDING,
    PAYMENT_REJECTED,
    REFUNDED,
)

CANCELLED_BY_PAYMENT = "cancelled"
"""The reason of a PAYMENT_FAILURE that a cancellation brought about: the order is cancelled, not refused."""

OVERDUE = "timed_out"
"""The reason of a PAYMENT_FAILURE that was voided at the provider because it had not been decided in time."""

TRANSITIONS: dict[tuple[str, str], str] = {
    (INVENTORY_PENDING, "STOCK_RESERVED"): PAYMENT_PENDING,
    (INVENTORY_PENDING, "STOCK_RESERVATION_FAILED"): INVENTORY_REJECTED,
    (INVENTORY_PENDING, "cancel"): CANCELLED,
    (PAYMENT_PENDING, "PAYMENT_SUCCESS"): COMPLETED,
    (PAYMENT_PENDING, "PAYMENT_FAILURE"): PAYMENT_REJECTED,
    (PAYMENT_PENDING, "PAYMENT_FAILURE/cancelled"): CANCELLED,
    (COMPLETED, "PAYMENT_REFUNDED"): COMPLETED,
    (COMPLETED, "PAYMENT_REFUNDED/whole"): REFUNDED,
}
"""(status, what happened) → the next status. What is not here does not move the order: a verdict that comes late, twice,
or after a cancellation finds no line, and that is the state guard."""


def next_status(status: str, happening: str) -> str | None:
    """The status after `happening`, or None when it does not move an order in this status."""
    return TRANSITIONS.get((status, happening))


def why_not_sent(status: str, sent: bool) -> str:
    """Why an order cannot be marked as sent, as a sentence; empty when it can. It is no state: only a paid order that is not
    given back can be on its way, and only once."""
    if status == COMPLETED:
        return "It is marked as sent already." if sent else ""
    return _NOT_TO_SEND[status]


def why_not_unsent(status: str, sent: bool) -> str:
    """Why the mark cannot be taken off an order again, as a sentence; empty when it can."""
    if not sent:
        return "It is not marked as sent."
    return "" if status == COMPLETED else _NOT_TO_SEND[status]


def too_late(order: Mapping[str, Any]) -> bool:
    """Whether an order was paid although it was to be cancelled, and nobody has decided yet: TOO_LATE for one row."""
    undecided = order["sent_at"] is None and order["refunded_minor"] == 0
    return order["status"] == COMPLETED and order["cancel_asked_by"] is not None and undecided


def why_not_cancelled(status: str, asked: bool) -> str:
    """Why an order cannot be called off, as a sentence; empty when it can, or when the payment will decide. `asked`: somebody
    has asked for it before."""
    if status in (INVENTORY_PENDING, PAYMENT_PENDING):
        return "Cancelling it was asked for already." if asked else ""
    return _NOT_TO_CANCEL[status]


_NOT_TO_CANCEL = {
    COMPLETED: "It is paid: its money can be given back instead.",
    REFUNDED: "It is paid, and its money went back.",
    CANCELLED: "It is cancelled already.",
    INVENTORY_REJECTED: "It ended by itself: the stock did not cover it.",
    PAYMENT_REJECTED: "It ended by itself: it was never paid.",
}
_NOT_TO_SEND = {
    INVENTORY_PENDING: "It is not paid yet.",
    PAYMENT_PENDING: "It is not paid yet.",
    INVENTORY_REJECTED: "The stock did not cover it.",
    PAYMENT_REJECTED: "It was never paid.",
    CANCELLED: "It was cancelled.",
    REFUNDED: "All of its money went back.",
}

OWN_EVENTS: Mapping[str, str] = {
    "ORDER_INVENTORY_PENDING": INVENTORY_PENDING,
    "ORDER_INVENTORY_REJECTED": INVENTORY_REJECTED,
    "ORDER_PAYMENT_PENDING": PAYMENT_PENDING,
    "ORDER_PAYMENT_REJECTED": PAYMENT_REJECTED,
    "ORDER_COMPLETED": COMPLETED,
    "ORDER_CANCELLED": CANCELLED,
}

SENT, UNSENT = "ORDER_SENT", "ORDER_UNSENT"
"""What is told of a completed order without moving it."""

AFTER: Mapping[str | None, frozenset[str]] = {
    None: frozenset({INVENTORY_PENDING}),
    INVENTORY_PENDING: frozenset({INVENTORY_REJECTED, PAYMENT_PENDING, CANCELLED}),
    PAYMENT_PENDING: frozenset({PAYMENT_REJECTED, COMPLETED, CANCELLED}),
    COMPLETED: frozenset({COMPLETED, REFUNDED}),
}


def replay(own_events: Iterable[tuple[str, bool]]) -> tuple[str | None, bool]:
    """The status that an order's own events tell, and whether it is marked as sent. They are pairs of event type and, for
    refunds, whether the whole went back.

    Raises ValueError at the first event that may not follow the one before.
    """
    status: str | None = None
    sent = False
    for event_type, whole in own_events:
        if event_type in (SENT, UNSENT):
            if status != COMPLETED or sent == (event_type == SENT):
                raise ValueError(f"{event_type} may not follow {status}{', sent' if sent else ''}")
            sent = not sent
            continue
        told = (REFUNDED if whole else COMPLETED) if event_type == "ORDER_REFUNDED" else OWN_EVENTS[event_type]
        if told not in AFTER.get(status, frozenset()) or (event_type == "ORDER_COMPLETED" and status == COMPLETED):
            raise ValueError(f"{event_type} may not follow {status}")
        status = told
    return status, sent
