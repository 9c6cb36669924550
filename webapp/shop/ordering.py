"""Ordering on one page: a product, or what an earlier order wanted. One form is one order, whatever is pressed how often, and
it is placed for the amount that the button said or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts import audit, keeping, principal
from webapp.db import from_json, transact
from webapp.errors import Invalid, MarketError, TooMany
from webapp.orders import placing
from webapp.orders import queries as orders
from webapp.orders.models import PENDING, Order
from webapp.payments import means
from webapp.settings import Settings
from webapp.shop import key, links, queries, wish
from webapp.shop.desk import bp, masked, product_href
from webapp.shop.offer import Offer, OfferLine, of_lines, of_product
from webapp.shop.wish import OrderForm, Wish
from webapp.web import htmx, security, throttle, trace
from webapp.web.access import visitor
from webapp.web.figures import wait_text
from webapp.web.problem import timed
from webapp.web.reading import sentence

QUARTER_OF_AN_HOUR = 900.0

CART = "cart"
"""The place of a cart's forms."""

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
    """Where an order form stands: what it offers, of one market or of several; its address and place, and which order it
    stands in for. `secret` is what all forms of a cart, or of an order anew, share; `afterwards` is done with the products
    that were ordered and the orders' page, in their transaction."""

    offers: tuple[Offer, ...]
    action: str
    place: str
    back: tuple[str, str]
    heading: str
    lead: str = ""
    email: str = ""
    replaces: int | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    afterwards: Callable[[Sequence[int], str], None] | None = None

    def key_of(self, opened: str, offer: Offer) -> str:
        """The key of one market's order. A cart's form is one order for each of its markets."""
        return f"{opened}/{offer.market['id']}" if self.place == CART else opened


@bp.get("/p/<id:product_id>-<slug>/order")
@visitor
def order_form(product_id: int, slug: str) -> ResponseReturnValue:
    """The form for so many of one product."""
    till = _product_till(product_id, _count(request.args.get("quantity", "")))
    if not till.offers[0].lines[0].available:
        return redirect(till.back[1], 303)
    return show(till)


@bp.post("/p/<id:product_id>-<slug>/order")
@visitor
def place_order(product_id: int, slug: str) -> ResponseReturnValue:
    """Place the order."""
    return send(_product_till(product_id, 1))


@bp.get("/o/<link>/again")
@visitor
def again_form(link: str) -> ResponseReturnValue:
    """The form for what an earlier order wanted, as it can be had now."""
    order, whole = links.behind(link)
    till = _again_till(order, link, whole)
    anew = order.status in ENDED_UNPAID and any(row["replaces_id"] == order.id for row in orders.instead_of([order.id]))
    if anew or order.status in PENDING or not till.offers[0].lines:
        return redirect(f"/o/{link}", 303)
    pairs = zip(request.args.getlist("product"), request.args.getlist("quantity"), strict=False)
    wanted = {int(id): _count(quantity) for id, quantity in pairs if wish.is_small(id)}
    return show(till, offers=(till.offers[0].asked(wanted).fitting(),))


@bp.post("/o/<link>/again")
@visitor
def place_again(link: str) -> ResponseReturnValue:
    """Place an order that stands in for one that ended unpaid, or one more of the same."""
    order, whole = links.behind(link)
    till = _again_till(order, link, whole)
    if order.status in PENDING or not till.offers[0].lines:
        return redirect(f"/o/{link}", 303)
    return send(till)


def _product_till(product_id: int, quantity: int) -> Till:
    product = queries.product(product_id)
    address = product_href(product)
    return Till(
        (of_product(queries.market(product["market_id"]), product, quantity),), f"{address}/order", f"p{product_id}",
        (product["name"], address), "Order this",
    )  # fmt: skip


def _again_till(order: Order, link: str, whole: bool) -> Till:
    wanted = [(item.product_id, item.name, item.quantity) for item in order.items]
    offer = of_lines(
        queries.market(order.market_id), wanted, queries.for_sale([product_id for product_id, _, _ in wanted])
    )
    delivery = from_json(order.delivery) if order.delivery and whole else {}
    unpaid = order.status in ENDED_UNPAID
    heading = {"INVENTORY_REJECTED": "Change the number and order", "PAYMENT_REJECTED": "Try the payment again"}
    return Till(
        (offer,), f"/o/{link}/again", f"o{link}", (f"Order {order.number}", f"/o/{link}"),
        heading.get(order.status, "Order again"),
        f"This stands in for order {order.number}, which stays as it is: nothing of it is charged." if unpaid else "",
        order.email, order.id if unpaid else None,
        {"name": delivery.get("name") or order.name, **{part: delivery.get(part, "") for part in wish.ADDRESS}} if whole else {},
        secret="anew" if unpaid else "",
    )  # fmt: skip


def send(till: Till) -> ResponseReturnValue:
    """Read the form of this request and make its orders, all of them or none. What it has become already is shown again."""
    asked = wish.read(till.offers, bool(till.email))
    form = asked.filled.data
    opened = key.opened(form.key, till.place) if form else None
    if form is not None and opened is None:
        return show(till, asked, 422, {"": "This form is too old to be sent. Look it over and press once more."})
    if form is not None and opened is not None:
        # What has become an order already is not asked any more about the shelf and the price.
        wanted = [
            (offer, orders.by_checkout(key.SCOPE, till.key_of(opened, offer))) for offer in asked.offers if offer.lines
        ]
        email = form.email or till.email
        other = [row for offer, row in wanted if row and row["checkout_hash"] != form.hash(offer, email)]
        if other:
            return show(till, asked, 409, earlier=other[0])
        placed = [row["link"] for _, row in wanted if row]
        if placed and len(placed) == len([offer for offer in asked.offers if offer.chosen]):
            return htmx.go_to(page_of(placed))
    if asked.data is None or opened is None or asked.amount_changed:
        return show(till, asked, 422)
    try:
        links = transact(_placing(till, asked, asked.data, opened))
    except OfferRefused as refused:
        return show(till, asked, 422, refused.errors)
    except TooMany as error:
        return timed(show(till, asked, 429, {"": _too_many(error)}), error)
    return htmx.go_to(page_of(links))


def page_of(links: Sequence[str]) -> str:
    """The page of an order, or the one that follows several."""
    return f"/o/{links[0]}" if len(links) == 1 else f"/orders/together/{'.'.join(links)}"


class OfferRefused(Exception):
    """An order could not be placed; what is wrong, by the form's fields."""

    def __init__(self, error: Invalid, offers: Sequence[Offer], refused: Offer) -> None:
        super().__init__(error.detail)
        self.errors = _named(error, wish.lines_of(offers), refused)


def _placing(till: Till, asked: Wish, form: OrderForm, opened: str) -> Callable[[], list[str]]:
    me = principal.maybe()
    email = form.email or till.email
    chosen = [offer for offer in asked.offers if offer.chosen]

    rate = current_app.extensions["settings"].order_rate
    keys = [f"order person {me.person_id}"] if me else [f"order address {principal.address()}", f"order email {email}"]

    def placed() -> list[str]:
        throttle.take(keys, rate, QUARTER_OF_AN_HOUR)
        # Markets stand in the order of their ids, so that two carts cannot wait for each other's order numbers.
        links = []
        for number, offer in enumerate(chosen):
            new = placing.NewOrder(
                lines=offer.chosen, email=email, method=means.method(), token=form.token_of(number), scope=key.SCOPE, key=till.key_of(opened, offer),
                hash=form.hash(offer, email), cause=trace.cause(), name=form.name or "",
                shopper_id=me.person_id if me else None, delivery=form.delivery, replaces_id=till.replaces,
                market_id=offer.market["id"],
            )  # fmt: skip
            try:
                [row] = placing.place([new])
            except Invalid as error:
                raise OfferRefused(error, asked.offers, offer) from error
            if me is not None and not row["replayed"]:
                noted = {"number": row["number"], "total_minor": row["total_minor"]}
                audit.record("order.place", "order", row["id"], None, noted, row["market_id"], actor=me.actor)
            links.append(str(row["link"]))
        if till.afterwards is not None:
            till.afterwards([product_id for offer in chosen for product_id, _ in offer.chosen], page_of(links))
        return links

    return placed


def show(
    till: Till, asked: Wish | None = None, status: int = 200, more: Mapping[str, str] | None = None,
    offers: tuple[Offer, ...] | None = None, earlier: Mapping[str, object] | None = None,
) -> Response:  # fmt: skip
    """The form: as it begins, or as it comes back with what is wrong."""
    settings: Settings = current_app.extensions["settings"]
    shown = offers or (asked.offers if asked else till.offers)
    lines = wish.lines_of(shown)
    demo = settings.shows_demo
    page = render_template(
        "shop/order_form.html", market=shown[0].market if len(shown) == 1 else None, till=till, offers=shown,
        values=asked.filled.values if asked else _known(till, demo and not settings.takes_cards),
        errors={**(more or {}), **(asked.errors if asked else {})},
        labels={f"quantity[{n}]": line.product["name"] for n, line in enumerate(lines)} | wish.LABELS,
        amount_changed=bool(asked and asked.amount_changed and not asked.errors), said=asked.said if asked else (),
        key=_key(till, asked, earlier), cards=CARDS if demo and not settings.takes_cards else (),
        card_key=settings.stripe_publishable_key, card_demo=demo and not settings.stripe_is_live, masked=masked(till.email) if till.email else "",
        delivers=any(offer.market["wants_delivery"] for offer in shown), earlier=earlier,
    )  # fmt: skip
    response = make_response(page, status)
    if settings.takes_cards:
        response.headers["Content-Security-Policy"] = security.with_stripe()
        response.headers["Permissions-Policy"] = security.STRIPE_MAY
    return response


def _known(till: Till, demo: bool) -> dict[str, str]:
    me = principal.maybe()
    known = {"email": me.email if me else "", "token": "tok_success" if demo else ""}
    if me and not till.known:
        saved = keeping.delivery_of(me.person_id) or _last(me.person_id)
        known |= {"name": me.name, **{part: str(value) for part, value in saved.items() if value}}
    return {**known, **till.known}


def _last(person_id: int) -> Mapping[str, object]:
    # Who has saved no address goes on from the last one.
    last = orders.last_delivery(person_id)
    return {"name": last["name"], **from_json(last["delivery"])} if last else {}


def _key(till: Till, asked: Wish | None, earlier: object) -> str:
    # A form that comes back keeps its key: whatever was sent with it has not become an order.
    given = asked.filled.values.get("key", "") if asked else ""
    if given and not earlier and key.opened(given, till.place):
        return given
    # Whoever wants one more order than the one that stands in already gets a form of its own.
    shared = till.secret and not (earlier and till.replaces)
    return key.sealed(till.place, till.secret) if shared else key.mint(till.place)


def _named(error: MarketError, lines: Sequence[OfferLine], refused: Offer) -> dict[str, str]:
    # The command speaks of an order's items, the form of its fields: of all lines, also those of which none is wanted.
    ids = [line.product["id"] for line in lines]
    named: dict[str, str] = {}
    for e in error.errors:
        found = re.match(r"items\[(\d+)\]", e.field)
        named[f"quantity[{ids.index(refused.chosen[int(found[1])][0])}]" if found else ""] = e.message
    return named or {"": sentence(error.detail)}


def _too_many(error: TooMany) -> str:
    when = wait_text(error.retry_after or 60)
    return f"Many orders came from you just now. Nothing was ordered this time; press once more in {when}. What you have filled in stays."


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
