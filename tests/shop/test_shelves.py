"""The shelves and a product: what is for sale and nothing else, honest about what is left, the same for everybody."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import Shopper
from webapp.db import execute, transact
from webapp.settings import Settings

PUBLIC = (
    "/",
    "/markets.css",
    "/m/alder-lane",
    "/m/alder-lane/table?there=1",
    "/m/alder-lane/theme.css",
    "/search",
    "/search?q=thing",
)


def test_pages_for_all_read_no_session_and_answer_304(app: Flask, people: People, trade: Trade) -> None:
    product = trade.product(stock=3, category="Table")
    known = app.test_client()
    log_in(known, people.shopper)
    for path in (*PUBLIC, f"/p/{product}-thing-1"):
        stranger = app.test_client().get(path)
        assert stranger.status_code == 200, path
        assert "Set-Cookie" not in stranger.headers, path
        assert "Cookie" not in stranger.headers.get("Vary", ""), path
        assert stranger.headers["Cache-Control"].startswith("public"), path
        assert known.get(path).data == stranger.data, path
        again = app.test_client().get(path, headers={"If-None-Match": stranger.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path


def test_what_changes_has_another_fingerprint(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=6)
    before = shopper.client.get(f"/p/{product}-thing-1").headers["ETag"]
    trade.order((product, 2))
    answer = shopper.client.get(f"/p/{product}-thing-1", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert "4 left" in answer.text


@pytest.mark.parametrize(
    ("stock", "said"), [(0, "Sold out"), (1, "1 left"), (5, "5 left"), (6, "6 on the shelf"), (5000, "Plenty")]
)
def test_a_product_says_how_many_are_left(trade: Trade, shopper: Shopper, stock: int, said: str) -> None:
    product = trade.product(stock=stock)
    page = shopper.get(f"/p/{product}-thing-1")
    assert said in page
    assert ("Order this" in page) is (stock > 0)
    assert ("Sold out" in shopper.get("/m/alder-lane")) is (stock == 0)


def test_what_is_switched_off_or_has_no_inventory_yet_is_sold_out(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=9)
    with app.app_context():
        transact(lambda: execute("UPDATE inventories SET active = false WHERE product_id = :id", id=product))
    assert "Sold out" in shopper.get(f"/p/{product}-thing-1")
    with app.app_context():
        transact(lambda: execute("DELETE FROM stock_movements"))
        transact(lambda: execute("DELETE FROM inventories WHERE product_id = :id", id=product))
    assert "Sold out" in shopper.get(f"/p/{product}-thing-1")


def test_only_what_is_for_sale_shows(app: Flask, trade: Trade, shopper: Shopper) -> None:
    trade.product(stock=1, name="Visible bowl")
    drafted = trade.product(stock=1, name="Drafted bowl", status="draft")
    archived = trade.product(stock=1, name="Archived bowl", status="archived")
    gone = trade.product(stock=1, name="Deleted bowl")
    with app.app_context():
        transact(lambda: execute("UPDATE products SET deleted_at = 1 WHERE id = :id", id=gone))
    for path in ("/", "/m/alder-lane", "/search?q=bowl"):
        page = shopper.get(path)
        assert "Visible bowl" in page
        assert not re.search("Drafted|Archived|Deleted", page), path
    for id in (drafted, archived, gone, 10**15, 2**63 - 1):
        shopper.get(f"/p/{id}-bowl", 404)
        shopper.get(f"/p/{id}-bowl/order", 404)


def test_a_market_shows_its_own_goods_only(trade: Trade, people: People, shopper: Shopper) -> None:
    trade.product(stock=1, name="Lane bowl", category="Table")
    trade.product(stock=1, name="Quay lamp", category="Light", market_id=people.outsider.market_id)
    lane, quay = shopper.get("/m/alder-lane"), shopper.get("/m/lantern-quay")
    assert "Lane bowl" in lane
    assert "Quay lamp" not in lane
    assert "Light" not in lane
    assert "Quay lamp" in quay
    assert "Lane bowl" not in quay
    assert "¥2,800" in quay
    home = shopper.get("/")
    assert "Lane bowl" in home
    assert "Quay lamp" in home
    for slug in ("nowhere", "%00", "' OR 1=1", "a" * 4000):
        shopper.get(f"/m/{slug}", 404)
        shopper.get(f"/m/{slug}/theme.css", 404)


def test_another_name_leads_to_the_products_own(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=1)
    for path in (f"/p/{product}", f"/p/{product}-x", f"/p/{product}-thing-1-x", f"/p/{product}-%0d%0aSet-Cookie:x=1"):
        answer = shopper.client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/p/{product}-thing-1"), path
        assert "x=1" not in str(answer.headers), path
    for path in ("/p/0-x", "/p/-1-x", "/p/1.5-x", f"/p/{10**30}-x", "/p/x"):
        shopper.get(path, 404)


@pytest.mark.parametrize(
    "bad",
    [
        "sort=x",
        "after=x",
        "after=-1",
        f"after={10**30}",
        "after=1&after=2",
        "category=%00",
        "sort=",
        "price=x",
        "price=0-3000",
        "there=2",
    ],
)
def test_a_bad_view_is_refused(trade: Trade, shopper: Shopper, bad: str) -> None:
    shopper.get(f"/m/alder-lane?{bad}", 422)


def test_a_search_takes_signs_for_what_they_are(trade: Trade, shopper: Shopper) -> None:
    trade.product(stock=1, name="50% wool_hat")
    trade.product(stock=1, name="Plain cap")
    for sought, hats, caps in (
        ("%", 1, 0),
        ("_", 1, 0),
        ("WOOL", 1, 0),
        ("cap", 0, 1),
        ("' OR 1=1 --", 0, 0),
        ("\\", 0, 0),
    ):
        page = shopper.client.get("/search", query_string={"q": sought}).text.partition("shop-fresh")[0]
        assert (page.count("wool_hat</a>"), page.count("Plain cap</a>")) == (hats, caps), sought


EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
    "' onmouseover='x",
    "</title><svg onload=x>",
)


@pytest.mark.parametrize("evil", EVIL)
def test_what_people_write_is_shown_as_text(trade: Trade, shopper: Shopper, evil: str) -> None:
    product = trade.product(stock=3, name=evil, maker=evil, description=evil, category=evil[:80], picture=evil)
    own = shopper.client.get(f"/p/{product}-x").headers["Location"]
    for path in ("/", "/m/alder-lane", own, f"{own}/order", "/search?q=alert"):
        page = shopper.get(path)
        assert evil not in page or not re.search(r"[<>\"']", evil), path
        assert "49" not in re.findall(r">(49)<", page), path
    assert "/static/shop/parcel.svg" in shopper.get(own)
    found = shopper.client.get("/search", query_string={"q": evil}).text
    assert evil not in found or not re.search(r"[<>\"']", evil)


@pytest.mark.parametrize(
    "picture", ["../../webapp/app.py", "..", "/etc/passwd", "nothing.svg", "a/b.svg", "", None, "HERO.SVG"]
)
def test_a_picture_is_a_file_of_ours_or_a_parcel(trade: Trade, shopper: Shopper, picture: str | None) -> None:
    trade.product(stock=1, picture=picture)
    assert "/static/shop/parcel.svg" in shopper.get("/m/alder-lane")


def test_a_page_asks_a_fixed_number_of_things(trade: Trade, shopper: Shopper, settings: Settings) -> None:
    def asked(path: str) -> int:
        with trade.counted() as statements:
            shopper.get(path)
        return len([one for one in statements if one.startswith("SELECT")])

    one = f"/p/{trade.product(stock=1, category='Table')}-thing-1"
    paths = ("/", "/m/alder-lane", one, f"{one}/order", "/search?q=thing")
    few = [asked(path) for path in paths]
    for _ in range(12):
        trade.product(stock=1, category="Table")
    assert [asked(path) for path in paths] == few
    assert few == [2, 3, 4, 2, 3 if settings.on_postgresql else 4]


def test_an_empty_house_says_so(shopper: Shopper) -> None:
    assert "Nothing is for sale yet" in shopper.get("/")
    assert "nothing on its shelf yet" in shopper.get("/m/alder-lane")
