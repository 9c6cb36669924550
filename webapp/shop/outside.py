"""What machines outside ask a shop for: where they may go, and what there is."""

from __future__ import annotations

from flask import Response, current_app, render_template

from webapp.clock import to_datetime
from webapp.db import fetch
from webapp.products import categories
from webapp.settings import Settings
from webapp.shop import queries
from webapp.shop.answers import same_for_all
from webapp.shop.browsing import category_href
from webapp.shop.desk import bp, product_href
from webapp.web.access import public

MOST_PAGES = 44_000
"""Products in the site map: one file may hold 50,000 addresses (sitemaps.org)."""

MOST_CATEGORIES = 1_000
"""Categories of all markets in it; those that they lie in come on top."""

AN_HOUR = 3600

CLOSED = ("/account", "/cart", "/checkout", "/console", "/login", "/o/", "/operator", "/orders/", "/search")
"""Where search engines find nothing that is for everybody."""


@bp.app_template_global()
def base_address() -> str:
    """The address of this house, as others type it."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """Where search engines may go."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), f"Sitemap: {base_address()}/sitemap.xml", ""]
    return same_for_all("\n".join(lines), "text/plain", AN_HOUR)


@bp.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Every market, its categories, and what is for sale in it, newest first, as far as one file goes."""
    goods = fetch(
        "SELECT id, slug, updated_at FROM products WHERE deleted_at IS NULL AND status = 'active'"
        f" ORDER BY id DESC LIMIT {MOST_PAGES}"
    )
    markets = {market["id"]: market for market in queries.doors()}
    on_shelves = fetch(
        "SELECT market_id, category FROM products WHERE deleted_at IS NULL AND status = 'active'"
        f" GROUP BY market_id, category ORDER BY market_id, category LIMIT {MOST_CATEGORIES}"
    )
    shelves = dict.fromkeys(
        category_href(markets[row["market_id"]], path)
        for row in on_shelves
        if row["market_id"] in markets
        for path in ("", *categories.above(row["category"]))
    )
    pages: list[tuple[str, str | None]] = [("/", None), *((shelf, None) for shelf in shelves)]
    pages += [(product_href(good), to_datetime(good["updated_at"]).date().isoformat()) for good in goods]
    return same_for_all(
        render_template("shop/sitemap.xml", base=base_address(), pages=pages), "application/xml", AN_HOUR
    )
