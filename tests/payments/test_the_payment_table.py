"""The payment's transition table: every state with every piece of news."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from tests.payments.table import NOW, OVERDUE, STATES, callback, create_news, create_standing, step_of
from webapp.clock import seconds
from webapp.events import PaymentFailure, PaymentRefunded, PaymentSuccess
from webapp.payments.calls import Ask
from webapp.payments.decide import LEASE, RULES, TO_CONFIRM, left_to_refund, wait_after
from webapp.payments.models import CALLING, DECLINED, NEW, REFUNDED, TAKEN, VOIDED
from webapp.payments.standing import Known

# Where the table leads: state and news → the state afterwards and the event told. Whatever is not named changes nothing.
LEADS = {
    (NEW, Known.DUE): (CALLING, None),
    (NEW, Known.VOID_ASKED): (VOIDED, PaymentFailure),
    (CALLING, Known.TAKEN): (TAKEN, PaymentSuccess),
    (CALLING, Known.DECLINED): (DECLINED, PaymentFailure),
    (CALLING, Known.VOIDED): (VOIDED, PaymentFailure),
    (CALLING, Known.NEVER_SEEN): (CALLING, None),
    (CALLING, Known.UNAVAILABLE): (CALLING, None),
    (CALLING, Known.UNKNOWN): (CALLING, None),
    (CALLING, Known.REFUSED): (CALLING, None),
    (CALLING, Known.AWAITS_SHOPPER): (CALLING, None),
    (TAKEN, Known.REFUND_DONE): (REFUNDED, PaymentRefunded),
    (DECLINED, Known.TAKEN): (DECLINED, None),
    (VOIDED, Known.TAKEN): (VOIDED, None),
}


@pytest.mark.parametrize(("state", "known"), list(product(STATES, Known)))
def test_every_state_with_every_news(state: str, known: Known) -> None:
    before = create_standing(state)
    step = step_of(before, create_news(known))
    if (state, known) not in LEADS:
        assert step.after is before
        assert (step.event, step.call, step.give_back) == (None, None, False)
        return
    after, event = LEADS[state, known]
    assert step.after is not before
    assert step.after.state == after
    assert (type(step.event) if step.event else None) is event
    assert step.after.sequence == before.sequence + (event is not None)
    assert step.call == (Ask.CHARGE if known is Known.DUE else None)
    assert step.give_back == (state in (DECLINED, VOIDED))


def test_every_rule_of_the_table_is_reached_by_these_tests() -> None:
    idle = {(CALLING, Known.DUE), (CALLING, Known.VOID_ASKED), (TAKEN, Known.REFUND_ASKED)}
    asking = {
        (state, known)
        for state in (DECLINED, VOIDED)
        for known in Known
        if known not in (Known.VOID_ASKED, Known.REFUND_ASKED, Known.TAKEN)
    }
    assert set(RULES) == set(LEADS) | idle | asking


@pytest.mark.parametrize("state", [CALLING, DECLINED, VOIDED])
def test_a_call_under_way_is_not_made_twice(state: str) -> None:
    standing = create_standing(state, next_call=Ask.LOOK_UP, next_try_at=NOW + 1)
    assert step_of(standing, create_news(Known.DUE)).call is None
    again = step_of(standing, create_news(Known.DUE, at=NOW + 1))
    assert (again.call, again.after.state, again.after.attempts) == (Ask.LOOK_UP, state, 2)
    assert again.after.next_try_at == NOW + 1 + LEASE


def test_a_charge_that_was_begun_and_never_answered_is_asked_about_and_not_repeated() -> None:
    begun = step_of(create_standing(NEW), create_news(Known.DUE)).after
    step = step_of(begun, create_news(Known.DUE, at=NOW + LEASE))
    assert step.call is Ask.LOOK_UP


@pytest.mark.parametrize(
    ("ask", "known", "early", "late"),
    [
        (Ask.CHARGE, Known.UNAVAILABLE, Ask.CHARGE, Ask.CHARGE),
        (Ask.CHARGE, Known.UNKNOWN, Ask.LOOK_UP, Ask.LOOK_UP),
        (Ask.CHARGE, Known.NEVER_SEEN, Ask.LOOK_UP, Ask.LOOK_UP),
        (Ask.CHARGE, Known.REFUSED, Ask.VOID, Ask.VOID),
        (Ask.LOOK_UP, Known.UNAVAILABLE, Ask.LOOK_UP, Ask.LOOK_UP),
        (Ask.LOOK_UP, Known.UNKNOWN, Ask.LOOK_UP, Ask.VOID),
        (Ask.LOOK_UP, Known.NEVER_SEEN, Ask.CHARGE, Ask.VOID),
        (Ask.LOOK_UP, Known.REFUSED, Ask.LOOK_UP, Ask.VOID),
        (Ask.VOID, Known.UNAVAILABLE, Ask.VOID, Ask.VOID),
        (Ask.VOID, Known.UNKNOWN, Ask.VOID, Ask.VOID),
        (Ask.VOID, Known.NEVER_SEEN, Ask.VOID, Ask.VOID),
        (Ask.VOID, Known.REFUSED, Ask.VOID, Ask.VOID),
    ],
)
def test_an_answer_that_is_no_verdict_chooses_the_next_call(ask: Ask, known: Known, early: Ask, late: Ask) -> None:
    standing = create_standing()
    assert step_of(standing, create_news(known, ask=ask)).after.next_call is early
    assert step_of(standing, create_news(known, ask=ask, at=OVERDUE)).after.next_call is late


@pytest.mark.parametrize("known", [Known.NEVER_SEEN, Known.UNAVAILABLE, Known.UNKNOWN, Known.REFUSED])
@pytest.mark.parametrize("state", [CALLING, DECLINED, VOIDED])
def test_an_answer_to_an_earlier_call_changes_nothing(state: str, known: Known) -> None:
    standing = create_standing(state, attempts=2, next_try_at=NOW + LEASE)
    assert step_of(standing, create_news(known, attempt=1)).after is standing


BANK = "https://hooks.stripe.com/3d_secure_2/hosted"


def test_a_bank_that_wants_its_customer_gives_them_ten_minutes_once() -> None:
    asks = create_news(Known.AWAITS_SHOPPER, action_url=BANK)
    waiting = step_of(create_standing(), asks).after
    assert (waiting.action_url, waiting.overdue_at, waiting.next_call) == (BANK, NOW + TO_CONFIRM, Ask.LOOK_UP)
    assert waiting.next_try_at is not None
    assert waiting.next_try_at > NOW
    still = step_of(waiting, create_news(Known.AWAITS_SHOPPER, at=OVERDUE, ask=Ask.LOOK_UP, action_url=BANK)).after
    assert (still.overdue_at, still.next_call) == (NOW + TO_CONFIRM, Ask.LOOK_UP)
    late = step_of(
        still, create_news(Known.AWAITS_SHOPPER, at=NOW + TO_CONFIRM, ask=Ask.LOOK_UP, action_url=BANK)
    ).after
    assert (late.next_call, late.next_try_at, late.reason) == (Ask.VOID, NOW + TO_CONFIRM, "timed_out")
    for verdict, state in ((Known.TAKEN, TAKEN), (Known.DECLINED, DECLINED)):
        after = step_of(waiting, callback(verdict)).after
        assert (after.state, after.action_url) == (state, None)


def test_an_order_called_off_while_the_bank_waits_for_its_customer_is_voided_at_once() -> None:
    waiting = create_standing(action_url=BANK, next_try_at=NOW + seconds(30))
    off = step_of(waiting, create_news(Known.VOID_ASKED, ask=None, attempt=None)).after
    assert (off.state, off.next_call, off.next_try_at, off.reason) == (CALLING, Ask.VOID, NOW, "cancelled")
    assert step_of(off, create_news(Known.VOID_ASKED)).after is off
    assert step_of(off, create_news(Known.AWAITS_SHOPPER, ask=Ask.LOOK_UP)).after is off
    assert step_of(off, callback(Known.TAKEN)).note == "awaits the void"
    voided = step_of(off, create_news(Known.VOIDED, ask=Ask.VOID))
    assert isinstance(voided.event, PaymentFailure)
    assert voided.event.reason == "cancelled"


def test_a_time_out_is_asked_about_at_once_and_trouble_is_retried_ever_later() -> None:
    assert step_of(create_standing(), create_news(Known.UNKNOWN)).after.next_try_at == NOW
    waits = []
    for attempt in range(1, 9):
        far = create_standing(attempts=attempt, overdue_at=seconds(10_000))
        after = step_of(far, create_news(Known.UNAVAILABLE, attempt=attempt)).after
        assert after.next_try_at is not None
        waits.append((after.next_try_at - NOW) / seconds(1))
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert wait_after(10_000) == seconds(30)


def test_no_wait_reaches_past_the_moment_from_which_a_payment_is_overdue() -> None:
    standing = create_standing(attempts=6)
    after = step_of(standing, create_news(Known.UNAVAILABLE, attempt=6, at=OVERDUE - seconds(3))).after
    assert after.next_try_at == OVERDUE
    later = step_of(standing, create_news(Known.UNAVAILABLE, attempt=6, at=OVERDUE)).after
    assert later.next_try_at == OVERDUE + seconds(16)


def test_an_overdue_payment_is_asked_about_then_voided_and_the_void_is_the_verdict() -> None:
    standing = create_standing(next_call=Ask.CHARGE, next_try_at=OVERDUE)
    asked = step_of(standing, create_news(Known.DUE, at=OVERDUE))
    assert asked.call is Ask.LOOK_UP
    unseen = step_of(asked.after, create_news(Known.NEVER_SEEN, ask=Ask.LOOK_UP, attempt=2, at=OVERDUE)).after
    voiding = step_of(unseen, create_news(Known.DUE, at=OVERDUE))
    assert voiding.call is Ask.VOID
    over = step_of(voiding.after, create_news(Known.VOIDED, ask=Ask.VOID, attempt=3, at=OVERDUE))
    assert over.after.state == VOIDED
    assert isinstance(over.event, PaymentFailure)
    assert over.event.reason == "timed_out"
    assert (over.after.taken_minor, over.after.refunded_minor) == (0, 0)


def test_an_overdue_payment_that_turns_out_taken_is_a_success() -> None:
    step = step_of(create_standing(), create_news(Known.TAKEN, ask=Ask.LOOK_UP, at=OVERDUE + seconds(100)))
    assert step.after.state == TAKEN


@pytest.mark.parametrize("known", [Known.TAKEN, Known.DECLINED])
@pytest.mark.parametrize("tell", [create_news, callback])
def test_while_a_void_is_under_way_nothing_but_the_void_decides(known: Known, tell: Any) -> None:
    voiding = create_standing(next_call=Ask.VOID, reason="timed_out", attempts=3)
    assert step_of(voiding, tell(known)).after is voiding


def test_a_void_that_gave_money_back_says_so() -> None:
    voiding = create_standing(next_call=Ask.VOID, reason="timed_out")
    after = step_of(voiding, create_news(Known.VOIDED, ask=Ask.VOID, reversed=True)).after
    assert (after.state, after.taken_minor, after.refunded_minor, after.reason) == (VOIDED, 1250, 1250, "timed_out")
    assert step_of(after, callback(Known.TAKEN)).after is after


def test_a_request_that_the_provider_will_never_accept_is_voided_and_fails_as_refused() -> None:
    refused = step_of(create_standing(), create_news(Known.REFUSED)).after
    assert (refused.next_call, refused.next_try_at) == (Ask.VOID, NOW)
    over = step_of(refused, create_news(Known.VOIDED, ask=Ask.VOID))
    assert isinstance(over.event, PaymentFailure)
    assert over.event.reason == "refused"


@pytest.mark.parametrize("wrong", [{"amount_minor": 1251}, {"amount_minor": 0}, {"currency": "USD"}])
@pytest.mark.parametrize("state", STATES)
def test_a_callback_of_a_wrong_amount_or_currency_decides_nothing(state: str, wrong: dict[str, Any]) -> None:
    before = create_standing(state)
    step = step_of(before, callback(Known.TAKEN, **wrong))
    assert (step.event, step.give_back, step.after.state) == (None, False, state)
    assert (step.after.taken_minor, step.after.sequence) == (before.taken_minor, before.sequence)
    if state in (CALLING, DECLINED, VOIDED):
        assert step.note == "wrong amount"


@pytest.mark.parametrize("wrong", [{"amount_minor": 1251}, {"currency": "USD"}])
def test_an_answer_of_a_wrong_amount_is_asked_about_again_and_voided_once_overdue(wrong: dict[str, Any]) -> None:
    early = step_of(create_standing(), create_news(Known.TAKEN, **wrong))
    assert (early.note, early.after.state, early.after.next_call) == ("wrong amount", CALLING, Ask.LOOK_UP)
    late = step_of(create_standing(), create_news(Known.TAKEN, at=OVERDUE, **wrong))
    assert (late.note, late.after.next_call, late.after.reason) == ("wrong amount", Ask.VOID, "timed_out")


@pytest.mark.parametrize("state", [DECLINED, VOIDED])
def test_a_late_success_is_asked_about_and_what_was_taken_goes_back(state: str) -> None:
    heard = step_of(create_standing(state), callback(Known.TAKEN))
    assert (heard.after.next_call, heard.after.next_try_at, heard.give_back) == (Ask.LOOK_UP, NOW, False)
    asking = step_of(heard.after, create_news(Known.DUE))
    assert (asking.call, asking.after.state) == (Ask.LOOK_UP, state)
    found = step_of(asking.after, create_news(Known.TAKEN, ask=Ask.LOOK_UP, attempt=2))
    assert (found.give_back, found.event, found.after.taken_minor, found.after.next_try_at) == (True, None, 1250, None)
    assert step_of(found.after, callback(Known.TAKEN)).after is found.after
    given = step_of(found.after, create_news(Known.REFUND_DONE, refund_id=4, reason="late_success"))
    assert isinstance(given.event, PaymentRefunded)
    assert (given.event.whole, given.event.reason, given.after.state) == (True, "late_success", REFUNDED)


@pytest.mark.parametrize("state", [DECLINED, VOIDED])
@pytest.mark.parametrize("known", [Known.DECLINED, Known.NEVER_SEEN, Known.VOIDED, Known.REFUSED])
def test_a_late_success_that_is_not_confirmed_moves_no_money(state: str, known: Known) -> None:
    asking = create_standing(state, next_call=Ask.LOOK_UP, next_try_at=NOW + LEASE)
    after = step_of(asking, create_news(known, ask=Ask.LOOK_UP)).after
    assert (after.state, after.next_try_at, after.taken_minor) == (state, None, 0)


@pytest.mark.parametrize("known", [Known.UNAVAILABLE, Known.UNKNOWN])
def test_a_late_success_is_asked_about_until_there_is_an_answer(known: Known) -> None:
    asking = create_standing(DECLINED, next_call=Ask.LOOK_UP, next_try_at=NOW + LEASE)
    after = step_of(asking, create_news(known, ask=Ask.LOOK_UP)).after
    assert (after.next_call, after.next_try_at) == (Ask.LOOK_UP, NOW + wait_after(1))


def test_a_late_failure_does_not_undo_a_success() -> None:
    taken = create_standing(TAKEN)
    assert step_of(taken, callback(Known.DECLINED)).after is taken
    assert step_of(taken, create_news(Known.VOIDED)).after is taken


def test_a_cancellation_after_the_first_call_began_leaves_the_verdict_to_the_provider() -> None:
    calling = create_standing(CALLING)
    assert step_of(calling, create_news(Known.VOID_ASKED)).after is calling


def test_a_cancellation_before_it_closes_the_payment_for_later_messages() -> None:
    cancelled = step_of(create_standing(NEW), create_news(Known.VOID_ASKED))
    assert isinstance(cancelled.event, PaymentFailure)
    assert cancelled.event.reason == "cancelled"
    assert step_of(cancelled.after, create_news(Known.DUE)).call is None


@pytest.mark.parametrize(("amount", "pending", "note"), [
    (1250, 0, "asked"), (1251, 0, "too much"), (250, 1000, "asked"), (251, 1000, "too much"), (0, 0, "too much"),
    (-1, 0, "too much"),
])  # fmt: skip
def test_a_refund_never_exceeds_what_was_taken_less_what_went_back_and_what_is_under_way(
    amount: int, pending: int, note: str
) -> None:
    news = create_news(Known.REFUND_ASKED, amount_minor=amount, pending_minor=pending)
    step = step_of(create_standing(TAKEN), news)
    assert (step.note, step.event) == (note, None)


def test_partial_refunds_add_up_until_nothing_is_kept() -> None:
    standing = create_standing(TAKEN)
    for refund_id, amount, state, whole in ((1, 500, TAKEN, False), (2, 750, REFUNDED, True)):
        step = step_of(standing, create_news(Known.REFUND_DONE, amount_minor=amount, refund_id=refund_id))
        assert isinstance(step.event, PaymentRefunded)
        assert (step.after.state, step.event.whole, step.event.sequence) == (state, whole, refund_id + 1)
        standing = step.after
    assert left_to_refund(standing, 0) == 0
    assert (
        step_of(replace(standing, state=TAKEN), create_news(Known.REFUND_DONE, amount_minor=1)).note
        == "more than was taken"
    )
