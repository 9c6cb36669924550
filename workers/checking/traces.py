"""Invariants of what was sent, heard, written to customers and written down about people (17, 18, 19, 23)."""

from __future__ import annotations

from webapp.accounts.letters import NOBODY
from webapp.notifications.kinds import kind_sql
from workers.checking.asking import Invariant, parked, query
from workers.subscriptions import SUBSCRIPTIONS

KIND = kind_sql("e")

WRITTEN_TO = f"l.kind <> '{NOBODY}' AND l.email <> ''"
"""Which letters about accounts (`l`) an email is written for: those to somebody, who was not erased since."""

UNWRITTEN = parked("consumer = 'notifications'")
"""The causes of emails that their writer has put aside."""

no_email_without_cause = query(
    f"SELECT 'email ' || m.id || ': ' || m.kind || ' to ' || m.recipient || ', caused by ' || coalesce(e.type, 'nothing') FROM emails m"
    f" LEFT JOIN events e ON e.id = m.cause_id LEFT JOIN orders o ON o.id = e.order_id"
    f" WHERE m.cause_id NOT LIKE 'letter:%' AND (e.id IS NULL OR o.id IS NULL OR m.order_id IS NULL OR m.order_id <> o.id"
    f" OR m.recipient <> o.email OR coalesce({KIND}, '') <> m.kind)",
    "SELECT 'email ' || m.id || ': ' || m.kind || ', caused by ' || m.cause_id || ' of kind ' || coalesce(l.kind, 'nothing') FROM emails m"
    # DISTINCT, so that SQLite makes the list once and finds in it, rather than every letter again for each email.
    " LEFT JOIN (SELECT DISTINCT CAST('letter:' || id AS text) AS cause_id, id, kind, email FROM account_letters) l ON l.cause_id = m.cause_id"
    " WHERE m.cause_id LIKE 'letter:%'"
    " AND (l.id IS NULL OR l.kind <> m.kind OR l.email <> m.recipient OR m.order_id IS NOT NULL)",
)

one_email = query(
    f"SELECT 'event ' || e.id || ' (' || e.type || ' of order ' || e.order_id || '): no email of kind ' || {KIND} FROM events e"
    f" LEFT JOIN {UNWRITTEN} p ON p.event_id = e.id WHERE {KIND} IS NOT NULL AND p.event_id IS NULL"
    f" AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = e.id AND m.kind = {KIND})",
    f"SELECT 'letter ' || l.id || ': no email of kind ' || l.kind FROM account_letters l"
    f" LEFT JOIN {UNWRITTEN} p ON p.event_id = 'account:' || l.id WHERE {WRITTEN_TO} AND p.event_id IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM emails m WHERE m.cause_id = 'letter:' || l.id AND m.kind = l.kind)",
    "SELECT 'event ' || cause_id || ': ' || count(*) || ' emails of kind ' || kind FROM emails GROUP BY cause_id, kind HAVING count(*) > 1",
    "SELECT 'email ' || id || ': ' || state FROM emails WHERE state NOT IN ('SENT', 'BOUNCED')",
    "SELECT 'email ' || m.id || ': SENT, and no delivery was accepted' FROM emails m WHERE m.state = 'SENT'"
    " AND NOT EXISTS (SELECT 1 FROM email_deliveries d WHERE d.email_id = m.id AND d.outcome = 'ACCEPTED')",
    "SELECT 'delivery ' || d.id || ': of no email' FROM email_deliveries d LEFT JOIN emails m ON m.id = d.email_id WHERE m.id IS NULL",
)


def _heard_by(group: str) -> str:
    types = ", ".join(f"'{kind.TYPE}'" for kind in SUBSCRIPTIONS[group])
    # What the relay could not send waits with it; what a person has dismissed was seen, too.
    waiting = parked(f"consumer IN ('{group}', 'relay') AND (resolved_at IS NULL OR resolution = 'dismissed')")
    return (
        f"SELECT 'event ' || e.id || ' (' || e.type || '): ' || CASE WHEN i.event_id IS NULL THEN 'neither handled nor parked' ELSE"
        f" 'both handled and parked' END || ' by {group}' FROM events e LEFT JOIN inbox i ON i.consumer = '{group}' AND i.event_id = e.id"
        f" LEFT JOIN {waiting} p ON p.event_id = e.id WHERE e.type IN ({types}) AND (i.event_id IS NULL) = (p.event_id IS NULL)"
    )


heard_once = query(*(_heard_by(group) for group in SUBSCRIPTIONS))


def _written_down(what: str, changes: str, object_types: str) -> str:
    # A person or a token is named by an email address; machines are named by a word. `changes` counts by object id.
    return (
        f"SELECT '{what} ' || c.id || ': ' || c.changes || ' changes by people, ' || count(a.id) || ' audit rows' FROM ({changes}) c"
        f" LEFT JOIN audit a ON a.object_type IN ({object_types}) AND a.object_id = c.id GROUP BY c.id, c.changes HAVING count(a.id) < c.changes"
    )


written_down = query(
    _written_down(
        "stock of product",
        "SELECT product_id AS id, count(*) AS changes FROM stock_movements WHERE actor LIKE '%@%' GROUP BY product_id",
        "'inventory', 'product'",
    ),
    _written_down(
        "refunds of order",
        "SELECT order_id AS id, count(*) AS changes FROM refunds WHERE actor LIKE '%@%' GROUP BY order_id",
        "'order', 'refund'",
    ),
    _written_down(
        "cancellation of order", "SELECT id, 1 AS changes FROM orders WHERE cancel_asked_by LIKE '%@%'", "'order'"
    ),
    _written_down("sending of order", "SELECT id, 1 AS changes FROM orders WHERE sent_by LIKE '%@%'", "'order'"),
    _written_down(
        "notes on order", "SELECT order_id AS id, count(*) AS changes FROM order_notes GROUP BY order_id", "'order'"
    ),
    "SELECT 'audit ' || id || ': does not say ' || CASE WHEN actor = '' THEN 'who' WHEN action = '' THEN 'what' ELSE 'from where' END FROM audit"
    " WHERE actor = '' OR action = '' OR address = '' AND (person_id IS NOT NULL OR token_id IS NOT NULL)",
)

INVARIANTS = (
    Invariant(17, "Exactly one email per causing event and kind, sent or bounced.", one_email, drained=True),
    Invariant(18, "No email without its causing event; recipient and kind match it.", no_email_without_cause),
    Invariant(
        19,
        "Every consumed event is in the inbox or parked unresolved: never both, never neither.",
        heard_once,
        drained=True,
    ),
    Invariant(
        23, "Every change by a person or a token has an audit row: who, from where, before, after.", written_down
    ),
)
