"""What things can be narrowed by, each with how many there would be: pure, over a bounded list, of the things that a search
found or of a shelf's sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.db import Row
from webapp.products.categories import BETWEEN, above, is_within
from webapp.web.figures import money_text

BANDS = (2_000, 5_000, 10_000)
"""Where price bands end, in minor units: €20, €50, €100, and ¥2,000, ¥5,000, ¥10,000."""

PRICES = tuple(f"{least}-{most}" for least, most in zip((0, *BANDS), (*BANDS, ""), strict=True))
"""The price bands as an address names them: from the least, up to but without the most."""

NAMES = ("market", "category", "price", "there")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """How a result is narrowed: by market (slug), category and those below it, price band ("2000-5000"), and to what is
    there; "" for all."""

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
    wanted = {name: value for name in NAMES if name != but and (value := getattr(by, name))}
    return [good for good in goods if all(_is(good, markets, name, value) for name, value in wanted.items())]


def count(goods: Sequence[Row]) -> int:
    """How many things these are. A row of a shelf's sums stands for as many as its `goods` say."""
    return sum(good.get("goods", 1) for good in goods)


def choices(
    goods: Sequence[Row], markets: Mapping[int, Row], by: Narrowed, names: Sequence[str] = NAMES
) -> dict[str, list[Choice]]:
    """Those of the facets `names` that tell the goods apart, with their counts. Prices are only compared within one currency, and of categories
    there are those of the level below the chosen one."""
    found: dict[str, list[Choice]] = {}
    for name in names:
        left = narrow(goods, markets, by, but="" if name == "category" else name)
        currencies = {good["currency"] for good in left}
        if name == "price" and len(currencies) != 1:
            continue
        counts: dict[str, int] = {}
        for good in left:
            value = _below(good["category"], by.category) if name == "category" else _value(good, markets, name)
            counts[value] = counts.get(value, 0) + good.get("goods", 1)
        counts.pop("", None)
        # One value that all of them have tells nothing apart.
        if len(counts) > 1 or 0 < sum(counts.values()) < count(left):
            found[name] = [Choice(v, _words(name, v, markets, currencies), n) for v, n in _ordered(name, counts)]
    return found


def words(name: str, value: str, markets: Mapping[int, Row], goods: Sequence[Row]) -> str:
    """A value that is chosen, in words."""
    return _words(name, value, markets, {good["currency"] for good in goods})


def _is(good: Row, markets: Mapping[int, Row], name: str, value: str) -> bool:
    return is_within(good["category"], value) if name == "category" else _value(good, markets, name) == value


def _below(category: str, chosen: str) -> str:
    """The category that leads from the chosen one to this one, or ""."""
    deeper = above(category)[len(above(chosen)) :]
    return deeper[0] if deeper else ""


def _value(good: Row, markets: Mapping[int, Row], name: str) -> str:
    if name == "market":
        return str(markets[good["market_id"]]["slug"])
    if name == "price":
        return _band(good["price_minor"])
    if name == "there":
        return "1" if good["available"] > 0 else ""
    raise AssertionError(f"there is no facet {name}")


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
    if name == "category":
        return value.rsplit(BETWEEN, 1)[-1]
    least, _, most = value.partition("-")
    first, last = (
        money_text(int(end or 0), min(currencies, default="EUR")).removesuffix(".00") for end in (least, most)
    )
    if not most:
        return f"{first} and more"
    return f"Under {last}" if least == "0" else f"{first} to {last}"
