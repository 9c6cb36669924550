"""Which event writes which email: the one table, read by the writer and by `market check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.accounts import letters
from webapp.events import (
    Event,
    OrderCancelled,
    OrderCompleted,
    OrderInventoryRejected,
    OrderPaymentRejected,
    OrderRefunded,
    OrderSent,
    PaymentRefunded,
)

COMPLETED, STOCK_REFUSED, PAYMENT_REFUSED = "completed", "stock_refused", "payment_refused"
CANCELLED, REFUNDED, LATE_REFUND, SENT = "cancelled", "refunded", "late_refund", "sent"

LATE_SUCCESS = "late_success"
"""The reason of a refund whose money came after the verdict and should never have been taken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An event of this type, and of this reason if one is named, writes an email of this kind."""

    event: type[Event]
    kind: str
    reason: str | None = None


RULES = (
    Rule(OrderCompleted, COMPLETED),
    Rule(OrderInventoryRejected, STOCK_REFUSED),
    Rule(OrderPaymentRejected, PAYMENT_REFUSED),
    Rule(OrderCancelled, CANCELLED),
    Rule(OrderRefunded, REFUNDED),
    Rule(OrderSent, SENT),
    Rule(PaymentRefunded, LATE_REFUND, reason=LATE_SUCCESS),
)

KINDS = tuple(rule.kind for rule in RULES)

TITLES = {
    COMPLETED: "Completed",
    STOCK_REFUSED: "Not enough stock",
    PAYMENT_REFUSED: "Payment refused",
    CANCELLED: "Cancelled",
    REFUNDED: "Refunded",
    LATE_REFUND: "Late payment returned",
    SENT: "Order sent",
    letters.CONFIRM: "New account",
    letters.EXISTS: "Has an account",
    letters.RESET: "New password",
    letters.NEW_EMAIL: "New address",
    letters.EMAIL_CHANGED: "Address changed",
    letters.PASSWORD_CHANGED: "Password changed",
    letters.INVITED: "Invitation",
    letters.LOW_STOCK: "Low stock",
    letters.TEST: "Test",
}
"""What a list of emails calls each kind."""


def kind_of(event_type: str, payload: dict[str, Any]) -> str | None:
    """The kind of email that a fact writes, or None when it writes none."""
    for rule in RULES:
        if event_type == rule.event.TYPE and rule.reason in (None, payload.get("reason")):
            return rule.kind
    return None


def kind_sql(events: str) -> str:
    """SQL for the same question: the kind that a row of `events` writes, NULL when it writes none.

    The reason is looked for in the text of the payload, which both databases do alike: our JSON is compact, and inside
    a JSON string every quotation mark is escaped, so that a customer's words cannot imitate the field.
    """
    cases = []
    for rule in RULES:
        condition = f"{events}.type = '{rule.event.TYPE}'"
        if rule.reason:
            condition += f""" AND {events}.payload LIKE '%"reason":"{rule.reason}"%'"""
        cases.append(f"WHEN {condition} THEN '{rule.kind}'")
    return f"CASE {' '.join(cases)} END"
