"""The order form and the order's page where cards are taken: Stripe's field in the place of the test cards, one token for each
order, and the way to the bank that wants its customer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.payments.stripes import BANK, KEY, PUBLISHABLE, SECRET
from tests.people import People
from tests.shop.conftest import Shopper, checkout, hidden, put
from webapp.db import Row, execute, fetch, transact
from webapp.settings import Settings

CARDS = {"stripe_secret_key": KEY, "stripe_publishable_key": PUBLISHABLE, "stripe_webhook_secret": SECRET,
         "stripe_api_base": "http://127.0.0.1:9"}  # fmt: skip


@pytest.fixture
def house(app: Flask, settings: Settings) -> Flask:
    """The house takes cards from now on. Nothing here asks Stripe: no worker runs."""
    app.extensions["settings"] = settings.model_copy(update=CARDS)
    return app


@pytest.fixture
def path(house: Flask, trade: Trade) -> str:
    """The order form of a thing of which there are five."""
    house.extensions["settings"] = house.extensions["settings"].without_cards()
    product = trade.product(stock=5)
    house.extensions["settings"] = house.extensions["settings"].model_copy(update=CARDS)
    return f"/p/{product}-thing-1/order?quantity=1"


def orders(app: Flask) -> list[Row]:
    """All orders, oldest first."""
    with app.app_context():
        return fetch("SELECT * FROM orders ORDER BY id")


def policy(app: Flask, path: str, client: Any) -> dict[str, str]:
    """The content policy of a page, by its directives."""
    text = client.get(path).headers["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in text.split("; "))


def test_stripes_field_stands_where_the_test_cards_were(house: Flask, shopper: Shopper, path: str) -> None:
    page = shopper.get(path)
    assert f'data-card="{PUBLISHABLE}"' in page
    assert '<script src="https://js.stripe.com/v3/" defer></script>' in page
    assert "Paying by card needs JavaScript" in page
    assert "4242&nbsp;4242&nbsp;4242&nbsp;4242" in page, "a demo says which cards pay"
    for secret in (KEY, SECRET, "tok_", 'name="number"', 'autocomplete="cc-number"'):
        assert secret not in page
    house.extensions["settings"] = house.extensions["settings"].model_copy(update={"demo": False})
    assert "4242" not in shopper.get(path)


def test_only_that_page_lets_stripe_in(house: Flask, app: Flask, shopper: Shopper, path: str) -> None:
    till = policy(house, path, shopper.client)
    assert till["script-src"] == "'self' https://js.stripe.com https://*.js.stripe.com"
    assert till["connect-src"] == "'self' https://api.stripe.com"
    assert "https://hooks.stripe.com" in till["frame-src"]
    assert (till["style-src"], till["default-src"], till["form-action"]) == ("'self'", "'self'", "'self'")
    assert "stripe" not in shopper.client.get("/").headers["Content-Security-Policy"]
    assert "payment=(self" in shopper.client.get(path).headers["Permissions-Policy"]
    assert "payment=()" in shopper.client.get("/").headers["Permissions-Policy"]
    house.extensions["settings"] = house.extensions["settings"].without_cards()
    assert "stripe" not in json.dumps(policy(house, path, shopper.client))
    assert "stripe" not in shopper.get(path)


def test_a_card_places_an_order_once_however_often_it_is_typed(house: Flask, shopper: Shopper, path: str) -> None:
    form = shopper.form(path, token="pm_one")
    first = shopper.send(path, form)
    assert first.status_code == 303
    assert shopper.send(path, form).headers["Location"] == first.headers["Location"]
    # Back, and the card typed in once more: another token, and the same wish.
    assert shopper.send(path, form | {"token": "pm_two"}).headers["Location"] == first.headers["Location"]
    [order] = orders(house)
    assert (order["payment_method"], order["payment_token"]) == ("card", "pm_one")


BAD = (
    "",
    " ",
    "tok_success",
    "4242424242424242",
    "pm_",
    "pm_a\n",
    "pm_a pm_",
    "pm_a  pm_b",
    "pm_" + "x" * 101,
    "PM_a",
    "pm_é",
    "pm_a;pm_b",
)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_is_no_token_of_a_card_is_refused_and_not_kept(house: Flask, shopper: Shopper, path: str) -> None:
    for token in BAD:
        answer = shopper.send(path, shopper.form(path, token=token))
        assert (token, answer.status_code) == (token, 422)
        assert 'id="token-error"' in answer.text
        assert 'href="#token"' in answer.text
        assert hidden(answer.text, "token") == [""]
    assert orders(house) == []


def test_a_form_that_comes_back_keeps_the_card(house: Flask, shopper: Shopper, path: str) -> None:
    answer = shopper.send(path, shopper.form(path, token="pm_kept", city=""))
    assert answer.status_code == 422
    assert hidden(answer.text, "token") == ["pm_kept"]
    assert "Your card is kept from before" in answer.text
    form = shopper.form(path, token="pm_kept")
    assert shopper.send(path, form).status_code == 303
    # It was used, so that another wish under the same key begins without it.
    other = shopper.send(path, form | {"quantity": ["2"], "amount": str(2 * int(form["amount"]))})
    assert other.status_code == 409
    assert hidden(other.text, "token") == [""]


def test_each_order_of_a_basket_gets_a_token_of_its_own(
    app: Flask, settings: Settings, people: People, trade: Trade, shopper: Shopper
) -> None:
    put(shopper, trade.product(stock=5), 2)
    put(shopper, trade.product(stock=5, market_id=people.outsider.market_id))
    app.extensions["settings"] = settings.model_copy(update=CARDS)
    assert 'data-orders="2"' in shopper.get("/checkout")
    # Stripe takes a token for one payment only: one for two orders is not enough.
    for few in ("pm_one", "pm_one ", "pm_one pm_one"):
        assert shopper.send("/checkout", checkout(shopper, token=few)).status_code == 422
    assert orders(app) == []
    assert shopper.send("/checkout", checkout(shopper, token="pm_one pm_two")).status_code == 303
    assert [order["payment_token"] for order in orders(app)] == ["pm_one", "pm_two"]


def test_the_page_leads_to_the_bank_that_wants_its_customer(house: Flask, shopper: Shopper, path: str) -> None:
    link = shopper.send(path, shopper.form(path, token="pm_one")).headers["Location"]
    [order] = orders(house)

    def waits(**columns: Any) -> None:
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        transact(lambda: execute(f"UPDATE payments SET {changes}", **columns))

    with house.app_context():
        transact(lambda: execute("UPDATE orders SET status = 'PAYMENT_PENDING'"))
        transact(
            lambda: execute(
                "INSERT INTO payments (order_id, market_id, state, amount_minor, currency, method, token, idempotency_key, traceparent,"
                " next_call, overdue_at, opened_at, updated_at, action_url) SELECT id, market_id, 'CALLING', total_minor, currency, 'card', 'pm_one',"
                " 'k', traceparent, 'look_up', placed_at, placed_at, placed_at, :url FROM orders",
                url=BANK,
            )
        )
    page = shopper.get(link)
    assert "Your bank wants to hear from you." in page
    assert f'href="{BANK}" rel="noreferrer"' in page
    assert "Cancel this order" in page
    assert BANK in shopper.get(f"{link}/state")
    for moved in (
        {"next_call": "void"},
        {"next_call": "look_up", "state": "TAKEN"},
        {"state": "CALLING", "action_url": None},
    ):
        with house.app_context():
            waits(**moved)
        assert "hooks.stripe.com" not in shopper.get(link)
    with house.app_context():
        waits(action_url=BANK)
        transact(lambda: execute("UPDATE orders SET cancel_asked_by = 'shopper'"))
    assert "hooks.stripe.com" not in shopper.get(link)
    assert order["total_minor"] > 0


def test_the_way_back_from_the_bank_leaves_stripes_words_behind(house: Flask, shopper: Shopper, path: str) -> None:
    link = shopper.send(path, shopper.form(path, token="pm_one")).headers["Location"]
    back = shopper.client.get(
        f"{link}?payment_intent=pi_1&payment_intent_client_secret=secret&redirect_status=succeeded"
    )
    assert (back.status_code, back.headers["Location"]) == (303, link)
    assert shopper.client.get("/o/nobodys?payment_intent=pi_1").status_code == 404
