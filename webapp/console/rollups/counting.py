"""What a batch of facts adds to the sums: pure, from rows to sums. Nothing is read or written here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp import events as e
from webapp.console.rollups.models import CANCELLED, COMPLETED, PAYMENT_REFUSED, PLACED, REFUNDED, STOCK_REFUSED
from webapp.db import Row, from_json

DAY = 86_400 * 1_000_000
"""One day in microseconds; days are counted from 1 January 1970, UTC."""

TYPES = tuple(
    kind.TYPE
    for kind in (
        e.OrderInventoryPending, e.StockReserved, e.PaymentSuccess, e.OrderCompleted, e.OrderInventoryRejected,
        e.OrderPaymentRejected, e.OrderCancelled, e.OrderRefunded,
    )
)  # fmt: skip
"""The facts that are counted."""

ENDS_STEP = {
    e.StockReserved.TYPE: ("reserve", e.OrderInventoryPending.TYPE),
    e.PaymentSuccess.TYPE: ("pay", e.StockReserved.TYPE),
    e.OrderCompleted.TYPE: ("complete", e.PaymentSuccess.TYPE),
}
"""Which fact ends which step, and the fact of the same order that began it."""

SOLD_OUT, TOO_FEW = "sold out", "too few left"

GROWTH = 1.1
"""Each bucket of times reaches a tenth further than the one before: a median is known to within five per cent."""


@dataclass(slots=True)
class Sums:
    """What is added: by (market, day, measure, reason), by (market, day, step, bucket), by (market, day, product)."""

    days: dict[tuple[int, int, str, str], list[int]] = field(default_factory=dict)
    steps: dict[tuple[int, int, str, int], int] = field(default_factory=dict)
    products: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)

    def happened(self, market_id: int, at: int, measure: str, reason: str = "", amount_minor: int = 0) -> None:
        """Something happened once at an instant (microseconds UTC), with this much money in it."""
        sums = self.days.setdefault((market_id, at // DAY, measure, reason[:80]), [0, 0])
        sums[0] += 1
        sums[1] += amount_minor

    def took(self, market_id: int, at: int, step: str, micros: int) -> None:
        """A step that ended at an instant took so long (microseconds). None takes no time at all: a past that was told with a
        clock that stood still says nothing of it."""
        if micros <= 0:
            return
        key = (market_id, at // DAY, step, bucket_of(micros))
        self.steps[key] = self.steps.get(key, 0) + 1

    def sold(self, market_id: int, at: int, product_id: int, units: int, amount_minor: int) -> None:
        """So many units of a product were sold for so much."""
        sums = self.products.setdefault((market_id, at // DAY, product_id), [0, 0])
        sums[0] += units
        sums[1] += amount_minor


def add_facts(
    sums: Sums, facts: Iterable[Row], began: Mapping[tuple[int, str], int], lines: Mapping[int, Sequence[Row]]
) -> None:
    """Add facts of the log. `began` says when each order was told of a type, `lines` what completed orders held."""
    for fact in facts:
        market_id, order_id, at = fact["market_id"], fact["order_id"], fact["at"]
        if step := ENDS_STEP.get(fact["type"]):
            since = began.get((order_id, step[1]))
            if since is not None:
                sums.took(market_id, at, step[0], at - since)
        if measured := _measured(fact["type"], from_json(fact["payload"])):
            sums.happened(market_id, at, *measured)
        if fact["type"] == e.OrderCompleted.TYPE:
            for line in lines.get(order_id, ()):
                sums.sold(market_id, at, line["product_id"], line["quantity"], line["unit_minor"] * line["quantity"])


def add_told(sums: Sums, deliveries: Iterable[Row]) -> None:
    """Add first deliveries of the emails that say an order is completed."""
    for delivery in deliveries:
        sums.took(delivery["market_id"], delivery["at"], "tell", delivery["at"] - delivery["since"])


def bucket_of(micros: int) -> int:
    """The bucket of a duration: 0 below a millisecond, then each a tenth longer than the one before."""
    return 0 if micros < 1000 else 1 + math.floor(math.log(micros / 1000, GROWTH) + 1e-9)


def quantile(buckets: Mapping[int, int], share: float) -> float | None:
    """The duration in seconds that this share of all is at most, from counts by bucket; None without any.

    Within a bucket it is taken as evenly spread on the scale of the buckets, so that it is off by a tenth at the most.
    """
    rank, seen = sum(buckets.values()) * share, 0.0
    for bucket, times in sorted(buckets.items()):
        if times and seen + times >= rank:
            return 0.001 * float(GROWTH ** (bucket - 1 + (rank - seen) / times))
        seen += times
    return None


def _measured(event_type: str, payload: Mapping[str, Any]) -> tuple[str, str, int] | None:
    if event_type == e.OrderInventoryPending.TYPE:
        return PLACED, "", int(payload["total_minor"])
    if event_type == e.OrderCompleted.TYPE:
        return COMPLETED, "", int(payload["total_minor"])
    if event_type == e.OrderRefunded.TYPE:
        return REFUNDED, "", int(payload["amount_minor"])
    if event_type == e.OrderInventoryRejected.TYPE:
        gone = any(shortage["available"] == 0 for shortage in payload["shortages"])
        return STOCK_REFUSED, SOLD_OUT if gone else TOO_FEW, 0
    if event_type == e.OrderPaymentRejected.TYPE:
        return PAYMENT_REFUSED, str(payload["reason"]), 0
    if event_type == e.OrderCancelled.TYPE:
        # Who called it off: the shopper, the market, or the email address of somebody who must not stand in sums.
        by = str(payload["by"])
        return CANCELLED, by if by in ("shopper", "market") else "market", 0
    return None
