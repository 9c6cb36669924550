"""The payment's transition table over many pieces of news: batches, time, and any sequence of them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.payments.table import NOW, OPENED, create_news, create_standing
from webapp.clock import seconds
from webapp.events import PaymentFailure, PaymentSuccess
from webapp.payments.calls import Ask
from webapp.payments.decide import decide
from webapp.payments.models import CALLING, NEW, TAKEN
from webapp.payments.standing import Known


def test_news_of_one_batch_build_on_each_other_in_order() -> None:
    decision = decide(
        {7: create_standing()}, [create_news(Known.TAKEN), create_news(Known.DECLINED), create_news(Known.TAKEN)]
    )
    assert [step.note for step in decision.steps] == ["taken", "changes nothing", "changes nothing"]
    assert [type(fact.event) for fact in decision.facts] == [PaymentSuccess]
    assert decision.changed[7].state == TAKEN


def test_time_never_runs_backwards_along_the_events() -> None:
    standing = create_standing(updated_at=NOW + seconds(5))
    assert decide({7: standing}, [create_news(Known.TAKEN)]).facts[0].at == NOW + seconds(5)


SOME_NEWS = st.builds(
    lambda known, wait, ask, attempt, amount, reversed_: (known, wait, ask, attempt, amount, reversed_),
    st.sampled_from(Known), st.integers(0, seconds(12)), st.sampled_from([None, Ask.CHARGE, Ask.LOOK_UP, Ask.VOID]),
    st.integers(0, 3), st.sampled_from([1250, 1250, 1250, 600, 1]), st.booleans(),
)  # fmt: skip


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # What a busy machine takes says nothing about it.
@given(st.lists(SOME_NEWS, max_size=40))
def test_whatever_is_told_in_whatever_order_a_payment_has_one_verdict_and_keeps_its_books(story: list[Any]) -> None:
    standing, at, facts = create_standing(NEW), OPENED, []
    refund_given = 0
    for number, (known, wait, ask, back, amount, reversed_) in enumerate(story):
        at += wait
        attempt = None if ask is None else standing.attempts - back
        if known is Known.REFUND_DONE and amount > standing.taken_minor - standing.refunded_minor:
            continue
        decision = decide(
            {7: standing},
            [
                create_news(
                    known, at=at, ask=ask, attempt=attempt, amount_minor=amount, reversed=reversed_, refund_id=number
                )
            ],
        )
        facts += decision.facts
        refund_given += decision.steps[0].give_back
        standing = decision.steps[0].after
    kinds = [type(fact.event) for fact in facts]
    assert kinds.count(PaymentSuccess) + kinds.count(PaymentFailure) <= 1
    assert (kinds.count(PaymentSuccess) + kinds.count(PaymentFailure) == 1) == (standing.state not in (NEW, CALLING))
    assert [fact.event.sequence for fact in facts] == list(range(1, len(facts) + 1))
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    assert 0 <= standing.refunded_minor <= standing.taken_minor <= 1250
    assert refund_given <= 1
    assert standing.next_try_at is not None or standing.state not in (NEW, CALLING)
