"""Which products a list shows and in what order: what its address says, as SQL. The page, its counts, the export and a change
of many products ask with the same words, so that they speak of the same products.

A page costs the same however many products there are: its rows are read through an index of the order asked for, and
nothing is counted beyond a cap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from webapp.console.paging import Listed, Sort, SortedWindow, Sought, capped, href
from webapp.db import Row, among, fetch, like
from webapp.products import categories
from webapp.products.queries import picture_sql

ADDRESS = "/console/products"
NO_CATEGORY = "-"

VIEWS = {"all": "All", "active": "Active", "draft": "Draft", "archived": "Archived"}
STOCKS = {"in": "In stock", "low": "Low", "out": "Out", "paused": "Paused"}
PICTURES = {"with": "With a picture", "without": "Without a picture"}

_STOCKED = {
    "in": "i.on_hand > i.reserved",
    "low": "i.active AND p.status = 'active' AND i.low_since IS NOT NULL AND i.on_hand > i.reserved",
    # Nothing left is never more than the threshold, and those rows have an index of their own.
    "out": "i.low_since IS NOT NULL AND i.on_hand <= i.reserved",
    "paused": "NOT i.active",
}
_PICTURED = {"with": "coalesce(p.image, p.picture) IS NOT NULL", "without": "coalesce(p.image, p.picture) IS NULL"}


SORTS = {
    "newest": Sort("Newest first", "", True),
    "oldest": Sort("Oldest first", "", False),
    "name": Sort("Name, A to Z", "name", False),
    "name-back": Sort("Name, Z to A", "name", True),
    "cheapest": Sort("Price, lowest first", "price_minor", False),
    "dearest": Sort("Price, highest first", "price_minor", True),
    "changed": Sort("Last changed first", "updated_at", True),
}

SortName = Literal["newest", "oldest", "name", "name-back", "cheapest", "dearest", "changed"]


class Which(BaseModel):
    """Which products, whatever their order."""

    q: Sought = ""
    view: Literal["all", "active", "draft", "archived"] = "all"
    category: Sought = ""
    stock: Literal["", "in", "low", "out", "paused"] = ""
    picture: Literal["", "with", "without"] = ""

    @property
    def narrowed(self) -> bool:
        """Whether more than a tab is chosen."""
        return bool(self.q.strip() or self.category or self.stock or self.picture)

    def said(self, **changed: str) -> dict[str, str]:
        """What an address says of it, with some of it different."""
        kept = {
            "view": self.view,
            "q": self.q.strip(),
            "category": self.category,
            "stock": self.stock,
            "picture": self.picture,
        }
        return {**kept, **changed}


class ProductList(Listed, Which):
    """Which products, in what order, and where in it."""

    sort: Annotated[SortName, "one of SORTS"] = "newest"

    def address(self, path: str = ADDRESS, **changed: str) -> str:
        """The address of this list's beginning, with some of it different."""
        view = {**self.said(), "sort": self.sort, **changed}
        return href(path, **{name: value for name, value in view.items() if (name, value) != ("sort", "newest")})


def window(asked: ProductList) -> SortedWindow:
    """The part of the list that an address asks for."""
    sort = SORTS[asked.sort]
    columns = (f"p.{sort.column}", "p.id") if sort.column else ("p.id",)
    return SortedWindow(columns, sort.descending, asked.after, asked.before, "products")


def conditions(asked: Which, market_id: int, names: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """SQL for these products of a market, with its parameters, for `products p LEFT JOIN inventories i`; `names` are the
    market's categories."""
    parts = ["p.market_id = :market_id AND p.deleted_at IS NULL"]
    given: dict[str, Any] = {"market_id": market_id}
    if asked.view != "all":
        parts.append("p.status = :status")
        given["status"] = asked.view
    if sought := asked.q.strip():
        parts.append("(lower(p.name) LIKE :like ESCAPE '\\' OR lower(p.sku) LIKE :like ESCAPE '\\')")
        given["like"] = like(sought)
    if asked.category:
        below = [""] if asked.category == NO_CATEGORY else categories.within(names, asked.category)
        if len(below) > 1:
            parts.append(among("p.category", "below", "text"))
            given["below"] = below
        else:
            parts.append("p.category = :category")
            given["category"] = below[0] if below else asked.category
    if asked.stock:
        parts.append(_STOCKED[asked.stock])
    if asked.picture:
        parts.append(_PICTURED[asked.picture])
    return " AND ".join(parts), given


def page(asked: ProductList, market_id: int, names: Sequence[str]) -> list[Row]:
    """The rows of a page with their stock figures, and one more where more follow."""
    where, given = conditions(asked, market_id, names)
    seen = window(asked)
    return fetch(
        f"SELECT p.id, p.sku, p.name, {picture_sql()} AS picture, p.category, p.price_minor, p.currency, p.status, p.updated_at,"
        " i.on_hand, i.reserved FROM products p LEFT JOIN inventories i ON i.product_id = p.id"
        f" WHERE {where}{seen.where}{seen.order}",
        **given,
        **seen.parameters,
    )


def counts(asked: ProductList, market_id: int, names: Sequence[str]) -> Mapping[str, int]:
    """How many products each tab has, and `matching` what is asked for; see :func:`webapp.console.paging.capped`."""
    where, given = conditions(asked, market_id, names)
    there = "FROM products p WHERE p.market_id = :market_id AND p.deleted_at IS NULL"
    tabs = {view: there if view == "all" else f"{there} AND p.status = '{view}'" for view in VIEWS}
    tabs["matching"] = f"FROM products p LEFT JOIN inventories i ON i.product_id = p.id WHERE {where}"
    return capped(tabs, **given)
