"""The owner's orders: the list, and one order with everything that happened to it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import audit, principal
from webapp.console import order_list as listing
from webapp.console import order_queries, story
from webapp.console.desk import bp, done, not_done, show
from webapp.console.order_list import OrderList
from webapp.console.order_page import view_of
from webapp.console.refunds import form_names
from webapp.db import db, transact
from webapp.errors import Conflict
from webapp.orders import commands, decide
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.counting import few_text
from webapp.web.reading import Filled, sentence


@bp.get("/orders")
@works_for_market()
def orders() -> Response:
    """List the market's orders."""
    asked = reading.query(OrderList)
    market_id, now = principal.current().market_id, clock.now()
    at = clock.to_datetime(now)
    # Asked before the rows: an order that comes in between is then both shown and said to be new, and not neither.
    newest = listing.newest(market_id)
    page = listing.window(asked).page(
        listing.page(asked, market_id, now), lambda row: (row["id"],), listing.ADDRESS, **asked.said(),
        sort="" if asked.sort == "newest" else asked.sort,
    )  # fmt: skip
    counts = listing.counts(asked, market_id, now)
    tabs = [
        (words, asked.address(view=view), few_text(counts[view]), view == asked.view)
        for view, words in listing.VIEWS.items()
    ]
    days = listing.days_text(asked, at)
    chips = [
        (words, asked.address(**dict.fromkeys(names, "")))
        for words, names in ((asked.sought and f"“{asked.sought}”", ("q",)), (days, ("since", "until")))
        if words
    ]
    fresh = (
        asked.sort == "newest"
        and asked.view in ("all", "progress")
        and not (asked.narrowed or asked.after or asked.before)
    )
    return show(
        "orders.html", "orders", page=page, tabs=tabs, total=counts["all"], asked=asked, chips=chips, sorts=listing.SORTS,
        matching=counts["matching"], matching_words=few_text(counts["matching"]), presets=listing.presets(at),
        micros={row["id"]: story.micro_of(row, at) for row in page.rows}, too_late=decide.too_late, newest=newest, market_id=market_id,
        fresh=fresh,
    )  # fmt: skip


def whole_page(order_id: int, refused: str = "", status: int = 409, written: Filled[Any] | None = None) -> Response:
    """The order's page as it stands now, with why something was not done above it; `written` is a note that came back. The
    caller has authorised. A 409 unless another status is given."""
    if refused:
        db.session.rollback()
        flash(refused, "stop")
    shown = view_of(order_id)
    # The refund's and the sending's forms stand in dialogs of the page; where there is no script their own pages open.
    return show(
        "order.html", "orders", status, **{**form_names(shown["known"]), **shown, "form": Filled({}), "written": written or Filled({})}
    )  # fmt: skip


@bp.get("/orders/<id:order_id>")
@works_for_market()
def order(order_id: int) -> Response:
    """Show one order, which moves by itself while it is under way."""
    order_queries.owned(principal.current().market_id, order_id)
    return whole_page(order_id, status=200)


@bp.get("/orders/<id:order_id>/state")
@works_for_market()
def order_state(order_id: int) -> Response:
    """The part of the order's page that moves."""
    order_queries.owned(principal.current().market_id, order_id)
    return make_response(render_template("console/_order.html", **view_of(order_id)))


@bp.get("/orders/<id:order_id>/cancel")
@works_for_market()
def cancelling(order_id: int) -> ResponseReturnValue:
    """Ask whether an order shall be called off, and say what that means."""
    order_queries.owned(principal.current().market_id, order_id)
    shown = view_of(order_id)
    if not shown["can_cancel"]:
        return not_done("This order can no longer be cancelled.", f"/console/orders/{order_id}")
    return show("order_cancel.html", "orders", order=shown["order"])


@bp.post("/orders/<id:order_id>/cancel")
@works_for_market()
def cancel(order_id: int) -> ResponseReturnValue:
    """Call an order off (F11): at once while its stock is asked for; while its payment is, the payment decides."""
    me = principal.current()
    address = f"/console/orders/{order_id}"

    def cancelled() -> str:
        order_queries.owned(me.market_id, order_id)
        was, became = commands.cancel(order_id, "market", trace.cause())
        if changed := [name for name in was if was[name] != became[name]]:
            before, after = ({name: row[name] for name in changed} for row in (was, became))
            audit.record("order.cancel", "order", order_id, before, after, me.market_id, actor=me.actor)
        return str(became["status"])

    try:
        status = transact(cancelled)
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    if status == "CANCELLED":
        return done("The order is cancelled. Nothing was charged.", address)
    return done(
        "Cancelling is asked for. If the payment has begun, the bank's word counts; the page will say.", address
    )
