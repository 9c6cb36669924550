"""The owner's list of products, and the same list as a file."""

from __future__ import annotations

from flask import Response

from webapp.accounts import principal
from webapp.console import product_list as listing
from webapp.console.desk import bp, show
from webapp.console.imports import exporting
from webapp.console.product_list import ProductList
from webapp.products import categories
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.counting import few_text


@bp.get("/products")
@works_for_market()
def products() -> Response:
    """List the market's products."""
    asked = reading.query(ProductList)
    market_id = principal.current().market_id
    names = categories.names(market_id)
    found = listing.page(asked, market_id, names)
    page = listing.window(asked).page(
        found,
        lambda row: (row["id"],),
        listing.ADDRESS,
        **asked.said(),
        sort="" if asked.sort == "newest" else asked.sort,
    )
    counts = listing.counts(asked, market_id, names)
    tabs = [
        (words, asked.address(view=view), few_text(counts[view]), view == asked.view)
        for view, words in listing.VIEWS.items()
    ]
    return show(
        "products.html", "products", page=page, tabs=tabs, total=counts["all"], asked=asked, names=names, chips=_chips(asked),
        matching=counts["matching"], matching_words=few_text(counts["matching"]), sorts=listing.SORTS, sort_options=[(name, sort.words) for name, sort in listing.SORTS.items()],
        stocks=listing.STOCKS, pictures=listing.PICTURES, category_options=_category_options(names),
    )  # fmt: skip


@bp.get("/products/list.csv")
@works_for_market()
def products_csv() -> Response:
    """Download the products of a list, as they can be imported again."""
    asked = reading.query(ProductList)
    place = principal.current().place
    where, given = listing.conditions(asked, place.id, categories.names(place.id))
    given.pop("market_id")
    return exporting.products_csv(exporting.all_products(place.id, f" AND {where}", **given), f"{place.slug}-products")


def _category_options(names: list[str]) -> list[tuple[str, str]]:
    paths = [branch.path for branch in categories.tree(dict.fromkeys(names, 0))]
    return [("", "Any"), (listing.NO_CATEGORY, "None"), *((path, path) for path in paths)]


def _chips(asked: ProductList) -> list[tuple[str, str]]:
    """The filters that are set, each with the address of the list without it."""
    category = "In no category" if asked.category == listing.NO_CATEGORY else f"In {asked.category}"
    said = [
        (asked.q.strip() and f"“{asked.q.strip()}”", "q"),
        (asked.category and category, "category"),
        (listing.STOCKS.get(asked.stock, ""), "stock"),
        (listing.PICTURES.get(asked.picture, ""), "picture"),
    ]
    return [(words, asked.address(**{name: ""})) for words, name in said if words]
