"""Marking an order as sent or handed over, and taking that back."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field, StringConstraints

from webapp import clock
from webapp.accounts import audit, principal
from webapp.console import order_queries
from webapp.console.desk import bp, done, not_done, show
from webapp.console.order_page import known_of, told_before, view_of
from webapp.console.orders import whole_page
from webapp.db import fetch, locked, transact
from webapp.errors import Conflict
from webapp.orders import decide, sending
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Form, WholeText, label
from webapp.web.reading import Filled, sentence

Note = Annotated[str, StringConstraints(max_length=sending.LONGEST_NOTE), AfterValidator(label)]
"""What a market tells a shopper of the sending: one line, perhaps none."""


class SendForm(Form):
    """What is said to the shopper."""

    note: Note = ""


class UnsendForm(Form):
    """Which mark is taken back: `sent` is when it was made, so that an old page does not take back a newer one."""

    sent: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


@bp.get("/orders/<id:order_id>/send")
@works_for_market()
def sending_order(order_id: int) -> ResponseReturnValue:
    """Ask what to tell the shopper of the sending."""
    order_queries.owned(principal.current().market_id, order_id)
    order = order_queries.order(order_id)
    if reason := decide.why_not_sent(order["status"], order["sent_at"] is not None):
        return not_done(reason, f"/console/orders/{order_id}")
    return _page(order_id, Filled({}))


@bp.post("/orders/<id:order_id>/send")
@works_for_market()
def send_order(order_id: int) -> ResponseReturnValue:
    """Mark an order as sent; its shopper is told by email."""
    me = principal.current()
    order_queries.owned(me.market_id, order_id)
    filled = reading.form(SendForm)
    form = filled.data
    if form is None:
        return _page(order_id, filled, 422)

    def sent() -> None:
        refused = sending.mark(me.market_id, [order_id], form.note, me.email, trace.cause())[order_id]
        if refused:
            raise Conflict(refused, kind="not-to-send")
        audit.record("order.send", "order", order_id, None, {"note": form.note}, me.market_id, actor=me.actor)

    try:
        transact(sent)
    except Conflict as error:
        return whole_page(order_id, sentence(error.detail))
    order = order_queries.order(order_id)
    what = "marked as sent" if order["delivery"] else "marked as handed over"
    told = "; the customer is told by email." if order["email"] else "."
    return done(f"Order {order['number']} is {what}{told}", f"/console/orders/{order_id}")


@bp.get("/orders/<id:order_id>/unsend")
@works_for_market()
def unsending_order(order_id: int) -> ResponseReturnValue:
    """Ask whether an order was not sent after all, and say what taking it back means."""
    order_queries.owned(principal.current().market_id, order_id)
    shown = view_of(order_id)
    if not shown["can_unsend"]:
        return not_done("This order is not marked as sent.", f"/console/orders/{order_id}")
    return show("order_unsend.html", "orders", order=shown["order"])


@bp.post("/orders/<id:order_id>/unsend")
@works_for_market()
def unsend_order(order_id: int) -> ResponseReturnValue:
    """Take the mark back. Nobody is written to."""
    me = principal.current()
    order_queries.owned(me.market_id, order_id)
    form = reading.form(UnsendForm).data
    if form is None:
        return whole_page(order_id, "This form has to be opened anew: nothing was changed.", 422)

    def taken_back() -> None:
        [order] = fetch(f"SELECT sent_at, sent_note FROM orders WHERE id = :id {locked()}", id=order_id)
        if order["sent_at"] not in (None, form.sent):
            raise Conflict("it was marked as sent anew meanwhile", kind="stale")
        if refused := sending.take_back(me.market_id, [order_id], trace.cause())[order_id]:
            raise Conflict(refused, kind="not-sent")
        was = {"sent_at": clock.rfc3339(order["sent_at"]), "note": order["sent_note"] or ""}
        audit.record("order.unsend", "order", order_id, was, None, me.market_id, actor=me.actor)

    try:
        transact(taken_back)
    except Conflict as error:
        return whole_page(order_id, sentence(error.detail))
    return done("It counts as not sent. Nobody was written to about that.", f"/console/orders/{order_id}")


def _page(order_id: int, form: Filled[SendForm], status: int = 200) -> Response:
    known = known_of(order_id)
    return show("order_send.html", "orders", status, order=known.order, told_before=told_before(known), form=form)
