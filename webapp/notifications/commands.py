"""Verbs on lists of emails: write them, claim them, settle what came of a try, ask again for what is due.

An email is never a reason for an order to fail: nothing here touches an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp import inbox, outbox
from webapp.clock import seconds
from webapp.db import Row, among, execute, fetch, insert, locked, rows
from webapp.inbox import Parked
from webapp.notifications import facts as facts_of
from webapp.notifications.kinds import kind_of, kind_sql
from webapp.notifications.letters import records as records_of
from webapp.notifications.letters import with_tokens
from webapp.notifications.mailer import Letter, Result
from webapp.notifications.models import ACCEPTED, BOUNCED, LATER, QUEUED, REFUSED, SENDING, SENT, UNTRIED
from webapp.notifications.render import Rendered, render

CONSUMER = "notifications"

BACKOFF = (2, 10, 60, 300, 900, 3600)
"""Seconds to the next try after the first, second, … that came to nothing for now; the last one stays."""

MOST_TRIES = 124
"""About five days of tries, as RFC 5321 has it; then the email has bounced."""

LEASE = seconds(180)
"""How long whoever claimed an email may take to settle it: longer than a list takes with the slowest server."""

FIRST_GRACE = seconds(15)
"""How long a new email waits for the process that wrote it to send it, before the reconciler asks somebody else."""

ASK_AGAIN = seconds(60)
"""How long an asked-for delivery may wait in the queue before it is asked for once more."""

SETTLED = seconds(60)
"""How old a fact is, at the least, when it is looked at for an email that nobody wrote."""

OVERLAP = seconds(120)
"""How far two looks at the log overlap: longer than a transaction may take."""

LOOK_BACK = seconds(7 * 86_400)
"""How far the first look of a process goes back."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """Emails ready to be written: the events asked about, the rows, and what no email can be made of."""

    event_ids: tuple[str, ...]
    records: tuple[Row, ...]
    parked: tuple[Parked, ...]


def draft(event_ids: Sequence[str]) -> Drafts:
    """Find the words of the emails that these events cause, but of those that are written already.

    It only reads, and takes its time: it belongs before the transaction, which on SQLite keeps every other writer waiting.
    An event that is unknown, writes no email or tells of an order that does not exist is parked with the reason.
    """
    causes = facts_of.causes(event_ids)
    wanted: list[tuple[Row, str]] = []
    parked: list[Parked] = []
    for event_id in dict.fromkeys(event_ids):
        cause = causes.get(event_id)
        kind = kind_of(cause["type"], facts_of.payload(cause)) if cause else None
        if cause is None:
            parked.append(_parked(event_id, "unknown", "no such event in the log"))
        elif kind is None:
            parked.append(_parked(event_id, cause["type"], f"{cause['type']} writes no email"))
        else:
            wanted.append((cause, kind))
    written = _written([cause["id"] for cause, _ in wanted])
    loaded = facts_of.load([(cause, kind) for cause, kind in wanted if cause["id"] not in written])
    known = written.union(facts.cause_id for facts in loaded)
    parked += [
        _parked(cause["id"], cause["type"], f"order {cause['order_id']} does not exist")
        for cause, _ in wanted
        if cause["id"] not in known
    ]
    return Drafts(tuple(event_ids), tuple(_record(facts, render(facts)) for facts in loaded), tuple(parked))


def draft_account(letter_ids: Sequence[int]) -> Drafts:
    """Find the words of the emails that the accounts room's letters ask for; like `draft`, it only reads."""
    found = records_of(letter_ids)
    return Drafts(tuple(record["cause_id"] for record in found), tuple(found), ())


def write(drafts: Drafts, now: int) -> list[int]:
    """Write the emails, each once whatever else wrote it meanwhile, and return the ids of those of these events that nobody
    has tried to send yet."""
    if drafts.parked:
        inbox.park(CONSUMER, drafts.parked)
    insert(
        "emails",
        [{**record, "queued_at": now, "next_try_at": now + FIRST_GRACE if record["state"] == QUEUED else None} for record in drafts.records],
        on_conflict="ON CONFLICT (cause_id, kind) DO NOTHING",
        cause_id="text", kind="text", order_id="bigint", market_id="bigint", recipient="text", subject="text", html="text",
        text="text", state="text", answer="text", next_try_at="bigint", queued_at="bigint",
    )  # fmt: skip
    untouched = fetch(
        f"SELECT m.id FROM emails m WHERE {among('m.cause_id', 'asked', 'text')}"
        f" AND m.state = '{QUEUED}' AND m.tries = 0 ORDER BY m.id",
        asked=set(drafts.event_ids),
    )
    return [row["id"] for row in untouched]


def claim(email_ids: Sequence[int], now: int) -> list[Letter]:
    """Take those of the emails that wait to go out, for LEASE; the others are somebody else's, or done."""
    if not email_ids:
        return []
    waiting = fetch(
        "SELECT e.id, e.tries, e.cause_id, e.recipient, e.send_to, e.subject, e.html, e.text,"
        " (SELECT m.name FROM markets m WHERE m.id = e.market_id) AS sender FROM emails e"
        f" WHERE e.state = '{QUEUED}' AND {among('e.id', 'asked')} ORDER BY e.id {locked()}",
        asked=set(email_ids),
    )
    if not waiting:
        return []
    execute(
        f"UPDATE emails SET state = '{SENDING}', tries = tries + 1, next_try_at = :until"
        f" WHERE {among('id', 'claimed')}",
        until=now + LEASE,
        claimed=[row["id"] for row in waiting],
    )
    return [
        Letter(
            row["id"],
            row["tries"] + 1,
            row["cause_id"],
            facts_of.one_line(row["sender"] or ""),
            row["send_to"] or row["recipient"],
            row["subject"],
            row["html"],
            row["text"],
        )
        for row in with_tokens(waiting)
    ]


def settle(results: Sequence[Result], now: int) -> None:
    """Write down what came of each try. A letter that was accepted is sent, whoever has claimed it since; any other
    result only counts while the claim that it belongs to stands."""
    if not results:
        return
    erased = _erased(results)
    changes = [_change(result, now) for result in results]
    execute(
        "UPDATE emails SET state = v.state, answer = coalesce(v.answer, emails.answer), next_try_at = v.next_try_at,"
        " tries = emails.tries - v.untried, sent_at = coalesce(v.sent_at, emails.sent_at)"
        f" FROM {rows('v', id='bigint', number='bigint', state='text', answer='text', next_try_at='bigint', sent_at='bigint', untried='bigint')}"
        f" WHERE {among('emails.id', 'ids')} AND emails.id = v.id AND ((emails.state = '{SENDING}' AND emails.tries = v.number)"
        f" OR (v.state = '{SENT}' AND emails.state IN ('{QUEUED}', '{SENDING}')))",
        ids=[result.email_id for result in results],
        v=changes,
    )
    insert(
        "email_deliveries",
        [
            {"email_id": r.email_id, "number": r.number, "recipient": "" if r.email_id in erased else r.recipient, "outcome": r.outcome, "answer": r.answer, "at": now}
            for r in results
            if r.outcome != UNTRIED
        ],
        on_conflict="ON CONFLICT (email_id, number) DO NOTHING",
        email_id="bigint", number="bigint", recipient="text", outcome="text", answer="text", at="bigint",
    )  # fmt: skip


def ask_due(now: int, limit: int = 500) -> int:
    """Ask the queue to deliver what is due, and what was claimed by somebody who has not come back. Returns how many."""
    due = fetch(
        "SELECT e.id FROM emails e WHERE e.next_try_at <= :now AND e.id NOT IN (SELECT CAST(o.argument AS bigint) FROM outbox o"
        f" WHERE o.channel = :queue AND o.actor = 'deliver') ORDER BY e.next_try_at LIMIT :limit {locked()}",
        now=now,
        queue=outbox.NOTIFICATIONS,
        limit=limit,
    )
    ids = sorted(row["id"] for row in due)
    if ids:
        execute(
            f"UPDATE emails SET state = '{QUEUED}', next_try_at = :again WHERE {among('id', 'due')}",
            again=now + ASK_AGAIN,
            due=ids,
        )
        outbox.ask(outbox.NOTIFICATIONS, "deliver", ids, now)
    return len(ids)


class Forgotten:
    """Finds facts whose email was never written, because their message was lost on its way (a broker that was wiped).

    It looks at each stretch of the log once, for what is a minute old or older, with some overlap for facts that committed
    late; the first look goes back a week.
    """

    def __init__(self) -> None:
        self.since: int | None = None

    def find(self, now: int, limit: int = 500) -> list[str]:
        """The ids of such events, oldest first."""
        found = fetch(
            f"SELECT e.id FROM events e WHERE e.at >= :since AND e.at < :until AND {kind_sql('e')} IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = e.id)"
            " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.event_id = e.id AND p.consumer = :consumer) ORDER BY e.at LIMIT :limit",
            since=now - LOOK_BACK if self.since is None else self.since,
            until=now - SETTLED,
            consumer=CONSUMER,
            limit=limit,
        )
        if not found:
            # The stretch stays the same until nothing is found in it: there may be more, or nobody could write it.
            self.since = now - SETTLED - OVERLAP
        return [row["id"] for row in found]


def _written(cause_ids: Sequence[str]) -> set[str]:
    # One event writes one kind, so that its id alone says whether it has.
    found = fetch(
        f"SELECT m.cause_id FROM emails m WHERE {among('m.cause_id', 'asked', 'text')}",
        asked=cause_ids,
    )
    return {row["cause_id"] for row in found}


def _record(facts: facts_of.Facts, rendered: Rendered) -> Row:
    # An order may have been placed without an address: its email is written and shown, and has nowhere to go.
    nowhere = not facts.recipient
    return {
        "cause_id": facts.cause_id,
        "kind": facts.kind,
        "order_id": facts.order_id,
        "market_id": facts.market_id,
        "recipient": facts.recipient,
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "state": BOUNCED if nowhere else QUEUED,
        "answer": "the order has no email address" if nowhere else None,
    }


def _erased(results: Sequence[Result]) -> set[int]:
    # Held in the order of their ids: whoever erases one now waits, and finds this delivery; one that was erased while it went out
    # must not name its reader again.
    found = fetch(
        "SELECT id, CASE WHEN html = '' THEN 1 ELSE 0 END AS erased FROM emails"
        f" WHERE {among('id', 'asked')} ORDER BY id {locked()}",
        asked=[result.email_id for result in results],
    )
    return {row["id"] for row in found if row["erased"]}


def _change(result: Result, now: int) -> dict[str, object]:
    change: dict[str, object] = {"id": result.email_id, "number": result.number, "answer": result.answer, "untried": 0}
    if result.outcome == ACCEPTED:
        return {**change, "state": SENT, "next_try_at": None, "sent_at": now}
    if result.outcome == UNTRIED:
        return {
            **change,
            "state": QUEUED,
            "next_try_at": now + seconds(BACKOFF[0]),
            "sent_at": None,
            "answer": None,
            "untried": 1,
        }
    if result.outcome == REFUSED or result.number >= MOST_TRIES:
        return {**change, "state": BOUNCED, "next_try_at": None, "sent_at": None}
    assert result.outcome == LATER
    wait = BACKOFF[min(result.number, len(BACKOFF)) - 1]
    return {**change, "state": QUEUED, "next_try_at": now + seconds(wait), "sent_at": None}


def _parked(event_id: str, event_type: str, reason: str) -> Parked:
    return Parked(event_id[:64], outbox.NOTIFICATIONS, event_type, None, event_id, reason)
