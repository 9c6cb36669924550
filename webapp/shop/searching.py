"""The search page: what may be meant, narrowed and ordered; and names while one is still typing. The same for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

from flask import Response, render_template

from webapp.db import Row
from webapp.shop import facets, queries, search
from webapp.shop.answers import same_for_all
from webapp.shop.asking import After, Price, Sought, key_text
from webapp.shop.desk import bp
from webapp.shop.facets import Narrowed
from webapp.shop.queries import ON_A_PAGE
from webapp.web import reading
from webapp.web.access import public
from webapp.web.fields import Query

Order = Literal["best", "newest", "cheapest", "dearest"]
ORDERS: Mapping[Order, str] = {"best": "Best", "newest": "Newest", "cheapest": "Cheapest", "dearest": "Dearest"}


class Search(Query):
    """What is looked for, how it is narrowed and ordered, and where the page begins."""

    q: Sought = ""
    market: Sought = ""
    category: Sought = ""
    price: Price = ""
    there: Literal["", "1"] = ""
    sort: Order = "best"
    after: After = None
    before: After = None

    @property
    def narrowed(self) -> Narrowed:
        """How it is narrowed."""
        return Narrowed(self.market, self.category, self.price, self.there)


class Typed(Query):
    """What is typed so far."""

    q: Sought = ""


@bp.get("/search")
@public
def search_page() -> Response:
    """What is called so, or nearly so."""
    asked = reading.query(Search)
    sought = asked.q.strip()
    found = search.find(sought)
    there = queries.for_sale(list(found.scores))
    goods = [there[id] for id in found.scores if id in there]
    markets = {market["id"]: market for market in queries.markets({good["market_id"] for good in goods})}
    shown = facets.narrow(goods, markets, asked.narrowed)
    page, following, preceding = _page(shown, found.scores, asked)
    fresh = [] if goods else _fresh()
    chosen = [
        (facets.words(name, value, markets, goods), _href(asked, **{name: ""}))
        for name in ("market", "category", "price", "there")
        if (value := getattr(asked, name))
    ]
    return same_for_all(
        render_template(
            "shop/search.html", market=None, q=sought, goods=page, total=len(shown), all=len(goods), most=search.MOST,
            closest=found.closest, choices=facets.choices(goods, markets, asked.narrowed), chosen=chosen, asked=asked, orders=ORDERS,
            href=lambda **changed: _href(asked, **changed), following=following, preceding=preceding, first=asked.after is None and asked.before is None,
            fresh=fresh,
        )
    )  # fmt: skip


@bp.get("/search/names")
@public
def names() -> Response:
    """Names that what is typed so far may become, as options of the search's own field."""
    sought = reading.query(Typed).q.strip()
    found = search.suggestions(sought) if len(sought) > 1 else []
    return same_for_all(render_template("shop/_names.html", names=found))


def _fresh() -> list[Row]:
    """What came last onto the first shelves, for whoever has found nothing."""
    doors = [market["id"] for market in queries.doors()[:2]]
    return [good for goods in queries.at_the_doors(doors).values() for good in goods]


def _page(goods: Sequence[Row], scores: Mapping[int, int], asked: Search) -> tuple[list[Row], str | None, str | None]:
    """The page that is asked for, and the addresses of those beside it."""

    def key(good: Row) -> tuple[int, int]:
        id, price = good["id"], good["price_minor"]
        keys = {"best": (1000 - scores[id], -id), "newest": (0, -id), "cheapest": (price, id), "dearest": (-price, -id)}
        return keys[asked.sort]

    ordered = sorted(goods, key=key)
    signs = {"best": (1, -1), "newest": (1, -1), "cheapest": (1, 1), "dearest": (-1, -1)}[asked.sort]
    begin = 0
    if asked.after is not None and len(asked.after) == 2:
        edge = (signs[0] * asked.after[0], signs[1] * asked.after[1])
        begin = sum(key(good) <= edge for good in ordered)
    elif asked.before is not None and len(asked.before) == 2:
        edge = (signs[0] * asked.before[0], signs[1] * asked.before[1])
        begin = max(0, sum(key(good) < edge for good in ordered) - ON_A_PAGE)
    end = begin + ON_A_PAGE

    def beside(way: str, good: Row) -> str:
        return _href(asked, **{way: key_text(tuple(abs(part) for part in key(good)))})

    page = list(ordered[begin:end])
    following = beside("after", page[-1]) if end < len(ordered) else None
    return page, following, beside("before", ordered[begin]) if 0 < begin < len(ordered) else None


def _href(asked: Search, **changed: str | None) -> str:
    said = {**asked.model_dump(exclude={"after", "before"}), **changed}
    kept = {name: value for name, value in said.items() if value and (name, value) != ("sort", "best")}
    return f"/search?{urlencode(kept)}" if kept else "/search"
