"""What we know of a shopper: theirs to take away, and theirs to have forgotten. It stands here because it asks every room."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from webapp import clock
from webapp.accounts import audit, erasing, principal, sessions
from webapp.accounts.desk import Password, prove, show
from webapp.clock import rfc3339
from webapp.db import Row, as_json, db, from_json, transact
from webapp.errors import Conflict, Invalid, TooMany
from webapp.notifications import erasing as emails
from webapp.orders import erasing as orders
from webapp.orders.models import Order
from webapp.shop import basket, carts
from webapp.shop.carts import Whose
from webapp.shop.desk import bp
from webapp.web import idempotency, reading
from webapp.web.access import shopper
from webapp.web.fields import Form
from webapp.web.problem import timed
from webapp.web.reading import Filled, sentence


class Farewell(Form):
    """The password, asked for once more."""

    password: Password | None = None


@bp.get("/account/data")
@shopper
def account_data() -> ResponseReturnValue:
    """Offer the download, and say what erasing means."""
    return _page(Filled({}))


@bp.get("/account/data/export")
@shopper
def export_data() -> Response:
    """Everything that we keep about who asks, as JSON."""
    me = principal.current()
    known = {
        "made_at": rfc3339(clock.now()),
        **erasing.export(me.person_id),
        "orders": [_order(order) for order in _orders(me.person_id, me.email)],
        "basket": [
            {"name": one["name"], "quantity": one["quantity"]} for one in basket.kept(carts.find(Whose(me.person_id)))
        ],
    }
    response = Response(as_json(known), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="marketflow-my-data.json"'
    return response


@bp.post("/account/erase")
@shopper
def erase() -> ResponseReturnValue:
    """Forget who asks, in every room at once, or in none."""
    me, filled = principal.current(), reading.form(Farewell)
    if filled.data is None:
        return _page(filled, 422)
    try:
        prove(filled.data.password)
        transact(lambda: _forget(me.person_id, me.email))
    except (Invalid, Conflict, TooMany) as error:
        return timed(_page(filled.refused(error), 422 if isinstance(error, Conflict) else error.status), error)
    sessions.end()
    return sessions.welcome("Your account is gone, and your orders name you no more.", "/login")


def _forget(person_id: int, email: str) -> None:
    # Orders first: rows are locked in one order, and an order under way refuses everything.
    order_ids = orders.erase_shopper(person_id, email)
    carts.forget(person_id)
    letter_ids = erasing.erase(person_id)
    idempotency.forget(person_id)
    emails.erase(order_ids, letter_ids)
    # Who sent one of these emails again wrote down to whom.
    audit.forget("email.resend", "order", order_ids)


def _page(form: Filled[Farewell], status: int = 200) -> Response:
    return show("data.html", status, form=form, why_not=sentence(reason) if (reason := _why_not()) else "")


def _why_not() -> str:
    return erasing.why_not(principal.current().person_id)


def _orders(person_id: int, email: str) -> list[Order]:
    own = sa.or_(Order.shopper_id == person_id, Order.shopper_id.is_(None) & (Order.email == email))
    return list(db.session.scalars(sa.select(Order).options(selectinload(Order.items)).where(own).order_by(Order.id)))


def _order(order: Order) -> Row:
    return {
        "number": order.number, "market_id": order.market_id, "status": order.status, "email": order.email, "name": order.name,
        "delivery": from_json(order.delivery) if order.delivery else None, "currency": order.currency,
        "total_minor": order.total_minor, "refunded_minor": order.refunded_minor, "placed_at": order.placed_at.isoformat(),
        "items": [{"sku": i.sku, "name": i.name, "unit_minor": i.unit_minor, "quantity": i.quantity} for i in order.items],
    }  # fmt: skip
