"""Ordering on one page: a product, or what an earlier order wanted. One form is one order, whatever is pressed how often, and
it is placed for the amount that the button said or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts import audit, principal
from webapp.db import from_json, transact
from webapp.errors import Invalid, MarketError
from webapp.orders import placing
from webapp.orders import queries as orders
from webapp.orders.models import PENDING, Order
from webapp.settings import Settings
from webapp.shop import key, queries, wish
from webapp.shop.desk import bp, masked, product_href
from webapp.shop.offer import Offer, of_lines, of_product
from webapp.shop.wish import OrderForm, Wish
from webapp.web import htmx, trace
from webapp.web.access import visitor
from webapp.web.reading import sentence

ENDED_UNPAID = frozenset({"INVENTORY_REJECTED", "PAYMENT_REJECTED", "CANCELLED"})

CARDS = (
    ("tok_success", "A card that pays", "tok_success: taken at once"),
    ("tok_declined", "A card the bank declines", "tok_declined: refused, nothing is charged"),
    ("tok_insufficient_funds", "A card without enough on it", "tok_insufficient_funds: refused, nothing is charged"),
    ("tok_timeout", "A card that takes its time", "tok_timeout: taken, but the bank forgets to say so; we ask again"),
    ("tok_unavailable_twice", "A bank that is closed twice", "tok_unavailable_twice: no answer, no answer, then taken"),
    ("tok_late_success", "A bank that changes its mind", "tok_late_success: refused, taken 3 seconds later, given back whole"),
)  # fmt: skip
"""The test provider's cards as a demo offers them: token, words, hint."""


@dataclass(frozen=True, slots=True)
class Till:
    """Where an order form stands: what it offers, its address and place, and which order it stands in for."""

    offer: Offer
    action: str
    place: str
    back: tuple[str, str]
    heading: str
    lead: str = ""
    email: str = ""
    replaces: int | None = None
    known: Mapping[str, str] = field(default_factory=dict)


@bp.get("/p/<id:product_id>-<slug>/order")
@visitor
def order_form(product_id: int, slug: str) -> ResponseReturnValue:
    """The form for so many of one product."""
    till = _product_till(product_id, _count(request.args.get("quantity", "")))
    if not till.offer.lines[0].available:
        return redirect(till.back[1], 303)
    return _show(till)


@bp.post("/p/<id:product_id>-<slug>/order")
@visitor
def place_order(product_id: int, slug: str) -> ResponseReturnValue:
    """Place the order."""
    return _send(_product_till(product_id, 1))


@bp.get("/o/<link>/again")
@visitor
def again_form(link: str) -> ResponseReturnValue:
    """The form for what an earlier order wanted, as it can be had now."""
    order = orders.order_by_link(link)
    till = _again_till(order)
    if order.status in PENDING or not till.offer.lines:
        return redirect(f"/o/{link}", 303)
    wanted = {int(id): _count(quantity) for id, quantity in zip(*_pairs(), strict=False)}
    return _show(till, offer=till.offer.asked(wanted).fitting())


@bp.post("/o/<link>/again")
@visitor
def place_again(link: str) -> ResponseReturnValue:
    """Place an order that stands in for one that ended unpaid, or one more of the same."""
    order = orders.order_by_link(link)
    till = _again_till(order)
    if order.status in PENDING or not till.offer.lines:
        return redirect(f"/o/{link}", 303)
    return _send(till)


def _product_till(product_id: int, quantity: int) -> Till:
    product = queries.product(product_id)
    address = product_href(product)
    return Till(
        of_product(queries.market(product["market_id"]), product, quantity), f"{address}/order", f"p{product_id}",
        (product["name"], address), "Order this",
    )  # fmt: skip


def _again_till(order: Order) -> Till:
    wanted = [(item.product_id, item.name, item.quantity) for item in order.items]
    offer = of_lines(
        queries.market(order.market_id), wanted, queries.for_sale([product_id for product_id, _, _ in wanted])
    )
    delivery = from_json(order.delivery) if order.delivery else {}
    unpaid = order.status in ENDED_UNPAID
    heading = {"INVENTORY_REJECTED": "Change the number and order", "PAYMENT_REJECTED": "Try the payment again"}
    return Till(
        offer, f"/o/{order.link}/again", f"o{order.link}", (f"Order {order.number}", f"/o/{order.link}"),
        heading.get(order.status, "Order again"),
        f"This stands in for order {order.number}, which stays as it is: nothing of it is charged." if unpaid else "",
        order.email, order.id if unpaid else None,
        {"name": delivery.get("name") or order.name, **{part: delivery.get(part, "") for part in wish.ADDRESS}},
    )  # fmt: skip


def _send(till: Till) -> ResponseReturnValue:
    asked = wish.read(till.offer, bool(till.email))
    form = asked.filled.data
    opened = key.opened(form.key, till.place) if form else None
    placed = orders.by_checkout(key.SCOPE, opened) if opened else None
    if form is not None and placed is not None:
        # This form has become an order already. What it says about the shelf and the price is not asked any more.
        if placed["checkout_hash"] == form.hash(asked.offer, form.email or till.email):
            return htmx.go_to(f"/o/{placed['link']}")
        return _show(till, asked, 409, earlier=placed)
    if form is not None and opened is None:
        return _show(till, asked, 422, {"": "This form is too old to be sent. Look it over and press once more."})
    if asked.data is None or opened is None or asked.amount_changed:
        return _show(till, asked, 422)
    try:
        link = transact(_placing(till, asked, asked.data, opened))
    except Invalid as error:
        return _show(till, asked, 422, _named(error))
    return htmx.go_to(f"/o/{link}")


def _placing(till: Till, asked: Wish, form: OrderForm, opened: str) -> Callable[[], str]:
    me = principal.maybe()
    email = form.email or till.email
    new = placing.NewOrder(
        lines=asked.offer.chosen, email=email, token=form.token, scope=key.SCOPE, key=opened, hash=form.hash(asked.offer, email),
        cause=trace.cause(), name=form.name or "", shopper_id=me.person_id if me else None, delivery=form.delivery,
        replaces_id=till.replaces, market_id=asked.offer.market["id"],
    )  # fmt: skip

    def placed() -> str:
        [row] = placing.place([new])
        if me is not None and not row["replayed"]:
            noted = {"number": row["number"], "total_minor": row["total_minor"]}
            audit.record("order.place", "order", row["id"], None, noted, row["market_id"], actor=me.actor)
        return str(row["link"])

    return placed


def _show(
    till: Till, asked: Wish | None = None, status: int = 200, more: Mapping[str, str] | None = None, offer: Offer | None = None,
    earlier: Mapping[str, object] | None = None,
) -> Response:  # fmt: skip
    settings: Settings = current_app.extensions["settings"]
    me = principal.maybe()
    known = {"email": me.email if me else "", "token": "tok_success" if settings.shows_demo else "", **till.known}
    if me and not known.get("name"):
        known["name"] = me.name
    shown = offer or (asked.offer if asked else till.offer)
    page = render_template(
        "shop/order_form.html", market=shown.market, till=till, offer=shown,
        values=asked.filled.values if asked else known, errors={**(more or {}), **(asked.errors if asked else {})},
        labels={f"quantity[{n}]": line.product["name"] for n, line in enumerate(shown.lines)} | wish.LABELS,
        amount_changed=bool(asked and asked.amount_changed and not asked.errors), said=asked.amount_said if asked else None,
        key=_key(till, asked, more, earlier), cards=CARDS if settings.shows_demo else (), masked=masked(till.email) if till.email else "",
        earlier=earlier, short=till.replaces is not None and shown is not till.offer,
    )  # fmt: skip
    return make_response(page, status)


def _key(till: Till, asked: Wish | None, more: object, earlier: object) -> str:
    # A form that comes back keeps its key: whatever was sent with it has not become an order.
    given = asked.filled.values.get("key", "") if asked else ""
    return given if key.opened(given, till.place) and not earlier else key.mint(till.place)


def _named(error: MarketError) -> dict[str, str]:
    # The command speaks of an order's items, the form of its fields.
    named = {
        e.field.replace("items[", "quantity[").replace("].product_id", "]").replace("].quantity", "]"): e.message
        for e in error.errors
    }
    return {name if name.startswith("quantity[") else "": text for name, text in named.items()} or {
        "": sentence(error.detail)
    }


def _pairs() -> tuple[list[str], list[str]]:
    return [id for id in request.args.getlist("product") if id.isascii() and id.isdigit()], request.args.getlist(
        "quantity"
    )


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
