"""Doing one thing to many orders: marking them as sent, calling them off, sending their last email once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp import clock
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import models as m
from webapp.console.bulk.kinds import Kind, Outcomes
from webapp.db import Row, among, fetch, locked
from webapp.notifications import resending
from webapp.notifications.kinds import SENT
from webapp.orders import commands, decide, sending
from webapp.orders.models import COMPLETED
from webapp.outbox import Cause

NOT_THERE = "There is no such order in this market."


def _done(change: Row, order_ids: Sequence[int]) -> Outcomes:
    actor = Actor(change["person_id"], change["token_id"], change["actor"], change["address"])
    return _DEEDS[change["action"]](change, order_ids, actor)


def _sent(change: Row, order_ids: Sequence[int], actor: Actor) -> Outcomes:
    cause, note = Cause(change["traceparent"]), change["value"]
    refused = sending.mark(change["market_id"], order_ids, note, actor.name, cause)
    noted = {"note": note, "change": change["id"]}
    audit.record_all(
        [audit.Change("order.send", "order", order_id, None, noted, change["market_id"]) for order_id, reason in refused.items() if not reason],
        actor=actor,
    )  # fmt: skip
    return _outcomes(refused)


def _called_off(change: Row, order_ids: Sequence[int], actor: Actor) -> Outcomes:
    names = ("status", "cancel_asked_by")
    was = _standing(change["market_id"], order_ids)
    refused = dict.fromkeys(order_ids, NOT_THERE)
    refused |= {
        row["id"]: decide.why_not_cancelled(row["status"], bool(row["cancel_asked_by"])) for row in was.values()
    }
    asked = [order_id for order_id, reason in refused.items() if not reason]
    commands.cancel_each(asked, "market", Cause(change["traceparent"]))
    became = _standing(change["market_id"], asked)
    written = [
        audit.Change(
            "order.cancel", "order", order_id, {name: was[order_id][name] for name in names if was[order_id][name] != row[name]},
            {**{name: row[name] for name in names if was[order_id][name] != row[name]}, "change": change["id"]}, change["market_id"],
        )
        for order_id, row in became.items()
    ]  # fmt: skip
    audit.record_all(written, actor=actor)
    return _outcomes(refused)


def _told_again(change: Row, order_ids: Sequence[int], actor: Actor) -> Outcomes:
    going, refused = resending.resend_last(change["market_id"], order_ids, clock.now())
    written = [
        audit.Change(
            "email.resend", "order", order_id, {"state": email["state"], "tries": email["tries"]},
            {"email": email["id"], "subject": email["subject"], "recipient": email["recipient"], "change": change["id"]}, change["market_id"],
        )
        for order_id, email in going.items()
    ]  # fmt: skip
    audit.record_all(written, actor=actor)
    return _outcomes({**dict.fromkeys(going, ""), **refused})


_DEEDS = {m.SEND: _sent, m.CANCEL: _called_off, m.RESEND: _told_again}


def _standing(market_id: int, order_ids: Sequence[int]) -> dict[int, Row]:
    found = fetch(
        "SELECT id, status, cancel_asked_by FROM orders WHERE market_id = :market_id"
        f" AND {among('id', 'asked')} ORDER BY id {locked()}",
        market_id=market_id,
        asked=order_ids,
    )
    return {row["id"]: row for row in found}


def _outcomes(refused: dict[int, str]) -> Outcomes:
    return {order_id: (m.LEFT if reason else m.CHANGED, reason) for order_id, reason in refused.items()}


def _act(change: Row) -> str:
    many = ORDERS.many(change["total"])
    return {
        m.SEND: f"Mark {many} as sent",
        m.CANCEL: f"Cancel {many}",
        m.RESEND: f"Send the last email of {many} again",
    }[change["action"]]


def _show(change: Row) -> dict[str, Any]:
    some = fetch(
        "SELECT id, number, name, email, status, total_minor, currency, placed_at, sent_at, delivery IS NOT NULL AS delivers FROM orders"
        f" WHERE {among('id', 'named')}",
        named=[row["id"] for row in change["some"]],
    )
    told = (
        fetch(
            "SELECT count(DISTINCT e.order_id) AS orders FROM order_change_rows r JOIN orders o ON o.id = r.order_id"
            " JOIN emails e ON e.order_id = o.id AND e.kind = :kind"
            " WHERE r.change_id = :id AND o.sent_at IS NULL AND o.status = :status",
            id=change["id"], kind=SENT, status=COMPLETED,
        )[0]["orders"]
        if (change["action"], change["status"]) == (m.SEND, m.CHOSEN)
        else 0
    )  # fmt: skip
    return {"things": {row["id"]: row for row in some}, "told_before": told}


ORDERS = Kind(
    thing="order", things="orders", changes="order_changes", rows="order_change_rows", key="order_id", source="orders o", id="o.id",
    actor="change_orders", path="/orders/changes", home="/console/orders", section="orders", work=_done, act=_act, show=_show,
)  # fmt: skip
