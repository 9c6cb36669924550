"""What shoppers see, read in sets: a page is a fixed number of statements, however much it shows. Only what is for sale, in
any market; a product whose inventory is switched off or not made yet is sold out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.db import Row, among, fetch
from webapp.errors import NotFound
from webapp.products.categories import above
from webapp.products.queries import picture_sql
from webapp.shop.facets import BANDS
from webapp.web.counting import few

ON_A_PAGE = 24
"""Goods on one page of a shelf: whole rows of two, three and four."""

AT_THE_DOOR = 4
"""Goods that the front page shows of each market."""

MOST_MARKETS = 50

NEWEST = 48
"""Goods of a market that may stand at its door."""

Sort = Literal["newest", "cheapest", "dearest"]
Key = tuple[int, ...]

AVAILABLE = "CASE WHEN i.active THEN coalesce(i.on_hand - i.reserved, 0) ELSE 0 END"
_GOOD = f"p.id, p.market_id, p.name, p.slug, p.maker, p.category, {picture_sql()} AS picture, p.price_minor, p.currency, {AVAILABLE} AS available"
_SHELF = (
    "FROM products p LEFT JOIN inventories i ON i.product_id = p.id WHERE p.deleted_at IS NULL AND p.status = 'active'"
)

_ORDERS: dict[Sort, tuple[tuple[str, ...], str]] = {
    "newest": (("id",), "DESC"),
    "cheapest": (("price_minor", "id"), "ASC"),
    "dearest": (("price_minor", "id"), "DESC"),
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of goods, the key after which the next one begins (None at the end), and the key before which the one before ends
    (None at the beginning)."""

    goods: Sequence[Row]
    following: Key | None
    preceding: Key | None


@dataclass(frozen=True, slots=True)
class Part:
    """What part of a shelf is looked at: these categories (None: all), prices from `least` up to but without `most` (None:
    without an end) in minor units, and only what is there."""

    categories: Collection[str] | None = None
    least: int = 0
    most: int | None = None
    there: bool = False


def shelf(
    market_id: int, part: Part, sort: Sort = "newest", after: Key | None = None, before: Key | None = None
) -> Shelf:
    """A page of what a market has for sale: the first one, the one after a key, or the one before a key. A key that does not fit the
    sort counts as none."""
    columns, way = _ORDERS[sort]
    back = after is None and before is not None and len(before) == len(columns)
    key = before if back else after if after is not None and len(after) == len(columns) else None
    if back:
        way = "ASC" if way == "DESC" else "DESC"
    sign = "<" if way == "DESC" else ">"
    wanted, named = _wanted(part)
    if key:
        wanted.append(
            f"({', '.join(f'p.{c}' for c in columns)}) {sign} ({', '.join(f':key_{n}' for n in range(len(columns)))})"
        )
    found = fetch(
        f"SELECT {_GOOD} {_SHELF} AND p.market_id = :market_id {''.join(f' AND {one}' for one in wanted)}"
        f" ORDER BY {', '.join(f'p.{c} {way}' for c in columns)} LIMIT {ON_A_PAGE + 1}",
        market_id=market_id,
        **named,
        **{f"key_{n}": part for n, part in enumerate(key or ())},
    )
    kept = found[:ON_A_PAGE]
    more = len(found) > ON_A_PAGE
    if back and not more:
        # It is the beginning, which is a whole page even if less than one lay before the key.
        return shelf(market_id, part, sort)
    if not kept:
        return Shelf(kept, None, key)
    near, far = (tuple(int(good[column]) for column in columns) for good in (kept[0], kept[-1]))
    if back:
        return Shelf(kept[::-1], near, far)
    return Shelf(kept, far if more else None, near if key else None)


def doors() -> list[Row]:
    """The markets that have something for sale, with how much (`goods`, counted as :func:`few` counts), the longest open first."""
    for_sale = "FROM products p WHERE p.market_id = m.id AND p.deleted_at IS NULL AND p.status = 'active'"
    return fetch(
        f"SELECT m.*, {few(for_sale)} AS goods FROM markets m WHERE EXISTS (SELECT 1 {for_sale}) ORDER BY m.id LIMIT {MOST_MARKETS}"
    )


def at_the_doors(market_ids: Sequence[int]) -> dict[int, list[Row]]:
    """The first goods of each market, of its NEWEST those that are there before those that are sold out, newest first."""
    if not market_ids:
        return {}
    # Each market is read for itself, through the index of its newest: a window over all goods would read them all.
    newest = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {_GOOD} {_SHELF} AND p.market_id = :m{n} ORDER BY p.id DESC LIMIT {NEWEST}) AS of{n}"
        for n in range(len(market_ids))
    )
    found = fetch(
        "SELECT * FROM (SELECT goods.*, row_number() OVER (PARTITION BY market_id ORDER BY CASE WHEN available > 0 THEN 0 ELSE 1 END, id DESC)"
        f" AS place FROM ({newest}) AS goods) AS placed WHERE place <= {AT_THE_DOOR} ORDER BY market_id, place",
        **{f"m{n}": market_id for n, market_id in enumerate(market_ids)},
    )
    doors: dict[int, list[Row]] = {market_id: [] for market_id in market_ids}
    for row in found:
        doors[row["market_id"]].append(row)
    return doors


def sums(market_id: int) -> list[Row]:
    """How many things (`goods`) a market has for sale of each category, price band and whether any is left: what every count
    on its shelf is made of, in one statement. A row looks like one of its goods (see :mod:`webapp.shop.facets`)."""
    band = " ".join(f"WHEN p.price_minor < {end} THEN {number}" for number, end in enumerate(BANDS))
    left = f"CASE WHEN {AVAILABLE} > 0 THEN 1 ELSE 0 END"
    return fetch(
        f"SELECT p.category, CASE {band} ELSE {len(BANDS)} END AS band, {left} AS available, min(p.price_minor) AS price_minor,"
        f" min(p.currency) AS currency, count(*) AS goods {_SHELF} AND p.market_id = :market_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        market_id=market_id,
    )


def product(product_id: int) -> Row:
    """A product that is for sale, with `available`. Raises NotFound for all others."""
    found = fetch(
        f"SELECT {_GOOD}, p.sku, p.description {_SHELF} AND p.id = :id",
        id=product_id,
    )
    if not found:
        raise NotFound("this is not for sale, or not any more")
    return found[0]


def for_sale(product_ids: Sequence[int]) -> dict[int, Row]:
    """Those of the products that are for sale, by id, with `available`."""
    found = fetch(
        f"SELECT {_GOOD} {_SHELF} AND {among('p.id', 'asked')}",
        asked=product_ids,
    )
    return {row["id"]: row for row in found}


def beside(product: Row) -> list[Row]:
    """Four other things that somebody who looks at this one may like: of the same category, then of the same branch of the tree,
    then the newest of the market; what is there before what is sold out, by the same hands, and near in price. Of a large
    category only the newest are asked."""
    near = "SELECT id FROM products WHERE deleted_at IS NULL AND status = 'active' AND market_id = :market_id"
    # The sign behind a branch's name keeps "Tablets" out of "Table".
    in_branch = "(category = :branch OR substr(category, 1, length(:branch) + 3) = :branch || ' / ')"
    return fetch(
        f"SELECT {_GOOD} {_SHELF} AND p.id <> :id AND p.id IN ("
        f"SELECT id FROM ({near} AND category = :category ORDER BY id DESC LIMIT 48) AS alike"
        f" UNION SELECT id FROM ({near} AND {in_branch} ORDER BY id DESC LIMIT 24) AS akin"
        f" UNION SELECT id FROM ({near} ORDER BY id DESC LIMIT 12) AS newest)"
        f" ORDER BY CASE WHEN p.category = :category THEN 0 WHEN {in_branch.replace('category', 'p.category')} THEN 1 ELSE 2 END,"
        f" CASE WHEN {AVAILABLE} > 0 THEN 0 ELSE 1 END, CASE WHEN p.maker = :maker THEN 0 ELSE 1 END,"
        f" abs(p.price_minor - :price), p.id DESC LIMIT {AT_THE_DOOR}",
        market_id=product["market_id"], category=product["category"], branch=(above(product["category"]) or [""])[0],
        maker=product["maker"], price=product["price_minor"], id=product["id"],
    )  # fmt: skip


def market(market_id: int) -> Row:
    """A market by its id. Raises NotFound."""
    found = fetch("SELECT * FROM markets WHERE id = :id", id=market_id)
    if not found:
        raise NotFound("there is no such market")
    return found[0]


def markets(market_ids: Collection[int]) -> list[Row]:
    """These markets, the longest open first."""
    return fetch(
        f"SELECT * FROM markets WHERE {among('id', 'asked')} ORDER BY id",
        asked=sorted(market_ids),
    )


def taken_by_others(order_id: int, product_ids: Collection[int], since: int, until: int) -> dict[int, int]:
    """How many units of each product other orders have set aside between two instants."""
    found = fetch(
        "SELECT product_id, sum(quantity) AS units FROM reservations WHERE order_id <> :order_id AND held_at BETWEEN :since AND :until"
        f" AND {among('product_id', 'asked')} GROUP BY product_id",
        order_id=order_id, since=since, until=until, asked=product_ids,
    )  # fmt: skip
    return {row["product_id"]: int(row["units"]) for row in found}


def _wanted(part: Part) -> tuple[list[str], Mapping[str, object]]:
    wanted, named = ["p.price_minor >= :least"] if part.least else [], dict[str, object]()
    if part.least:
        named["least"] = part.least
    if part.most is not None:
        wanted.append("p.price_minor < :most")
        named["most"] = part.most
    if part.there:
        wanted.append(f"{AVAILABLE} > 0")
    if part.categories is not None:
        wanted.append(among("p.category", "categories", "text"))
        named["categories"] = part.categories
    return wanted, named
