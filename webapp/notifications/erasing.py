"""Emails without their reader: that one was written, when and what came of it stays; to whom and what it said does not."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.accounts.letters import CAUSE
from webapp.db import execute, fetch, rows
from webapp.notifications.models import BOUNCED, QUEUED, SENDING

GONE = "erased as its reader wished"


def erase(order_ids: Iterable[int], letter_ids: Iterable[int]) -> int:
    """Empty the emails of these orders and of these letters about accounts; what still waited is not sent. Returns how many."""
    emptied = fetch(
        "UPDATE emails SET recipient = '', send_to = NULL, subject = 'Erased', html = '', text = '', next_try_at = NULL,"
        f" answer = CASE WHEN state IN ('{QUEUED}', '{SENDING}') THEN '{GONE}' ELSE answer END,"
        f" state = CASE WHEN state IN ('{QUEUED}', '{SENDING}') THEN '{BOUNCED}' ELSE state END"
        f" WHERE order_id IN (SELECT id FROM {rows('orders', id='bigint')}) OR cause_id IN (SELECT cause FROM {rows('letters', cause='text')})"
        " RETURNING id",
        orders=[{"id": order_id} for order_id in order_ids],
        letters=[{"cause": f"{CAUSE}{letter_id}"} for letter_id in letter_ids],
    )
    execute(
        f"UPDATE email_deliveries SET recipient = '' WHERE email_id IN (SELECT id FROM {rows('emptied', id='bigint')})",
        emptied=[dict(row) for row in emptied],
    )
    return len(emptied)
