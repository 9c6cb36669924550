"""What the ledger testifies: the charges and refunds of an order, of all orders, and their totals. Only reading."""

import sqlite3
from collections import defaultdict

from .answers import Body
from .charges import describe, describe_refund
from .clock import as_text

LARGEST_PAGE = 1000


def page(ledger: sqlite3.Connection, after: int, limit: int) -> Body:
    """A page of all charges in the order in which they were first asked for; the first page carries the totals."""
    rows = ledger.execute(
        "SELECT * FROM charges WHERE position > ? ORDER BY position LIMIT ?", (after, limit + 1)
    ).fetchall()
    body: Body = {
        "charges": _with_refunds(ledger, rows[:limit]),
        "next": rows[limit - 1]["position"] if len(rows) > limit else None,
    }
    if after == 0:
        body["totals"] = totals(ledger)
    return body


def of_reference(ledger: sqlite3.Connection, reference: str) -> Body:
    """All that was ever asked and done for one order; an order never heard of has nothing, which is an answer too."""
    rows = ledger.execute("SELECT * FROM charges WHERE reference = ? ORDER BY position", (reference,)).fetchall()
    charges = _with_refunds(ledger, rows)
    calls = ledger.execute("SELECT * FROM calls WHERE reference = ? ORDER BY position", (reference,)).fetchall()
    per_key: dict[str, int] = defaultdict(int)
    for call in calls:
        per_key[call["key"]] += 1
    events = ledger.execute(
        "SELECT e.* FROM events e JOIN charges c ON c.id = e.charge WHERE c.reference = ? ORDER BY e.position",
        (reference,),
    )
    return {
        "reference": reference,
        "charges": charges,
        "refunds": [refund for charge in charges for refund in charge["refunds"]],
        "taken": sum(row["amount"] for row in rows if row["taken_at"] is not None),
        "refunded": sum(row["refunded"] for row in rows),
        "calls": per_key,
        "requests": [_describe_call(call) for call in calls],
        "events": [_describe_event(event) for event in events],
    }


def totals(ledger: sqlite3.Connection) -> Body:
    """Counts and sums over the whole ledger; money per currency, in minor units."""
    money = ledger.execute(
        "SELECT currency, count(*) AS charges, sum(amount) AS taken, sum(refunded) AS refunded"
        " FROM charges WHERE taken_at IS NOT NULL GROUP BY currency ORDER BY currency"
    )
    counts = ledger.execute(
        "SELECT (SELECT count(*) FROM charges), (SELECT count(*) FROM refunds), (SELECT count(*) FROM calls),"
        " (SELECT count(*) FROM charges WHERE late_at IS NOT NULL), (SELECT count(*) FROM events WHERE due_at IS NOT NULL)"
    ).fetchone()
    return {
        **dict(
            zip(("charges", "refunds", "calls", "late_successes_waiting", "callbacks_waiting"), counts, strict=True)
        ),
        "money": {
            row["currency"]: {"charges": row["charges"], "taken": row["taken"], "refunded": row["refunded"]}
            for row in money
        },
    }


def _with_refunds(ledger: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[Body]:
    charges = []
    for row in rows:
        # Most charges have no refund, and then there is nothing to ask for.
        given = (
            ledger.execute("SELECT * FROM refunds WHERE charge = ? ORDER BY position", (row["id"],))
            if row["refunded"]
            else ()
        )
        charges.append({**describe(row), "refunds": [describe_refund(refund) for refund in given]})
    return charges


def _describe_call(call: sqlite3.Row) -> Body:
    return {
        "idempotency_key": call["key"],
        "amount": call["amount"],
        "currency": call["currency"],
        "token": call["token"],
        "outcome": call["outcome"],
        "at": as_text(call["created_at"]),
    }


def _describe_event(event: sqlite3.Row) -> Body:
    return {
        "id": event["id"],
        "type": event["type"],
        "attempts": event["attempts"],
        "delivered": as_text(event["delivered_at"]),
        "waiting": event["due_at"] is not None,
        "last_error": event["last_error"],
    }
