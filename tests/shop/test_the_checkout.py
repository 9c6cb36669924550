"""The checkout of a basket: one order for each market, whatever is pressed how often in however many tabs."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from tests.console.conftest import Trade
from tests.people import PASSWORD, People, log_in
from tests.shop.conftest import Shopper, change, checkout, hidden, put, rows_of, words
from webapp.db import as_json


def test_a_guest_checks_out(app: Flask, trade: Trade, shopper: Shopper) -> None:
    for product in (trade.product(stock=5), trade.product(stock=5, price_minor=1000)):
        put(shopper, product, 2)
    form = checkout(shopper)
    assert form["amount"] == ["7600"]
    answer = shopper.send("/checkout", form)
    [order] = rows_of(app, "orders")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/o/{order['link']}")
    assert order["total_minor"] == 7600
    trade.settle()
    assert "All yours" in shopper.get(f"/o/{order['link']}")


def test_who_goes_back_to_the_basket_finds_the_order(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=5)
    put(shopper, product)
    page = shopper.send("/checkout", checkout(shopper)).headers["Location"]
    for _ in range(2):
        assert shopper.client.get("/checkout").headers["Location"] == "/cart"
        assert "What was in your basket is ordered." in shopper.get("/cart")
        assert f'href="{page}"' in shopper.get("/cart")
        log_in(shopper.client, people.shopper)
    put(shopper, product)
    assert page not in shopper.get("/cart")
    shopper.send("/cart/lines/remove", {"product": str(product)})
    assert "There is nothing in your basket any more." in shopper.get("/cart")


def test_who_saved_an_address_finds_it_in_the_form(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    change(
        app,
        "UPDATE people SET delivery = :delivery WHERE id = :id",
        delivery=as_json({"name": "I. Solberg", "street": "Havnegade 7", "postcode": "5000", "city": "Odense"}),
        id=people.shopper.id,
    )
    log_in(shopper.client, people.shopper)
    put(shopper, trade.product(stock=5))
    page = shopper.get("/checkout")
    for name, value in (
        ("email", people.shopper.email),
        ("name", "I. Solberg"),
        ("street", "Havnegade 7"),
        ("city", "Odense"),
    ):
        assert hidden(page, name) == [value]


def test_who_saved_none_goes_on_from_the_last_order(people: People, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    log_in(shopper.client, people.shopper)
    put(shopper, product)
    form = checkout(shopper, name="I. Solberg", street="Havnegade 7", postcode="5000", city="Odense")
    assert shopper.send("/checkout", form).status_code == 303
    put(shopper, product)
    page = shopper.get("/checkout")
    shown = [hidden(page, name) for name in ("name", "street", "postcode", "city")]
    assert shown == [["I. Solberg"], ["Havnegade 7"], ["5000"], ["Odense"]]


def test_a_guest_with_an_account_logs_in_on_the_way(people: People, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5, name="Bowl")
    put(shopper, product)
    address = trade.row("SELECT slug FROM products WHERE id = :id", id=product)["slug"]
    for path in ("/checkout", f"/p/{product}-{address}/order?quantity=2"):
        page = shopper.get(path)
        [way] = re.findall(r'href="(/login\?next=[^"]+)"', page)
        fields = {"email": people.shopper.email, "password": PASSWORD, "next": parse_qs(urlsplit(way).query)["next"][0]}
        answer = shopper.send("/login", fields)
        assert answer.headers["Location"] == path
        page = shopper.get(path)
        assert hidden(page, "email") == [people.shopper.email]
        assert "/login?next=" not in page
        shopper.send("/logout", {})
        put(shopper, product)


def test_two_tabs_ten_presses_and_back_are_one_order(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=9)
    put(shopper, product, 2)
    one, two = checkout(shopper), checkout(shopper)
    first = shopper.send("/checkout", one).headers["Location"]
    for form in (two, one, two, *[one] * 8):
        assert shopper.send("/checkout", form).headers["Location"] == first
    assert len(rows_of(app, "orders")) == 1
    answer = shopper.send("/checkout", two | {"email": "other@example.org"})
    assert answer.status_code == 409
    assert "You have sent this form before" in answer.text
    put(shopper, product, 2)
    again = shopper.send("/checkout", checkout(shopper)).headers["Location"]
    assert again != first
    assert len(rows_of(app, "orders")) == 2


def test_several_markets_are_several_orders_of_one_press(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    lane, quay = trade.product(stock=5), trade.product(stock=5, market_id=people.outsider.market_id)
    put(shopper, lane, 2)
    put(shopper, quay)
    assert "Place 2 orders and pay €56.00 + ¥2,800" in words(shopper.get("/checkout"))
    form = checkout(shopper)
    where = shopper.send("/checkout", form).headers["Location"]
    orders = rows_of(app, "orders")
    assert [(order["market_id"], order["total_minor"]) for order in orders] == [
        (people.owner.market_id, 5600),
        (people.outsider.market_id, 2800),
    ]
    assert where == "/orders/together/" + ".".join(order["link"] for order in orders)
    assert shopper.send("/checkout", form).headers["Location"] == where
    assert shopper.get(where).count("every 2s") == 1
    trade.settle()
    page = shopper.get(f"{where}/state")
    assert page.count("All yours") == 2
    assert "every 2s" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    shopper.get(f"/orders/together/{orders[0]['link']}.nothing", 404)


def test_one_market_of_several_is_ordered_alone(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    lane, quay = trade.product(stock=5), trade.product(stock=5, market_id=people.outsider.market_id)
    put(shopper, lane)
    put(shopper, quay)
    both = checkout(shopper)
    path = "/checkout?market=lantern-quay"
    alone = shopper.send(path, checkout(shopper, path)).headers["Location"]
    assert alone.startswith("/o/")
    assert [line["product_id"] for line in rows_of(app, "cart_lines")] == [lane]
    # The other tab still shows both: what was ordered stays one order, and the rest follows.
    assert alone.removeprefix("/o/") in shopper.send("/checkout", both).headers["Location"]
    assert len(rows_of(app, "orders")) == 2


def test_what_runs_out_on_the_way_orders_nothing_at_all(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    lane, quay = trade.product(stock=5), trade.product(stock=5, market_id=people.outsider.market_id)
    put(shopper, lane, 2)
    put(shopper, quay, 2)
    form = checkout(shopper)
    change(app, "UPDATE inventories SET on_hand = 1 WHERE product_id = :id", id=quay)
    answer = shopper.send("/checkout", form)
    assert answer.status_code == 422
    assert "Only 1 left." in answer.text
    change(app, "UPDATE inventories SET on_hand = 5, active = false WHERE product_id = :id", id=quay)
    assert shopper.send("/checkout", form).status_code == 422
    change(app, "UPDATE products SET price_minor = 9 WHERE id = :id", id=lane)
    assert shopper.send("/checkout", form).status_code == 422
    assert rows_of(app, "orders") == []
    assert len(rows_of(app, "cart_lines")) == 2
