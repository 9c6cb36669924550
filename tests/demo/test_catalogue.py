"""The demo's two markets are whole: their goods, their prices, their people, their colours."""

import re
from decimal import Decimal

import pytest

from webapp.demo.catalogue import ALDER_LANE, MARKETS, DemoColours, DemoMarket
from webapp.demo.draw.gallery import ART

GROUNDS = {
    "light": {"sheet": "#fefdfb", "ground": "#f5f4f0", "sunk": "#eeece6"},
    "dark": {"sheet": "#1e1c19", "ground": "#161512", "sunk": "#262420"},
}
LEAST = Decimal("4.5")

each_market = pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.slug)


def test_there_are_two_markets_and_about_sixty_goods() -> None:
    assert [market.slug for market in MARKETS] == ["alder-lane", "lantern-quay"]
    assert 55 <= sum(len(market.products) for market in MARKETS) <= 80


def test_the_people_are_those_the_contract_names() -> None:
    people = {person.email: (market.slug, person.role) for market in MARKETS for person in market.people}
    assert people == {
        "owner@demo.market": ("alder-lane", "owner"),
        "staff@demo.market": ("alder-lane", "staff"),
        "owner2@demo.market": ("lantern-quay", "owner"),
    }


def test_every_sku_is_its_own() -> None:
    skus = [product.sku for market in MARKETS for product in market.products]
    assert len(skus) == len(set(skus))
    assert all(re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)+", sku) for sku in skus)


def test_no_two_goods_share_a_name_or_a_picture() -> None:
    products = [product for market in MARKETS for product in market.products]
    assert len({product.name for product in products}) == len(products)
    assert len({product.picture for product in products}) == len(products)


@each_market
def test_every_product_can_be_shown_and_sold(market: DemoMarket) -> None:
    for product in market.products:
        assert product.price_minor > 0
        assert product.stock >= 0
        assert product.threshold >= 0
        assert product.status in {"draft", "active", "archived"}
        assert product.maker
        assert product.category
        sentences = len(re.findall(r"[.!?](?: |$)", product.description))
        assert 2 <= sentences <= 5, f"{product.sku} says {sentences} sentences"
        assert (ART / product.picture).is_file()


@each_market
def test_every_market_has_its_hero(market: DemoMarket) -> None:
    assert (ART / market.hero_picture).is_file()
    assert market.hero_title
    assert market.hero_text
    assert market.tagline


def test_the_shelves_show_every_state_a_page_must_know() -> None:
    products = [product for market in MARKETS for product in market.products]
    orderable = [product for product in products if product.orderable]
    assert sum(product.stock == 0 for product in orderable) >= 2
    assert sum(0 < product.stock <= product.threshold for product in orderable) >= 5
    assert sum(product.stock >= 40 for product in orderable) >= 8
    assert any(product.status == "draft" for product in products)
    assert any(product.status == "archived" for product in products)
    assert any(product.status == "active" and not product.active for product in products)
    assert not any(product.stock for product in products if product.status == "draft")


def test_the_first_market_is_the_green_one_of_the_look() -> None:
    assert ALDER_LANE.light.accent == "#17594a"


@each_market
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_markets_colours_can_be_read(market: DemoMarket, theme: str) -> None:
    colours: DemoColours = getattr(market, theme)
    for accent in (colours.accent, colours.accent_2):
        assert contrast(colours.on_accent, accent) >= LEAST
        for name, ground in {**GROUNDS[theme], "wash": colours.wash}.items():
            assert contrast(accent, ground) >= LEAST, f"{accent} on {name}"
    assert contrast(colours.on_flood, colours.flood) >= LEAST


def test_the_measure_of_contrast_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#17594a", "#fefdfb") == pytest.approx(Decimal("8.1"), abs=Decimal("0.05"))


def contrast(one: str, other: str) -> Decimal:
    """Contrast of two colours as WCAG 2 computes it, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return round(Decimal((lighter + 0.05) / (darker + 0.05)), 3)


def luminance(colour: str) -> float:
    assert re.fullmatch("#[0-9a-f]{6}", colour)
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4) for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
