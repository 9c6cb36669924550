"""The basket: it survives, follows its owner, says what has changed, and refuses what is no number."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import SAME_ORIGIN, People, log_in
from tests.shop.conftest import Shopper, change, checkout, hidden, put, rows_of, words
from webapp.clock import now
from webapp.db import execute, transact
from webapp.shop import carts
from webapp.shop.models import MOST_IN_CART


def test_a_guest_fills_a_basket_and_only_then_has_a_cookie(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=9)
    for path in ("/", f"/p/{product}-thing-1", "/cart", "/cart/badge"):
        assert "Set-Cookie" not in shopper.client.get(path).headers, path
    answer = shopper.send("/cart/lines", {"product": product, "quantity": 2})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cart")
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("basket=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    token = cookie.split("=")[1].split(";")[0]
    [cart] = rows_of(app, "carts")
    assert token not in cart.values()
    assert "with 2 things" in words(shopper.get("/cart/badge"))
    assert "€56.00" in shopper.get("/cart")
    put(shopper, product, 1)
    assert "with 3 things" in words(shopper.get("/cart/badge"))
    assert "with 3" not in words(Shopper(app).get("/cart/badge"))


def test_htmx_gets_the_badge_and_a_word(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=2)
    answer = shopper.client.post(
        "/cart/lines", data={"product": product}, headers={**SAME_ORIGIN, "HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "Thing 1 is in your basket." in answer.text
    assert "with 1 thing" in words(answer.text)


def test_no_more_than_there_is_goes_in(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product, out = trade.product(stock=3), trade.product(stock=0)
    put(shopper, product, 2)
    put(shopper, product, 2)
    assert [line["quantity"] for line in rows_of(app, "cart_lines")] == [3]
    answer = shopper.send("/cart/lines", {"product": out})
    assert answer.status_code == 422
    assert "sold out by now" in answer.text
    assert len(rows_of(app, "cart_lines")) == 1


def test_a_basket_says_what_has_changed(app: Flask, trade: Trade, shopper: Shopper) -> None:
    dear, few, none, gone = (trade.product(stock=5) for _ in range(4))
    for product in (dear, few, none, gone):
        put(shopper, product, 4)
    change(app, "UPDATE products SET price_minor = 3100 WHERE id = :id", id=dear)
    change(app, "UPDATE inventories SET on_hand = 3 WHERE product_id = :id", id=few)
    change(app, "UPDATE inventories SET on_hand = 0 WHERE product_id = :id", id=none)
    change(app, "UPDATE products SET status = 'archived' WHERE id = :id", id=gone)
    page = words(shopper.get("/cart"))
    assert "It was €28.00 when you put it in, and is €31.00 now." in page
    assert "Only 3 left by now." in page
    assert "Sold out by now." in page
    assert "No longer for sale" in page
    assert "Check out" not in page
    assert shopper.client.get("/checkout").headers["Location"] == "/cart"
    shopper.send("/cart/lines/change", {"product": few, "quantity": 3})
    for product in (none, gone):
        shopper.send("/cart/lines/remove", {"product": product})
    assert "Check out · €208.00" in words(shopper.get("/cart"))


def test_what_is_taken_out_can_be_put_back(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    put(shopper, product, 2)
    shopper.send("/cart/lines/remove", {"product": product})
    page = shopper.get("/cart")
    assert "Thing 1 is out of your basket." in page
    assert "with 2" not in words(page)
    shopper.send("/cart/lines/back", {"product": product})
    assert "with 2 things" in words(shopper.get("/cart"))
    shopper.send("/cart/lines/change", {"product": product, "quantity": 0})
    assert "Put it back" in shopper.get("/cart")
    change(app, "UPDATE cart_lines SET removed_at = 1")
    assert "Put it back" not in shopper.get("/cart")


def test_a_basket_follows_who_logs_in(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    one, two, three = (trade.product(stock=9) for _ in range(3))
    home = Shopper(app)
    log_in(home.client, people.shopper)
    put(home, one, 1)
    put(home, two, 5)
    put(shopper, one, 3)
    put(shopper, three, 2)
    log_in(shopper.client, people.shopper)
    answer = shopper.client.get("/cart/badge")
    assert "with 10 things" in words(answer.text)
    assert "basket=;" in answer.headers["Set-Cookie"]
    assert "with 10 things" in words(home.get("/cart/badge"))
    assert len(rows_of(app, "carts")) == 1
    shopper.client.post("/logout", headers=SAME_ORIGIN)
    assert "with" not in words(shopper.get("/cart/badge"))


BAD: list[tuple[str, dict[str, Any]]] = [
    *[("/cart/lines", {"product": 1, "quantity": value}) for value in ("0", "-1", "1.5", "x", "1e3", str(2**63), "1000001", "１", "+1", "\0")],
    *[("/cart/lines", {"product": value}) for value in ("", "0", "-1", "x", str(2**63), str(10**15), "\0", "<script>")],
    *[(f"/cart/lines/{what}", {"product": value}) for what in ("remove", "back", "change") for value in ("", "-1", "x", str(2**70))],
    *[("/cart/lines/change", {"product": 1, "quantity": value}) for value in ("-1", "x", "", "1.5", str(2**63), "1000001")],
]  # fmt: skip


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_bad_input_changes_not_a_row(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    put(shopper, product, 2)
    before = rows_of(app, "cart_lines")
    for path, fields in BAD:
        assert shopper.send(path, fields).status_code == 422, (path, fields)
    form = checkout(shopper)
    for name, value in (("amount", ["1"]), ("amount", []), ("key", "forged"), ("key", "x" + form["key"][1:]), ("quantity", ["-1"]), ("quantity", ["6"]),
                        ("quantity", [str(2**63)]), ("product", [str(product), str(product)]), ("email", "x"), ("token", "tok_free")):  # fmt: skip
        assert shopper.send("/checkout", form | {name: value}).status_code == 422, (name, value)
    assert rows_of(app, "orders") == []
    assert rows_of(app, "cart_lines") == before
    foreign = shopper.client.post("/cart/lines", data={"product": product}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_nobody_reaches_anothers_basket(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    put(shopper, product, 2)
    before = rows_of(app, "cart_lines")
    other = Shopper(app)
    put(other, trade.product(stock=5))
    for path in ("remove", "back", "change"):
        other.send(f"/cart/lines/{path}", {"product": product, "quantity": 1})
    other.client.set_cookie("basket", "x" * 40)
    other.send("/cart/lines/remove", {"product": product})
    other.client.set_cookie("basket", "ü\0" * 400)
    other.get("/cart")
    assert [line for line in rows_of(app, "cart_lines") if line["product_id"] == product] == before


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_basket_has_an_end_and_old_ones_go(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    put(shopper, product)
    [cart] = rows_of(app, "carts")
    with app.app_context():
        transact(
            lambda: execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more) INSERT INTO products"
                " (market_id, sku, name, slug, price_minor, currency, status, version, created_at, updated_at)"
                " SELECT :market, 'M' || i, 'More', 'more', 1, 'EUR', 'active', 1, 1, 1 FROM n",
                more=MOST_IN_CART - 1, market=people.owner.market_id,
            )
        )  # fmt: skip
        transact(
            lambda: execute(
                "INSERT INTO cart_lines (cart_id, product_id, quantity, price_minor, name, added_at)"
                " SELECT :cart, id, 1, 1, 'More', 1 FROM products WHERE name = 'More'",
                cart=cart["id"],
            )
        )
    answer = shopper.send("/cart/lines", {"product": trade.product(stock=5)})
    assert answer.status_code == 422
    assert "A basket holds 100 different things" in answer.text
    home = Shopper(app)
    log_in(home.client, people.shopper)
    for more in (product, trade.product(stock=5)):
        put(home, more, 2)
    log_in(shopper.client, people.shopper)
    shopper.get("/cart")
    merged = rows_of(app, "cart_lines")
    assert len(merged) == MOST_IN_CART, "two baskets become one that can still be ordered"
    assert [line["quantity"] for line in merged if line["product_id"] == product] == [2]
    with app.app_context():
        assert transact(lambda: carts.sweep(now())) == 0
        assert transact(lambda: carts.sweep(now() + 91 * 86_400 * 10**6)) == 1
    assert rows_of(app, "cart_lines") == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_basket_asks_a_fixed_number_of_things(trade: Trade, shopper: Shopper) -> None:
    def asked(path: str) -> int:
        with trade.counted() as statements:
            shopper.get(path)
        return len([one for one in statements if one.startswith("SELECT")])

    put(shopper, trade.product(stock=5))
    few = [asked(path) for path in ("/cart", "/cart/badge", "/checkout")]
    for _ in range(6):
        put(shopper, trade.product(stock=5))
    assert [asked(path) for path in ("/cart", "/cart/badge", "/checkout")] == few == [4, 2, 6]
    with trade.counted() as statements:
        Shopper(trade.app).get("/cart/badge")
    assert statements == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_who_is_forgotten_leaves_no_basket(app: Flask, people: People, trade: Trade, shopper: Shopper) -> None:
    log_in(shopper.client, people.shopper)
    put(shopper, trade.product(stock=5))
    assert "Thing 1" in shopper.get("/account/data/export")
    with app.app_context():
        transact(lambda: carts.forget(people.shopper.id))
    assert rows_of(app, "carts") == rows_of(app, "cart_lines") == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("change", {"quantity": "1.5"}),
        ("change", {"quantity": ""}),
        ("remove", {"product": "x"}),
        ("back", {"product": "x"}),
    ],
)
def test_a_number_that_is_none_is_said_within_the_page(
    trade: Trade, shopper: Shopper, path: str, fields: dict[str, str]
) -> None:
    product = trade.product(stock=5)
    put(shopper, product, 2)
    headers = {**SAME_ORIGIN, "HX-Request": "true"}
    answer = shopper.client.post(f"/cart/lines/{path}", data={"product": str(product), **fields}, headers=headers)
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text
    assert "<html" not in answer.text, "what is drawn anew is the basket, not a page within the page"
    assert hidden(answer.text, "quantity") == ["2"]
