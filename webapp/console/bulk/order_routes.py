"""Choosing many orders in the list's bar: for what is done to them in the background, or to take away as a file."""

from __future__ import annotations

from typing import Literal

from flask import redirect
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import principal
from webapp.console import order_list as listing
from webapp.console.bulk import pages
from webapp.console.bulk.orders import ORDERS
from webapp.console.desk import bp, not_done
from webapp.console.order_list import Which
from webapp.console.paging import href
from webapp.console.sending import Note
from webapp.db import among
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import Form


class Choice(Form, Which):
    """What the list's bar sends: what to do, with these orders or with all that the list would show."""

    action: Literal["send", "cancel", "resend", "export"]
    note: Note = ""
    all: bool = False


@bp.post("/orders/changes")
@works_for_market()
def choose_order_change() -> ResponseReturnValue:
    """Take what was chosen in the list, and show what it would mean."""
    filled = reading.form(Choice)
    choice = filled.data
    if choice is None:
        return not_done(filled.problem, listing.ADDRESS)
    back = href(listing.ADDRESS, **choice.said())
    ticked = [] if choice.all else pages.chosen()
    if choice.action == "export":
        if not (choice.all or ticked):
            return not_done("Choose at least one order that is there.", back)
        which = choice.said() if choice.all else {"ids": ",".join(map(str, ticked))}
        return redirect(href("/console/orders/list.csv", **which), 303)
    where, given = listing.conditions(choice if choice.all else Which(), principal.current().market_id, clock.now())
    if not choice.all:
        where += f" AND {among('o.id', 'chosen')}"
        given["chosen"] = ticked
    value = choice.note if choice.action == "send" else ""
    return pages.choose(ORDERS, choice.action, value, where, given, back)


ORDER_CHANGE = pages.add_pages(ORDERS)
