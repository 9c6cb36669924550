"""The basket and the search in Chromium: with and without scripts, in two tabs, wide and narrow, light and dark."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import Market, Opener, Wire
from tests.browser.shopping import BOTH, EACH, SECONDS, address_of, fill, product, stock_of

__all__ = ["product"]


@EACH
def test_a_guest_buys_from_the_basket(browser_page: Opener, product: dict[str, Any], width: int, theme: str) -> None:
    shopper = browser_page(width, theme)
    page = shopper.page
    page.goto("/m/alder-lane")
    expect(page.locator("#basket .count")).to_have_count(0)
    page.get_by_role("button", name=f"Put {product['name']} into the basket").click()
    expect(page.locator("#basket .count")).to_have_text("with 1 thing", timeout=SECONDS)
    expect(page.locator(".toast")).to_contain_text("is in your basket")
    shopper.assert_sound()
    page.goto(address_of(product))
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Put into the basket", exact=True).click()
    expect(page.locator("#basket .count")).to_have_text("with 3 things", timeout=SECONDS)
    shopper.assert_sound()
    page.locator("#basket").click()
    page.wait_for_url("**/cart")
    page.get_by_role("button", name="One fewer").click()
    expect(page.locator("#cart")).to_contain_text("€25.00", timeout=SECONDS)
    shopper.assert_sound()
    page.get_by_role("button", name="Take out").click()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("link", name="Check out · €25.00").click()
    fill(page)
    shopper.assert_sound()
    page.get_by_role("button", name="Place order and pay €25.00").click()
    page.wait_for_url("**/o/*")
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    page.goto("/cart")
    expect(page.locator("#cart")).to_contain_text("What was in your basket is ordered.")
    shopper.assert_sound()


def test_the_focus_stays_where_it_was_when_the_basket_is_drawn_anew(
    browser_page: Opener, product: dict[str, Any]
) -> None:
    page = browser_page().page
    page.goto(address_of(product))
    page.get_by_role("button", name="Put into the basket", exact=True).click()
    expect(page.locator("#basket .count")).to_be_visible(timeout=SECONDS)
    page.goto("/cart")
    more = page.get_by_role("button", name="One more")
    more.focus()
    for pieces, total in (("2", "€25.00"), ("3", "€37.50"), ("4", "€50.00")):
        page.keyboard.press("Enter")
        expect(page.locator("#basket .count")).to_have_text(f"with {pieces} things", timeout=SECONDS)
        expect(more).to_be_focused()
        expect(page.locator("#says")).to_have_text(f"{pieces} things in your basket, {total}")
    page.keyboard.press("Enter")
    expect(page.locator("#basket .count")).to_have_text("with 5 things", timeout=SECONDS)
    expect(page.get_by_label("How many")).to_be_focused()
    # The number beside it and the field's focus are there before all of the basket has settled; what is said comes last.
    expect(page.locator("#says")).to_have_text("5 things in your basket, €62.50")
    page.get_by_role("button", name="Take out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Put it back")).to_be_focused(timeout=SECONDS)
    page.keyboard.press("Enter")
    expect(page.get_by_label("How many")).to_be_focused(timeout=SECONDS)


def test_what_is_changed_while_an_answer_is_on_its_way_is_not_lost(
    browser_page: Opener, product: dict[str, Any]
) -> None:
    shopper = browser_page()
    page = shopper.page
    page.goto(address_of(product))
    page.get_by_role("button", name="Put into the basket", exact=True).click()
    expect(page.locator("#basket .count")).to_be_visible(timeout=SECONDS)
    changes = Wire(page, "**/cart/lines/change")
    page.goto("/cart")
    changes.hold()
    page.get_by_role("button", name="One more").click()
    changes.wait()
    page.get_by_role("button", name="One more").click()
    changes.mend()  # The answer to the first press comes while the second one is still waited with.
    expect(page.locator("#basket .count")).to_have_text("with 3 things", timeout=SECONDS)
    expect(page.locator("#cart")).to_contain_text("€37.50")
    assert shopper.troubles == []


@BOTH
def test_two_tabs_and_a_double_click_are_one_order(
    browser_page: Opener, market_process: Market, product: dict[str, Any], width: int
) -> None:
    one = browser_page(width).page
    one.goto(address_of(product))
    one.get_by_role("button", name="Put into the basket", exact=True).click()
    expect(one.locator("#basket .count")).to_be_visible(timeout=SECONDS)
    other = one.context.new_page()
    for tab in (one, other):
        tab.goto("/checkout")
        fill(tab)
    one.get_by_role("button", name="Place order and pay").click(click_count=10, no_wait_after=True)
    one.wait_for_url("**/o/*")
    other.get_by_role("button", name="Place order and pay").click()
    other.wait_for_url("**/o/*")
    assert one.url == other.url
    expect(one.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 4


def test_a_basket_works_without_scripts_and_follows_into_an_account(
    browser_page: Opener, market_process: Market, product: dict[str, Any]
) -> None:
    shopper = browser_page(360, scripts=False)
    page = shopper.page
    page.goto(address_of(product))
    page.locator("#quantity").fill("2")
    page.get_by_role("button", name="Put into the basket", exact=True).click()
    page.wait_for_url("**/cart")
    expect(page.locator("#basket .count")).to_have_text("with 2 things")
    page.locator("input[name=quantity]").fill("3")
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#cart")).to_contain_text("€37.50")
    shopper.log_in("shopper@demo.market")
    page.goto("/cart")
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_label("Email", exact=True)).to_have_value("shopper@demo.market")
    fill(page)
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 2


def test_several_markets_are_followed_on_one_page(browser_page: Opener) -> None:
    shopper = browser_page(360)
    page = shopper.page
    for market in ("alder-lane", "lantern-quay"):
        page.goto(f"/m/{market}")
        page.locator(".shop-add button:visible").first.click()
        expect(page.locator(".toast")).to_be_visible(timeout=SECONDS)
    page.goto("/cart")
    shopper.assert_sound()
    page.get_by_role("link", name="Check out").click()
    fill(page)
    shopper.assert_sound()
    page.get_by_role("button", name=re.compile("Place 2 orders")).click()
    page.wait_for_url("**/orders/together/*")
    expect(page.get_by_text(re.compile("^All yours"))).to_have_count(2, timeout=SECONDS)
    shopper.assert_sound()


@EACH
def test_a_search_forgives_and_narrows(browser_page: Opener, width: int, theme: str) -> None:
    shopper = browser_page(width, theme)
    page = shopper.page
    page.goto("/")
    page.locator("#find").press_sequentially("pichter")
    expect(page.locator("#find-names option").first).to_be_attached(timeout=SECONDS)
    page.locator("#find").press("Enter")
    expect(page.locator(".shop-meant")).to_contain_text("pitcher")
    shopper.assert_sound()
    page.goto("/search?q=lamp")
    page.get_by_role("navigation", name="Market").get_by_role("link").first.click()
    expect(page.locator(".chip-on")).to_be_visible()
    shopper.assert_sound()
    page.locator(".chip-on").click()
    expect(page.locator(".chip-on")).to_have_count(0)


def test_what_sells_out_is_not_to_be_had_a_few_seconds_later(
    browser_page: Opener, market_process: Market, product: dict[str, Any]
) -> None:
    shopper = browser_page()
    shelf, own = shopper.page, shopper.page.context.new_page()
    shelf.goto("/m/alder-lane")
    own.goto(address_of(product))
    expect(own.get_by_role("button", name="Put into the basket", exact=True)).to_be_visible()
    other = browser_page().page
    other.goto(f"{address_of(product)}/order?quantity=5")
    fill(other)
    other.get_by_role("button", name="Place order and pay").click()
    other.wait_for_url("**/o/*")
    card = shelf.locator(".good", has_text=product["name"])
    own.bring_to_front()
    expect(own.locator("#buy")).to_contain_text("There is none on the shelf", timeout=SECONDS)
    shelf.bring_to_front()
    expect(card).to_contain_text("Sold out", timeout=SECONDS)
    expect(card.get_by_role("button")).to_have_count(0)


def test_money_that_was_taken_too_late_shows_by_itself(browser_page: Opener, product: dict[str, Any]) -> None:
    page = browser_page().page
    page.goto(f"{address_of(product)}/order")
    fill(page, "tok_late_success")
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    expect(page.locator("h1")).to_contain_text("The bank took €12.50 too late.", timeout=SECONDS)


pytestmark = pytest.mark.browser
