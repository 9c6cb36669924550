"""Stripe's own mock of its API (`services/stripe-mock`), which checks every request of ours against Stripe's description of it and
answers by that description. It keeps nothing, so that what its answers mean is tried in test_cards_by_stripe.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import server_or_skip
from tests.payments.stripes import KEY
from tests.payments.test_cards_by_stripe import create_call, outcome
from webapp import clock
from webapp.payments.calls import Ask, Said
from webapp.payments.gateway.by_stripe import REMEMBERED, StripeGateway

pytestmark = pytest.mark.server

GO = shutil.which("go") or (Path("/usr/local/go/bin/go").exists() and "go")


@pytest.fixture
def mock() -> str:
    """Its address."""
    if not os.environ.get("STRIPE_MOCK") and not GO:
        pytest.skip("stripe-mock is not there, and no Go to build it with")
    return server_or_skip("STRIPE_MOCK", "stripe-mock")


@pytest.fixture
def gateway(mock: str) -> Iterator[StripeGateway]:
    """The gateway to it."""
    made = StripeGateway(KEY, mock, "https://market.example/o/", 30.0)
    yield made
    made.close()


def test_stripe_accepts_every_question_that_we_ask(gateway: StripeGateway) -> None:
    """A request that is none gets 400, which reads as REFUSED; the mock's intents are all of one made-up state."""
    old = clock.now() - REMEMBERED - clock.seconds(1)
    for call in (
        create_call(), create_call(Ask.LOOK_UP, 2), create_call(Ask.LOOK_UP, 3, opened_at=old), create_call(Ask.VOID, 4),
        create_call(token="pm_card_authenticationRequired"), create_call(currency="JPY"), create_call(currency="ISK"),
    ):  # fmt: skip
        found = outcome(gateway, call)
        # Its error is a made-up one as well, of no card: no verdict that anything could follow from but a refusal.
        assert (call.ask, found.said) == (call.ask, Said.DECLINED)
        assert (found.provider_id or "").startswith("pi_")
    for number in (1, 2):
        refund = create_call(Ask.REFUND, number, charge_id="pi_1", idempotency_key="refund-7-x", amount_minor=500)
        found = outcome(gateway, refund)
        assert (found.said, found.amount_minor) == (Said.REFUNDED, 500)
    assert gateway.trouble() is None
    assert list(gateway.testify()) == []


def test_the_mock_refuses_what_is_no_question_of_stripes(mock: str) -> None:
    """So that the test above can fail."""
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.post(
        f"{mock}/v1/payment_intents", data={"amount": "1250", "currency": "eur", "token": "x"}, headers=headers
    )
    assert answer.status_code == 400
    assert "additional properties are not allowed" in answer.json()["error"]["message"]
