"""What is left, for pages that are looked at; the site map, robots, and a product's data."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.shop.conftest import Shopper
from webapp.db import execute, transact


def test_what_is_left_is_said_in_one_statement(trade: Trade, shopper: Shopper) -> None:
    few, none = trade.product(stock=3), trade.product(stock=0)
    with trade.counted() as statements:
        answer = shopper.client.get(f"/left?ids={few}-{none}-999999")
    assert len([one for one in statements if one.startswith("SELECT")]) == 1
    assert answer.headers["Cache-Control"] == "public, max-age=2"
    assert f'data-left="{few}" data-there="1"' in answer.text
    assert f'data-left="{none}" data-there="0"' in answer.text
    assert 'data-left="999999" data-there="0"' in answer.text
    assert "Set-Cookie" not in answer.headers
    for bad in (
        "",
        "ids=",
        "ids=x",
        "ids=1-",
        "ids=-1",
        "ids=0",
        f"ids={10**30}",
        "ids=" + "-".join(["1"] * 49),
        "ids=1&ids=2",
    ):
        shopper.get(f"/left?{bad}", 422)


def test_the_site_map_names_what_is_for_sale(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product, gone = trade.product(name="Bowl & <cup>", category="Table / Bowls"), trade.product(category="Gone")
    with app.app_context():
        transact(lambda: execute("UPDATE products SET status = 'archived' WHERE id = :id", id=gone))
    answer = shopper.client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    places = [
        place.text or ""
        for place in ET.fromstring(answer.text).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert any(f"/p/{product}-bowl-cup" in place for place in places)
    assert [place.partition("/m/")[2] for place in places if "/m/" in place] == [
        "alder-lane",
        "alder-lane/table",
        "alder-lane/table/bowls",
    ]
    assert not any(f"/p/{gone}-" in place for place in places)
    robots = shopper.get("/robots.txt")
    assert "Disallow: /o/\n" in robots
    assert "Sitemap: http" in robots


@pytest.mark.parametrize(("stock", "said"), [(3, "InStock"), (0, "SoldOut")])
def test_a_product_is_data_as_well(trade: Trade, shopper: Shopper, stock: int, said: str) -> None:
    page = shopper.get(f"/p/{trade.product(stock=stock)}-thing-1")
    assert 'itemtype="https://schema.org/Product"' in page
    assert '<meta itemprop="price" content="28.00">' in page
    assert f'<meta itemprop="availability" content="https://schema.org/{said}"' in page
    assert 'rel="canonical"' in page


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_way_to_a_product_is_data_as_well(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=3, name="Bowl", category="Table / Bowls", maker="Mira Holt")
    page = shopper.get(f"/p/{product}-bowl")
    way = re.search(r"<nav class=\"crumbs\".*?</nav>", page, re.DOTALL)
    assert way is not None
    assert 'itemtype="https://schema.org/BreadcrumbList"' in way[0]
    steps = re.findall(
        r'itemprop="position" content="(\d)">(?:<a itemprop="item" href="([^"]+)">)?<span itemprop="name"[^>]*>([^<]+)',
        way[0],
    )
    assert steps == [
        ("1", "/m/alder-lane", "Alder Lane"), ("2", "/m/alder-lane/table", "Table"), ("3", "/m/alder-lane/table/bowls", "Bowls"), ("4", "", "Bowl"),
    ]  # fmt: skip
    assert '<meta itemprop="brand" content="Mira Holt">' in page
    home = shopper.get("/")
    assert '<meta name="description" content="What is on the shelves of Alder Lane: ' in home
    assert 'rel="canonical"' in home
