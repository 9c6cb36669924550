"""Emails about accounts: made of the accounts room's letters, and then emails like any other, tried, shown and settled.

A written email holds letters.PLACE where its one-time link's token belongs; `with_tokens` puts it in for those who may
read it: the mail server, and whoever the mailbox is open to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from webapp.accounts import letters
from webapp.accounts.queries import market_by_id
from webapp.clock import to_datetime
from webapp.db import Row, fetch
from webapp.inventory import low
from webapp.notifications import examples
from webapp.notifications.account_words import words_for
from webapp.notifications.facts import look_of, one_line
from webapp.notifications.models import QUEUED
from webapp.notifications.render import LONGEST_SUBJECT, Rendered, render_account

SETTLED = 60 * 1_000_000
LOOK_BACK = 7 * 86_400 * 1_000_000
"""How old a letter is, at least and at most (microseconds), when it is looked at for an email that nobody wrote."""


def records(letter_ids: Sequence[int]) -> list[Row]:
    """The emails of these letters, as rows to write. It only reads, and takes its time."""
    return [_record(_with_alerts(letter)) for letter in letters.to_write(letter_ids)]


def forgotten(now: int, limit: int = 500) -> list[int]:
    """Letters whose email was never written, because the asking for it was lost on its way; oldest first."""
    found = fetch(
        f"SELECT l.id FROM account_letters l WHERE l.created_at >= :since AND l.created_at < :until AND l.kind <> '{letters.NOBODY}'"
        f" AND l.email <> '' AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = '{letters.CAUSE}' || l.id)"
        " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.consumer = 'notifications' AND p.event_id = 'account:' || l.id)"
        " ORDER BY l.id LIMIT :limit",
        since=now - LOOK_BACK, until=now - SETTLED, limit=limit,
    )  # fmt: skip
    return [row["id"] for row in found]


def with_tokens(emails: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The same emails (their `cause_id`, `html` and `text` are looked at) with the tokens of their own letters in place."""
    given = list(emails)
    ids = {email["cause_id"]: letter_id for email in given if (letter_id := _letter_id(email["cause_id"])) is not None}
    tokens = letters.tokens_of(ids.values()) if ids else {}
    return [_opened(email, tokens.get(ids.get(email["cause_id"], 0), "")) for email in given]


def _with_alerts(letter: Row) -> Row:
    if letter["kind"] != letters.LOW_STOCK:
        return letter
    return {**letter, "alerts": low.told_in(letter["market_id"], letter["about"])}


def _opened(email: Mapping[str, Any], token: str) -> Row:
    if not token:
        return email
    return {
        **email,
        "html": email["html"].replace(letters.PLACE, token),
        "text": email["text"].replace(letters.PLACE, token),
    }


def _letter_id(cause_id: str) -> int | None:
    number = cause_id.removeprefix(letters.CAUSE)
    return int(number) if cause_id.startswith(letters.CAUSE) and number.isdigit() else None


def _record(letter: Row) -> Row:
    rendered = _test(letter) if letter["kind"] == letters.TEST else _rendered(letter)
    # It belongs to its reader and to no market: whoever works there must not find the links of others in their list.
    return {
        "cause_id": f"{letters.CAUSE}{letter['id']}", "kind": letter["kind"], "order_id": None,
        "market_id": letter["market_id"] if letter["kind"] == letters.TEST else None,
        "recipient": letter["email"], "subject": rendered.subject, "html": rendered.html, "text": rendered.text,
        "state": QUEUED, "answer": None,
    }  # fmt: skip


def _rendered(letter: Row) -> Rendered:
    expires_at = None if letter["expires_at"] is None else to_datetime(letter["expires_at"])
    words = words_for(letter, to_datetime(letter["created_at"]), expires_at)
    if letter["market_name"] is None:
        return render_account(words)
    return render_account(words, letter["market_name"], look_of(letter))


def _test(letter: Row) -> Rendered:
    # Unlike the others it opens nothing, and the market's log is where its owner looks for what became of it.
    made = examples.example(letter["name"], market_by_id(letter["market_id"]), to_datetime(letter["created_at"]))
    return replace(made, subject=one_line(f"Test: {made.subject}", LONGEST_SUBJECT))
