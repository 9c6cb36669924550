"""One press is one order in Chromium, and its page keeps up: pressed often, gone back, in two tabs, with its stream cut."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.fixtures import Market, Opener, Wire
from tests.browser.shopping import SECONDS, address_of, fill, order, product, stock_of

__all__ = ["product"]


def test_ten_presses_are_one_order(browser_page: Opener, market_process: Market, product: dict[str, Any]) -> None:
    for scripts in (True, False):
        page = browser_page(scripts=scripts).page
        page.goto(f"{address_of(product)}/order")
        fill(page)
        page.get_by_role("button", name="Place order and pay").click(click_count=10, no_wait_after=True)
        page.wait_for_url("**/o/*")
        expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 3, "two forms, two orders, however often they were pressed"


def test_back_and_pressed_again_is_the_same_order(
    browser_page: Opener, market_process: Market, product: dict[str, Any]
) -> None:
    page = browser_page().page
    first = order(page, product)
    page.go_back()
    expect(page.get_by_role("button", name="Place order and pay")).to_be_enabled()
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    assert page.url == first
    page.reload()
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    page.go_back()
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Place order and pay").click()
    expect(page.locator(".notice-wait")).to_contain_text("You have sent this form before")
    assert stock_of(market_process, product) == 4


def test_two_tabs_of_one_form_are_two_wishes(
    browser_page: Opener, market_process: Market, product: dict[str, Any]
) -> None:
    one = browser_page().page
    other = one.context.new_page()
    assert order(one, product) != order(other, product)
    expect(other.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    expect(one.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 3


def test_a_page_whose_stream_is_cut_asks_and_says_when_it_cannot(browser_page: Opener, product: dict[str, Any]) -> None:
    shopper = browser_page()
    page = shopper.page
    stream, state = Wire(page, "**/live?*"), Wire(page, "**/state")
    stream.cut()
    state.cut()
    order(page, product, 1, "tok_timeout")
    expect(page.locator("[data-lost]").first).to_be_visible(timeout=SECONDS)
    expect(page.locator("[data-live-word]")).to_have_text("Connection lost")
    state.mend()
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    expect(page.locator("[data-live]")).to_have_count(0, timeout=SECONDS)
    expect(page.locator("[data-lost]")).to_have_count(0)
