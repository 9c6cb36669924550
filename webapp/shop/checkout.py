"""Ordering what is in the cart, on one page: one order for each market. All forms of a cart are one checkout until one of them
is sent: two tabs, ten presses and a reload are the same orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.db import Row
from webapp.errors import NotFound
from webapp.orders import queries as orders
from webapp.shop import basket, carts, queries, watching
from webapp.shop.cart import mine
from webapp.shop.desk import bp
from webapp.shop.models import MOST_IN_CART
from webapp.shop.offer import Offer
from webapp.shop.ordering import CART, Till, send, show
from webapp.shop.wish import named
from webapp.web.access import visitor


@bp.get("/checkout")
@visitor
def checkout() -> ResponseReturnValue:
    """The form for all that is in the cart, or for one market's part of it. What cannot be had like this is put right in the
    cart first."""
    cart = mine()
    now = basket.read(cart)
    slug = request.args.get("market", "")
    parts = [part for part in now.parts if not slug or part.market["slug"] == slug]
    if cart is None or not parts or not all(part.ready for part in parts) or (now.gone and not slug):
        return redirect("/cart", 303)
    wanted = [(line.product_id, line.name, line.quantity) for part in parts for line in part.lines]
    return show(_till(cart, basket.offers(wanted), slug))


@bp.post("/checkout")
@visitor
def place_cart() -> ResponseReturnValue:
    """Place the orders. The form says which products it shows: the cart may be another by now."""
    wanted = [(product_id, "", quantity) for product_id, quantity in named().items()][:MOST_IN_CART]
    offered = tuple(offer for offer in basket.offers(wanted) if offer.lines)
    if not offered:
        return redirect("/cart", 303)
    return send(_till(mine(), offered, request.args.get("market", "")))


@bp.get("/orders/together/<links>")
@visitor
def together(links: str) -> Response:
    """The orders that one press has made, each with where it is."""
    page = make_response(render_template("shop/together.html", market=None, links=links, placed=_placed(links)))
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page


@bp.get("/orders/together/<links>/state")
@visitor
def together_state(links: str) -> Response:
    """The part of that page that moves, asked for until nothing does."""
    page = make_response(render_template("shop/_together.html", links=links, placed=_placed(links)))
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page


def _till(cart: Row | None, offered: tuple[Offer, ...], slug: str) -> Till:
    market = f"?market={slug}" if any(offer.market["slug"] == slug for offer in offered) else ""

    def afterwards(product_ids: Sequence[int], page: str) -> None:
        if cart is not None:
            carts.ordered(cart["id"], product_ids, page)

    return Till(
        offered, f"/checkout{market}", CART, ("Basket", "/cart"), "Checkout",
        secret=cart["checkout"] if cart else "", afterwards=afterwards,
    )  # fmt: skip


def _placed(links: str) -> list[dict[str, Any]]:
    each = links.split(".")
    if not 1 <= len(each) <= queries.MOST_MARKETS:
        raise NotFound("there are no such orders")
    shown = [watching.view_of(orders.order_by_link(link)) for link in each]
    # Two markets may both have an order of this number: its strip is named by the order's id here, and called by its market.
    return [
        {
            **one,
            "strip": replace(
                one["story"].strip,
                id=f"strip-of-{one['order'].id}",
                label=f"Where order {one['order'].number} at {one['market']['name']} is",
            ),
        }
        for one in shown
    ]
