"""The gateway to Stripe: every question by Stripe's own library, every answer and every trouble read for what it means."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.payments.stripes import ASKING, BANK, KEY, Stripes, serving
from webapp import clock
from webapp.payments.calls import Ask, Call, NoTestimony, Outcome, Said
from webapp.payments.gateway import stripe_words as words
from webapp.payments.gateway.by_stripe import REMEMBERED, StripeGateway


@pytest.fixture
def stripes() -> Iterator[Stripes]:
    """A Stripe of our own."""
    with serving() as state:
        yield state


@pytest.fixture
def gateway(stripes: Stripes) -> Iterator[StripeGateway]:
    """The gateway to it."""
    made = StripeGateway(KEY, stripes.url, "https://market.example/o/", 30.0)
    yield made
    made.close()


def create_call(ask: Ask = Ask.CHARGE, number: int = 1, **overrides: Any) -> Call:
    """A call about 12.50 EUR for the order 7."""
    return Call(**{"ask": ask, "order_id": 7, "number": number, "idempotency_key": "order-7-ab", "amount_minor": 1250, "currency": "EUR",
                   "token": "pm_card_visa", "method": "card", "return_to": "the-link", "opened_at": clock.now(), **overrides})  # fmt: skip


def outcome(gateway: StripeGateway, call: Call) -> Outcome:
    """What came of one call."""
    [[found]] = gateway.run([call])
    assert found.call is call
    assert len(found.answer) < 500
    return found


def test_a_card_is_charged_by_one_intent_made_with_our_key(gateway: StripeGateway, stripes: Stripes) -> None:
    found = outcome(gateway, create_call())
    assert (found.said, found.amount_minor, found.currency, found.card) == (Said.TAKEN, 1250, "EUR", "4242")
    made, confirmed = stripes.asked
    assert (made.path, made.headers["idempotency-key"]) == ("/v1/payment_intents", "order-7-ab")
    assert made.sent == {"amount": "1250", "currency": "eur", "allowed_payment_method_types[0]": "card", "metadata[order_id]": "7",
                         "metadata[key]": "order-7-ab"}  # fmt: skip
    assert confirmed.path == f"/v1/payment_intents/{found.provider_id}/confirm"
    assert confirmed.headers["idempotency-key"] == "order-7-ab-confirm"
    assert confirmed.sent["return_url"] == "https://market.example/o/the-link"
    assert confirmed.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in found.answer
    assert "pm_card" not in found.answer


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_a_card_that_is_refused_is_a_refusal_with_its_reason(gateway: StripeGateway, token: str, reason: str) -> None:
    found = outcome(gateway, create_call(token=token))
    assert (found.said, found.reason, found.provider_id, found.card) == (Said.DECLINED, reason, "pi_1", "0002")
    asked = outcome(gateway, create_call(Ask.LOOK_UP, 2))
    assert (asked.said, asked.reason) == (Said.DECLINED, reason)


def test_a_bank_that_wants_its_customer_gives_the_way_to_it(gateway: StripeGateway, stripes: Stripes) -> None:
    for call in (create_call(token=ASKING), create_call(Ask.LOOK_UP, 2)):
        found = outcome(gateway, call)
        assert (found.said, found.action_url, found.provider_id) == (Said.AWAITS_SHOPPER, BANK, "pi_1")
        assert BANK not in found.answer
    stripes.settle(7)
    assert outcome(gateway, create_call(Ask.LOOK_UP, 3)).said is Said.TAKEN


def test_a_customer_whom_the_bank_does_not_know_is_a_refusal(gateway: StripeGateway, stripes: Stripes) -> None:
    outcome(gateway, create_call(token=ASKING))
    stripes.settle(7, fine=False)
    found = outcome(gateway, create_call(Ask.LOOK_UP, 2))
    assert (found.said, found.reason) == (Said.DECLINED, "payment_intent_authentication_failure")


CONFIRM, INTENTS = r"/v1/payment_intents/pi_1/confirm", r"/v1/payment_intents"


@pytest.mark.parametrize(("path", "when", "charged"), [(INTENTS, "after", False), (CONFIRM, "before", False), (CONFIRM, "after", True)])  # fmt: skip
@pytest.mark.parametrize("status", [None, 500, 502])
def test_silence_is_asked_about_and_charges_once(
    gateway: StripeGateway, stripes: Stripes, path: str, when: str, charged: bool, status: int | None
) -> None:
    stripes.fail(path, when, status)
    assert outcome(gateway, create_call()).said is Said.UNKNOWN
    assert outcome(gateway, create_call(Ask.LOOK_UP, 2)).said is (Said.TAKEN if charged else Said.NEVER_SEEN)
    if not charged:
        assert outcome(gateway, create_call(number=3)).said is Said.TAKEN
    assert [one["status"] for one in stripes.intents.values()] == ["succeeded"]


def test_a_stripe_that_never_answers_is_not_waited_for_and_the_result_is_unknown() -> None:
    # The system takes connections in its stead, and it never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway = StripeGateway(KEY, f"http://127.0.0.1:{silent.getsockname()[1]}", "https://market.example/o/", 0.5)
        found = outcome(gateway, create_call())
        assert (found.said, "ReadTimeout" in found.answer) == (Said.UNKNOWN, True)
        gateway.close()


def test_an_intent_that_was_confirmed_before_is_asked_about(gateway: StripeGateway, stripes: Stripes) -> None:
    assert outcome(gateway, create_call()).said is Said.TAKEN
    stripes.keys.clear()  # As if a day had passed.
    [intent] = stripes.intents.values()
    stripes.keys["order-7-ab"] = (stripes.asked[0].sent, (200, {**intent, "status": "requires_payment_method"}))
    assert outcome(gateway, create_call(number=2)).said is Said.UNKNOWN
    assert outcome(gateway, create_call(Ask.LOOK_UP, 3)).said is Said.TAKEN


def test_what_was_not_carried_out_is_tried_again_and_is_no_refusal(gateway: StripeGateway, stripes: Stripes) -> None:
    for status in (429, 409):
        stripes.fail(CONFIRM, "before", status)
        assert outcome(gateway, create_call()).said is Said.UNAVAILABLE
    away = StripeGateway(KEY, "http://127.0.0.1:9", "https://market.example/o/", 30.0)
    assert outcome(away, create_call()).said is Said.UNAVAILABLE
    away.close()
    assert outcome(gateway, create_call()).said is Said.TAKEN


def test_a_key_of_ours_that_is_not_accepted_is_ours_to_mend(gateway: StripeGateway, stripes: Stripes) -> None:
    stranger = StripeGateway("sk_test_revoked", stripes.url, "https://market.example/o/", 30.0)
    for ask in Ask:
        found = outcome(stranger, create_call(ask, charge_id="pi_1"))
        assert found.said is Said.UNAVAILABLE
        assert '"trouble":' in found.answer
    assert "Invalid API Key" in (stranger.trouble() or "")
    with pytest.raises(NoTestimony, match="Invalid API Key"):
        list(stranger.testify())
    stranger.close()
    assert gateway.trouble() is None


def test_a_question_that_was_asked_otherwise_before_is_trouble_and_its_result_unknown(
    gateway: StripeGateway, stripes: Stripes
) -> None:
    stripes.fail(CONFIRM, "after")
    outcome(gateway, create_call())
    found = outcome(gateway, create_call(number=2, return_to="another-link"))
    assert found.said is Said.UNKNOWN
    assert '"trouble":"idempotency_error"' in found.answer
    assert outcome(gateway, create_call(Ask.LOOK_UP, 3)).said is Said.TAKEN


def test_what_stripe_does_not_accept_is_refused_and_voided(gateway: StripeGateway, stripes: Stripes) -> None:
    assert outcome(gateway, create_call(token="pm_never_seen")).said is Said.REFUSED
    assert outcome(gateway, create_call(Ask.VOID, 2)).said is Said.VOIDED
    assert stripes.of(7)["status"] == "canceled"
    small: dict[str, Any] = {"amount_minor": 20, "idempotency_key": "order-8-cd", "order_id": 8}
    assert outcome(gateway, create_call(**small)).said is Said.REFUSED
    assert outcome(gateway, create_call(Ask.LOOK_UP, 2, **small)).said is Said.NEVER_SEEN
    assert outcome(gateway, create_call(Ask.VOID, 3, **small)).said is Said.VOIDED


def test_a_void_closes_what_was_never_asked_for(gateway: StripeGateway, stripes: Stripes) -> None:
    assert outcome(gateway, create_call(Ask.VOID)).said is Said.VOIDED
    assert outcome(gateway, create_call(Ask.VOID, 2)).said is Said.VOIDED
    assert outcome(gateway, create_call(number=3)).said is Said.UNKNOWN
    assert stripes.of(7)["status"] == "canceled"


def test_a_void_of_what_was_taken_gives_it_back_once(gateway: StripeGateway, stripes: Stripes) -> None:
    outcome(gateway, create_call())
    stripes.fail("/v1/refunds", "after")
    assert outcome(gateway, create_call(Ask.VOID, 2)).said is Said.UNKNOWN
    for number in (3, 4):
        found = outcome(gateway, create_call(Ask.VOID, number))
        assert (found.said, found.reversed) == (Said.VOIDED, True)
    assert [one["amount"] for one in stripes.refunds.values()] == [1250]
    assert outcome(gateway, create_call(Ask.LOOK_UP, 5)).reversed


def test_a_refund_is_given_once_however_often_it_is_asked_for(gateway: StripeGateway, stripes: Stripes) -> None:
    charge_id = outcome(gateway, create_call()).provider_id
    refund: dict[str, Any] = {"charge_id": charge_id, "idempotency_key": "refund-7-x", "amount_minor": 500}
    stripes.fail("/v1/refunds", "after")
    assert outcome(gateway, create_call(Ask.REFUND, **refund)).said is Said.UNKNOWN
    assert outcome(gateway, create_call(Ask.REFUND, 2, **refund)).said is Said.REFUNDED
    stripes.keys.clear()  # A day later Stripe does not know the key any more.
    found = outcome(gateway, create_call(Ask.REFUND, 3, **refund))
    assert (found.said, found.amount_minor, found.provider_id) == (Said.REFUNDED, 500, "re_1")
    too_much = {**refund, "idempotency_key": "refund-7-y", "amount_minor": 751}
    found = outcome(gateway, create_call(Ask.REFUND, **too_much))
    assert (found.said, found.reason) == (Said.REFUSED, "charge_already_refunded")
    assert len(stripes.refunds) == 1


def test_a_payment_older_than_stripes_memory_is_searched_for(gateway: StripeGateway, stripes: Stripes) -> None:
    outcome(gateway, create_call())
    stripes.keys.clear()
    old = clock.now() - REMEMBERED - clock.seconds(1)
    assert outcome(gateway, create_call(Ask.LOOK_UP, 2, opened_at=old)).said is Said.TAKEN
    found = outcome(gateway, create_call(Ask.VOID, 3, opened_at=old))
    assert (found.said, found.reversed) == (Said.VOIDED, True)
    assert len(stripes.intents) == 1


def test_the_ledger_testifies_to_what_is_ours(gateway: StripeGateway, stripes: Stripes) -> None:
    charge_id = outcome(gateway, create_call()).provider_id
    outcome(gateway, create_call(Ask.REFUND, charge_id=charge_id, idempotency_key="r", amount_minor=250))
    outcome(gateway, create_call(order_id=8, idempotency_key="order-8-cd", token=ASKING))
    stripes.intents["pi_other"] = {"id": "pi_other", "object": "payment_intent", "metadata": {}, "status": "succeeded", "currency": "eur"}  # fmt: skip
    told = [(one.order_id, one.idempotency_key, one.taken_minor, one.refunded_minor) for one in gateway.testify()]
    assert told == [(7, "order-7-ab", 1250, 250), (8, "order-8-cd", 0, 0)]


INTENT = {"id": "pi_1", "status": "succeeded", "amount_received": 1250, "currency": "eur"}
NO_ANSWERS: list[dict[str, Any]] = [
    {}, {"id": None, "status": "succeeded"}, {"id": 7, "status": "succeeded"}, {"id": "x" * 81, "status": "succeeded"}, {"id": "pi_1"},
    {"id": "pi_1", "status": "processing"}, {"id": "pi_1", "status": "requires_capture"},
    *[{"id": "pi_1", "status": "requires_action", "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": url}}}
      for url in (None, 7, "http://bank.example/", "javascript:alert(1)", "https://" + "x" * 2000)],
    {"id": "pi_1", "status": "requires_action", "next_action": {"type": "use_stripe_sdk"}},
]  # fmt: skip


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=str)
def test_an_answer_that_is_none_is_no_verdict(answer: dict[str, Any]) -> None:
    assert words.intent_means(create_call(), answer, 0.0).said is Said.UNKNOWN


def test_an_amount_that_is_not_ours_is_told_as_it_is(gateway: StripeGateway) -> None:
    found = words.intent_means(create_call(), {**INTENT, "amount_received": 1, "currency": "usd"}, 0.0)
    assert (found.said, found.amount_minor, found.currency) == (Said.TAKEN, 1, "USD")
    missing = words.intent_means(create_call(), {**INTENT, "amount_received": None}, 0.0)
    assert (missing.said, missing.amount_minor) == (Said.TAKEN, None)


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [("EUR", 1250, 1250), ("JPY", 1250, 1250), ("ISK", 1250, 125_000), ("KWD", 1250, 1250), ("BIF", 1200, 12), ("BIF", 1250, None), ("OMR", 12, 12)],
)  # fmt: skip
def test_each_currency_is_asked_for_in_stripes_own_units(currency: str, ours: int, theirs: int | None) -> None:
    assert words.units(ours, currency) == theirs
    if theirs is not None:
        assert words.minor(theirs, currency) == ours


def test_an_amount_that_stripe_has_no_unit_for_is_never_asked_for(gateway: StripeGateway, stripes: Stripes) -> None:
    odd: dict[str, Any] = {"amount_minor": 1250, "currency": "BIF"}
    said = [outcome(gateway, create_call(ask, **odd)).said for ask in (Ask.CHARGE, Ask.LOOK_UP, Ask.VOID)]
    assert said == [Said.REFUSED, Said.NEVER_SEEN, Said.VOIDED]
    assert stripes.asked == []
