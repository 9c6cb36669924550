"""A market's shelf by category, price and what is there: counts that are true, chips that can be taken away, pages without a gap."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People
from tests.shop.conftest import Shopper
from webapp.db import execute, transact
from webapp.products import categories
from webapp.shop.queries import ON_A_PAGE


def names_on(page: str) -> list[str]:
    """The names of the goods on a page, in order."""
    return [html.unescape(name) for name in re.findall(r'<h[23]><a href="/p/[^"]+">([^<]+)</a>', page)]


def text_of(page: str) -> str:
    """A page as it is read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def links(page: str, words: str) -> list[str]:
    """Where the links with these words lead."""
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    said = re.compile(rf"{re.escape(words)}(?![\w ]*[^\W\d])")
    return [html.unescape(href) for href, inner in found if said.match(text_of(inner))]


@pytest.fixture
def shelf(trade: Trade) -> None:
    """Things in a tree of categories, of three prices, two of them sold out."""
    for name, category, price, stock in (
        ("Small bowl", "Table / Bowls", 1500, 3), ("Large bowl", "Table / Bowls", 6000, 0), ("Deep plate", "Table / Plates", 2500, 3),
        ("Table cloth", "Table", 4500, 3), ("Tablet", "Tablets", 9900, 3), ("Lamp", "Light", 12900, 0), ("Odd thing", "", 100, 3),
    ):  # fmt: skip
        trade.product(name=name, category=category, price_minor=price, stock=stock)


@pytest.mark.usefixtures("shelf")
def test_categories_are_a_tree_with_counts_and_addresses(shopper: Shopper) -> None:
    front = shopper.get("/m/alder-lane")
    assert re.search(r"Everything +7 +Table +4 +Light +1 +Tablets +1", text_of(front))
    assert links(front, "Table") == ["/m/alder-lane/table"]
    table = shopper.get("/m/alder-lane/table")
    assert sorted(names_on(table)) == ["Deep plate", "Large bowl", "Small bowl", "Table cloth"]
    assert re.search(r"All of Table +4 +Bowls +2 +Plates +1", text_of(table))
    assert re.search(r"<h1[^>]*>Table</h1>", table)
    bowls = shopper.get(links(table, "Bowls")[0])
    assert sorted(names_on(bowls)) == ["Large bowl", "Small bowl"]
    assert re.search(r"Alder Lane +Table +Bowls", text_of(bowls[bowls.index('aria-label="You are here"') :]))
    assert 'rel="canonical" href="http://127.0.0.1:8000/m/alder-lane/table/bowls"' in bowls
    assert links(bowls, "Plates") == ["/m/alder-lane/table/plates"], "where nothing is below, what is beside is offered"
    assert shopper.get("/m/alder-lane/TABLE/Bowls/").count("Small bowl</a>") == 1


@pytest.mark.usefixtures("shelf")
def test_a_shelf_is_narrowed_and_widened_again(shopper: Shopper) -> None:
    front = shopper.get("/m/alder-lane")
    assert re.search(r"Price +Under €20 +2 +€20 to €50 +2 +€50 to €100 +2 +€100 and more +1", text_of(front))
    assert re.search(r"In stock +5", text_of(front))
    [cheap] = links(front, "Under €20")
    assert names_on(shopper.get(cheap)) == ["Odd thing", "Small bowl"]
    table = shopper.get("/m/alder-lane/table?there=1&sort=cheapest")
    assert names_on(table) == ["Small bowl", "Deep plate", "Table cloth"]
    assert re.search(r"Under €20 +1 +€20 to €50 +2", text_of(table))
    assert "€50 to" not in text_of(table), "a count is of what is left as all else stays"
    both = shopper.get("/m/alder-lane/table?there=1&price=2000-5000&sort=cheapest")
    assert names_on(both) == ["Deep plate", "Table cloth"]
    assert "2 things" in text_of(both)
    assert links(both, "Remove filter: In stock") == ["/m/alder-lane/table?price=2000-5000&sort=cheapest"]
    assert links(both, "Remove filter: €20 to €50") == ["/m/alder-lane/table?there=1&sort=cheapest"]
    assert links(both, "Clear all") == ["/m/alder-lane/table"]
    assert links(both, "Dearest") == ["/m/alder-lane/table?price=2000-5000&there=1&sort=dearest"]
    nothing = shopper.get("/m/alder-lane/light?there=1")
    assert "Nothing on this part of the shelf is like that." in nothing
    assert links(nothing, "Clear filters") == ["/m/alder-lane/light"]


@pytest.mark.usefixtures("shelf")
def test_addresses_of_old_and_of_nothing(shopper: Shopper) -> None:
    old = shopper.client.get("/m/alder-lane?category=Table+/+Bowls&sort=dearest")
    assert (old.status_code, old.headers["Location"]) == (302, "/m/alder-lane/table/bowls?sort=dearest")
    for way in ("nowhere", "table/nowhere", "tab", "%2e%2e", "' OR 1=1", "x" * 4000):
        page = shopper.get(f"/m/alder-lane/{way}", 404)
        assert "nothing is in it any more" in page
        assert names_on(page) == []
    shopper.get("/m/alder-lane/%00", 404)
    shopper.get("/m/nowhere/table", 404)


def test_only_what_is_for_sale_makes_a_category(app: Flask, trade: Trade, people: People, shopper: Shopper) -> None:
    trade.product(category="Drafted", status="draft")
    trade.product(category="Elsewhere", market_id=people.outsider.market_id)
    gone = trade.product(category="Gone")
    with app.app_context():
        transact(lambda: execute("UPDATE products SET deleted_at = 1 WHERE id = :id", id=gone))
    for way in ("drafted", "elsewhere", "gone"):
        shopper.get(f"/m/alder-lane/{way}", 404)
    assert "Elsewhere" in shopper.get("/m/lantern-quay/elsewhere")


@pytest.mark.parametrize("category", ["Schüsseln & Töpfe", "陶器 / 茶碗", "100%", "!!!", "a?b#c / %2F", "Käse / Œuf"])
def test_a_category_of_any_script_has_an_address(trade: Trade, shopper: Shopper, category: str) -> None:
    trade.product(name="Found", category=category)
    [way] = links(shopper.get("/m/alder-lane"), category.split(" / ")[0])[:1]
    assert "Found" in names_on(shopper.get(way))
    deep = f"/m/alder-lane/{categories.address(category)}"
    assert "Found" in names_on(shopper.get(deep))
    assert unquote(way) in deep


def test_two_categories_that_are_written_alike_share_a_page(trade: Trade, shopper: Shopper) -> None:
    for category in ("Tea & coffee", "Tea, coffee"):
        trade.product(name=f"Of {category}", category=category)
    assert sorted(names_on(shopper.get("/m/alder-lane/tea-coffee"))) == ["Of Tea & coffee", "Of Tea, coffee"]


def test_a_wide_shelf_folds_its_smaller_categories_away(trade: Trade, shopper: Shopper) -> None:
    for n in range(15):
        trade.product(category=f"Kind {n:02}")
    page = shopper.get("/m/alder-lane")
    assert "3 more categories" in page
    assert links(page, "Kind 14") == ["/m/alder-lane/kind-14"]


@pytest.mark.parametrize("sort", ["newest", "cheapest", "dearest"])
def test_a_shelf_is_read_to_its_end_without_a_gap(trade: Trade, shopper: Shopper, sort: str) -> None:
    prices = [100 + 50 * (n % 5) for n in range(2 * ON_A_PAGE + 7)]
    price_of = {trade.product(price_minor=price, category="Table", stock=1): price for price in prices}
    seen: list[int] = []
    page = ""
    path: str | None = f"/m/alder-lane/table?sort={sort}&there=1"
    while path:
        page = shopper.get(path)
        seen += [int(id) for id in re.findall(r'<h[23]><a href="/p/(\d+)-', page)]
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(following[1]) if following else None
    assert len(seen) == len(set(seen)) == len(prices)
    by_price = [price_of[id] for id in seen]
    assert by_price == (sorted(by_price, reverse=sort == "dearest") if sort != "newest" else by_price)
    assert seen == sorted(seen, reverse=True) or sort != "newest"
    # And back again, over the same pages.
    back: list[int] = []
    found = re.search(r'href="([^"]+)" rel="prev"', page)
    while found:
        page = shopper.get(html.unescape(found[1]).partition("#")[0])
        back = [int(id) for id in re.findall(r'<h[23]><a href="/p/(\d+)-', page)] + back
        found = re.search(r'href="([^"]+)" rel="prev"', page)
    assert back == seen[: 2 * ON_A_PAGE]


def test_what_stands_beside_a_product_is_near_to_it(trade: Trade, shopper: Shopper) -> None:
    for name, category, price, stock, maker in (
        ("Far in price", "Table", 9000, 5, "Mira"), ("Sold out", "Table", 2800, 0, "Mira"), ("Other hands", "Table", 2800, 5, "Nils"),
        ("Near in price", "Table", 3000, 5, "Mira"), ("Elsewhere", "Light", 2800, 5, "Mira"),
    ):  # fmt: skip
        trade.product(name=name, category=category, price_minor=price, stock=stock, maker=maker)
    own = trade.product(name="Own", category="Table", price_minor=2800, stock=5, maker="Mira")
    page = shopper.client.get(f"/p/{own}-x", follow_redirects=True).text
    assert names_on(page) == ["Near in price", "Far in price", "Other hands", "Sold out"]
    alone = trade.product(name="Alone", category="Nothing else", price_minor=2800, stock=5, maker="Mira")
    page = shopper.client.get(f"/p/{alone}-x", follow_redirects=True).text
    assert len(names_on(page)) == 4, "where a category has nothing else, the market has"
    cup, _ = (
        trade.product(name="Cup", category="Table / Cups", stock=1),
        trade.product(name="Tablet", category="Tablets", stock=1),
    )
    trade.product(name="Second cup", category="Table / Cups", stock=1)
    page = shopper.client.get(f"/p/{cup}-x", follow_redirects=True).text
    assert names_on(page)[0] == "Second cup"
    assert set(names_on(page)[1:]) < {"Far in price", "Other hands", "Near in price", "Own"}, (
        "then the branch, then the market"
    )
