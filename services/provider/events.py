"""Events for the market: rows until they are delivered, signed when they are sent."""

import hashlib
import hmac
import json
import secrets
import sqlite3

from .answers import Body
from .clock import as_text

MOST_ATTEMPTS = 80
LONGEST_WAIT = 30.0
"""Seconds. With MOST_ATTEMPTS it means that a market that is away for half an hour still hears of everything."""

MOST_AT_ONCE = 500
"""Events that are on their way at one time; the others wait for one of these to end."""


def announce(
    ledger: sqlite3.Connection, kind: str, charged: sqlite3.Row, charge: Body, now: float, refund: Body | None = None
) -> None:
    """Writes the event of what has just happened to a charge, when there is an address to send it to."""
    if charged["callback_url"] is not None:
        body = compose(kind, charge, now, refund)
        _insert(ledger, body, charged["id"], charged["callback_url"], now)


def compose(kind: str, charge: Body, now: float, refund: Body | None = None) -> Body:
    """An event's body with an id of its own."""
    body: Body = {"id": f"evt_{secrets.token_hex(12)}", "type": kind, "created": as_text(now), "charge": charge}
    if refund is not None:
        body["refund"] = refund
    return body


def sign(secret: str, body: bytes, at: float) -> str:
    """The value of the Provider-Signature header: the time and the HMAC-SHA256 of the time, a dot and the body."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def due(ledger: sqlite3.Connection, now: float) -> list[sqlite3.Row]:
    """The events to be sent now, the oldest first, those that are being sent among them; at most MOST_AT_ONCE."""
    return ledger.execute(
        "SELECT * FROM events WHERE due_at <= ? ORDER BY due_at, position LIMIT ?", (now, MOST_AT_ONCE)
    ).fetchall()


def next_time(ledger: sqlite3.Connection, sending: set[str]) -> float | None:
    """When there is something to do: the next late success, or the next event as long as another may be sent. None when
    there is neither; the end of an event that is being sent is told by who sends it."""
    times: list[float | None] = [ledger.execute("SELECT min(late_at) FROM charges WHERE late_at > 0").fetchone()[0]]
    # Beyond the first MOST_AT_ONCE, `due` gives none: to be woken for such a one would be to ask again and again in vain.
    waiting = ledger.execute(
        "SELECT id, due_at FROM events WHERE due_at > 0 ORDER BY due_at, position LIMIT ?",
        (min(len(sending) + 1, MOST_AT_ONCE),),
    )
    times += [row["due_at"] for row in waiting if row["id"] not in sending]
    return min((time for time in times if time is not None), default=None)


def delivered(ledger: sqlite3.Connection, event_id: str, now: float) -> None:
    """Notes that the market has answered 2xx."""
    ledger.execute(
        "UPDATE events SET attempts = attempts + 1, delivered_at = ?, due_at = NULL, last_error = NULL WHERE id = ?",
        (now, event_id),
    )


def failed(ledger: sqlite3.Connection, event_id: str, error: str, now: float) -> None:
    """Notes a failed attempt and sets the next: after 0.5 s, then twice as long each time; after MOST_ATTEMPTS never."""
    attempts = ledger.execute("SELECT attempts FROM events WHERE id = ?", (event_id,)).fetchone()[0] + 1
    again = None if attempts >= MOST_ATTEMPTS else now + min(LONGEST_WAIT, 0.25 * 2 ** min(attempts, 10))
    ledger.execute(
        "UPDATE events SET attempts = ?, due_at = ?, last_error = ? WHERE id = ?", (attempts, again, error, event_id)
    )


def encode(body: Body) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(body, separators=(",", ":")).encode()


def _insert(ledger: sqlite3.Connection, body: Body, charge_id: str, url: str, now: float) -> None:
    ledger.execute(
        "INSERT INTO events (id, type, charge, url, body, created_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (body["id"], body["type"], charge_id, url, encode(body).decode(), now, now),
    )
