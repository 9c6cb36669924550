"""An order's facts from the rooms that keep them, in a fixed number of statements, and how they look; also live."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import render_template

from webapp import clock, outbox
from webapp.clock import to_datetime
from webapp.db import Row, among, fetch, from_json
from webapp.errors import NotFound
from webapp.live import LiveState, Topic
from webapp.notifications import queries as notifications
from webapp.orders import queries as orders
from webapp.orders.models import CANCELLED, PAYMENT_REJECTED, Order
from webapp.payments import queries as payments
from webapp.payments.calls import Ask
from webapp.payments.models import CALLING, LATE_SUCCESS, Payment, Refund
from webapp.products.queries import pictures_of
from webapp.shop import links, queries
from webapp.shop.desk import address_lines, masked, product_href
from webapp.shop.facts import LineFact, OrderFacts, OtherFact, RefundFact, ToldFact
from webapp.shop.story import tell

LISTENING = clock.seconds(15)
"""How long the page of an order that ended unpaid goes on listening: a bank that takes the money after all does so soon."""

LOOKED = clock.seconds(600)
"""How long somebody may look at a form, at most, for others to count as faster."""

_UNPAID = (PAYMENT_REJECTED, CANCELLED)


def view_of(order: Order, whole: bool = True) -> dict[str, Any]:
    """What the order's page and its moving part are made of: `order`, `facts`, `story`, `market`, the page's own `link` and the
    `topic` of its stream. Without the address, and by the link that says so, where it is not the `whole` page."""
    return views_of([order], whole)[order.id]


def views_of(found: Sequence[Order], whole: bool = True) -> dict[int, dict[str, Any]]:
    """The same of many orders, by their ids, in as many statements as of one."""
    ids = [order.id for order in found]
    product_ids = list({item.product_id for order in found for item in order.items})
    markets = {market["id"]: market for market in queries.markets({order.market_id for order in found})}
    events, paid, refunds = outbox.of_orders(ids), payments.payments_of(ids), payments.refunds_of_many(ids)
    emails, for_sale, pictures = notifications.last_of(ids), queries.for_sale(product_ids), pictures_of(product_ids)
    instead = orders.instead_of(ids)
    views = {}
    for order in found:
        market = markets[order.market_id]
        facts = _facts(
            order, market, events[order.id], paid.get(order.id), refunds[order.id], emails.get(order.id), for_sale, pictures
        )  # fmt: skip
        replaces, replaced_by = _others(order, instead)
        facts = replace(facts, address=facts.address if whole else (), replaces=replaces, replaced_by=replaced_by)
        views[order.id] = {
            "order": order, "facts": facts, "story": tell(facts), "market": market, "link": order.link if whole else links.found(order.id),
            "topic": (ORDER if whole else FOUND).kind,
        }  # fmt: skip
    return views


def authorise(link: str) -> int:
    """The order behind a link. Raises NotFound."""
    return orders.order_by_link(link).id


def authorise_found(link: str) -> int:
    """The order behind the link of one that was looked up. Raises NotFound."""
    order_id = links.found_id(link)
    if order_id is None:
        raise NotFound("there is no such order")
    return order_id


def render(order_id: int, whole: bool = True) -> LiveState:
    """The moving part of an order's page. Raises NotFound."""
    return _state(view_of(orders.order_by_id(order_id), whole))


def render_many(order_ids: Sequence[int], whole: bool = True) -> dict[int, LiveState]:
    """The moving parts of many orders' pages, in as many statements as of one; those that are gone are left out."""
    return {order_id: _state(shown) for order_id, shown in views_of(orders.orders_by_id(order_ids), whole).items()}


def _state(shown: dict[str, Any]) -> LiveState:
    return LiveState(render_template("shop/_order.html", **shown), final=shown["story"].final)


def versions(order_ids: Sequence[int]) -> Mapping[int, Hashable]:
    """How new these orders look: their own moves, their payments, refunds and emails, in one statement."""
    found = fetch(
        "SELECT o.id, o.version, o.updated_at, p.attempts, p.state, p.next_call, p.updated_at AS paid_at,"
        " (SELECT max(r.id) FROM refunds r WHERE r.order_id = o.id) AS refund,"
        " (SELECT count(*) FROM refunds r WHERE r.order_id = o.id AND r.state <> 'PENDING') AS refunded,"
        " (SELECT max(e.id) FROM emails e WHERE e.order_id = o.id) AS email,"
        " (SELECT sum(e.tries) FROM emails e WHERE e.order_id = o.id) AS tries,"
        " (SELECT count(*) FROM emails e WHERE e.order_id = o.id AND e.next_try_at IS NULL) AS ended,"
        # A moment after the end of an unpaid order its page stops listening: that is a new look as well.
        " CASE WHEN o.updated_at > :listening THEN 1 ELSE 0 END AS listening"
        f" FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE {among('o.id', 'asked')}",
        asked=order_ids,
        listening=clock.now() - LISTENING,
    )
    return {row["id"]: tuple(row.values()) for row in found}


ORDER = Topic(
    kind="order", about="order", authorise=authorise, versions=versions, render=render, render_many=render_many
)

FOUND = Topic(
    kind="order-found", about="order", authorise=authorise_found, versions=versions,
    render=partial(render, whole=False), render_many=partial(render_many, whole=False),
)  # fmt: skip
"""The same of an order that was looked up: its looks are without the address."""


def _facts(
    order: Order, market: Row, events: Sequence[Row], payment: Payment | None, refunds: Sequence[Refund], email: Row | None,
    for_sale: Mapping[int, Row], pictures: Mapping[int, str],
) -> OrderFacts:  # fmt: skip
    moments: dict[str, datetime] = {}
    for event in events:
        moments.setdefault(event["type"], to_datetime(event["at"]))
    short = {line["product_id"]: line["available"] for line in (from_json(order.shortages) if order.shortages else ())}
    return OrderFacts(
        number=order.number, status=order.status, reason=order.reason, placed_at=order.placed_at, updated_at=order.updated_at,
        email=masked(order.email), currency=order.currency, total_minor=order.total_minor, refunded_minor=order.refunded_minor,
        lines=[
            LineFact(
                item.product_id, item.name, item.quantity, item.unit_minor, pictures.get(item.product_id, item.picture), short.get(item.product_id),
                **_as_it_is_now(for_sale.get(item.product_id)),
            )
            for item in order.items
        ],
        cancel_asked_by=order.cancel_asked_by, moments=moments, attempts=payment.attempts if payment else 0,
        card=payment.card if payment else None, bank_href=_bank_href(payment), told=_told(email), refunds=[_refund(refund) for refund in refunds],
        address=address_lines(from_json(order.delivery) if order.delivery else None, order.name),
        delivers=bool(market["wants_delivery"]), sent_at=order.sent_at, sent_note=order.sent_note or "", faster=_others_were_faster(order, short),
        late_may_come=order.status in _UNPAID and not any(refund.reason == LATE_SUCCESS for refund in refunds)
        and "STOCK_RESERVED" in moments and clock.now() - clock.from_datetime(order.updated_at) < LISTENING,
    )  # fmt: skip


def _others(order: Order, instead: Sequence[Row]) -> tuple[OtherFact | None, OtherFact | None]:
    """The order that this one stands in for, and the newest that stands in for it."""
    # By the links without addresses: who may read the one order need not be whom the other goes to.
    replaces = replaced_by = None
    for row in instead:
        if row["order_id"] == order.id:
            replaces = OtherFact(row["replaces_number"], f"/o/{links.found(row['replaces_id'])}")
        if row["replaces_id"] == order.id:
            replaced_by = OtherFact(row["number"], f"/o/{links.found(row['order_id'])}")
    return replaces, replaced_by


def _bank_href(payment: Payment | None) -> str | None:
    waits = payment is not None and payment.state == CALLING and payment.next_call != Ask.VOID
    return payment.action_url if payment is not None and waits else None


def _others_were_faster(order: Order, short: Mapping[int, int]) -> bool:
    # It is only said where it is so: without what others took in the last minutes, there had been enough.
    if not short:
        return False
    refused = clock.from_datetime(order.updated_at)
    placed = clock.from_datetime(order.placed_at)
    taken = queries.taken_by_others(order.id, short, placed - LOOKED, refused)
    return all(
        short[i.product_id] + taken.get(i.product_id, 0) >= i.quantity for i in order.items if i.product_id in short
    )


def _as_it_is_now(product: Row | None) -> dict[str, Any]:
    if product is None:
        return {}
    return {"left_now": product["available"], "price_now": product["price_minor"], "href": product_href(product)}


def _told(email: Row | None) -> ToldFact | None:
    if email is None:
        return None
    return ToldFact(email["state"], to_datetime(email["sent_at"] or email["queued_at"]), email["tries"])


def _refund(refund: Refund) -> RefundFact:
    return RefundFact(
        refund.amount_minor, refund.state, refund.done_at or refund.asked_at, refund.reason == LATE_SUCCESS
    )
