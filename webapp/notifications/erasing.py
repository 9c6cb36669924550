"""Emails without their reader: that one was written, when and what came of it stays; to whom and what it said does not."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.accounts.letters import CAUSE
from webapp.db import among, execute, fetch
from webapp.notifications.models import BOUNCED, QUEUED, SENDING

GONE = "erased as its reader wished"


def erase(order_ids: Iterable[int], letter_ids: Iterable[int]) -> int:
    """Empty the emails of these orders and of these letters about accounts; what still waited is not sent. Returns how many."""
    emptied = fetch(
        "UPDATE emails SET recipient = '', send_to = NULL, subject = 'Erased', html = '', text = '', next_try_at = NULL,"
        f" answer = CASE WHEN state IN ('{QUEUED}', '{SENDING}') THEN '{GONE}' ELSE answer END,"
        f" state = CASE WHEN state IN ('{QUEUED}', '{SENDING}') THEN '{BOUNCED}' ELSE state END"
        f" WHERE {among('order_id', 'orders')} OR {among('cause_id', 'letters', 'text')}"
        " RETURNING id",
        orders=order_ids,
        letters=[f"{CAUSE}{letter_id}" for letter_id in letter_ids],
    )
    execute(
        f"UPDATE email_deliveries SET recipient = '' WHERE {among('email_id', 'emptied')}",
        emptied=[row["id"] for row in emptied],
    )
    return len(emptied)
