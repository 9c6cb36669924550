"""Pictures that an owner gave: in the sizes that a browser wants, in a gallery, and with the orders and letters that name the thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from tests.console.conftest import Trade
from tests.people import People
from tests.shop.conftest import Shopper, put
from tests.shop.test_an_orders_page import link_of
from webapp.db import fetch, transact
from webapp.products import encoding, images

Photograph = Callable[..., str]


@pytest.fixture
def photograph(app: Flask, people: People) -> Photograph:
    """Gives a product a picture of a colour and size, described if it is said how; returns its fingerprint."""

    def give(
        product_id: int, colour: str = "teal", size: tuple[int, int] = (1800, 1200), alt: str = "", ready: bool = True
    ) -> str:
        written = BytesIO()
        Image.new("RGB", size, colour).save(written, "JPEG")
        market, file = people.owner.market_id, images.NewPicture(f"{colour}.jpg", written.getvalue(), *size)
        made = encoding.encode(written.getvalue())
        with app.app_context():
            [image_id] = transact(lambda: images.add(market, product_id, [file]))
            if ready:
                transact(lambda: images.made_ready(image_id, made))
            transact(lambda: images.describe(market, product_id, image_id, alt))
        return made.hash

    return give


def pictures_on(page: str) -> list[str]:
    """The img tags of a page."""
    return re.findall(r"<img[^>]*>", page)


def test_a_product_shows_all_its_pictures(trade: Trade, shopper: Shopper, photograph: Photograph) -> None:
    product = trade.product(stock=3, name="Bowl", picture="breakfast-bowl.svg")
    path = f"/p/{product}-bowl"
    assert len(pictures_on(shopper.get(path))) == 1
    front = photograph(product, "teal", alt='From the "front"')
    [alone] = pictures_on(shopper.get(path))
    assert 'alt="From the &#34;front&#34;"' in alone
    side, waiting = photograph(product, "navy"), photograph(product, "red", ready=False)
    page = shopper.get(path)
    assert waiting not in page
    large, small = pictures_on(page)[:2], pictures_on(page)[2:]
    assert [front in one for one in large] == [True, False]
    assert [side in one for one in large] == [False, True]
    assert 'fetchpriority="high"' in large[0]
    assert 'loading="lazy"' not in large[0]
    assert 'loading="lazy"' in large[1]
    assert 'alt="Bowl, picture 2"' in large[1]
    # Three sizes; of a picture of three to two, a square is as wide as its shorter side.
    assert (
        f'srcset="/media/{front}-320.webp 213w, /media/{front}-800.webp 533w, /media/{front}-1600.webp 1067w"'
        in large[0]
    )
    assert [re.search(r'alt="([^"]*)"', one)[1] for one in small] == ["Picture 1 of 2", "Picture 2 of 2"]  # type: ignore[index]
    for number in (1, 2):
        assert f'href="#picture-{number}"' in page
        assert f'id="picture-{number}"' in page
    assert all('width="' in one and 'height="' in one for one in pictures_on(page)), "nothing may shift"
    assert f"/media/{front}-1600.jpg" in re.search(r'<meta property="og:image" content="([^"]+)"', page)[1]  # type: ignore[index]
    for tag in pictures_on(page):
        for address in re.findall(r"/media/[^ \",]+", tag):
            assert shopper.client.get(address).mimetype == "image/webp", address


def test_a_shelf_offers_the_sizes_and_waits_for_what_is_seen_first(
    trade: Trade, shopper: Shopper, photograph: Photograph
) -> None:
    products = [trade.product(stock=3, category="Table") for _ in range(6)]
    mark = photograph(products[-1])
    tags = pictures_on(shopper.get("/m/alder-lane/table"))
    assert f'srcset="/media/{mark}-320.webp 320w, /media/{mark}-800.webp 800w' in tags[0]
    assert f'src="/media/{mark}-320.webp"' in tags[0]
    assert ['fetchpriority="high"' in tag for tag in tags] == [True] + [False] * 5
    assert ['loading="lazy"' in tag for tag in tags] == [False] * 4 + [True] * 2


def test_an_order_shows_the_picture_that_the_thing_has(
    app: Flask, trade: Trade, people: People, shopper: Shopper, photograph: Photograph
) -> None:
    product, drawn = trade.product(stock=9, name="Bowl"), trade.product(stock=9, name="Cup", picture="morning-mug.svg")
    before = trade.order((product, 1), (drawn, 1))
    mark = photograph(product)
    link = link_of(trade, before)
    assert f"/media/{mark}-320.webp" in shopper.get(link)
    assert "/static/art/morning-mug.svg" in shopper.get(link)
    trade.order((product, 1), (drawn, 1), token="tok_declined")
    put(shopper, product)
    for path in ("/cart", "/checkout"):
        assert f"/media/{mark}-320.webp" in shopper.get(path), path
    with app.app_context():
        first, second = (row["html"] for row in fetch("SELECT html FROM emails ORDER BY id"))
        base = app.extensions["settings"].base_url
        assert "<img" not in first
        assert re.findall(r'<img[^>]*src="([^"]+)"', second) == [f"{base}/media/{mark}-320.jpg"]
        [image] = fetch("SELECT id FROM product_images")
        transact(lambda: images.remove(people.owner.market_id, product, image["id"]))
    seen = shopper.client.get(f"/media/{mark}-320.jpg")
    assert seen.status_code == 404
    assert mark not in shopper.get(link), "no order shows a hole where its picture was"


def test_a_letter_may_show_a_picture_on_other_pages(trade: Trade, shopper: Shopper, photograph: Photograph) -> None:
    mark = photograph(trade.product())
    assert shopper.client.get(f"/media/{mark}-320.jpg").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
