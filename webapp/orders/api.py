"""Orders for programs: place (F6, F7), read, cancel (F11), refund (F12), and mark as sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from pydantic import AfterValidator, Field, StringConstraints

from webapp import live
from webapp.accounts import audit, principal
from webapp.accounts.principal import Principal
from webapp.db import db, transact
from webapp.errors import Conflict, Invalid, NotFound
from webapp.events import Quantity as Units
from webapp.orders import commands, placing, queries, refunding, sending
from webapp.orders.models import MOST_LINES, Order
from webapp.orders.showing import OrderStory, OrderView, Status, show, tell
from webapp.payments import means
from webapp.payments.means import CARD_TOKEN
from webapp.web import cursors, idempotency, money, reading, trace
from webapp.web.api import Answer, endpoint
from webapp.web.fields import AmountText, Body, Email, Given, Id, Line, Quantity, one_line

api = Blueprint("orders_api", __name__, url_prefix="/api/v1")

Short = Annotated[str, StringConstraints(max_length=20), AfterValidator(one_line)]
Note = Annotated[str, StringConstraints(max_length=sending.LONGEST_NOTE), AfterValidator(one_line)]
Middle = Annotated[str, StringConstraints(max_length=120), AfterValidator(one_line)]


class WishedLine(Body):
    """So many of a product."""

    product_id: Id
    quantity: Quantity


class PaymentMeans(Body):
    """How it is paid: with one of the test tokens, or by `card` where the house takes cards: a PaymentMethod of Stripe's
    (`pm_…`), which Stripe.js makes of a card without our seeing it."""

    method: Literal["test", "card"]
    token: Annotated[
        str,
        StringConstraints(max_length=120),
        Field(
            json_schema_extra={"anyOf": [{"enum": sorted(means.TEST_TOKENS)}, {"pattern": f"^{CARD_TOKEN.pattern}$"}]}
        ),
    ]


class Delivery(Body):
    """Where it goes to, as it is written on the parcel."""

    name: Annotated[Middle | None, Given] = None
    street: Annotated[Line | None, Given] = None
    postcode: Annotated[Short | None, Given] = None
    city: Annotated[Middle | None, Given] = None
    country: Annotated[Middle | None, Given] = None


class NewOrderBody(Body):
    """What a shopper asks for. The email is that of the token's person unless another is given."""

    items: Annotated[list[WishedLine], Field(min_length=1, max_length=MOST_LINES)]
    payment: PaymentMeans
    email: Annotated[Email | None, Given] = None
    delivery: Annotated[Delivery | None, Given] = None
    replaces: Annotated[Id | None, Given, Field(description="An order of yours that this one stands in for.")] = None


class RefundBody(Body):
    """What goes back: so much money, or all that is left; and what returns to the shelf."""

    amount: Annotated[AmountText | None, Given] = None
    restock: Annotated[list[WishedLine], Field(max_length=MOST_LINES)] = []
    reason: Line


class SendingBody(Body):
    """What the shopper is told of the sending: the carrier, what to track it by, when it comes."""

    note: Annotated[Note | None, Given] = None


class OrderSearch(cursors.Paging):
    """Which orders."""

    status: Annotated[Status | None, Given] = None


@api.post("/orders")
@endpoint("orders:place", body=NewOrderBody, answers=OrderView, status=202, refusals=(409,), idempotency="required")
def place_order(body: NewOrderBody) -> Answer:
    """Place an order. It is taken on at once and goes on by itself; the same key and body again give the same order, as it
    is by then."""
    me = principal.current()
    wish = _wish(me, body)

    def placed() -> Answer:
        [row] = placing.place([wish])
        if not row["replayed"]:
            noted = {"number": row["number"], "total_minor": row["total_minor"]}
            audit.record("order.place", "order", row["id"], None, noted, row["market_id"], actor=me.actor)
        order = queries.order_of(row["id"], market_id=row["market_id"])
        headers = {"Location": f"/api/v1/orders/{order.id}"} | (idempotency.REPLAYED if row["replayed"] else {})
        return Answer(show(order), headers=headers)

    return transact(placed)


@api.get("/orders")
@endpoint("orders:read", query=OrderSearch, answers=cursors.Page[OrderView])
def list_orders(query: OrderSearch) -> cursors.Page[OrderView]:
    """List orders, newest first: the market's, or a shopper's own."""
    statuses = [query.status] if query.status else []
    found = queries.page_of(query.limit, **_whose(principal.current()), before_id=query.cursor, statuses=statuses)
    return cursors.page(found, query.limit, show)


@api.get("/orders/<id:order_id>")
@endpoint("orders:read", answers=OrderStory)
def read_order(order_id: int) -> OrderStory:
    """Read one order with its payment and every event of it."""
    return tell(_mine(principal.current(), order_id))


@api.get("/orders/<id:order_id>/live")
@endpoint("orders:read", media="text/event-stream")
def follow_order(order_id: int) -> Response:
    """Follow the status of one order: `event: status` with `{id, status, version, at}`, the present one first; after a final
    one `event: end`, and the stream closes."""
    _mine(principal.current(), order_id)
    return live.json_stream("order-status", order_id)


@api.post("/orders/<id:order_id>/cancellation")
@endpoint("orders:write", "orders:place", answers=OrderView, status=202, refusals=(409,))
def cancel_order(order_id: int) -> Answer:
    """Call an order off (F11): at once while its stock is asked for; while its payment is, the payment decides."""
    me = principal.current()

    def cancelled() -> Answer:
        order = _mine(me, order_id)
        was, became = commands.cancel(order_id, "market" if me.market else "shopper", trace.cause())
        if was != became:
            audit.record("order.cancel", "order", order_id, was, became, order.market_id, actor=me.actor)
        return _taken_on(_mine(me, order_id))

    return transact(cancelled)


@api.post("/orders/<id:order_id>/refunds")
@endpoint("orders:write", body=RefundBody, answers=OrderStory, status=202, refusals=(409,), idempotency="honoured")
def refund_order(order_id: int, body: RefundBody) -> Response:
    """Give money of a completed order back (F12), and put units on the shelf again."""
    me = principal.current()
    restock = [Units(line.product_id, line.quantity) for line in body.restock]

    def asked() -> Answer:
        order = _mine(me, order_id)
        amount = None
        if body.amount is not None:
            amount = money.to_minor(body.amount, order.currency, "amount", money.MOST_SUM)
        refund_id = refunding.ask(order_id, amount, restock, body.reason, me.email)
        noted = {"refund": refund_id, "amount_minor": amount, "restock": restock, "reason": body.reason}
        audit.record("order.refund", "order", order_id, None, noted, order.market_id, actor=me.actor)
        return _taken_on(order, tell(order))

    return idempotency.once(asked)


@api.post("/orders/<id:order_id>/sending")
@endpoint("orders:write", body=SendingBody, answers=OrderView, status=200, refusals=(409,), idempotency="honoured")
def send_order(order_id: int, body: SendingBody) -> Response:
    """Mark a completed order as sent or handed over; its shopper is told by email. It moves no order."""
    me = principal.current()

    def sent() -> Answer:
        order = _mine(me, order_id)
        note = body.note or ""
        if refused := sending.mark(order.market_id, [order_id], note, me.email, trace.cause())[order_id]:
            raise Conflict(refused, kind="not-to-send")
        audit.record("order.send", "order", order_id, None, {"note": note}, order.market_id, actor=me.actor)
        db.session.refresh(order)
        return Answer(show(order))

    return idempotency.once(sent)


def _wish(me: Principal, body: NewOrderBody) -> placing.NewOrder:
    delivery = body.delivery.given() if body.delivery else {}
    return placing.NewOrder(
        lines=tuple((line.product_id, line.quantity) for line in body.items), email=body.email or me.email,
        token=body.payment.token, method=body.payment.method, scope=f"person:{me.person_id}",
        key=idempotency.key(required=True) or "", hash=reading.body_hash(), cause=trace.cause(),
        name=delivery.get("name") or me.name, shopper_id=me.person_id, delivery=delivery or None,
        replaces_id=_replaced(me, body.replaces), market_id=me.market.id if me.market else None,
    )  # fmt: skip


def _replaced(me: Principal, order_id: int | None) -> int | None:
    if order_id is None:
        return None
    try:
        return _mine(me, order_id).id
    except NotFound as error:
        raise Invalid.field("replaces", "unknown", "You have no such order.") from error


def _mine(me: Principal, order_id: int) -> Order:
    return queries.order_of(order_id, **_whose(me))


def _whose(me: Principal) -> dict[str, Any]:
    # A token that is bound to a market sees that market's orders alone, its person's own shopping elsewhere included.
    return {"market_id": me.market.id} if me.market else {"shopper_id": me.person_id}


def _taken_on(order: Order, shown: OrderView | None = None) -> Answer:
    return Answer(shown or show(order), 202, {"Location": f"/api/v1/orders/{order.id}"})
