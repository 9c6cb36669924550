"""Orders of before there was an account: they become its own once the address is confirmed, and nobody else's."""

from __future__ import annotations

import re

from flask import Flask

from tests.console.conftest import Trade
from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in, password_hash
from tests.shop.conftest import Shopper, change, rows_of, words
from webapp.accounts import commands, letters
from webapp.db import fetch, transact

EMAIL = "ingrid@example.org"


def owners(app: Flask) -> list[int | None]:
    """Whose the orders are, oldest first."""
    return [row["shopper_id"] for row in rows_of(app, "orders")]


def account(app: Flask, confirmed: bool) -> int:
    """Somebody with the address that the orders were placed with."""
    with app.app_context():
        return transact(
            lambda: commands.create_person(EMAIL, "Ingrid", password_hash(), actor=TESTS, confirmed=confirmed)
        )


def logged_in(app: Flask, email: str) -> Shopper:
    """Their browser."""
    shopper = Shopper(app)
    answer = shopper.client.post("/login", data={"email": email, "password": PASSWORD}, headers=SAME_ORIGIN)
    assert answer.status_code == 303
    return shopper


def test_registering_brings_the_orders_of_before_along(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=9, name="Bowl")
    for _ in range(2):
        trade.order((product, 1), email=EMAIL)
    trade.order((product, 1), email="somebody@else.example")
    shopper.send("/register", {"name": "Ingrid", "email": EMAIL, "password": PASSWORD})
    assert owners(app) == [None, None, None], "an address that is not confirmed brings nothing"
    with app.app_context():
        [letter] = fetch("SELECT id FROM account_letters WHERE email = :email", email=EMAIL)
        link = f"/confirm/{letters.tokens_of([letter['id']])[letter['id']]}"
    answer = shopper.send(link, {"password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    [me] = [row["id"] for row in rows_of(app, "people") if row["email"] == EMAIL]
    assert owners(app) == [me, me, None], "confirming it brings them, before any page is opened"
    page = shopper.get("/account")
    assert words(page).count("Order again") == 2
    assert [row["person_id"] for row in trade.audited("order.adopt")] == [me, me]
    shopper.get("/account")
    assert len(trade.audited("order.adopt")) == 2


def test_logging_in_brings_what_was_ordered_meanwhile(app: Flask, trade: Trade, shopper: Shopper) -> None:
    person = account(app, confirmed=True)
    trade.order((trade.product(stock=9), 1), email=EMAIL)
    trade.order((trade.product(stock=9), 1), email="somebody@else.example")
    mine = logged_in(app, EMAIL)
    assert owners(app) == [person, None]
    trade.order((trade.product(stock=9), 1), email=EMAIL)
    assert words(mine.get("/account")).count("Order again") == 2, "and what came since, the account's page"
    assert owners(app) == [person, None, person]


def test_a_new_address_brings_its_orders(app: Flask, trade: Trade, shopper: Shopper) -> None:
    person = account(app, confirmed=True)
    trade.order((trade.product(stock=9), 1), email="new@example.org")
    mine = logged_in(app, EMAIL)
    mine.send("/account/settings/email", {"email": "new@example.org", "password": PASSWORD})
    with app.app_context():
        [letter] = fetch("SELECT id FROM account_letters WHERE kind = :kind", kind=letters.NEW_EMAIL)
        link = f"/account/email/{letters.tokens_of([letter['id']])[letter['id']]}"
    assert owners(app) == [None]
    assert mine.send(link, {"password": PASSWORD}).status_code == 303
    assert owners(app) == [person]


def test_an_address_that_nobody_confirmed_brings_nothing(app: Flask, trade: Trade, shopper: Shopper) -> None:
    trade.order((trade.product(stock=9), 1), email=EMAIL)
    person = account(app, confirmed=False)
    mine = logged_in(app, EMAIL)
    mine.get("/account")
    assert owners(app) == [None]
    change(app, "UPDATE people SET confirmed_at = 1 WHERE id = :id", id=person)
    assert "Order again" in mine.get("/account")
    assert owners(app) == [person]


def test_what_belongs_to_another_account_stays_there(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    trade.order((trade.product(stock=9), 1), email=EMAIL, shopper_id=people.shopper.id)
    account(app, confirmed=True)
    assert "ordered nothing yet" in logged_in(app, EMAIL).get("/account")
    assert owners(app) == [people.shopper.id]


def test_the_list_orders_again_what_has_ended(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=9, name="Bowl", picture="breakfast-bowl.svg")
    done = trade.order((product, 2), shopper_id=people.shopper.id)
    trade.order((product, 1), settle=False, shopper_id=people.shopper.id)
    log_in(shopper.client, people.shopper)
    page = shopper.get("/account")
    [again] = re.findall(r'href="(/o/[^"]+/again)"', page)
    assert again == f"/o/{trade.row('SELECT link FROM orders WHERE id = :id', id=done)['link']}/again"
    assert page.count("/static/art/breakfast-bowl.svg") == 2
    assert "Place order and pay" in shopper.get(again)


def test_the_list_asks_a_fixed_number_of_things(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    log_in(shopper.client, people.shopper)

    def asked() -> int:
        with trade.counted() as statements:
            shopper.get("/account")
        return len([one for one in statements if one.startswith("SELECT")])

    trade.order((trade.product(stock=9), 1), shopper_id=people.shopper.id)
    few = asked()
    for _ in range(5):
        trade.order((trade.product(stock=9), 1), shopper_id=people.shopper.id)
    assert asked() == few
