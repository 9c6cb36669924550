"""Reads for a market's log of emails: one statement for its rows, one for what waits, fails and came back."""

from __future__ import annotations

from webapp.console.paging import Window
from webapp.db import Row, begins, fetch

FAILING = "e.next_try_at IS NOT NULL AND e.tries > 0 AND e.answer IS NOT NULL"
"""Tried, refused for now, to be tried again. An email that is sent a second time has no answer until there is a new one."""

STATES = {
    "waiting": "e.next_try_at IS NOT NULL AND (e.tries = 0 OR e.answer IS NULL)",
    "failing": FAILING,
    "sent": "e.state = 'SENT'",
    "bounced": "e.state = 'BOUNCED'",
}


def log(market_id: int, window: Window, state: str = "", kind: str = "", sought: str = "") -> list[Row]:
    """Emails of a market without their texts, newest first. A whole address is found wherever the email went; the beginning
    of one finds who it was written for."""
    condition, given = _search(sought)
    return fetch(
        "SELECT e.id, e.kind, e.subject, e.recipient, e.send_to, e.state, e.tries, e.answer, e.next_try_at, e.queued_at, e.sent_at, e.order_id,"
        " o.number FROM emails e LEFT JOIN orders o ON o.id = e.order_id WHERE e.market_id = :market_id"
        + (f" AND {STATES[state]}" if state in STATES else "")
        + (" AND e.kind = :kind" if kind else "")
        + condition + window.where + window.order,
        market_id=market_id, **({"kind": kind} if kind else {}), **given, **window.parameters,
    )  # fmt: skip


def counts(market_id: int) -> Row:
    """How many emails of a market wait, fail and came back for good; each is kept by an index that holds only such rows."""
    [row] = fetch(
        f"SELECT (SELECT count(*) FROM emails e WHERE e.market_id = :market_id AND {STATES['waiting']}) AS waiting,"
        f" (SELECT count(*) FROM emails e WHERE e.market_id = :market_id AND {FAILING}) AS failing,"
        f" (SELECT count(*) FROM emails e WHERE e.market_id = :market_id AND {STATES['bounced']}) AS bounced",
        market_id=market_id,
    )
    return row


def number_of(order_id: int | None) -> int | None:
    """The number of an order that the caller was allowed to see."""
    found = fetch("SELECT number FROM orders WHERE id = :id", id=order_id) if order_id else []
    return int(found[0]["number"]) if found else None


def _search(sought: str) -> tuple[str, dict[str, object]]:
    text = sought.lower()
    if not text:
        return "", {}
    if "@" in text and "." in text.rsplit("@", 1)[1]:
        return " AND (e.recipient = :address OR e.send_to = :address)", {"address": text}
    return " AND e.recipient LIKE :begins ESCAPE '\\'", {"begins": begins(text)}
