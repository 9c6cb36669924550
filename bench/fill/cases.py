"""Which of the orders that are filled in an SQL is about, and when their steps were: conditions and times over `filling f`."""

from __future__ import annotations

from webapp.orders import models as o

PAID = f"f.status IN ('{o.COMPLETED}', '{o.REFUNDED}')"
HELD = f"f.status IN ('{o.COMPLETED}', '{o.REFUNDED}', '{o.PAYMENT_REJECTED}')"
REFUSED, SHORT, CALLED_OFF, BACK = (
    f"f.status = '{status}'" for status in (o.PAYMENT_REJECTED, o.INVENTORY_REJECTED, o.CANCELLED, o.REFUNDED)
)
ALL = "f.id > 0"

DECLINED, BROKEN = "card_declined", "It came broken"
BACK_AFTER = 60_000_000
"""Microseconds between an order's end and its refund."""

RESERVED_AT = "f.at + f.reserve"
PAID_AT = "f.at + f.reserve + f.pay"
ENDED_AT = "f.ended_at"
REFUND_ASKED_AT = f"f.ended_at + {BACK_AFTER}"

TEMPI = tuple(
    {"n": n, "reserve": 12_000 + 7_000 * n, "pay": 280_000 + 90_000 * (n * n % 17), "complete": 15_000 + 4_000 * n, "tell": 600_000 + 250_000 * n}
    for n in range(10)
)  # fmt: skip
"""How long each step of every tenth order took, in microseconds."""
