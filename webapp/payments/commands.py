"""The payment's verbs: begin calls, settle what came of them, void, hear the provider, ask what is due.

Each loads the payments' rows under their locks, lets the table in `decide.py` decide, and writes state, attempts, events
and queue requests in the caller's transaction. None of them commits or calls the network: what is to be called is
returned, written down as begun, and made after the commit. Refunds that people ask for are in `refunds.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import current_app

from webapp import outbox
from webapp.clock import seconds
from webapp.db import Row, among, execute, fetch, insert, locked, rows
from webapp.outbox import PAYMENTS
from webapp.payments import rows as stored
from webapp.payments.calls import Ask, Call, Heard, Outcome
from webapp.payments.decide import decide
from webapp.payments.models import LATE_SUCCESS, NEW, PENDING
from webapp.payments.standing import Decision, Known, News, Step

ASK_AGAIN = seconds(20)
"""How long the queue has for a call that was asked of it, before it is asked once more."""

MOST_DUE = 500


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What must be paid for one order: an amount in minor units, how, the trace it belongs to, and the order's link."""

    order_id: int
    market_id: int
    amount_minor: int
    currency: str
    method: str
    token: str
    traceparent: str
    return_to: str | None = None


def begin(requests: Sequence[PaymentRequest], now: int, also: Iterable[int] = ()) -> list[Call]:
    """Open the payments that are new and begin the calls that are due: a charge, a look-up while an earlier answer is
    unknown, or a void once overdue. `also` names orders whose payments may be open without waiting for a charge.

    Each call is written as an attempt before it is returned, so that at most one worker makes it; a payment that somebody
    else is calling about, or about which nothing is in doubt, gives none.
    """
    _open(requests, now)
    order_ids = sorted({request.order_id for request in requests} | set(also))
    payments, decision = _apply([News(Known.DUE, order_id, now) for order_id in order_ids], now)
    calls = [
        _to_make(payments[step.after.order_id], step.call, step) for step in decision.steps if step.call is not None
    ]
    insert(
        "payment_attempts",
        [
            {"order_id": call.order_id, "number": call.number, "kind": call.ask, "idempotency_key": call.idempotency_key,
             "amount_minor": call.amount_minor, "currency": call.currency, "began_at": now}
            for call in calls
        ],
        order_id="bigint", number="bigint", kind="text", idempotency_key="text", amount_minor="bigint", currency="text",
        began_at="bigint",
    )  # fmt: skip
    return calls


def settle(outcomes: Sequence[Outcome], now: int) -> None:
    """Write down what came of calls that :func:`begin` gave, and what follows: a verdict's event, or the next call. Safe
    to run again: an attempt ends once, and a payment's state lets a verdict in once."""
    _apply([_answered(outcome, now) for outcome in outcomes], now)
    execute(
        "UPDATE payment_attempts SET ended_at = :now, outcome = v.outcome, answer = v.answer FROM "
        + rows("v", order_id="bigint", number="bigint", outcome="text", answer="text")
        + " WHERE payment_attempts.order_id = v.order_id AND payment_attempts.number = v.number AND ended_at IS NULL",
        now=now,
        v=[
            {"order_id": o.call.order_id, "number": o.call.number, "outcome": o.said, "answer": o.answer}
            for o in outcomes
        ],
    )


def void(requests: Sequence[PaymentRequest], now: int) -> None:
    """Call payments off, as a cancelled order asks. Where no call was begun the payment is VOIDED, also when it was not
    opened yet, so that a charge message that comes later finds it closed. Else the provider's verdict stands."""
    _open(requests, now)
    _apply([News(Known.VOID_ASKED, request.order_id, now) for request in _distinct(requests)], now)


def hear(heard: Heard, method: str, now: int) -> str:
    """Take a callback of the method's provider whose signature holds, and say in a word what came of it. A doubled one (by its event id), one about
    an unknown key or of the wrong amount, or one that comes late changes nothing it should not. A success after the
    payment had failed is asked about at once, and what was taken is given back by itself."""
    if not _first_heard(heard, now):
        return "doubled"
    found = fetch(
        "SELECT order_id FROM payments WHERE idempotency_key = :key AND method = :method",
        key=heard.idempotency_key, method=method,
    )  # fmt: skip
    if not found:
        note = "unknown key"
    elif heard.said is None:
        note = "noted"
    else:
        news = News(
            Known(heard.said), found[0]["order_id"], now, amount_minor=heard.amount_minor, currency=heard.currency,
            provider_id=heard.provider_id, reason=heard.reason, card=heard.card,
        )  # fmt: skip
        note = _apply([news], now)[1].steps[0].note
    execute("UPDATE payment_callbacks SET outcome = :note WHERE id = :id", note=note, id=heard.id)
    return note


def ask_due(now: int) -> int:
    """The reconciler: ask the queue for every call that is due and that it was not lately asked for. Returns how many."""
    return _ask_due("payments", "order_id", "charge", now) + _ask_due("refunds", "id", "refund", now)


def _ask_due(table: str, key: str, actor: str, now: int) -> int:
    # A row that another transaction holds is being worked on at this moment.
    skipping = f"{locked()} SKIP LOCKED" if locked() else ""
    due = fetch(
        f"SELECT {key} AS id FROM {table} WHERE next_try_at <= :now AND (asked_until IS NULL OR asked_until <= :now)"
        f" ORDER BY next_try_at LIMIT {MOST_DUE} {skipping}",
        now=now,
    )
    _ask(table, key, actor, [row["id"] for row in due], now)
    return len(due)


def _ask(table: str, key: str, actor: str, ids: Sequence[int], now: int) -> None:
    if not ids:
        return
    claimed = fetch(
        f"UPDATE {table} SET asked_until = :until WHERE {among(key, 'asked')}"
        f" AND next_try_at <= :now RETURNING {key} AS id",
        until=now + ASK_AGAIN,
        now=now,
        asked=ids,
    )
    outbox.ask(PAYMENTS, actor, sorted(row["id"] for row in claimed), now)


def _open(requests: Sequence[PaymentRequest], now: int) -> None:
    overdue = seconds(current_app.extensions["settings"].payment_overdue)
    insert(
        "payments",
        [
            {"order_id": r.order_id, "market_id": r.market_id, "state": NEW, "amount_minor": r.amount_minor,
             "currency": r.currency, "method": r.method, "token": r.token,
             "idempotency_key": f"order-{r.order_id}-{secrets.token_hex(6)}", "traceparent": r.traceparent,
             "next_call": Ask.CHARGE, "next_try_at": now, "overdue_at": now + overdue, "opened_at": now, "updated_at": now,
             "return_to": r.return_to}
            for r in _distinct(requests)
        ],
        on_conflict="ON CONFLICT (order_id) DO NOTHING",
        order_id="bigint", market_id="bigint", state="text", amount_minor="bigint", currency="text", method="text",
        token="text",  # noqa: S106 - the type of a column
        idempotency_key="text", traceparent="text", next_call="text", next_try_at="bigint",
        overdue_at="bigint", opened_at="bigint", updated_at="bigint", return_to="text",
    )  # fmt: skip


def _apply(news: Sequence[News], now: int) -> tuple[dict[int, Row], Decision]:
    before = stored.lock([item.order_id for item in news])
    known = [item for item in news if item.order_id in before]
    decision = decide({order_id: stored.standing(row) for order_id, row in before.items()}, known)
    stored.write(before, list(decision.changed.values()))
    outbox.emit(decision.facts)
    _give_back([step for step in decision.steps if step.give_back], now)
    # What may be called at once need not wait for the reconciler's next round.
    changed = decision.changed.values()
    at_once = [after.order_id for after in changed if after.next_try_at is not None and after.next_try_at <= now]
    _ask("payments", "order_id", "charge", at_once, now)
    return before, decision


def _give_back(steps: Iterable[Step], now: int) -> None:
    made = insert(
        "refunds",
        [
            {"order_id": s.after.order_id, "market_id": s.after.market_id, "amount_minor": s.after.taken_minor,
             "reason": LATE_SUCCESS, "actor": "payments", "state": PENDING,
             "idempotency_key": f"late-{s.after.order_id}-{secrets.token_hex(6)}", "next_try_at": now, "asked_at": now}
            for s in steps
        ],
        on_conflict="ON CONFLICT DO NOTHING", returning="id",
        order_id="bigint", market_id="bigint", amount_minor="bigint", reason="text", actor="text", state="text",
        idempotency_key="text", next_try_at="bigint", asked_at="bigint",
    )  # fmt: skip
    _ask("refunds", "id", "refund", [row["id"] for row in made], now)


def _to_make(payment: Row, ask: Ask, step: Step) -> Call:
    return Call(
        ask=ask, order_id=payment["order_id"], number=step.after.attempts, idempotency_key=payment["idempotency_key"],
        amount_minor=payment["amount_minor"], currency=payment["currency"], token=payment["token"],
        method=payment["method"], return_to=payment["return_to"] or "", opened_at=payment["opened_at"],
    )  # fmt: skip


def _answered(outcome: Outcome, now: int) -> News:
    return News(
        Known(outcome.said), outcome.call.order_id, now, ask=outcome.call.ask, attempt=outcome.call.number,
        amount_minor=outcome.amount_minor or 0, currency=outcome.currency or "", provider_id=outcome.provider_id,
        reason=outcome.reason, card=outcome.card, reversed=outcome.reversed, action_url=outcome.action_url,
    )  # fmt: skip


def _first_heard(heard: Heard, now: int) -> bool:
    return bool(
        insert(
            "payment_callbacks",
            [{"id": heard.id, "idempotency_key": heard.idempotency_key, "type": heard.type, "body": heard.body,
              "outcome": "", "at": now}],
            on_conflict="ON CONFLICT (id) DO NOTHING", returning="id",
            id="text", idempotency_key="text", type="text", body="text", outcome="text", at="bigint",
        )
    )  # fmt: skip


def _distinct(requests: Iterable[PaymentRequest]) -> list[PaymentRequest]:
    # A message may name an order twice, and one INSERT must not. In order, so that no two workers wait for each other.
    once = {request.order_id: request for request in requests}
    return [once[order_id] for order_id in sorted(once)]
