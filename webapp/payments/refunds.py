"""Money back: asked for by people (F12) or by a late success, called at the provider until it answers, told once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from webapp import outbox
from webapp.clock import seconds
from webapp.db import Row, among, as_json, execute, fetch, insert, locked, rows
from webapp.errors import Conflict, Invalid
from webapp.events import Quantity
from webapp.outbox import PAYMENTS
from webapp.payments import rows as stored
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.payments.decide import LEASE, decide, left_to_refund, wait_after
from webapp.payments.models import DONE, FAILED, LATE_SUCCESS, PENDING
from webapp.payments.standing import Known, News

LONGEST_REASON = 200
ASK_AGAIN = seconds(20)
"""How long the queue has for the first call of a refund, before the reconciler asks once more."""


def ask_refund(
    order_id: int, amount_minor: int | None, restock: Sequence[Quantity], reason: str, actor: str, now: int
) -> int:
    """Ask for money of a taken payment to go back: `amount_minor`, or all that is left when None. Returns the refund's id.

    What is to be restocked is kept with it and not judged here. Raises Invalid for a bad amount or reason, Conflict when
    nothing was taken or more is asked for than was taken less what went back and what is on its way.
    """
    if amount_minor is not None and (type(amount_minor) is not int or amount_minor <= 0):
        raise Invalid.field("amount", "not-positive", "The amount to give back must be more than zero.")
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid.field("reason", "length", f"Give a reason of 1 to {LONGEST_REASON} characters.")
    if reason == LATE_SUCCESS:
        raise Invalid.field("reason", "reserved", "This reason is kept for refunds that the market makes by itself.")
    amount = _fitting(order_id, amount_minor, now)
    made = insert(
        "refunds",
        [{"order_id": order_id, "market_id": amount["market_id"], "amount_minor": amount["amount_minor"], "reason": reason,
          "restock": as_json(list(restock)), "actor": actor[:254], "state": PENDING,
          "idempotency_key": f"refund-{order_id}-{secrets.token_hex(6)}", "next_try_at": now, "asked_until": now + ASK_AGAIN,
          "asked_at": now}],
        returning="id",
        order_id="bigint", market_id="bigint", amount_minor="bigint", reason="text", restock="text", actor="text",
        state="text", idempotency_key="text", next_try_at="bigint", asked_until="bigint", asked_at="bigint",
    )  # fmt: skip
    refund_id = int(made[0]["id"])
    outbox.ask(PAYMENTS, "refund", [refund_id], now)
    return refund_id


def begin_refunds(refund_ids: Sequence[int], now: int) -> list[Call]:
    """Begin the calls of those refunds that are due, each written down as tried before it is returned."""
    due = fetch(
        f"SELECT id FROM refunds WHERE {among('id', 'asked')} AND state = '{PENDING}'"
        f" AND (next_try_at <= :now OR asked_until IS NOT NULL) ORDER BY id {locked()}",
        asked=set(refund_ids),
        now=now,
    )
    claimed = fetch(
        "UPDATE refunds SET tries = tries + 1, next_try_at = :lease, asked_until = NULL"
        f" WHERE {among('id', 'due')} AND state = '{PENDING}'"
        " RETURNING id, order_id, tries, amount_minor, idempotency_key",
        lease=now + LEASE,
        due=[row["id"] for row in due],
    )
    charges = {
        row["order_id"]: row
        for row in fetch(
            f"SELECT order_id, method, provider_id, currency, opened_at FROM payments WHERE {among('order_id', 'of')}",
            of=[row["order_id"] for row in claimed],
        )
    }
    return [
        Call(
            ask=Ask.REFUND, order_id=row["order_id"], number=row["tries"], idempotency_key=row["idempotency_key"],
            amount_minor=row["amount_minor"], currency=charges[row["order_id"]]["currency"], refund_id=row["id"],
            method=charges[row["order_id"]]["method"], opened_at=charges[row["order_id"]]["opened_at"], charge_id=charges[row["order_id"]]["provider_id"],
        )
        for row in sorted(claimed, key=lambda row: int(row["id"]))
    ]  # fmt: skip


def settle_refunds(outcomes: Sequence[Outcome], now: int) -> None:
    """Write down what came of refund calls: done (told as PAYMENT_REFUNDED, once), refused for good, or to be tried again
    with the same key, since a refund whose answer was lost is given once all the same."""
    # The payments are locked first, here and wherever both are locked.
    before = stored.lock([outcome.call.order_id for outcome in outcomes])
    done = _end([o for o in outcomes if o.said is Said.REFUNDED], DONE, now)
    _end([o for o in outcomes if o.said is Said.REFUSED], FAILED, now)
    _put_off([o for o in outcomes if o.said not in (Said.REFUNDED, Said.REFUSED)], now)
    news = [
        News(
            Known.REFUND_DONE, row["order_id"], now, amount_minor=row["amount_minor"], reason=row["reason"], refund_id=row["id"]
        )
        for row in done
    ]  # fmt: skip
    decision = decide({order_id: stored.standing(row) for order_id, row in before.items()}, news)
    stored.write(before, list(decision.changed.values()))
    outbox.emit(decision.facts)


def _fitting(order_id: int, amount_minor: int | None, now: int) -> Row:
    found = stored.lock([order_id])
    if not found:
        raise Conflict("nothing was paid for this order", kind="not-refundable")
    payment = stored.standing(found[order_id])
    pending = int(
        fetch(
            f"SELECT coalesce(sum(amount_minor), 0) AS total FROM refunds WHERE order_id = :id AND state = '{PENDING}'",
            id=order_id,
        )[0]["total"]
    )
    left = left_to_refund(payment, pending)
    wanted = left if amount_minor is None else amount_minor
    news = News(Known.REFUND_ASKED, order_id, now, amount_minor=wanted, pending_minor=pending)
    if decide({order_id: payment}, [news]).steps[0].note != "asked":
        reason = "more than is left of this payment" if left else "nothing of this payment is left to give back"
        raise Conflict(reason, kind="not-refundable")
    return {"market_id": payment.market_id, "amount_minor": wanted}


def _end(outcomes: Sequence[Outcome], state: str, now: int) -> list[Row]:
    if not outcomes:
        return []
    ended = fetch(
        "UPDATE refunds SET state = :state, done_at = :now, next_try_at = NULL, asked_until = NULL, provider_id = v.provider_id,"
        f" error = v.error FROM {rows('v', id='bigint', provider_id='text', error='text')}"
        f" WHERE refunds.id = v.id AND refunds.state = '{PENDING}'"
        " RETURNING refunds.id, refunds.order_id, refunds.amount_minor, refunds.reason",
        state=state,
        now=now,
        v=[
            {
                "id": o.call.refund_id,
                "provider_id": o.provider_id,
                "error": None if state == DONE else (o.reason or "refused")[:200],
            }
            for o in outcomes
        ],
    )
    return sorted(ended, key=lambda row: int(row["id"]))


def _put_off(outcomes: Sequence[Outcome], now: int) -> None:
    if not outcomes:
        return
    execute(
        "UPDATE refunds SET next_try_at = v.next_try_at, error = v.error"
        f" FROM {rows('v', id='bigint', tries='bigint', next_try_at='bigint', error='text')}"
        f" WHERE refunds.id = v.id AND refunds.tries = v.tries AND refunds.state = '{PENDING}'",
        v=[
            {"id": o.call.refund_id, "tries": o.call.number, "next_try_at": now + wait_after(o.call.number),
             "error": (o.reason or o.said)[:200]}
            for o in outcomes
        ],
    )  # fmt: skip
