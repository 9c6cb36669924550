"""Sending emails once more: a delivery of the row that was written, to its recipient or to another address."""

from __future__ import annotations

from collections.abc import Sequence

from webapp import outbox
from webapp.db import Row, among, execute, fetch, locked
from webapp.errors import Conflict, Invalid, NotFound
from webapp.notifications.commands import ASK_AGAIN
from webapp.notifications.mailer import Unsendable, check_address
from webapp.notifications.models import QUEUED, SENDING


def resend(market_id: int, email_id: int, now: int, to: str | None = None) -> Row:
    """Deliver an email of the market once more, to its recipient or to another address: a delivery of the same row. Returns its
    `state` and `tries` before.

    Raises NotFound for a foreign email, Conflict while it is on its way, Invalid when `to` is no address.
    """
    if to is not None:
        try:
            check_address(to)
        except Unsendable as error:
            raise Invalid.field("to", "not_an_address", "Write an email address, like ingrid@example.org.") from error
    found = fetch(
        f"SELECT state, tries FROM emails WHERE id = :id AND market_id = :market_id {locked()}",
        id=email_id,
        market_id=market_id,
    )
    if not found:
        raise NotFound("there is no such email in this market")
    if found[0]["state"] in (QUEUED, SENDING):
        raise Conflict("this email is on its way already")
    execute(
        f"UPDATE emails SET state = '{QUEUED}', send_to = :to, answer = NULL, next_try_at = :again WHERE id = :id",
        id=email_id,
        to=to,
        again=now + ASK_AGAIN,
    )
    outbox.ask(outbox.NOTIFICATIONS, "deliver", [email_id], now)
    return found[0]


def resend_last(market_id: int, order_ids: Sequence[int], now: int) -> tuple[dict[int, Row], dict[int, str]]:
    """Deliver the last email of each of these orders of the market once more. Returns the emails that go (id, state, tries,
    subject, recipient) by order, and for each other order why it has none that goes, as a sentence."""
    found = fetch(
        "SELECT e.id, e.order_id, e.state, e.tries, e.subject, e.recipient FROM emails e WHERE e.market_id = :market_id AND e.id IN"
        f" (SELECT max(l.id) FROM emails l WHERE {among('l.order_id', 'asked')} GROUP BY l.order_id)"
        f" ORDER BY e.id {locked()}",
        market_id=market_id,
        asked=order_ids,
    )
    refused = dict.fromkeys(order_ids, "Nothing was written to its customer yet.")
    refused |= {row["order_id"]: _why_not(row) for row in found}
    going = [row for row in found if not refused[row["order_id"]]]
    refused = {order_id: reason for order_id, reason in refused.items() if reason}
    if going:
        execute(
            f"UPDATE emails SET state = '{QUEUED}', send_to = NULL, answer = NULL, next_try_at = :again WHERE {among('id', 'going')}",
            going=[row["id"] for row in going],
            again=now + ASK_AGAIN,
        )
        outbox.ask(outbox.NOTIFICATIONS, "deliver", [row["id"] for row in going], now)
    return {row["order_id"]: row for row in going}, refused


def _why_not(email: Row) -> str:
    if email["state"] in (QUEUED, SENDING):
        return "Its email is on its way already."
    return "" if email["recipient"] else "It has no email address."
