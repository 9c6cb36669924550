"""The payment's transition table, on one page: cancel, time-out, verdict, late success and refund all meet here.

Pure: no database, no clock, no network. `decide` takes the payments as they stand and what became known about them, in
order, and gives the payments as they stand afterwards, with what must be told, called or given back. Only a verdict of
the provider (taken, declined, voided) or a cancellation before the first call ends a payment. A success that is told
after a payment had failed is asked about, and what is found taken goes back whole. What the table does not name changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from webapp.clock import seconds
from webapp.events import PaymentFailure, PaymentRefunded, PaymentSuccess
from webapp.outbox import Cause, Fact
from webapp.payments.calls import Ask
from webapp.payments.models import CALLING, DECLINED, NEW, REFUNDED, TAKEN, VOIDED
from webapp.payments.standing import Decision, Known, News, Standing, Step

LEASE = seconds(10)
"""How long a call that began may take before it counts as lost and is asked about: a few time-outs of one call, since
a batch waits for its turn. Too short costs a needless look-up, never a second charge."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds of the first wait between two calls, doubled each time, and of the longest."""

TO_CONFIRM = seconds(600)
"""How long a shopper has to tell the bank that it was them. Their things are set aside for so long."""

CANCELLED, TIMED_OUT, UNACCEPTABLE = "cancelled", "timed_out", "refused"


def decide(standings: Mapping[int, Standing], news: Iterable[News]) -> Decision:
    """Apply news in order to the payments of their orders. Raises KeyError for an order whose payment is not given."""
    decision = Decision()
    for item in news:
        before = decision.changed.get(item.order_id, standings[item.order_id])
        step = RULES.get((before.state, item.known), _nothing)(before, item)
        decision.steps.append(step)
        if step.after is not before:
            decision.changed[item.order_id] = step.after
        if step.event is not None:
            decision.facts.append(Fact(step.event, step.after.updated_at, Cause(step.after.traceparent)))
    return decision


def left_to_refund(payment: Standing, pending_minor: int) -> int:
    """What may still be given back of a payment: taken, less what went back, less what is on its way."""
    return payment.taken_minor - payment.refunded_minor - pending_minor if payment.state == TAKEN else 0


def _nothing(payment: Standing, news: News) -> Step:
    return Step(payment, "changes nothing")


def _call(payment: Standing, news: News) -> Step:
    """Begin the next call. Until it is answered, its result is unknown: should we die now, the next call asks."""
    if payment.next_try_at is None or (payment.next_try_at > news.at and not payment.asked):
        return Step(payment, "not due")
    ask = payment.next_call
    if payment.attempts and ask is Ask.CHARGE and news.at >= payment.overdue_at:
        ask = Ask.LOOK_UP
    after = replace(
        payment,
        state=CALLING if payment.state == NEW else payment.state,
        attempts=payment.attempts + 1,
        next_call=Ask.LOOK_UP if ask is Ask.CHARGE else ask,
        next_try_at=news.at + LEASE,
        asked=False,
    )
    return Step(after, "calling", call=ask)


def _cancel(payment: Standing, news: News) -> Step:
    return _fail(payment, news, VOIDED, CANCELLED)


def _cancel_at_the_bank(payment: Standing, news: News) -> Step:
    """The bank waits for its customer, who wants the order called off: nothing is taken yet, and the void says so. In any
    other case a call that has begun is answered, and that answer stands."""
    if payment.action_url is None or payment.next_call is Ask.VOID:
        return _nothing(payment, news)
    return _at_once(replace(payment, reason=CANCELLED), news, Ask.VOID)


def _await_shopper(payment: Standing, news: News) -> Step:
    """No verdict before the shopper has spoken to the bank: time for that, once, and then the void."""
    if news.attempt != payment.attempts or payment.next_call is Ask.VOID:
        return Step(payment, "an earlier call's answer")
    if payment.action_url is None:
        payment = replace(
            payment,
            action_url=news.action_url,
            provider_id=news.provider_id,
            overdue_at=max(payment.overdue_at, news.at + TO_CONFIRM),
            updated_at=max(news.at, payment.updated_at),
        )
    if news.at >= payment.overdue_at:
        return _at_once(replace(payment, reason=TIMED_OUT), news, Ask.VOID)
    return _later(payment, news, Ask.LOOK_UP)


def _take(payment: Standing, news: News) -> Step:
    if payment.next_call is Ask.VOID:
        # The void is the verdict. It gives back what was taken, so that a success told now would be a lie.
        return Step(payment, "awaits the void")
    if not _is_ours(payment, news):
        return _doubt(payment, news)
    after = replace(
        _final(payment, news, TAKEN), taken_minor=payment.amount_minor, provider_id=news.provider_id, card=news.card
    )
    event = PaymentSuccess(
        market_id=after.market_id, order_id=after.order_id, sequence=after.sequence, amount_minor=after.amount_minor,
        currency=after.currency, attempts=after.attempts,
    )  # fmt: skip
    return Step(after, "taken", event)


def _decline(payment: Standing, news: News) -> Step:
    if payment.next_call is Ask.VOID:
        return Step(payment, "awaits the void")
    known = replace(payment, provider_id=news.provider_id, card=news.card)
    return _fail(known, news, DECLINED, news.reason or "declined")


def _void(payment: Standing, news: News) -> Step:
    if news.reversed:
        payment = replace(payment, taken_minor=payment.amount_minor, refunded_minor=payment.amount_minor)
    return _fail(replace(payment, provider_id=news.provider_id), news, VOIDED, payment.reason or "voided")


def _try_again(payment: Standing, news: News) -> Step:
    """No verdict. Charge again only what was surely not charged; ask about the rest; void what is overdue."""
    if news.attempt != payment.attempts:
        return Step(payment, "an earlier call's answer")
    if news.ask is Ask.VOID:
        return _later(payment, news, Ask.VOID)
    if news.ask is Ask.CHARGE:
        if news.known is Known.REFUSED:
            return _at_once(replace(payment, reason=UNACCEPTABLE), news, Ask.VOID)
        if news.known is Known.UNAVAILABLE:
            return _later(payment, news, Ask.CHARGE)
        return _at_once(payment, news, Ask.LOOK_UP)
    if news.known is Known.UNAVAILABLE:
        return _later(payment, news, Ask.LOOK_UP)
    if news.at >= payment.overdue_at:
        return _at_once(replace(payment, reason=TIMED_OUT), news, Ask.VOID)
    return _later(payment, news, Ask.CHARGE if news.known is Known.NEVER_SEEN else Ask.LOOK_UP)


def _doubt(payment: Standing, news: News) -> Step:
    """Another amount or currency than ours is no verdict: a callback is only noted, an answer is asked about again."""
    if news.attempt is None or news.attempt != payment.attempts:
        return Step(payment, "wrong amount")
    if news.at >= payment.overdue_at:
        step = _at_once(replace(payment, reason=TIMED_OUT), news, Ask.VOID)
    else:
        step = _later(payment, news, Ask.LOOK_UP)
    return replace(step, note="wrong amount")


def _late_success(payment: Standing, news: News) -> Step:
    """Taken after all. A callback alone moves no money: it is asked about, and what is then found taken goes back."""
    if payment.taken_minor:
        return _nothing(payment, news)
    ours = _is_ours(payment, news)
    if news.attempt is None:
        return replace(_at_once(payment, news, Ask.LOOK_UP), note="late success" if ours else "wrong amount")
    asked = _asked(payment, news)
    if not ours:
        return replace(asked, note="wrong amount")
    after = replace(
        asked.after,
        taken_minor=payment.amount_minor,
        provider_id=news.provider_id,
        card=news.card,
        updated_at=max(news.at, payment.updated_at),
    )
    return Step(after, "late success", give_back=True)


def _asked(payment: Standing, news: News) -> Step:
    """The answer to a question about a payment that had ended: nothing is kept there, as we thought."""
    if payment.next_try_at is None or news.attempt != payment.attempts:
        return _nothing(payment, news)
    given_back = payment.amount_minor if news.reversed else 0
    after = replace(
        payment,
        next_try_at=None,
        taken_minor=max(payment.taken_minor, given_back),
        refunded_minor=max(payment.refunded_minor, given_back),
    )
    return Step(after, "confirmed")


def _ask_again(payment: Standing, news: News) -> Step:
    if payment.next_try_at is None or news.attempt != payment.attempts:
        return _nothing(payment, news)
    return _later(payment, news, Ask.LOOK_UP)


def _ask_refund(payment: Standing, news: News) -> Step:
    fits = 0 < news.amount_minor <= left_to_refund(payment, news.pending_minor)
    return Step(payment, "asked" if fits else "too much")


def _refund(payment: Standing, news: News) -> Step:
    refunded = payment.refunded_minor + news.amount_minor
    if refunded > payment.taken_minor:
        return Step(payment, "more than was taken")
    whole = refunded == payment.taken_minor
    told = _told(payment, news)
    after = replace(told, refunded_minor=refunded, state=REFUNDED if whole else payment.state)
    event = PaymentRefunded(
        market_id=after.market_id, order_id=after.order_id, sequence=after.sequence, refund_id=news.refund_id,
        amount_minor=news.amount_minor, currency=after.currency, reason=news.reason or "", whole=whole,
    )  # fmt: skip
    return Step(after, "refunded", event)


RULES: dict[tuple[str, Known], Callable[[Standing, News], Step]] = {
    (NEW, Known.DUE): _call,
    (NEW, Known.VOID_ASKED): _cancel,
    (CALLING, Known.DUE): _call,
    (CALLING, Known.VOID_ASKED): _cancel_at_the_bank,
    (CALLING, Known.AWAITS_SHOPPER): _await_shopper,
    (CALLING, Known.TAKEN): _take,
    (CALLING, Known.DECLINED): _decline,
    (CALLING, Known.VOIDED): _void,
    (CALLING, Known.NEVER_SEEN): _try_again,
    (CALLING, Known.UNAVAILABLE): _try_again,
    (CALLING, Known.UNKNOWN): _try_again,
    (CALLING, Known.REFUSED): _try_again,
    (TAKEN, Known.REFUND_ASKED): _ask_refund,
    (TAKEN, Known.REFUND_DONE): _refund,
    (DECLINED, Known.REFUND_DONE): _refund,
    (VOIDED, Known.REFUND_DONE): _refund,
    **{
        (ended, known): rule
        for ended in (DECLINED, VOIDED)
        for known, rule in {
            Known.TAKEN: _late_success,
            Known.DUE: _call,
            Known.DECLINED: _asked,
            Known.VOIDED: _asked,
            Known.NEVER_SEEN: _asked,
            Known.REFUSED: _asked,
            Known.AWAITS_SHOPPER: _ask_again,
            Known.UNAVAILABLE: _ask_again,
            Known.UNKNOWN: _ask_again,
        }.items()
    },
}
"""State and news → rule. A cancellation while CALLING changes nothing but where the bank waits for its customer: the provider's
verdict stands."""


def _is_ours(payment: Standing, news: News) -> bool:
    return (news.amount_minor, news.currency) == (payment.amount_minor, payment.currency)


def _told(payment: Standing, news: News) -> Standing:
    return replace(payment, sequence=payment.sequence + 1, updated_at=max(news.at, payment.updated_at))


def _final(payment: Standing, news: News, state: str) -> Standing:
    return replace(_told(payment, news), state=state, reason=None, next_try_at=None, action_url=None)


def _fail(payment: Standing, news: News, state: str, reason: str) -> Step:
    after = replace(_final(payment, news, state), reason=reason[:80])
    event = PaymentFailure(
        market_id=after.market_id,
        order_id=after.order_id,
        sequence=after.sequence,
        reason=reason[:80],
        attempts=after.attempts,
    )
    return Step(after, state.lower(), event)


def _at_once(payment: Standing, news: News, ask: Ask) -> Step:
    return Step(replace(payment, next_call=ask, next_try_at=news.at), f"{ask} at once")


def _later(payment: Standing, news: News, ask: Ask) -> Step:
    at = news.at + wait_after(payment.attempts)
    if news.at < payment.overdue_at:
        at = min(at, payment.overdue_at)
    return Step(replace(payment, next_call=ask, next_try_at=at), f"{ask} later")


def wait_after(tries: int) -> int:
    """How long to wait after so many tries in a row, in microseconds: 0.5, 1, 2, 4 … 30 s."""
    return seconds(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 10)))
