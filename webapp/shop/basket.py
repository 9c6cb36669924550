"""What a cart says when it is looked at: its lines as they can be had now, by market, and what has changed since they were put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp import clock
from webapp.db import Row, fetch
from webapp.shop import queries
from webapp.shop.offer import Offer, of_lines
from webapp.web.figures import money_text

UNDO = 600
"""Seconds for which something taken out is shown with the way back."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line: what was put in (`quantity`, `name`, `then_minor`), and the product as it is now, None when it is not for sale."""

    product_id: int
    name: str
    quantity: int
    then_minor: int
    product: Row | None

    @property
    def available(self) -> int:
        """How many can be had now."""
        return max(0, int(self.product["available"])) if self.product else 0

    @property
    def total_minor(self) -> int:
        """The line's sum at today's price, in minor units."""
        return int(self.product["price_minor"]) * self.quantity if self.product else 0

    @property
    def covered(self) -> bool:
        """Whether all of it can be had now."""
        return 0 < self.quantity <= self.available

    @property
    def problem(self) -> str:
        """Why it cannot be ordered like this, or ""."""
        if self.product is None:
            return "This is not for sale any more."
        if self.covered:
            return ""
        return f"Only {self.available:,} left by now." if self.available else "Sold out by now."

    @property
    def repriced(self) -> str:
        """What became of the price since it was put in, or ""."""
        if self.product is None or self.product["price_minor"] == self.then_minor:
            return ""
        currency = self.product["currency"]
        now = money_text(int(self.product["price_minor"]), currency)
        return f"It was {money_text(self.then_minor, currency)} when you put it in, and is {now} now."


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one market, and what those that can be had come to, in its currency."""

    market: Row
    lines: Sequence[BasketLine]

    @property
    def total_minor(self) -> int:
        """What can be ordered now comes to, in minor units."""
        return sum(line.total_minor for line in self.lines if line.covered)

    @property
    def ready(self) -> bool:
        """Whether every line can be ordered as it is."""
        return all(line.covered for line in self.lines)


@dataclass(frozen=True, slots=True)
class Basket:
    """All of a cart: by market, what nobody sells any more, and what was taken out a moment ago; and the page of the orders
    that it became last."""

    parts: Sequence[Part] = ()
    gone: Sequence[BasketLine] = ()
    removed: Sequence[BasketLine] = ()
    checkout: str = ""
    ordered: str = ""

    @property
    def count(self) -> int:
        """Pieces in all."""
        return sum(line.quantity for part in self.parts for line in part.lines)

    @property
    def ready(self) -> bool:
        """Whether all of it can be ordered as it is."""
        return bool(self.parts) and not self.gone and all(part.ready for part in self.parts)


def read(cart: Row | None) -> Basket:
    """A cart as it stands, in three statements."""
    if cart is None:
        return Basket()
    kept = fetch(
        "SELECT * FROM cart_lines WHERE cart_id = :id AND (removed_at IS NULL OR removed_at > :since) ORDER BY id",
        id=cart["id"],
        since=clock.now() - clock.seconds(UNDO),
    )
    for_sale = queries.for_sale([row["product_id"] for row in kept])
    markets = queries.markets({product["market_id"] for product in for_sale.values()})
    lines = [
        (row["removed_at"] is not None, BasketLine(row["product_id"], row["name"], row["quantity"], row["price_minor"], for_sale.get(row["product_id"])))
        for row in kept
    ]  # fmt: skip
    there = [line for removed, line in lines if not removed]
    parts = [
        Part(market, [line for line in there if line.product and line.product["market_id"] == market["id"]])
        for market in markets
    ]
    return Basket(
        [part for part in parts if part.lines], [line for line in there if line.product is None],
        [line for removed, line in lines if removed and line.product is not None], cart["checkout"], cart["ordered"],
    )  # fmt: skip


def kept(cart: Row | None) -> list[Row]:
    """The lines of a cart as they were put in, without what was taken out."""
    if cart is None:
        return []
    return fetch("SELECT * FROM cart_lines WHERE cart_id = :id AND removed_at IS NULL ORDER BY id", id=cart["id"])


def pieces_in(cart: Row | None) -> int:
    """How many pieces are in a cart."""
    if cart is None:
        return 0
    found = fetch(
        "SELECT coalesce(sum(quantity), 0) AS n FROM cart_lines WHERE cart_id = :id AND removed_at IS NULL",
        id=cart["id"],
    )
    return int(found[0]["n"])


def offers(wanted: Sequence[tuple[int, str, int]]) -> tuple[Offer, ...]:
    """Products, their names and quantities as offers, one for each market, in three statements at most. What nobody sells
    any more is named by the first of them."""
    for_sale = queries.for_sale([product_id for product_id, _, _ in wanted])
    markets = queries.markets({product["market_id"] for product in for_sale.values()})
    made = [
        of_lines(market, [one for one in wanted if one[0] in for_sale and for_sale[one[0]]["market_id"] == market["id"]], for_sale)
        for market in markets
    ]  # fmt: skip
    gone = tuple(name for product_id, name, _ in wanted if product_id not in for_sale)
    return tuple(Offer(offer.market, offer.lines, gone if not n else ()) for n, offer in enumerate(made))
