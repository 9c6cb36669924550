"""One's data goes into a file, or away: from every room at once, while the markets' books stay right."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.letters import inbox
from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in
from webapp import clock, db
from webapp.db import transact
from webapp.events import Quantity
from webapp.inventory import commands as inventory
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.products import commands as products
from workers.checking import traces
from workers.checking.asking import Asking
from workers.draining import Pump

HOME = {"name": "Ada Canary", "street": "Canary street 42", "postcode": "8000", "city": "Aarhus"}


def post(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data=data, headers=SAME_ORIGIN)


def place(people: People, key: str, logged_in: bool = True) -> int:
    """An order of the shopper's, with their address; needs the app's context."""
    pump = Pump()
    market = people.owner.market_id
    new = products.NewProduct(sku=key, name=f"A {key}", price_minor=1250)
    product = transact(lambda: products.create(market, "EUR", [new], fresh_cause()))[0]
    pump.drain()
    transact(lambda: inventory.adjust(market, product, 5, "received", None, "tests", fresh_cause()))
    pump.drain()
    wish = placing.NewOrder(
        lines=((product, 2),), email=people.shopper.email, name="Ada Canary", token="tok_success", scope="test", key=key, hash="h",
        cause=fresh_cause(), delivery=HOME, shopper_id=people.shopper.id if logged_in else None,
    )  # fmt: skip
    order = int(transact(lambda: placing.place([wish]))[0]["id"])
    pump.close()
    return order


def finish() -> None:
    """Let everything that waits come to its end."""
    pump = Pump()
    pump.drain()
    pump.close()


@pytest.fixture
def client(app: Flask, people: People) -> FlaskClient:
    """The shopper's browser."""
    browser = app.test_client()
    log_in(browser, people.shopper)
    return browser


def test_the_file_holds_what_is_ours_and_no_hash(app: Flask, client: FlaskClient, people: People) -> None:
    with app.app_context():
        place(people, "MUG")
        place(people, "BOWL", logged_in=False)
        finish()
    post(
        client,
        "/account/settings/address",
        recipient=HOME["name"],
        street=HOME["street"],
        postcode="8000",
        city="Aarhus",
    )
    answer = client.get("/account/data/export")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    said: dict[str, Any] = answer.get_json()
    assert said["person"]["email"] == people.shopper.email
    assert said["person"]["delivery"] == HOME
    assert [order["items"][0]["sku"] for order in said["orders"]] == ["MUG", "BOWL"]
    assert said["orders"][0]["delivery"] == HOME
    assert len(said["sessions"]) == 1
    assert len(said["tokens"]) == 1
    assert "argon2" not in answer.text
    assert "hash" not in answer.text
    assert people.owner.email not in answer.text


def test_everything_that_names_a_person_goes_and_the_books_stay(
    app: Flask, client: FlaskClient, people: People
) -> None:
    with app.app_context():
        orders = [place(people, "MUG"), place(people, "BOWL", logged_in=False)]
        finish()
        before = db.fetch("SELECT number, status, total_minor, currency FROM orders ORDER BY id")
    post(client, "/account/settings/name", name="Ada Canary")
    post(
        client,
        "/account/settings/address",
        recipient=HOME["name"],
        street=HOME["street"],
        postcode="8000",
        city="Aarhus",
    )
    post(
        app.test_client(),
        "/register",
        email=people.shopper.email,
        name="Ada Canary",
        password="a walk in the wet grass",
    )
    with app.app_context():
        finish()
        db.db.session.rollback()
    assert post(client, "/account/erase", password="wrong password").status_code == 422
    assert post(client, "/account/erase").status_code == 422
    assert client.get("/account").status_code == 200
    gone = post(client, "/account/erase", password=PASSWORD)
    assert (gone.status_code, gone.headers["Location"]) == (303, "/login")
    assert client.get("/account").status_code == 303
    assert "Your account is gone" in client.get("/login").text
    assert post(client, "/login", email=people.shopper.email, password=PASSWORD).status_code == 422
    assert app.test_client().get("/api/v1/me", headers=people.shopper.bearer).status_code == 401
    with app.app_context():
        tables = [table.name for table in db.Base.metadata.sorted_tables]
        for table in tables:
            kept = "".join(str(row) for row in db.fetch(f'SELECT * FROM "{table}"'))
            for word in (people.shopper.email, "Canary"):
                assert word not in kept, f"{word} is still in {table}"
        assert db.fetch("SELECT number, status, total_minor, currency FROM orders ORDER BY id") == before
        assert len(db.fetch("SELECT 1 FROM order_items")) == 2
        assert {row["recipient"] for row in db.fetch("SELECT recipient FROM emails WHERE order_id IS NOT NULL")} == {""}
        assert len(orders) == 2
        finish()
        with db.db.engine.connect() as connection:
            asking = Asking(connection, app.extensions["settings"])
            for invariant in traces.INVARIANTS:
                assert list(invariant.question(asking)) == [], invariant.number
    assert inbox(app, people.shopper.email) == []


def test_an_order_under_way_blocks_with_its_reason_and_nothing_is_erased(
    app: Flask, client: FlaskClient, people: People
) -> None:
    with app.app_context():
        place(people, "MUG")
    answer = post(client, "/account/erase", password=PASSWORD)
    assert (answer.status_code, "still under way" in answer.text) == (422, True)
    with app.app_context():
        assert db.fetch("SELECT email FROM orders")[0]["email"] == people.shopper.email
        finish()
    assert post(client, "/account/erase", password=PASSWORD).status_code == 303


def test_who_keeps_a_market_or_the_house_leaves_it_first(app: Flask, people: People) -> None:
    for someone, reason in ((people.owner, "You work for Alder Lane"), (people.operator, "You run this house")):
        browser = app.test_client()
        log_in(browser, someone)
        assert reason in browser.get("/account/data").text
        assert reason in post(browser, "/account/erase", password=PASSWORD).text
        assert browser.get("/account/settings").status_code == 200


def test_an_erased_address_can_begin_anew(app: Flask, client: FlaskClient, people: People) -> None:
    post(client, "/account/erase", password=PASSWORD)
    newcomer = app.test_client()
    post(newcomer, "/register", email=people.shopper.email, name="Ada", password="a walk in the wet grass")
    [letter] = inbox(app, people.shopper.email)
    assert letter.kind == "confirm"
    assert post(newcomer, letter.link, password="a walk in the wet grass").status_code == 303
    assert "You have ordered nothing yet" in newcomer.get("/account").text


def test_a_refund_after_the_erasure_has_nobody_to_tell(app: Flask, client: FlaskClient, people: People) -> None:
    from webapp.payments import refunds

    with app.app_context():
        order = place(people, "MUG")
        finish()
        db.db.session.rollback()
    assert post(client, "/account/erase", password=PASSWORD).status_code == 303
    with app.app_context():
        product = db.fetch("SELECT product_id FROM order_items WHERE order_id = :id", id=order)[0]["product_id"]
        transact(
            lambda: refunds.ask_refund(order, 1250, [Quantity(product, 1)], "came broken", TESTS.name, clock.now())
        )
        finish()
        states = db.fetch("SELECT kind, recipient, state FROM emails WHERE order_id = :id ORDER BY id", id=order)
    assert states[-1] == {"kind": "refunded", "recipient": "", "state": "BOUNCED"}
