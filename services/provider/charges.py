"""Charging, voiding and refunding: each function here is one atomic piece of work for the ledger's writer."""

import secrets
import sqlite3

from . import events
from .answers import Answer, Body, refusal
from .clock import as_text
from .inputs import ChargeRequest, RefundRequest
from .tokens import TOKENS, Conduct


def charge(ledger: sqlite3.Connection, key: str, request: ChargeRequest, now: float) -> tuple[Answer, bool]:
    """Takes or declines the money for `key`, once; also says whether the answer may be given (tok_timeout withholds it).

    The same key and request again give the present state of the same charge. A voided key charges nothing.
    """
    conduct = TOKENS[request.token]
    known = find(ledger, "key", key)
    if known is not None:
        outcome, answer = _again(known, request)
    elif _calls_answered_unavailable(ledger, key) < conduct.unavailable_times:
        outcome, answer = (
            "unavailable",
            refusal(503, "unavailable", "Nothing was charged; try again with the same key."),
        )
    else:
        outcome, answer = _first(ledger, key, request, conduct, now)
    record_call(ledger, key, request, outcome, now)
    return answer, conduct.answers or outcome != "taken"


def record_call(ledger: sqlite3.Connection, key: str, request: ChargeRequest, outcome: str, now: float) -> None:
    """Notes that a charge was asked for, whatever became of it: the witness shows every call."""
    ledger.execute(
        "INSERT INTO calls (key, reference, amount, currency, token, outcome, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, request.reference, request.amount, request.currency, request.token, outcome, now),
    )


def void(ledger: sqlite3.Connection, key: str, reference: str | None, now: float) -> Answer:
    """Burns `key`: nothing will be charged under it, and what was taken is given back in full. Again: the same answer."""
    known = find(ledger, "key", key)
    if known is None:
        ledger.execute(
            "INSERT INTO charges (id, key, reference, status, reason, created_at) VALUES (?, ?, ?, 'voided', 'voided', ?)",
            (new_id("ch"), key, reference, now),
        )
    elif known["status"] != "voided":
        ledger.execute(
            "UPDATE charges SET status = 'voided', reason = 'voided', late_at = NULL WHERE id = ?", (known["id"],)
        )
        left = known["amount"] - known["refunded"] if known["taken_at"] is not None else 0
        if left:
            _give_back(ledger, known["id"], "void", left, None, None, now)
    voided = load(ledger, "key", key)
    return Answer(200, {**describe(voided), "reversed": voided["taken_at"] is not None})


def refund(ledger: sqlite3.Connection, key: str, request: RefundRequest, now: float) -> Answer:
    """Gives back part or all of a charge, once per key, and never more in sum than was taken."""
    done = ledger.execute("SELECT * FROM refunds WHERE key = ?", (key,)).fetchone()
    if done is not None:
        if done["fingerprint"] != request.fingerprint:
            return _key_reused()
        return Answer(200, describe_refund(done))
    charged = find(ledger, "id", request.charge)
    if charged is None:
        return refusal(422, "unknown_charge", "There is no such charge.", "charge")
    if charged["taken_at"] is None:
        return refusal(422, "not_taken", "Nothing was taken with this charge.", "charge")
    left = charged["amount"] - charged["refunded"]
    if request.amount > left:
        return refusal(422, "too_much", f"At most {left} can be given back.", "amount")
    given = _give_back(ledger, charged["id"], "refund", request.amount, key, request.fingerprint, now)
    return Answer(200, describe_refund(given))


def take_late(ledger: sqlite3.Connection, now: float) -> int:
    """Takes the money of the declined charges whose late success is due; returns how many these were."""
    due = ledger.execute("SELECT id FROM charges WHERE late_at <= ? ORDER BY late_at LIMIT 100", (now,)).fetchall()
    for row in due:
        ledger.execute(
            "UPDATE charges SET status = 'taken', reason = NULL, late_at = NULL, taken_at = ? WHERE id = ?",
            (now, row["id"]),
        )
        taken = load(ledger, "id", row["id"])
        events.announce(ledger, "charge.taken", taken, describe(taken), now)
    return len(due)


def find(ledger: sqlite3.Connection, by: str, value: str) -> sqlite3.Row | None:
    """The charge whose `by` ("id" or "key") is `value`, or None."""
    statement = {"id": "SELECT * FROM charges WHERE id = ?", "key": "SELECT * FROM charges WHERE key = ?"}[by]
    row: sqlite3.Row | None = ledger.execute(statement, (value,)).fetchone()
    return row


def load(ledger: sqlite3.Connection, by: str, value: str) -> sqlite3.Row:
    """The charge whose `by` ("id" or "key") is `value`; raises LookupError when there is none."""
    charged = find(ledger, by, value)
    if charged is None:
        raise LookupError(f"No charge has the {by} {value}.")
    return charged


def describe(charged: sqlite3.Row) -> Body:
    """A charge as the API shows it; amounts in minor units."""
    return {
        "id": charged["id"],
        "status": charged["status"],
        "reason": charged["reason"],
        "amount": charged["amount"],
        "currency": charged["currency"],
        "reference": charged["reference"],
        "idempotency_key": charged["key"],
        "refunded": charged["refunded"],
        "card": None if charged["last4"] is None else {"last4": charged["last4"]},
        "created": as_text(charged["created_at"]),
        "taken": as_text(charged["taken_at"]),
    }


def describe_refund(given: sqlite3.Row) -> Body:
    """A refund as the API shows it; the amount in minor units."""
    return {
        "id": given["id"],
        "status": "refunded",
        "kind": given["kind"],
        "charge": given["charge"],
        "amount": given["amount"],
        "idempotency_key": given["key"],
        "created": as_text(given["created_at"]),
    }


def new_id(kind: str) -> str:
    """An id that no other ledger has given either, so that one that was wiped cannot repeat itself."""
    return f"{kind}_{secrets.token_hex(12)}"


def _again(known: sqlite3.Row, request: ChargeRequest) -> tuple[str, Answer]:
    # A key that was voided before its first charge has no fingerprint: whatever comes with it is refused as voided.
    if known["fingerprint"] not in (None, request.fingerprint):
        return "key_reused", _key_reused()
    return "repeated", _verdict(known)


def _first(
    ledger: sqlite3.Connection, key: str, request: ChargeRequest, conduct: Conduct, now: float
) -> tuple[str, Answer]:
    status = "taken" if conduct.declines_because is None else "declined"
    ledger.execute(
        "INSERT INTO charges (id, key, fingerprint, reference, amount, currency, last4, status, reason, created_at, taken_at,"
        " late_at, callback_url, notify_all) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_id("ch"),
            key,
            request.fingerprint,
            request.reference,
            request.amount,
            request.currency,
            conduct.last4,
            status,
            conduct.declines_because,
            now,
            now if status == "taken" else None,
            None if conduct.late_success_after is None else now + conduct.late_success_after,
            request.callback_url,
            request.notify_all,
        ),
    )
    made = load(ledger, "key", key)
    if request.notify_all:
        events.announce(ledger, f"charge.{status}", made, describe(made), now)
    return status, _verdict(made)


def _verdict(charged: sqlite3.Row) -> Answer:
    return Answer(200 if charged["status"] == "taken" else 402, describe(charged))


def _calls_answered_unavailable(ledger: sqlite3.Connection, key: str) -> int:
    count: int = ledger.execute(
        "SELECT count(*) FROM calls WHERE key = ? AND outcome = 'unavailable'", (key,)
    ).fetchone()[0]
    return count


def _give_back(
    ledger: sqlite3.Connection,
    charge_id: str,
    kind: str,
    amount: int,
    key: str | None,
    fingerprint: str | None,
    now: float,
) -> sqlite3.Row:
    refund_id = new_id("re")
    # The table's own CHECK stands behind this sum: a charge can never give back more than it took.
    ledger.execute("UPDATE charges SET refunded = refunded + ? WHERE id = ?", (amount, charge_id))
    ledger.execute(
        "INSERT INTO refunds (id, key, fingerprint, charge, kind, amount, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (refund_id, key, fingerprint, charge_id, kind, amount, now),
    )
    given: sqlite3.Row = ledger.execute("SELECT * FROM refunds WHERE id = ?", (refund_id,)).fetchone()
    charged = load(ledger, "id", charge_id)
    if charged["notify_all"]:
        events.announce(ledger, "refund.done", charged, describe(charged), now, refund=describe_refund(given))
    return given


def _key_reused() -> Answer:
    return refusal(422, "key_reused", "This key came before with another request.", "Idempotency-Key")
