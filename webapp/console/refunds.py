"""Money of a completed order back to its customer, whole or in part; what returns to the shelf is asked apart (F12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field
from werkzeug.datastructures import MultiDict

from webapp.accounts import audit, principal
from webapp.console import order_queries
from webapp.console.desk import bp, done, not_done, show
from webapp.console.order_page import known_of
from webapp.console.story import Known
from webapp.db import db, fetch, from_json, locked, transact
from webapp.errors import Conflict, Invalid, MarketError
from webapp.events import Quantity
from webapp.orders import refunding
from webapp.payments.models import FAILED
from webapp.web import money, reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, MOST_UNITS, AmountText, Form, Line, WholeText
from webapp.web.figures import money_text
from webapp.web.reading import Filled

LABELS = {"amount": "Amount", "reason": "Reason", "left": "The form"}


class RefundForm(Form):
    """What goes back. `left` is what could be given back when the form was made: it keeps one refund from being two."""

    amount: Annotated[AmountText, BeforeValidator(lambda typed: typed.strip() if isinstance(typed, str) else typed)]
    reason: Line
    left: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


class Units(Form):
    """How many of one line go back to the shelf."""

    quantity: Annotated[WholeText, Field(ge=0, le=MOST_UNITS)] = 0


@dataclass(frozen=True, slots=True)
class Back:
    """A line that may go back to the shelf: how many of it can, after earlier refunds."""

    product_id: int
    name: str
    most: int


@bp.get("/orders/<id:order_id>/refund")
@works_for_market()
def refunding_order(order_id: int) -> ResponseReturnValue:
    """Show the form that gives money back."""
    order_queries.owned(principal.current().market_id, order_id)
    known = known_of(order_id)
    if known.left_minor <= 0:
        return not_done("Nothing of this order can be given back.", f"/console/orders/{order_id}")
    return _page(known, Filled({}))


@bp.post("/orders/<id:order_id>/refund")
@works_for_market()
def refund(order_id: int) -> ResponseReturnValue:
    """Ask for money to go back, and for units to return to the shelf."""
    me = principal.current()
    order_queries.owned(me.market_id, order_id)
    known = known_of(order_id)
    filled = reading.form(RefundForm)
    form = filled.data
    restock, wrong = _restock(known)
    if form is None or wrong:
        return _page(known, Filled(filled.values, None, {**filled.errors, **wrong}), 422)

    def asked() -> int:
        # The order's lock first, as refunding takes it: what is left cannot change between the look and the writing.
        fetch(f"SELECT id FROM orders WHERE id = :id {locked()}", id=order_id)
        left, currency = known_of(order_id).left_minor, known.order["currency"]
        if left != form.left:
            raise Conflict("what is left has changed", kind="stale-left")
        amount = money.to_minor(form.amount, currency, "amount", money.MOST_SUM)
        if amount > left:
            raise Invalid.field("amount", "too-much", f"At most {money_text(left, currency)} can be given back.")
        refund_id = refunding.ask(order_id, amount, restock, form.reason, me.email)
        noted = {"refund": refund_id, "amount_minor": amount, "restock": restock, "reason": form.reason}
        audit.record("order.refund", "order", order_id, None, noted, me.market_id, actor=me.actor)
        return amount

    try:
        amount = transact(asked)
    except MarketError as error:
        return _refused(order_id, filled, error)
    sum_ = money_text(amount, known.order["currency"])
    return done(f"{sum_} go back to the customer, who is told by email.", f"/console/orders/{order_id}")


def returnable(known: Known) -> list[Back]:
    """The lines of an order, with how many of each can still return to the shelf."""
    done_already: dict[int, int] = {}
    for one in known.payment.refunds if known.payment else ():
        if one.state != FAILED:
            for item in from_json(one.restock):
                done_already[item["product_id"]] = done_already.get(item["product_id"], 0) + item["quantity"]
    return [
        Back(item["product_id"], item["name"], item["quantity"] - done_already.get(item["product_id"], 0))
        for item in known.items
    ]


def _restock(known: Known) -> tuple[Sequence[Quantity], Mapping[str, str]]:
    """What goes back to the shelf, as it was typed line by line, and what is wrong with it."""
    restock, wrong = [], {}
    for line in returnable(known):
        name = f"restock-{line.product_id}"
        typed = reading.form(Units, MultiDict([("quantity", request.form.get(name, ""))]))
        if typed.data is None:
            wrong[name] = typed.errors["quantity"]
        elif typed.data.quantity > line.most:
            wrong[name] = f"At most {line.most:,} of it can go back to the shelf."
        elif typed.data.quantity:
            restock.append(Quantity(line.product_id, typed.data.quantity))
    return restock, wrong


def _refused(order_id: int, filled: Filled[RefundForm], error: MarketError) -> ResponseReturnValue:
    db.session.rollback()
    known = known_of(order_id)
    if known.left_minor <= 0:
        return not_done("Nothing of this order can be given back any more.", f"/console/orders/{order_id}")
    if error.kind == "stale-left":
        return _page(known, Filled(filled.values), 409, changed=True)
    return _page(known, filled.refused(error), 422)


def _page(known: Known, form: Filled[RefundForm], status: int = 200, **names: Any) -> Response:
    return show("order_refund.html", "orders", status, form=form, **form_names(known), **names)


def form_names(known: Known) -> dict[str, Any]:
    """What templates/console/_refund_form.html names, beside the form itself."""
    currency = known.order["currency"]
    lines = returnable(known)
    return {
        "order": known.order, "left": known.left_minor, "left_text": money.decimal_text(known.left_minor, currency), "lines": lines,
        "labels": {**LABELS, **{f"restock-{line.product_id}": line.name for line in lines}},
    }  # fmt: skip
