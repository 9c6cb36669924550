"""Cards are taken by the settings alone: all of them or none, of one mode, and how Stripe is stands at /readyz."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.payments.desk import AMOUNT, create_request, payment
from tests.payments.stripes import KEY, PUBLISHABLE, SECRET, Stripes, serving
from webapp import clock, heartbeats
from webapp.app import create_app
from webapp.db import db, transact
from webapp.payments import commands
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.settings import Settings, SettingsError, load
from workers import health

CARDS = {"stripe_secret_key": KEY, "stripe_publishable_key": PUBLISHABLE, "stripe_webhook_secret": SECRET}
LIVE = {**CARDS, "stripe_secret_key": "rk_live_a", "stripe_publishable_key": "pk_live_a"}


def loaded(home: Path, **chosen: Any) -> Settings:
    """Settings with these alone."""
    return load(market_home=home, database_url=None, kafka_brokers=None, amqp_url=None, **chosen)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"stripe_secret_key": KEY}, "STRIPE_SECRET_KEY is set but STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET not"),
        ({"stripe_publishable_key": PUBLISHABLE}, "STRIPE_PUBLISHABLE_KEY is set but STRIPE_SECRET_KEY and"),
        ({"stripe_webhook_secret": SECRET}, "STRIPE_WEBHOOK_SECRET is set but"),
        ({**CARDS, "stripe_webhook_secret": None}, "but STRIPE_WEBHOOK_SECRET not"),
        ({**CARDS, "stripe_secret_key": PUBLISHABLE}, "STRIPE_SECRET_KEY is none: it begins with sk_ or rk_"),
        ({**CARDS, "stripe_publishable_key": KEY}, "STRIPE_PUBLISHABLE_KEY is none"),
        ({**CARDS, "stripe_webhook_secret": "we_1"}, "STRIPE_WEBHOOK_SECRET is none: it begins with whsec_"),
        ({**CARDS, "stripe_publishable_key": "pk_live_a"}, "of two modes"),
        ({**LIVE, "stripe_publishable_key": PUBLISHABLE}, "of two modes"),
        (LIVE, "PUBLIC_URL=https://"),
        ({**LIVE, "public_url": "http://market.example"}, "PUBLIC_URL=https://"),
        ({**CARDS, "stripe_api_base": "http://stripe.example"}, "STRIPE_API_BASE must be https://"),
        ({**CARDS, "stripe_api_base": "stripe.example"}, "STRIPE_API_BASE is no address"),
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused_and_no_key_is_said(
    tmp_path: Path, chosen: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        loaded(tmp_path, **chosen)
    assert not any(
        str(value) in str(refused.value) for name, value in chosen.items() if value and "api_base" not in name
    )


def test_settings_that_fit_are_taken_with_more_patience_for_banks(tmp_path: Path) -> None:
    plain = loaded(tmp_path)
    assert (plain.takes_cards, plain.payment_timeout, plain.payment_overdue) == (False, 2.0, 18.0)
    cards = loaded(tmp_path, **CARDS, stripe_api_base="http://127.0.0.1:12111")
    assert (cards.takes_cards, cards.stripe_is_live, cards.payment_timeout, cards.payment_overdue) == (
        True,
        False,
        8.0,
        60.0,
    )
    assert loaded(tmp_path, **CARDS, payment_timeout=3.0).payment_timeout == 3.0
    assert loaded(tmp_path, **LIVE, public_url="https://market.example").stripe_is_live
    assert not cards.without_cards().takes_cards


@pytest.fixture
def stripes() -> Iterator[Stripes]:
    """A Stripe of our own."""
    with serving() as state:
        yield state


@pytest.fixture
def house(settings: Settings, stripes: Stripes) -> Iterator[Flask]:
    """A house that takes cards; the test runs in its context."""
    app = create_app(settings.model_copy(update={**CARDS, "stripe_api_base": stripes.url}))
    app.testing = True
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


class Once(threading.Event):
    """An event that is set after one look at it."""

    def __init__(self) -> None:
        super().__init__()
        self._looked = False

    def is_set(self) -> bool:
        self._looked, before = True, self._looked
        return before

    def wait(self, timeout: float | None = None) -> bool:
        return True


def ready(app: Flask) -> Any:
    """What /readyz says of Stripe after one round of the watch."""
    health.watch(app, app.extensions["settings"], Once())()
    db.session.rollback()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    return (answer.json or {}).get("stripe")


def reason() -> str:
    """Why it is degraded."""
    [beat] = [beat for beat in transact(heartbeats.read) if beat["kind"] == "stripe"]
    return str(beat["detail"])


def test_readyz_tells_of_stripe_where_cards_are_taken(house: Flask, stripes: Stripes, settings: Settings) -> None:
    assert ready(house) == "ok"
    stripes.fail("/v1/payment_intents", "before", 500)
    assert ready(house) == "degraded"
    house.extensions["settings"] = house.extensions["settings"].model_copy(
        update={"stripe_secret_key": "sk_test_revoked"}
    )
    assert ready(house) == "degraded"
    assert "Invalid API Key" in reason()
    assert "sk_test_revoked" not in reason()
    plain = create_app(settings)
    with plain.app_context():
        assert "stripe" not in (plain.test_client().get("/readyz").json or {})
        db.engine.dispose()


def test_calls_that_failed_by_our_own_settings_are_trouble_and_no_refusal(house: Flask) -> None:
    transact(lambda: commands.begin([create_request(method="card")], clock.now()))
    key = payment(7)["idempotency_key"]
    call = Call(Ask.CHARGE, 7, 1, key, AMOUNT, "EUR", method="card")
    said = '{"http":400,"trouble":"idempotency_error"}'
    transact(lambda: commands.settle([Outcome(call, Said.UNKNOWN, said, reason="idempotency_error")], clock.now()))
    assert payment(7)["state"] == "CALLING"
    assert ready(house) == "degraded"
    assert "idempotency_error" in reason()
