"""Finding one's orders again: by number and email, or by logging in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field

from webapp import clock
from webapp.accounts import principal
from webapp.accounts import queries as accounts
from webapp.db import Row, transact
from webapp.errors import TooMany
from webapp.orders import adopting
from webapp.orders import queries as orders
from webapp.products.queries import pictures_of
from webapp.shop import links
from webapp.shop.desk import bp
from webapp.web import cursors, htmx, reading, throttle
from webapp.web.access import shopper, visitor
from webapp.web.fields import BIGGEST, Email, Form, WholeText
from webapp.web.problem import timed
from webapp.web.reading import Filled

TRIES, PERIOD = 10, 900.0
"""Wrong answers that one address, and one email, may give within so many seconds."""

NO_MATCH = (
    "No order has this number and this email. Look at both again: the number stands in every email about the order."
)


def _number(text: object) -> object:
    # As it is written in our emails, too: "Order 1042".
    return re.sub(r"(?i)^\s*(order)?\s*#?\s*", "", text) if isinstance(text, str) else text


class Lost(Form):
    """What is known of an order that is looked for."""

    number: Annotated[WholeText, BeforeValidator(_number), Field(ge=1, le=BIGGEST)]
    email: Email


@bp.get("/orders/find")
@visitor
def find_form() -> Response:
    """Ask for number and email."""
    me = principal.maybe()
    return _page(Filled({"email": me.email} if me else {}))


@bp.post("/orders/find")
@visitor
def find_order() -> ResponseReturnValue:
    """Go to the order, or ask in which market it was placed. What does not fit together says no more than that."""
    filled = reading.form(Lost)
    lost = filled.data
    if lost is None:
        return _page(filled, 422)
    keys = [f"find address {principal.address()}", f"find email {lost.email}"]
    try:
        transact(lambda: throttle.take(keys, TRIES, PERIOD))
    except TooMany as error:
        return timed(_page(filled.refused(error), 429), error)
    found = orders.by_number(lost.number, lost.email)
    if not found:
        return _page(Filled(filled.values, None, {"": NO_MATCH}), 422)
    # Only wrong answers count.
    transact(lambda: throttle.give_back(keys, TRIES, PERIOD))
    if len(found) == 1:
        return htmx.go_to(f"/o/{_link_of(found[0])}")
    return _page(
        filled,
        found=[{**row, "href": f"/o/{_link_of(row)}", "at": clock.to_datetime(row["placed_at"])} for row in found],
    )


@bp.get("/account")
@shopper
def account() -> str:
    """Who you are, and your orders, newest first; those of before you had the account as well."""
    me = principal.current()
    # Arriving has brought all of before; this brings what was ordered elsewhere since, without logging in.
    if adopting.waiting(me.person_id):
        transact(lambda: adopting.adopt(me.person_id, me.actor))
    paging = reading.query(cursors.Paging)
    found = orders.page_of(paging.limit, shopper_id=me.person_id, before_id=paging.cursor)
    shown = found[: paging.limit]
    pictures = pictures_of([order.items[0].product_id for order in shown])
    return render_template(
        "shop/account.html", market=None, me=me, orders=shown, pictures=pictures, markets={row["id"]: row for row in accounts.markets()},
        older=cursors.encode(shown[-1].id) if len(found) > paging.limit else None, first=paging.cursor is None,
        now=clock.to_datetime(clock.now()),
    )  # fmt: skip


def _link_of(found: Row) -> str:
    # Whose order it is may see where it goes; a number and an email may be known to somebody else.
    me = principal.maybe()
    return str(found["link"]) if me is not None and found["shopper_id"] == me.person_id else links.found(found["id"])


def _page(filled: Filled[Lost], status: int = 200, found: Sequence[Row] = ()) -> Response:
    return make_response(render_template("shop/find.html", form=filled, market=None, found=found), status)
