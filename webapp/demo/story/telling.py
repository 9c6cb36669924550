"""Tells the story: who orders what and when, what is refused, taken back and brought in."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from webapp.demo.catalogue import DemoMarket, DemoProduct
from webapp.demo.story.happenings import DemoDelivery, DemoOrder, DemoRefund, Happening
from webapp.demo.story.hours import visits
from webapp.demo.story.parcels import parcels
from webapp.demo.story.shelf import Move, mishaps, restocked
from webapp.demo.story.shoppers import Shopper, shoppers

ORDERS = 350
SHARES = (0.64, 0.36)
"""How the orders fall to the first and to the second market."""

REFUSED = (("tok_declined", 0.035), ("tok_insufficient_funds", 0.03))
CANCELLED = 0.02
SHORT = 0.03
REFUNDED = 0.03
REASONS = (
    "It arrived broken.",
    "Not quite the colour of the picture.",
    "A present that somebody had already.",
    "Too large for the shelf.",
)


def story(
    markets: Sequence[DemoMarket], start: datetime, end: datetime, seed: int, count: int = ORDERS
) -> Iterator[Happening]:
    """Yield everything that happens from start (inclusive) to end, in order of time.

    When every order has run to its end before the next one begins, each shelf ends at its product's `stock` and none
    falls below zero. Raises ValueError for naive datetimes and for fewer than three days.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("the story needs aware datetimes")
    if end - start < timedelta(days=3):
        raise ValueError("a story of less than three days has no deliveries")
    happenings: list[Happening] = []
    for market, share in zip(markets, SHARES, strict=True):
        # Chance here decides what the demo shows; nothing secret hangs on it.
        chance = random.Random(f"{seed} {market.slug}")  # noqa: S311
        happenings.extend(_market_story(market, start, end, round(count * share), chance))
    # Deliveries sort before orders of the same instant, for they are what the orders live on.
    yield from sorted(happenings, key=lambda happening: (happening.at, not isinstance(happening, DemoDelivery)))


def _market_story(
    market: DemoMarket, start: datetime, end: datetime, count: int, chance: random.Random
) -> list[Happening]:
    placed = _orders(market, visits(start + timedelta(hours=1), end, count, chance), chance)
    refunds = _refunds(market, placed, end, chance)
    changes = mishaps(market, start, end, chance)
    moves: dict[str, list[Move]] = defaultdict(list)
    for order in placed:
        if order.sells:
            for sku, quantity in order.items:
                moves[sku].append(Move(order.at, -quantity))
    for refund in refunds:
        for sku, quantity in refund.restock:
            moves[sku].append(Move(refund.at, quantity))
    for change in changes:
        moves[change.sku].append(Move(change.at, change.delta, change))
    for product in market.products:
        brought = restocked(market, product, moves[product.sku], start, chance)
        moves[product.sku].extend(Move(delivery.at, delivery.delta, delivery) for delivery in brought)
    written = [move.delivery for shelf in moves.values() for move in shelf if move.delivery]
    sent = parcels([order for order in placed if order.sells], end)
    return [*(_asking(market, order, moves, chance) for order in placed), *refunds, *written, *sent]


def _orders(market: DemoMarket, times: Sequence[datetime], chance: random.Random) -> list[DemoOrder]:
    people = shoppers(market.slug, max(8, len(times) // 3), chance)
    # Some come every week and most come once: the weights fall off like the names in a guest book.
    # The one with the account, first of them, comes as often as somebody in the middle.
    habits = [1 / (place + 12) for place in range(len(people))]
    habits[0] = habits[len(habits) // 3]
    goods = [product for product in market.products if product.orderable]
    liking = [_liking(product, chance) for product in goods]
    placed = []
    for number, at in enumerate(times, start=1):
        (who,) = chance.choices(people, habits)
        order = _order(market, f"{market.slug}-{number:04d}", at, who, _items(goods, liking, chance), chance)
        placed.append(order)
    return placed


def _liking(product: DemoProduct, chance: random.Random) -> float:
    """How often people reach for it: cheap things and well-filled shelves more, and some things just so."""
    return chance.uniform(0.6, 1.6) * (4000 / (product.price_minor + 1500)) * (0.5 if product.stock == 0 else 1)


def _items(goods: Sequence[DemoProduct], liking: Sequence[float], chance: random.Random) -> tuple[tuple[str, int], ...]:
    (lines,) = chance.choices((1, 2, 3, 4), (46, 31, 16, 7))
    items: dict[str, int] = {}
    while len(items) < lines:
        (product,) = chance.choices(goods, liking)
        most = 4 if product.price_minor < 1000 else 2 if product.price_minor < 4000 else 1
        items[product.sku] = min(most, chance.choices((1, 2, 3, 4), (70, 20, 6, 4))[0])
    return tuple(items.items())


def _order(
    market: DemoMarket, key: str, at: datetime, who: Shopper, items: tuple[tuple[str, int], ...], chance: random.Random
) -> DemoOrder:
    fate = chance.random()
    order = DemoOrder(at, market.slug, key, who.email, who.name, who.delivery, items, "tok_success")
    for token, likely in REFUSED:
        if fate < likely:
            return replace(order, token=token)
        fate -= likely
    if fate < CANCELLED:
        return replace(order, cancelled=True)
    if fate < CANCELLED + SHORT:
        return replace(order, short=True)
    return order


def _refunds(market: DemoMarket, placed: Sequence[DemoOrder], end: datetime, chance: random.Random) -> list[DemoRefund]:
    """Send back a few orders some days after they were completed, half of them with the goods returning to the shelf."""
    # A shelf takes back at most what it holds in the end, less the one that a count may find (see shelf.MISHAPS).
    room = {product.sku: product.stock - 1 for product in market.products}
    found = []
    for order in placed:
        at = order.at + timedelta(days=chance.randint(1, 5), minutes=chance.randint(-90, 90))
        if not order.sells or at >= end or chance.random() >= REFUNDED:
            continue
        whole = len(order.items) == 1 or chance.random() < 0.5
        items = order.items if whole else order.items[:1]
        back = chance.random() < 0.5 and all(quantity <= room[sku] for sku, quantity in items)
        if back:
            room.update((sku, room[sku] - quantity) for sku, quantity in items)
        found.append(
            DemoRefund(at, market.slug, order.key, items, whole, items if back else (), chance.choice(REASONS))
        )
    return found


def _asking(market: DemoMarket, order: DemoOrder, moves: dict[str, list[Move]], chance: random.Random) -> DemoOrder:
    """Fit what an order that sells nothing asks for to the shelves of its instant.

    One that shall be short asks for a little more than a scarce shelf holds; one whose card is refused or that is taken
    back asks for no more than there is.
    """
    if order.sells:
        return order
    held = {
        product.sku: sum(move.delta for move in moves[product.sku] if move.at <= order.at)
        for product in market.products
        if product.orderable
    }
    if not order.short:
        covered = tuple((sku, quantity) for sku, quantity in order.items if quantity <= held[sku])
        fullest = max(sorted(held), key=lambda sku: held[sku])
        return replace(order, items=covered or ((fullest, 1),))
    # Among the five emptiest shelves, so that the figure asked for is one that a person might want.
    scarce = chance.choice(sorted(held, key=lambda sku: (held[sku], sku))[:5])
    kept = tuple((sku, quantity) for sku, quantity in order.items if sku != scarce)[:2]
    return replace(order, items=((scarce, held[scarce] + chance.randint(1, 3)), *kept))
