"""The order form: one form is one order for the amount that its button says, and nothing wrong gets through it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import SAME_ORIGIN, People, log_in
from tests.shop.conftest import ADDRESS, Shopper, hidden
from webapp.db import Row, execute, fetch, transact
from webapp.shop.key import mint


def orders(app: Flask) -> list[Row]:
    """All orders there are, oldest first."""
    with app.app_context():
        return fetch("SELECT * FROM orders ORDER BY id")


def changed(app: Flask) -> list[Row]:
    """How many rows of everything an order touches."""
    tables = ("orders", "order_items", "events", "outbox", "audit", "payments", "reservations")
    with app.app_context():
        return fetch(" UNION ALL ".join(f"SELECT '{table}' AS what, count(*) AS n FROM {table}" for table in tables))


@pytest.fixture
def path(trade: Trade) -> str:
    """The order form of a product of which there are six."""
    return f"/p/{trade.product(stock=6)}-thing-1/order"


def test_a_guest_orders_and_sees_the_orders_page(app: Flask, trade: Trade, shopper: Shopper, path: str) -> None:
    form = shopper.form(f"{path}?quantity=2")
    assert "Place order and pay" in shopper.get(path)
    assert form["amount"] == "5600"
    answer = shopper.send(path, form)
    [order] = orders(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/o/{order['link']}")
    assert (order["total_minor"], order["email"], order["name"], order["shopper_id"]) == (
        5600,
        "ingrid@example.org",
        "Ingrid Solberg",
        None,
    )
    assert "Møllestien 42" in order["delivery"]
    assert trade.audited("order.place") == []
    trade.settle()
    assert "All yours" in shopper.get(answer.headers["Location"])


def test_whoever_is_logged_in_is_known_and_audited(
    app: Flask, people: People, trade: Trade, shopper: Shopper, path: str
) -> None:
    log_in(shopper.client, people.shopper)
    assert hidden(shopper.get(path), "email") == [people.shopper.email]
    shopper.send(path, shopper.form(path, email=people.shopper.email))
    [order] = orders(app)
    [noted] = trade.audited("order.place")
    assert (order["shopper_id"], noted["person_id"], noted["object_id"]) == (
        people.shopper.id,
        people.shopper.id,
        order["id"],
    )
    assert "Thing 1" in shopper.get("/account")


def test_the_same_form_again_is_the_same_order(app: Flask, trade: Trade, shopper: Shopper, path: str) -> None:
    form = shopper.form(path, quantity=["6"], amount="16800")
    first = shopper.send(path, form)
    for _ in range(3):
        assert shopper.send(path, form).headers["Location"] == first.headers["Location"]
    trade.settle()
    with app.app_context():
        transact(lambda: execute("UPDATE products SET price_minor = 9999"))
    # Sold out and dearer by now, and still the order that this form has become.
    assert shopper.send(path, form).headers["Location"] == first.headers["Location"]
    assert len(orders(app)) == 1


def test_a_changed_form_that_was_sent_before_asks_first(app: Flask, shopper: Shopper, path: str) -> None:
    form = shopper.form(path)
    shopper.send(path, form)
    answer = shopper.send(path, form | {"quantity": ["2"], "amount": "5600"})
    assert answer.status_code == 409
    assert "You have sent this form before" in answer.text
    assert len(orders(app)) == 1
    fresh = hidden(answer.text, "key")[0]
    assert fresh != form["key"]
    assert shopper.send(path, form | {"quantity": ["2"], "amount": "5600", "key": fresh}).status_code == 303
    assert [order["total_minor"] for order in orders(app)] == [2800, 5600]


def test_the_amount_on_the_button_is_the_amount_or_nothing_is_ordered(app: Flask, shopper: Shopper, path: str) -> None:
    form = shopper.form(path)
    for said, quantity in (("1", "1"), ("0", "1"), ("2800", "2"), ("5600", "1")):
        answer = shopper.send(path, form | {"amount": said, "quantity": [quantity]})
        assert answer.status_code == 422
        assert "The amount is another now" in answer.text
    with app.app_context():
        transact(lambda: execute("UPDATE products SET price_minor = 3100"))
    answer = shopper.send(path, form)
    assert "€31.00 and not €28.00" in " ".join(answer.text.split())
    assert orders(app) == []
    assert hidden(answer.text, "amount") == ["3100"]
    assert hidden(answer.text, "key") == [form["key"]]
    assert shopper.send(path, form | {"amount": "3100"}).status_code == 303
    assert [order["total_minor"] for order in orders(app)] == [3100]


def test_more_than_there_is_is_said_before_anything_is_paid(app: Flask, shopper: Shopper, path: str) -> None:
    answer = shopper.send(path, shopper.form(path, quantity=["7"], amount="19600"))
    assert answer.status_code == 422
    assert "Only 6 left." in answer.text
    assert orders(app) == []
    with app.app_context():
        transact(lambda: execute("UPDATE inventories SET on_hand = 0"))
    assert "Sold out by now." in shopper.send(path, {**shopper_form(path, "1"), "key": key_for(app, path)}).text
    assert shopper.client.get(path).status_code == 303


def shopper_form(path: str, quantity: str) -> dict[str, Any]:
    """A form as an old tab has it."""
    return {"email": "a@b.org", "token": "tok_success", **ADDRESS, "product": [path.split("/")[2].split("-")[0]], "quantity": [quantity], "amount": "2800"}  # fmt: skip


def key_for(app: Flask, path: str) -> str:
    """A key that is good for a product's form."""
    with app.app_context():
        return mint("p" + path.split("/")[2].split("-")[0])


BAD: list[tuple[str, Any]] = [
    *[("quantity", [value]) for value in ("0", "-1", "1.5", "", " ", "x", "1e3", "１", str(10**30), str(2**63), "1000001", "0x1", "+1", "1 2")],
    ("quantity", []), ("product", [str(10**15)]), ("product", ["-1"]), ("product", ["x"]), ("product", []), ("product", [str(2**63)]),
    *[("amount", value) for value in ("", "-1", "x", "28.00", str(10**30))],
    *[("email", value) for value in ("", "x", "a@b", "a b@c.org", "a@b.org\r\nBcc: c@d.org", "@b.org", "x" * 250 + "@b.org", "a@b.org\0")],
    *[("token", value) for value in ("", "tok_free", "TOK_SUCCESS", "tok_success\n", "x" * 5000)],
    *[(field, value) for field in ADDRESS for value in ("", "  ", "a\nb", "a\r\nX-Evil: 1", "\x07", "a\0", "x" * 201)],
    *[("key", value) for value in ("", "x", "p1.x", "p1.AAAA.BBBB", "p.AAAA.BBBB", "\0", "ü", "x" * 5000)],
]  # fmt: skip


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_bad_input_is_refused_and_changes_not_a_row(app: Flask, shopper: Shopper, path: str) -> None:
    before = changed(app)
    good = shopper.form(path)
    for field, value in BAD:
        answer = shopper.send(path, good | {field: value})
        assert answer.status_code == 422, (field, value, answer.status_code)
        assert "Evil" not in str(answer.headers)
        assert changed(app) == before, (field, value)
    for field in good:
        answer = shopper.send(path, {name: value for name, value in good.items() if name != field})
        assert answer.status_code == 422, field
    assert changed(app) == before
    assert shopper.send(path, good).status_code == 303


def test_a_key_is_good_for_its_own_form_only(app: Flask, trade: Trade, shopper: Shopper, path: str) -> None:
    other = f"/p/{trade.product(stock=3)}-thing-2/order"
    answer = shopper.send(path, shopper.form(path, key=shopper.form(other)["key"]))
    assert answer.status_code == 422
    assert "too old to be sent" in answer.text
    key = shopper.form(path)["key"]
    for forged in (
        key[:-9] + ("A" if key[-9] != "A" else "B") + key[-8:],
        "p0" + key[2:],
        f"{key}x",
        key.split(".")[0],
    ):
        assert shopper.send(path, shopper.form(path, key=forged)).status_code == 422
    assert orders(app) == []


def test_another_page_cannot_order_in_ones_name(app: Flask, shopper: Shopper, path: str) -> None:
    form = shopper.form(path)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert shopper.client.post(path, data=form, headers=headers).status_code == 403
    assert orders(app) == []


def test_a_market_that_delivers_nothing_asks_for_no_address(
    app: Flask, trade: Trade, shopper: Shopper, path: str
) -> None:
    with app.app_context():
        transact(lambda: execute("UPDATE markets SET wants_delivery = false"))
    assert 'name="street"' not in shopper.get(path)
    form = {name: value for name, value in shopper.form(path).items() if name not in ADDRESS}
    assert shopper.send(path, form).status_code == 303
    assert orders(app)[0]["delivery"] is None


def test_without_the_demo_no_test_card_is_offered(app: Flask, shopper: Shopper, path: str) -> None:
    assert "tok_late_success" in shopper.get(path)
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"demo": False})
    page = shopper.get(path)
    assert "tok_" not in page
    assert "Card token" in page


EVIL = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' autofocus onfocus='alert(1)", "{{7*7}}")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("evil", EVIL)
def test_what_is_typed_comes_back_as_text(app: Flask, trade: Trade, shopper: Shopper, path: str, evil: str) -> None:
    address = dict.fromkeys(("name", "street", "city"), evil) | {"postcode": evil[:20]}
    refused = shopper.send(path, shopper.form(path, email=evil, token=evil, key=evil, amount=evil, **address))
    assert refused.status_code == 422
    assert evil not in refused.text or "{{" in evil
    link = shopper.send(path, shopper.form(path, **address)).headers["Location"]
    trade.settle()
    for page in (shopper.get(link), shopper.get(f"{link}/state"), shopper.get(f"{link}/again")):
        assert evil not in page or "{{" in evil
        assert ">49<" not in page


def test_a_quantity_in_the_address_is_bent_to_what_there_is(shopper: Shopper, path: str) -> None:
    for asked, given in (
        ("3", "3"),
        ("99", "6"),
        ("0", "1"),
        ("-1", "1"),
        ("x", "1"),
        ("1.5", "1"),
        (str(10**30), "1"),
        ("", "1"),
    ):
        assert hidden(shopper.get(f"{path}?quantity={asked}"), "quantity") == [given], asked


def test_posts_reach_only_what_takes_them(shopper: Shopper, path: str) -> None:
    assert shopper.client.post("/p/1-thing-1", headers=SAME_ORIGIN).status_code == 405
    assert shopper.send(f"/p/{10**15}-x/order", {}).status_code == 404
    assert shopper.send("/o/nothing/again", {}).status_code == 404
