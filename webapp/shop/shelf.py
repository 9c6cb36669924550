"""All markets at their doors, one product, and the markets' colours. The same for everybody."""

from __future__ import annotations

from typing import Annotated

from flask import Response, redirect, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from webapp.accounts import queries as accounts
from webapp.accounts import theme
from webapp.products.queries import gallery_of
from webapp.shop import queries
from webapp.shop.answers import same_for_all
from webapp.shop.desk import bp, product_href
from webapp.web import reading
from webapp.web.access import public
from webapp.web.fields import Query

THEME_AGE = 60
"""Seconds that a market's colours are kept: a change of theme is not urgent, and every page asks for it."""

LEFT_AGE = 2
"""Seconds for which caches may give the same answer about what is left: a page asks every three."""


class Watched(Query):
    """The products that a page shows, as their numbers with a dash between."""

    ids: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,14}(-[1-9][0-9]{0,14}){0,47}$")]


@bp.get("/")
@public
def home() -> Response:
    """All markets: what each says of itself, and the first things on its shelf."""
    markets = queries.doors()
    goods = queries.at_the_doors([market["id"] for market in markets])
    return same_for_all(
        render_template("shop/home.html", doors=[(market, goods[market["id"]]) for market in markets], market=None)
    )


@bp.get("/markets.css")
@public
def themes() -> Response:
    """The colours of all markets, for the parts of a page that belong to one."""
    return same_for_all(theme.of_all(queries.doors()), "text/css", THEME_AGE)


@bp.get("/m/<slug>/theme.css")
@public
def market_theme(slug: str) -> Response:
    """A market's colours, for every page of it."""
    return same_for_all(theme.css(":root", accounts.market(slug)["theme"]), "text/css", THEME_AGE)


@bp.get("/left")
@public
def left() -> Response:
    """How many are left of these goods, for pages that are being looked at."""
    ids = [int(id) for id in reading.query(Watched).ids.split("-")]
    there = queries.for_sale(ids)
    left_now = {id: there[id]["available"] if id in there else 0 for id in ids}
    return same_for_all(render_template("shop/_left.html", left_now=left_now), max_age=LEFT_AGE)


@bp.get("/p/<id:product_id>", defaults={"slug": ""})
@bp.get("/p/<id:product_id>-<slug>")
@public
def product(product_id: int, slug: str) -> ResponseReturnValue:
    """A product. Its number finds it; any other name than its own leads to its own."""
    found = queries.product(product_id)
    if slug != found["slug"]:
        return redirect(product_href(found), 302)
    return same_for_all(
        render_template(
            "shop/product.html",
            product=found,
            market=queries.market(found["market_id"]),
            beside=queries.beside(found),
            gallery=gallery_of(product_id),
        )
    )
