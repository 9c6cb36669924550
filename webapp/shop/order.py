"""An order's page, behind its unguessable link: where it is, live; called off while that can be."""

from __future__ import annotations

from flask import Response, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts import audit, principal
from webapp.db import transact
from webapp.errors import Conflict
from webapp.orders import commands
from webapp.orders.models import PENDING
from webapp.shop import links, watching
from webapp.shop.desk import bp
from webapp.web import htmx, trace
from webapp.web.access import visitor


@bp.get("/o/<link>")
@visitor
def order_page(link: str) -> ResponseReturnValue:
    """The page of one order. Stripe adds its own words to the way back from the bank: they do not stay in the address."""
    if "payment_intent" in request.args:
        links.behind(link)
        return htmx.go_to(f"/o/{link}")
    return _unlisted(render_template("shop/order.html", **watching.view_of(*links.behind(link))))


@bp.get("/o/<link>/state")
@visitor
def order_state(link: str) -> Response:
    """The part of the page that moves, for browsers that no stream reaches."""
    return _unlisted(render_template("shop/_order.html", **watching.view_of(*links.behind(link))))


@bp.get("/o/<link>/cancellation")
@visitor
def ask_to_cancel(link: str) -> ResponseReturnValue:
    """What calling the order off means, and the button. Without a script this page opens in place of the dialog."""
    shown = watching.view_of(*links.behind(link))
    if not shown["story"].may_cancel:
        return htmx.go_to(f"/o/{link}")
    return _unlisted(render_template("shop/cancel.html", **shown))


@bp.post("/o/<link>/cancellation")
@visitor
def cancel_order(link: str) -> ResponseReturnValue:
    """Call the order off. The link is the right to do so."""
    me = principal.maybe()

    def cancelled() -> None:
        order, _ = links.behind(link)
        was, became = commands.cancel(order.id, "shopper", trace.cause())
        if me is not None and was != became:
            audit.record("order.cancel", "order", order.id, was, became, order.market_id, actor=me.actor)

    try:
        transact(cancelled)
    except Conflict:
        # It ended while the page was being read. Whoever pressed twice reads no more than that it is cancelled.
        if links.behind(link)[0].status not in (*PENDING, "CANCELLED"):
            flash(
                "It was settled a moment before you pressed the button, so it could not be called off any more.", "wait"
            )
    return htmx.go_to(f"/o/{link}")


def _unlisted(text: str) -> Response:
    response: Response = make_response(text)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
