"""What the inventory service decides about orders, as pure functions: no database, no clock, so that a simulator can ask
it a thousand times a second and a reader can see the rule.

A batch is a list of messages in their order. `Stock` is what the products have; `Held` what an order has been given. Each
function returns the changes to write, and never looks at anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webapp.events import Quantity, Shortage
from webapp.inventory.models import CONSUMED, FAILED, HELD, RELEASED, TOMBSTONE


@dataclass(frozen=True, slots=True)
class Stock:
    """What one product can still promise: `available` units, none when the inventory is inactive or not there."""

    available: int
    active: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """An order asks for its items, each product once."""

    order_id: int
    items: tuple[Quantity, ...]


@dataclass(slots=True)
class Reserved:
    """The decision about a batch of wishes: who holds what, who was short of what, and the units per product."""

    held: list[Wish] = field(default_factory=list)
    failed: dict[int, tuple[Shortage, ...]] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)


def reserve(stock: Mapping[int, Stock], states: Mapping[int, str], wishes: Sequence[Wish]) -> Reserved:
    """All or nothing per order, first come first served within the batch.

    An order that has a state already (held before, or cancelled before its wish arrived) is left as it is: that is the
    second guard, beside the inbox, and holds when the same wish comes under a new message id.
    """
    decision = Reserved()
    decided: set[int] = set()
    for wish in wishes:
        if wish.order_id in states or wish.order_id in decided:
            continue
        decided.add(wish.order_id)
        short = tuple(
            Shortage(item.product_id, item.quantity, left)
            for item in wish.items
            if (left := _left(stock, decision.units, item.product_id)) < item.quantity
        )
        if short:
            decision.failed[wish.order_id] = short
            continue
        decision.held.append(wish)
        for item in wish.items:
            decision.units[item.product_id] = decision.units.get(item.product_id, 0) + item.quantity
    return decision


def _left(stock: Mapping[int, Stock], promised: Mapping[int, int], product_id: int) -> int:
    product = stock.get(product_id)
    return max(product.available - promised.get(product_id, 0), 0) if product and product.active else 0


ENDS: dict[str, str] = {
    "ORDER_COMPLETED": CONSUMED,
    "ORDER_PAYMENT_REJECTED": RELEASED,
    "ORDER_CANCELLED": RELEASED,
}
"""What becomes of held stock when the order reaches an end."""


def end(states: Mapping[int, str], ends: Sequence[tuple[int, str]]) -> dict[int, str]:
    """The new state per order id: consumed or released where it is HELD; a TOMBSTONE where a cancelled order's wish has
    not arrived yet, so that it will reserve nothing; nothing where the order has ended already."""
    changes: dict[int, str] = {}
    for order_id, event_type in ends:
        state = changes.get(order_id, states.get(order_id))
        if state == HELD:
            changes[order_id] = ENDS[event_type]
        elif state is None and event_type == "ORDER_CANCELLED":
            changes[order_id] = TOMBSTONE
    return changes


FINAL = frozenset({FAILED, CONSUMED, RELEASED, TOMBSTONE})
