"""The goods' side of the story: worked out backwards from what the shelf shall hold at its end.

Backwards every sale adds to the shelf, so the figure cannot fall below zero; where it grows beyond what the shelf takes,
a delivery must have come before. The first delivery, at the start, brings what the earliest sales needed.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.demo.catalogue import DemoMarket, DemoProduct
from webapp.demo.story.happenings import DemoDelivery

MISHAPS = (
    ("damaged", -1, "Chipped on the way to the shelf."),
    ("damaged", -2, "The box got wet in the yard."),
    ("count", -1, "One fewer on the shelf than in the book."),
    ("count", 1, "Found one behind the others."),
    ("promotion", -1, "Lent to the newspaper for a picture and never seen again."),
    ("loss", -1, "Gone from the shelf, nobody knows how."),
)


@dataclass(frozen=True)
class Move:
    """A change of one shelf at an instant, sale or mishap; `delivery` is set where a person wrote it down."""

    at: datetime
    delta: int
    delivery: DemoDelivery | None = None


def mishaps(market: DemoMarket, start: datetime, end: datetime, chance: random.Random) -> list[DemoDelivery]:
    """Return what breaks, is lost or is counted anew: about one in every four kinds of goods, mid-morning on some day."""
    able = [product for product in market.products if product.orderable and product.stock >= 4]
    found = []
    for product in chance.sample(able, len(able) // 4):
        reason, delta, note = chance.choice(MISHAPS)
        day = start + (end - start) * chance.uniform(0.1, 0.92)
        at = day.replace(hour=chance.randint(9, 16), minute=chance.randint(0, 59), microsecond=0)
        if not start < at < end:
            at = day
        found.append(DemoDelivery(at, market.slug, product.sku, delta, reason, note))
    return found


def restocked(
    market: DemoMarket, product: DemoProduct, moves: Sequence[Move], start: datetime, chance: random.Random
) -> list[DemoDelivery]:
    """Return the deliveries that make `moves` end at the product's stock: the opening one and those that came between.

    Raises ValueError when a return to the shelf would need more goods than had left it.
    """
    room = max(product.stock, 3 * product.threshold, 6) + chance.randint(2, 6)
    # What comes back later must have gone before: no delivery finds the shelf emptier than that.
    returns = sum(move.delta for move in moves if move.delta > 0)
    held, found = product.stock, []
    for move in sorted(moves, key=lambda move: move.at, reverse=True):
        held -= move.delta
        if held < 0:
            raise ValueError(f"{product.sku}: more comes back at {move.at} than had gone")
        morning = move.at.replace(hour=6, minute=chance.randint(5, 50), second=chance.randint(0, 59), microsecond=0)
        if held > room and morning > start + timedelta(days=2):
            before = returns + chance.randint(1, max(2, product.threshold))
            # Moves of that morning's day which are earlier than the one at hand come after the delivery as well, so the
            # delivery waits for them: it is put before this move only when nothing else moved between.
            earlier = [other for other in moves if morning <= other.at < move.at]
            if not earlier and held > before:
                found.append(
                    DemoDelivery(morning, market.slug, product.sku, held - before, "received", _note(product, chance))
                )
                held = before
    if held:
        found.append(
            DemoDelivery(start, market.slug, product.sku, held, "received", "What was on the shelf when we began.")
        )
    return found[::-1]


def _note(product: DemoProduct, chance: random.Random) -> str:
    return chance.choice(
        (
            f"Fresh from {product.maker}.",
            f"{product.maker} brought them over.",
            "Weekly delivery.",
            "Came with the morning van.",
        )
    )
