"""Too many orders from one place: said on the form itself, which keeps what was filled in; the API has a limit of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import Shopper, rows_of

MOST = 3


@pytest.fixture(autouse=True)
def _few(app: Flask) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"order_rate": MOST})


def test_a_guest_is_asked_to_wait_and_loses_nothing(app: Flask, trade: Trade, shopper: Shopper) -> None:
    path = f"/p/{trade.product(stock=99)}-thing-1/order"
    forms = [shopper.form(path, email=f"guest{n}@example.org") for n in range(MOST + 1)]
    for form in forms[:MOST]:
        assert shopper.send(path, form).status_code == 303
    refused = shopper.send(path, forms[MOST])
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Nothing was ordered this time; press once more in 5 minutes." in refused.text
    assert 'value="guest3@example.org"' in refused.text
    assert f'name="key" value="{forms[MOST]["key"]}"' in refused.text, "pressed once more it is still this one order"
    assert len(rows_of(app, "orders")) == MOST
    assert shopper.send(path, forms[0]).status_code == 303, (
        "what has become an order is shown, however often it is sent"
    )
    assert len(rows_of(app, "orders")) == MOST


def test_a_strangers_address_is_not_written_to_from_many_places(app: Flask, trade: Trade, shopper: Shopper) -> None:
    path = f"/p/{trade.product(stock=99)}-thing-1/order"
    statuses = []
    for n in range(MOST + 1):
        form = shopper.form(path, email="stranger@example.org")
        answer = shopper.client.post(
            path, data=form, headers={"Sec-Fetch-Site": "same-origin"}, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}
        )
        statuses.append(answer.status_code)
    assert statuses == [303] * MOST + [429]


def test_what_was_refused_does_not_count(app: Flask, trade: Trade, shopper: Shopper) -> None:
    path = f"/p/{trade.product(stock=9)}-thing-1/order"
    for _ in range(MOST * 2):
        assert shopper.send(path, shopper.form(path, email="nobody")).status_code == 422
    assert shopper.send(path, shopper.form(path)).status_code == 303


def test_an_account_has_a_count_of_its_own_and_the_api_another(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=99)
    path = f"/p/{product}-thing-1/order"
    for n in range(MOST):
        shopper.send(path, shopper.form(path, email=f"guest{n}@example.org"))
    log_in(shopper.client, people.shopper)
    statuses = [shopper.send(path, shopper.form(path)).status_code for _ in range(MOST + 1)]
    assert statuses == [303] * MOST + [429]
    wish = {"items": [{"product_id": product, "quantity": 1}], "payment": {"method": "test", "token": "tok_success"},
            "delivery": {"name": "I", "street": "S 1", "postcode": "8000", "city": "A"}}  # fmt: skip
    for n in range(MOST + 3):
        made = app.test_client().post(
            "/api/v1/orders", json=wish, headers={**people.shopper.bearer, "Idempotency-Key": f"k{n}"}
        )
        assert made.status_code == 202, made.text
