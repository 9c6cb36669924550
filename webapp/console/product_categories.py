"""The categories of a market as a tree; a category is moved or renamed with all that is in it."""

from __future__ import annotations

from flask import Response

from webapp.accounts import principal
from webapp.console import product_list as listing
from webapp.console.desk import bp, show
from webapp.console.paging import href
from webapp.products import categories
from webapp.web.access import works_for_market


@bp.get("/products/categories")
@works_for_market()
def product_categories() -> Response:
    """List the categories with how many products each has."""
    counts = categories.counts(principal.current().market_id)
    return show(
        "product_categories.html", "products", branches=categories.tree(counts), loose=counts.get("", 0),
        list_of=lambda path: href(listing.ADDRESS, category=path), no_category=listing.NO_CATEGORY,
    )  # fmt: skip
