"""One field finds pages, orders and products of one's own market, as a fragment of the palette and as a page."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.browser.pages import NO_PAGES
from tests.console.conftest import Desk, Trade
from tests.people import People
from webapp.console.find import FINDS_A_SECOND, WAYS
from webapp.web.throttle import Buckets

HTMX = {"HX-Request": "true"}


def found(desk: Desk, sought: str) -> list[str]:
    """The addresses that the fragment offers."""
    answer = desk.client.get("/console/find", query_string={"q": sought}, headers=HTMX)
    assert answer.status_code == 200, answer.text
    assert answer.text.strip().startswith('<div id="found"'), "a fragment has one root"
    return re.findall(r'<a href="([^"]+)"', answer.text)


def test_an_order_is_found_by_its_number_its_email_and_a_sku(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, sku="BOWL-7", name="Speckled bowl")
    trade.product(stock=5)
    order_id = trade.order((product_id, 1), email="birk@example.org")
    number = trade.row("SELECT number FROM orders")["number"]
    order, product = f"/console/orders/{order_id}", f"/console/products/{product_id}"
    assert found(owner, str(number)) == [order]
    assert found(owner, f"#{number}") == [order]
    assert found(owner, "birk@") == [order]
    assert found(owner, "bowl-7") == [order, product]
    assert found(owner, "SPECKLED") == [product]
    assert found(owner, "nothing of the kind") == []


def test_a_page_is_found_by_its_words_and_by_other_words_for_it(owner: Desk) -> None:
    assert found(owner, "stock")[0] == "/console/stock"
    assert found(owner, "inventory")[0] == "/console/stock"
    assert found(owner, "low st")[0] == "/console/stock?view=low"
    assert found(owner, "shopify") == ["/console/imports"]
    assert "/console/orders" in found(owner, "")


def test_every_page_that_needs_no_id_is_offered(app: Flask) -> None:
    pages = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ()) and not rule.arguments
        and rule.endpoint not in NO_PAGES
    }  # fmt: skip
    assert pages - {way.address for way in WAYS} == {"/console/find"}


def test_every_page_that_is_offered_opens(owner: Desk) -> None:
    for way in WAYS:
        owner.get(way.address)


def test_staff_are_not_sent_where_they_may_not_go(app: Flask, people: People) -> None:
    staff = Desk(app, people.staff)
    assert "/console/people" not in [*found(staff, "people"), *found(staff, "")]
    for address in found(staff, ""):
        staff.get(address)


def test_without_a_script_it_is_a_page_and_more_of_a_kind_is_the_list(owner: Desk, trade: Trade) -> None:
    for _ in range(6):
        trade.product(name="Tea light")
    page = owner.get("/console/find?q=tea+light")
    assert "<h1>Find</h1>" in page
    assert 'value="tea light"' in page
    assert page.count("Tea light") == 5
    assert 'href="/console/products?q=tea+light"' in page


def test_what_is_anothers_is_not_found(owner: Desk, outsider: Desk, trade: Trade, people: People) -> None:
    theirs = trade.product(stock=2, market_id=people.outsider.market_id, sku="SECRET-1", name="Secret lamp")
    trade.order((theirs, 1), email="hidden@example.org")
    number = trade.row("SELECT number FROM orders")["number"]
    for sought in ("secret", "hidden@example.org", str(number)):
        assert found(outsider, sought)
        assert found(owner, sought) == []


def test_it_asks_the_same_number_of_questions_whatever_it_finds(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=9, name="Crock")

    def asked() -> int:
        with trade.counted() as statements:
            found(owner, "crock")
        return len(statements)

    few = asked()
    for _ in range(7):
        trade.product(name="Crock")
        trade.order((product_id, 1), name="Crock")
    assert asked() == few


class FullFor(Buckets):
    """The bucket of one person has no room for seven seconds; no clock is asked."""

    def __init__(self, person_id: int) -> None:
        super().__init__(1)
        self.person_id = person_id

    def take(self, key: str) -> float:
        """Seconds to wait."""
        return 7.0 if key == str(self.person_id) else 0.0


def test_who_asks_too_often_is_slowed_down_and_the_others_are_not(app: Flask, owner: Desk, people: People) -> None:
    assert app.extensions["find_buckets"].rate == FINDS_A_SECOND
    app.extensions["find_buckets"] = FullFor(people.owner.id)
    answer = owner.client.get("/console/find?q=a", headers=HTMX)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert found(Desk(app, people.staff), "stock")


@pytest.mark.parametrize("sought", ["a" * 201, "a\x00b"])
def test_bad_words_are_refused_by_name(owner: Desk, sought: str) -> None:
    answer = owner.client.get("/console/find", query_string={"q": sought}, headers=HTMX)
    assert answer.status_code == 422


def test_what_is_not_there_leads_back_into_the_console(owner: Desk, trade: Trade) -> None:
    page = owner.get("/console/products/999", 404)
    assert 'action="/console/find"' in page
    assert "Go to your market" in page
    assert "Go to the shelf" not in page
    wrong = owner.get("/console/stock?view=none", 422)
    assert "Go to your market" in wrong


def test_days_that_end_before_they_begin_are_said_to(owner: Desk, trade: Trade) -> None:
    trade.order((trade.product(stock=1), 1))
    page = owner.get("/console/orders?since=2026-11-22&until=2026-11-20")
    assert "These days end before they begin." in page
