"""What the things that a search found can be narrowed by, each with how many there would be: pure, over a bounded list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.db import Row
from webapp.web.figures import money_text

BANDS = (2_000, 5_000, 10_000)
"""Where price bands end, in minor units: €20, €50, €100, and ¥2,000, ¥5,000, ¥10,000."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """How a result is narrowed: by market (slug), category, price band ("2000-5000"), and to what is there; "" for all."""

    market: str = ""
    category: str = ""
    price: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: in words, and how many things there are of it when all else stays as it is."""

    value: str
    words: str
    count: int


def narrow(goods: Sequence[Row], markets: Mapping[int, Row], by: Narrowed, but: str = "") -> list[Row]:
    """What is left of the goods, whatever the facet `but` says."""
    wanted = {name: getattr(by, name) for name in ("market", "category", "price", "there") if name != but}
    return [
        good
        for good in goods
        if all(not value or _value(good, markets, name) == value for name, value in wanted.items())
    ]


def choices(goods: Sequence[Row], markets: Mapping[int, Row], by: Narrowed) -> dict[str, list[Choice]]:
    """The facets that tell the goods apart, with their counts. Prices are only compared within one currency."""
    found: dict[str, list[Choice]] = {}
    for name in ("market", "category", "price", "there"):
        left = narrow(goods, markets, by, but=name)
        currencies = {good["currency"] for good in left}
        if name == "price" and len(currencies) != 1:
            continue
        counts: dict[str, int] = {}
        for good in left:
            value = _value(good, markets, name)
            counts[value] = counts.get(value, 0) + 1
        counts.pop("", None)
        chosen = getattr(by, name)
        if len(counts) > 1 or chosen or (name == "there" and len(counts) == 1 and sum(counts.values()) < len(left)):
            found[name] = [Choice(v, _words(name, v, markets, currencies), n) for v, n in _ordered(name, counts)]
    return found


def words(name: str, value: str, markets: Mapping[int, Row], goods: Sequence[Row]) -> str:
    """A value that is chosen, in words."""
    return _words(name, value, markets, {good["currency"] for good in goods})


def _value(good: Row, markets: Mapping[int, Row], name: str) -> str:
    if name == "market":
        return str(markets[good["market_id"]]["slug"])
    if name == "price":
        return _band(good["price_minor"])
    if name == "there":
        return "1" if good["available"] > 0 else ""
    return str(good["category"])


def _band(price: int) -> str:
    least = max((end for end in BANDS if end <= price), default=0)
    most = min((end for end in BANDS if end > price), default=None)
    return f"{least}-{'' if most is None else most}"


def _ordered(name: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    if name == "price":
        return sorted(counts.items(), key=lambda one: int(one[0].split("-")[0]))
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _words(name: str, value: str, markets: Mapping[int, Row], currencies: set[str]) -> str:
    if name == "there":
        return "In stock"
    if name == "market":
        return next((str(market["name"]) for market in markets.values() if market["slug"] == value), value)
    if name != "price":
        return value
    least, _, most = value.partition("-")
    currency = min(currencies, default="EUR")
    if not most:
        return f"{money_text(int(least), currency)} and more"
    return (
        f"Under {money_text(int(most), currency)}"
        if least == "0"
        else f"{money_text(int(least), currency)} to {money_text(int(most), currency)}"
    )
