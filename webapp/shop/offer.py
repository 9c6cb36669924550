"""What a shopper is about to order: lines as they stand now, from one product or from an earlier order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from webapp.db import Row
from webapp.web.fields import MOST_UNITS


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One line: a product that is for sale, how many of it, and what is wrong with that, if anything."""

    product: Row
    quantity: int
    error: str = ""

    @property
    def available(self) -> int:
        """How many are on the shelf."""
        return int(self.product["available"])

    @property
    def total_minor(self) -> int:
        """The line's sum in minor units."""
        return int(self.product["price_minor"]) * self.quantity


@dataclass(frozen=True, slots=True)
class Offer:
    """All lines, of one market; `gone` names what an earlier order had and nobody sells any more."""

    market: Row
    lines: tuple[OfferLine, ...]
    gone: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        """The market's currency."""
        return str(self.market["currency"])

    @property
    def total_minor(self) -> int:
        """What is to be paid, in minor units."""
        return sum(line.total_minor for line in self.lines)

    @property
    def count(self) -> int:
        """How many pieces there are in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def chosen(self) -> tuple[tuple[int, int], ...]:
        """The lines that are ordered, as product and quantity: one of none is left out."""
        return tuple((int(line.product["id"]), line.quantity) for line in self.lines if line.quantity)

    @property
    def least(self) -> int:
        """The smallest number of a line: where there are several, one may be left out."""
        return 0 if len(self.lines) > 1 else 1

    def asked(self, wanted: Mapping[int, int]) -> Offer:
        """The same lines with other quantities, by product; each says what keeps it from being covered."""
        lines = (replace(line, quantity=wanted.get(line.product["id"], line.quantity)) for line in self.lines)
        return replace(self, lines=tuple(replace(line, error=_problem(line, self.least)) for line in lines))

    def fitting(self) -> Offer:
        """The same lines with as many as can be covered, at most what was asked."""
        return replace(
            self, lines=tuple(replace(line, quantity=min(line.quantity, max(line.available, 0))) for line in self.lines)
        )


def of_product(market: Row, product: Row, quantity: int) -> Offer:
    """So many of one product, at most as many as there are."""
    return Offer(market, (OfferLine(product, max(1, min(quantity, int(product["available"]), MOST_UNITS))),))


def of_lines(market: Row, wanted: Sequence[tuple[int, str, int]], for_sale: Mapping[int, Row]) -> Offer:
    """Lines of an earlier order (product, its name then, quantity) with the products as they are now."""
    lines = tuple(OfferLine(for_sale[id], quantity) for id, _, quantity in wanted if id in for_sale)
    return Offer(market, lines, tuple(name for id, name, _ in wanted if id not in for_sale))


def _problem(line: OfferLine, least: int) -> str:
    if line.quantity < least:
        return "Order at least one."
    if line.quantity > MOST_UNITS:
        return f"At most {MOST_UNITS:,} of one thing fit into an order."
    if line.quantity > line.available:
        return f"Only {line.available:,} left." if line.available > 0 else "Sold out by now."
    return ""
