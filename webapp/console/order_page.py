"""One order as its page shows it, loaded in a fixed number of statements, and the same again for whoever watches it live."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template

from webapp import clock, outbox
from webapp.accounts import principal
from webapp.console import history, order_queries, story
from webapp.db import db, from_json
from webapp.errors import NotFound
from webapp.live import LiveState, Topic, id_in
from webapp.notifications import queries as notifications
from webapp.notifications.kinds import SENT
from webapp.orders import decide, notes
from webapp.orders.models import PENDING
from webapp.payments import queries as payments


def known_of(order_id: int) -> story.Known:
    """All that is known of an order. The caller has authorised. Raises NotFound."""
    order = order_queries.order(order_id)
    return story.Known(
        order=order,
        items=order_queries.items(order_id),
        events=outbox.of_order(order_id),
        payment=payments.payment_of(order_id),
        emails=notifications.of_order(order_id),
        notes=notes.of_order(order["market_id"], order_id),
        now=clock.to_datetime(clock.now()),
    )


def view_of(order_id: int) -> dict[str, Any]:
    """What templates/console/_order.html names."""
    known = known_of(order_id)
    order = known.order
    strip = story.strip_of(known)
    first, last = strip.stations[0].at, strip.stations[4].at
    plain = strip.stations[4].state == "done" and not order["refunded_minor"]
    return {
        "order": order,
        "known": known,
        "strip": strip,
        "items": known.items,
        "delivery": from_json(order["delivery"]) if order["delivery"] else None,
        "tries": history.tries_of(known),
        "history": history.history_of(known, order_queries.deeds(order_id)),
        "absorbed": order_queries.absorbed(order_id),
        "took": last - first if plain and first and last else None,
        "stuck": any(station.state == "stuck" for station in strip.stations),
        "can_cancel": known.status in PENDING and not order["cancel_asked_by"],
        "can_refund": known.left_minor > 0,
        "can_send": not decide.why_not_sent(known.status, order["sent_at"] is not None),
        "can_unsend": not decide.why_not_unsent(known.status, order["sent_at"] is not None),
        "told_before": told_before(known),
        "too_late": decide.too_late(order),
        "moving": strip.moving or any(email.next_try_at is not None for email in known.emails),
        "now": known.now,
    }


def told_before(known: story.Known) -> datetime | None:
    """When the customer was last written to about the sending: a mark that was taken back had its email."""
    return max((email.queued_at for email in known.emails if email.kind == SENT), default=None)


def _authorise(key: str) -> int:
    me = principal.maybe()
    if me is None or me.market is None:
        raise NotFound("there is nothing to watch here")
    return order_queries.owned(me.market.id, id_in(key))


def _render(order_id: int) -> LiveState:
    shown = view_of(order_id)
    db.session.rollback()
    return LiveState(render_template("console/_order.html", **shown), final=not shown["moving"])


ORDER = Topic(kind="desk-order", about="order", versions=order_queries.versions, render=_render, authorise=_authorise)
"""An order's page at its owner's desk."""
