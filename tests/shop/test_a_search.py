"""The search: it forgives slips, says so, and narrows what it found; the same on both databases."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People
from tests.shop.conftest import Shopper
from webapp.db import execute, transact
from webapp.shop import likeness
from webapp.shop.queries import ON_A_PAGE


def found(shopper: Shopper, **query: str) -> list[str]:
    """The names that a search finds, in order; what is new on the shelves, shown where nothing is found, is none of them."""
    answer = shopper.client.get("/search", query_string=query)
    assert answer.status_code == 200
    return [
        html.unescape(name)
        for name in re.findall(r'<h[23]><a href="/p/[^"]+">([^<]+)</a>', answer.text.partition("shop-fresh")[0])
    ]


@pytest.fixture
def shelf(trade: Trade, people: People) -> None:
    """A few things in two markets."""
    for name, maker, category, price in (
        ("Tall pitcher, spruce glaze", "Mira Holt Ceramics", "Table", 5400),
        ("Speckled breakfast bowl", "Mira Holt Ceramics", "Table", 2800),
        ("Pebble lamp, oak", "Lindqvist Light", "Light", 12900),
        ("Rye and caraway loaf", "Brød & Daughter", "Bakery", 720),
    ):
        trade.product(stock=4, name=name, maker=maker, category=category, price_minor=price)
    trade.product(stock=0, name="Paper lamp", category="Light", market_id=people.outsider.market_id)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("sought", "first"),
    [("pitcher", "Tall pitcher, spruce glaze"), ("pichter", "Tall pitcher, spruce glaze"), ("ptcher", "Tall pitcher, spruce glaze"),
     ("PITCHERS", "Tall pitcher, spruce glaze"), ("bwol", "Speckled breakfast bowl"), ("brekfast bowl", "Speckled breakfast bowl"),
     ("lamp oak", "Pebble lamp, oak"), ("lmap", "Paper lamp"), ("brod", "Rye and caraway loaf"), ("carraway", "Rye and caraway loaf"),
     ("pe", "Pebble lamp, oak"), ("mira glaze", "Tall pitcher, spruce glaze"), ("bakery", "Rye and caraway loaf")],
)  # fmt: skip
def test_a_slip_does_no_harm(shopper: Shopper, sought: str, first: str) -> None:
    assert found(shopper, q=sought)[:1] == [first]


@pytest.mark.parametrize(
    ("sought", "shown"),
    [("cpu", ["Tea cup, mist"]), ("cuo", ["Tea cup, mist"]), ("tae", ["Tea cup, mist"]), ("cups", ["Tea cup, mist"]), ("pna", ["Iron pan"]),
     ("pan", ["Iron pan"]), ("pans", ["Iron pan"]), ("xup", []), ("ee", []), ("bowls", ["Serving bowl", "Dinner plate"]),
     ("berry", ["Dried berries"]), ("berries", ["Dried berries"]), ("loaves", ["Rye loaf"]), ("loaf", ["Rye loaf"]), ("tee", ["Tea cup, mist", "Steel rail"])],
)  # fmt: skip
def test_three_letters_forgive_a_slip_and_plurals_are_the_same_word(
    trade: Trade, shopper: Shopper, sought: str, shown: list[str]
) -> None:
    for name, category in (
        ("Tea cup, mist", "Table"), ("Steel rail", "Garden"), ("Iron pan", "Kitchen"), ("Dinner plate", "Plates and bowls"), ("Serving bowl", "Table"),
        ("Dried berries", "Larder"), ("Rye loaf", "Bakery"),
    ):  # fmt: skip
        trade.product(stock=4, name=name, category=category)
    assert found(shopper, q=sought) == shown
    assert ("Did you mean" in shopper.get(f"/search?q={sought}")) == (sought in ("cpu", "cuo", "tae", "pna", "tee"))


@pytest.mark.usefixtures("shelf")
def test_what_was_taken_for_it_is_said(shopper: Shopper) -> None:
    assert "Did you mean" in shopper.get("/search?q=pichter")
    assert 'href="/search?q=pitcher"' in shopper.get("/search?q=pichter")
    assert "Did you mean" not in shopper.get("/search?q=pitch")
    page = shopper.get("/search?q=helicopter")
    assert "Nothing comes near it either." in page
    assert "New on the shelves" in page
    assert found(shopper, q="helicopter") == []
    for signs in ("%", "'", '"', "*", "a OR b", "NEAR(x y)", "{}", "\\", '{"}', "x" * 200, "-pitcher", "ø" * 50):
        assert "Tall pitcher, spruce glaze" not in found(shopper, q=signs) or signs == "-pitcher", signs


@pytest.mark.usefixtures("shelf")
def test_names_are_offered_while_one_types(shopper: Shopper) -> None:
    assert shopper.get("/search/names?q=pit").strip() == '<option value="Tall pitcher, spruce glaze"></option>'
    assert shopper.get("/search/names?q=p").strip() == ""


@pytest.mark.usefixtures("shelf")
def test_a_search_is_narrowed_and_widened_again(shopper: Shopper) -> None:
    assert sorted(found(shopper, q="lamp")) == ["Paper lamp", "Pebble lamp, oak"]
    page = re.sub(r"<[^>]+>|\s+", " ", shopper.get("/search?q=lamp"))
    assert re.search(r"Market +Alder Lane +1 +Lantern Quay +1", page)
    assert re.search(r"In stock +1", page)
    assert found(shopper, q="lamp", there="1") == ["Pebble lamp, oak"]
    assert found(shopper, q="lamp", market="lantern-quay") == ["Paper lamp"]
    assert found(shopper, q="lamp", market="lantern-quay", there="1") == []
    narrowed = shopper.get("/search?q=lamp&market=lantern-quay&there=1")
    assert "Nothing of it is left like that." in narrowed
    assert 'href="/search?q=lamp&amp;there=1"' in narrowed
    mira = re.sub(r"<[^>]+>|\s+", " ", shopper.get("/search?q=mira"))
    assert re.search(r"Price +€20 to €50 +1 +€50 to €100 +1", mira)
    assert found(shopper, q="mira", price="2000-5000") == ["Speckled breakfast bowl"]
    assert found(shopper, q="mira", sort="dearest")[0] == "Tall pitcher, spruce glaze"
    assert found(shopper, q="mira", sort="cheapest")[0] == "Speckled breakfast bowl"
    for bad in ("sort=x", "price=x", "there=2", "after=x", "price=1-2-3", "q=a&q=b"):
        shopper.get(f"/search?{bad}", 422)


def test_what_only_says_so_stands_below_what_is_called_so(app: Flask, trade: Trade, shopper: Shopper) -> None:
    told = trade.product(name="Wide bowl", description="For porridge, and for pears. Goes with our spoons.")
    trade.product(name="Cooking spoons", category="Kitchen")
    trade.product(name="Porridge oats", status="draft", description="porridge")
    assert found(shopper, q="spoon") == ["Cooking spoons", "Wide bowl"]
    assert found(shopper, q="pear porridge") == ["Wide bowl"]
    assert found(shopper, q="bowl pear") == ["Wide bowl"]
    assert found(shopper, q="prridge") == [], "only names forgive"
    assert "Wide bowl" not in shopper.get("/search/names?q=spoon"), "what is offered while typing is called so"
    with app.app_context():
        transact(lambda: execute("UPDATE products SET description = 'For soup' WHERE id = :id", id=told))
    assert found(shopper, q="porridge") == []
    assert found(shopper, q="soups") == ["Wide bowl"]


@pytest.mark.usefixtures("shelf")
def test_a_search_is_narrowed_level_by_level(trade: Trade, shopper: Shopper) -> None:
    for name, category in (
        ("Blue cup", "Table / Cups"),
        ("Red cup", "Table / Cups / Large"),
        ("Cup cloth", "Table"),
        ("Cup lamp", "Light"),
    ):
        trade.product(name=name, category=category)
    page = re.sub(r"<[^>]+>|\s+", " ", shopper.get("/search?q=cup"))
    assert re.search(r"Category +Table +3 +Light +1", page)
    page = re.sub(r"<[^>]+>|\s+", " ", shopper.get("/search?q=cup&category=Table"))
    assert re.search(r"Category +Cups +2", page)
    assert sorted(found(shopper, q="cup", category="Table / Cups")) == ["Blue cup", "Red cup"]
    assert found(shopper, q="cup", category="Table / Cups / Large") == ["Red cup"]


def test_the_index_follows_the_products(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=1, name="Willow basket")
    assert found(shopper, q="wilow") == ["Willow basket"]
    with app.app_context():
        transact(lambda: execute("UPDATE products SET name = 'Hazel crate' WHERE id = :id", id=product))
    assert found(shopper, q="willow") == []
    assert found(shopper, q="hasel") == ["Hazel crate"]
    with app.app_context():
        transact(lambda: execute("UPDATE products SET status = 'archived' WHERE id = :id", id=product))
    assert found(shopper, q="hazel") == []


@pytest.mark.parametrize("sort", ["best", "newest", "cheapest", "dearest"])
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_result_is_read_to_its_end_without_a_gap(trade: Trade, shopper: Shopper, sort: str) -> None:
    for n in range(ON_A_PAGE + 5):
        trade.product(price_minor=100 + n % 4, name=f"Cup {'of tea' if n % 2 else ''}".strip())
    seen: list[str] = []
    page = ""
    path: str | None = f"/search?q=cup&sort={sort}"
    while path:
        page = shopper.get(path)
        seen += re.findall(r'<h[23]><a href="/p/(\d+)-', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(following[1]) if following else None
    assert len(seen) == len(set(seen)) == ON_A_PAGE + 5
    back = re.search(r'href="([^"]+)" rel="prev"', page)
    assert back is not None
    page = shopper.get(html.unescape(back[1]))
    assert re.findall(r'<h[23]><a href="/p/(\d+)-', page) == seen[:ON_A_PAGE]
    assert 'rel="prev"' not in page


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [("bowl", "bowl", 1, 1), ("bow", "bowl", 0.9, 0.9), ("bwol", "bowl", 0.4, 0.6), ("cap", "hat", 0, 0), ("lamp", "lump", 0.4, 0.6),
     ("pichter", "pitcher", 0.3, 0.6), ("oak", "oat", 0.4, 0.4), ("bowls", "bowl", 0.95, 0.95), ("oak", "oats", 0, 0), ("table", "stable", 0.7, 0.7)],
)  # fmt: skip
def test_words_are_alike_or_not(one: str, other: str, least: float, most: float) -> None:
    assert least <= likeness.likeness(one, other) <= most
