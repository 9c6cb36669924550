"""A market's shelf and the categories on it: narrowed, ordered, page by page. The same for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote, urlencode

from flask import Response, redirect, render_template
from flask.typing import ResponseReturnValue

from webapp.accounts import queries as accounts
from webapp.db import Row
from webapp.products import categories
from webapp.products.categories import Branch
from webapp.shop import facets, queries
from webapp.shop.answers import same_for_all
from webapp.shop.asking import After, Price, Sought, key_text
from webapp.shop.desk import bp
from webapp.shop.facets import Narrowed
from webapp.shop.kept import for_a_moment
from webapp.shop.queries import Part, Sort
from webapp.web import reading
from webapp.web.access import public
from webapp.web.fields import Query

SORTS: Mapping[Sort, str] = {"newest": "Newest", "cheapest": "Cheapest", "dearest": "Dearest"}


class OnTheShelf(Query):
    """What part of a shelf is looked at: a price band, only what is there, an order, and where the page begins. `category`
    stands in addresses of old, which lead to the category's own page."""

    category: Sought = ""
    price: Price = ""
    there: Literal["", "1"] = ""
    sort: Sort = "newest"
    after: After = None
    before: After = None


@bp.app_template_global()
def category_href(market: Row, category: str) -> str:
    """The address of a category's page; of the whole shelf for ""."""
    return f"/m/{market['slug']}/{quote(categories.address(category))}" if category else f"/m/{market['slug']}"


@bp.app_template_global()
def category_crumbs(market: Row, category: str) -> list[tuple[str, str]]:
    """The way to a category: the market, and each level with its address, from the top down."""
    levels = [
        (path.rsplit(categories.BETWEEN, 1)[-1], category_href(market, path)) for path in categories.above(category)
    ]
    return [(str(market["name"]), category_href(market, "")), *levels]


@bp.get("/m/<slug>", defaults={"way": ""})
@bp.get("/m/<slug>/<path:way>")
@public
def market(slug: str, way: str) -> ResponseReturnValue:
    """A market's shelf, or a category of it with all that lies below."""
    keeper = accounts.market(slug)
    asked = reading.query(OnTheShelf)
    if asked.category:
        return redirect(_href(category_href(keeper, asked.category), asked), 302)
    sums = for_a_moment(("sums", keeper["id"]), lambda: queries.sums(keeper["id"]), facets.count)
    tree = categories.tree(_counts(sums))
    here = [branch for branch in tree if categories.address(branch.path) == way.strip("/").casefold()]
    if way and not here:
        return _page(keeper, asked, sums, tree, None, 404)
    return _page(keeper, asked, sums, tree, here)


def _page(
    keeper: Row, asked: OnTheShelf, sums: Sequence[Row], tree: Sequence[Branch], here: Sequence[Branch] | None, status: int = 200
) -> Response:  # fmt: skip
    # Two categories may be written alike in an address: they then share a page.
    current = here[0] if here else None
    on_it = [row for row in sums if _is_on(row["category"], here)]
    named = None if here == [] else sorted({row["category"] for row in on_it})
    shelf = queries.shelf(keeper["id"], _part(asked, named), asked.sort, asked.after, asked.before)
    by = Narrowed(price=asked.price, there=asked.there)
    address = category_href(keeper, current.path if current else "")

    def href(**changed: str | None) -> str:
        return _href(address, asked, **changed)

    page = render_template(
        "shop/market.html", market=keeper, here=current, lost=here is None, goods=shelf.goods, asked=asked, sorts=SORTS,
        first=shelf.preceding is None, href=href, beside=_level(tree, current), all=facets.count(sums), on_it=facets.count(on_it),
        total=facets.count(facets.narrow(on_it, {}, by)), choices=facets.choices(on_it, {}, by, ("price", "there")),
        chosen=[(facets.words(name, value, {}, on_it), href(**{name: ""})) for name in ("price", "there") if (value := getattr(asked, name))],
        following=key_text(shelf.following), preceding=key_text(shelf.preceding), address=address,
    )  # fmt: skip
    answer = same_for_all(page)
    if status != 200:
        answer.status_code = status
    return answer


def _href(address: str, asked: OnTheShelf, **changed: str | None) -> str:
    said = {"price": asked.price, "there": asked.there, "sort": asked.sort, **changed}
    kept = {name: value for name, value in said.items() if value and (name, value) != ("sort", "newest")}
    return f"{address}?{urlencode(kept)}" if kept else address


def _is_on(category: str, here: Sequence[Branch] | None) -> bool:
    """Whether a category is on the page: of the whole shelf, of some branches, or of none."""
    if here is None:
        return False
    return not here or any(categories.is_within(category, branch.path) for branch in here)


def _part(asked: OnTheShelf, named: list[str] | None) -> Part:
    least, _, most = asked.price.partition("-")
    return Part(named, int(least or 0), int(most) if most else None, asked.there == "1")


def _level(tree: Sequence[Branch], current: Branch | None) -> tuple[str, list[Branch]]:
    """The categories that the page offers, the largest first, and the one that they lie in: those below the current one, or
    beside it where none is below."""
    above = current.path if current else ""
    found = _children(tree, above)
    if not found and current:
        above = categories.BETWEEN.join(current.path.split(categories.BETWEEN)[:-1])
        found = _children(tree, above)
    return above, found


def _children(tree: Sequence[Branch], above: str) -> list[Branch]:
    depth = len(categories.above(above))
    found = [one for one in tree if one.depth == depth and (not above or categories.is_within(one.path, above))]
    return sorted(found, key=lambda one: -one.all)


def _counts(sums: Sequence[Row]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in sums:
        counts[row["category"]] = counts.get(row["category"], 0) + int(row["goods"])
    return counts
