"""When nothing is under way any more (16), and waiting for that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from webapp.clock import seconds
from webapp.notifications.kinds import kind_sql
from workers.checking.asking import Asking, CannotAsk, Invariant, query
from workers.checking.brokers import still_held
from workers.checking.orders import PENDING
from workers.checking.traces import WRITTEN_TO

POLL_SECONDS = 0.25
RECENT = seconds(120)
"""How far back we look for verdicts whose email is not written yet: longer than anything but a broken worker takes."""

unsent = query(
    # What was parked is off the outbox, so that whatever is there was to be sent, or embedded to be handled.
    "SELECT 'outbox row ' || o.id || ': ' || coalesce(e.type, o.actor || ' ' || o.argument, '?') || ' for ' || o.channel FROM outbox o"
    " LEFT JOIN events e ON e.id = o.event_id",
)


def at_rest(asking: Asking) -> Iterator[str]:
    """16: what the outbox and the brokers still hold."""
    yield from unsent(asking)
    yield from still_held(asking.settings)


WORK = {
    "messages to send": "SELECT count(*) FROM outbox",
    "orders not final": f"SELECT count(*) FROM orders WHERE status IN {PENDING}",
    "calls to the payment provider": "SELECT (SELECT count(*) FROM payments WHERE next_try_at IS NOT NULL)"
    " + (SELECT count(*) FROM refunds WHERE next_try_at IS NOT NULL)",
    "emails to send": "SELECT count(*) FROM emails WHERE next_try_at IS NOT NULL",
    "emails to write": f"SELECT count(*) FROM events e WHERE e.at > :since AND {kind_sql('e')} IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = e.id)"
    " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.consumer = 'notifications' AND p.event_id = e.id)",
    "emails about accounts to write": f"SELECT count(*) FROM account_letters l WHERE l.created_at > :since AND {WRITTEN_TO}"
    " AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = 'letter:' || l.id)"
    " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.consumer = 'notifications' AND p.event_id = 'account:' || l.id)",
}
"""What is still under way, by name: each counts rows that an index finds, however many orders there have been."""


def under_way(asking: Asking) -> str:
    """What is still under way, in words, or nothing."""
    for what, sql in WORK.items():
        given = {"since": asking.now - RECENT} if ":since" in sql else {}
        if count := asking.value(sql, **given):
            return f"{count} {what}"
    try:
        return next(still_held(asking.settings), "")
    except CannotAsk as reason:
        return str(reason)


def wait_for_rest(look: Callable[[], str], wait: float, tell: Callable[[str], None]) -> str:
    """Return nothing once `look` finds nothing under way twice in a row, else after `wait` seconds what still is. Twice,
    because what one table has given away another may not have yet; `tell` hears what is being waited for."""
    deadline = time.monotonic() + wait
    quiet = False
    while True:
        found = look()
        if not found and quiet:
            return ""
        quiet = not found
        if found:
            tell(found)
            if time.monotonic() >= deadline:
                return found
        time.sleep(POLL_SECONDS)


INVARIANTS = (
    Invariant(16, "No unsent outbox row that is not parked; consumer lag 0; queues empty.", at_rest, drained=True),
)  # fmt: skip
