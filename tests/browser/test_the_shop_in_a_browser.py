"""The shop in Chromium: a guest buys and watches, with and without scripts, on a desk and on a phone, in light and dark."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Market, Opener, at_rest
from tests.browser.shopping import BOTH, EACH, SECONDS, address_of, fill, order, product, stock_of
from tests.browser.test_the_console_in_a_browser import token

__all__ = ["product"]


@EACH
def test_every_page_is_sound(browser_page: Opener, product: dict[str, Any], width: int, theme: str) -> None:
    shopper = browser_page(width, theme)
    page = shopper.page
    for path in ("/", "/m/alder-lane", "/m/lantern-quay", "/m/alder-lane/table?price=2000-5000&sort=cheapest", "/m/alder-lane/light?price=0-2000&there=1", "/search",
                 "/search?q=bowl", "/search?q=nothing", address_of(product), "/p/1", "/p/1-speckled-breakfast-bowl/order?quantity=2", "/orders/find"):  # fmt: skip
        page.goto(path)
        shopper.assert_sound()
    page.goto(f"{address_of(product)}/order")
    page.get_by_role("button", name="Place order and pay").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    shopper.troubles[:] = [one for one in shopper.troubles if "422" not in one]
    shopper.assert_sound()
    shopper.log_in("shopper@demo.market")
    page.goto("/account")
    shopper.assert_sound()


@EACH
def test_a_guest_buys_and_watches_it_move_by_itself(
    browser_page: Opener, product: dict[str, Any], width: int, theme: str
) -> None:
    shopper = browser_page(width, theme)
    page = shopper.page
    page.goto(address_of(product))
    page.get_by_role("button", name="One more").click()
    expect(page.get_by_role("button", name="Order this")).to_have_text("Order this now · €25.00")
    page.get_by_role("button", name="Order this").click()
    at_rest(page, page.get_by_role("button", name="Place order and pay"))
    fill(page)
    page.get_by_role("button", name="One more").click()
    pay = page.get_by_role("button", name="Place order and pay")
    expect(pay).to_have_text("Place order and pay €37.50")
    asked: list[str] = []
    page.on("framenavigated", lambda frame: asked.append(frame.url))
    pay.click()
    page.wait_for_url("**/o/*")
    expect(page.locator("h1")).to_have_text("All yours. It is being packed.", timeout=SECONDS)
    expect(page.locator(".station[data-state=done]")).to_have_count(5, timeout=SECONDS)
    expect(page.locator("[data-live]")).to_have_count(0)
    assert len(asked) == 1, "the page has moved without being loaded again"
    expect(page.locator(".facts .sum")).to_contain_text("€37.50")
    shopper.assert_sound()
    page.emulate_media(media="print")
    for kept in (
        page.locator("h1"),
        page.get_by_text(product["name"]),
        page.get_by_text("Møllestien 42"),
        page.locator(".facts .sum"),
    ):
        expect(kept).to_be_visible()
    for left_out in (".tools", ".foot", "[data-print]"):
        for one in page.locator(left_out).all():
            expect(one).to_be_hidden()


ENDS = {
    "tok_declined": "The bank said no to the card.",
    "tok_insufficient_funds": "There is not enough on the card.",
    "tok_timeout": "All yours.",
    "tok_unavailable_twice": "All yours.",
}


@pytest.mark.parametrize("card", ENDS)
@BOTH
def test_every_card_ends_as_it_says(browser_page: Opener, product: dict[str, Any], width: int, card: str) -> None:
    shopper = browser_page(width)
    page = shopper.page
    order(page, product, 1, card)
    expect(page.locator("h1")).to_contain_text(ENDS[card], timeout=SECONDS)
    if ENDS[card] == "All yours.":  # A refused payment is listened to for a while longer: it may be taken after all.
        expect(page.locator("#order[data-final]")).to_be_visible(timeout=SECONDS)
    shopper.assert_sound()
    if "declined" in card:
        page.get_by_role("link", name="Try the payment again").click()
        expect(page.get_by_label("Full name")).to_have_value("Ingrid Solberg")
        shopper.assert_sound()
        page.get_by_role("button", name="Place order and pay").click()
        expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)


@BOTH
def test_who_is_slower_hears_that_nothing_is_charged(
    browser_page: Opener, market_process: Market, product: dict[str, Any], width: int
) -> None:
    # What the page itself would refuse is asked for by the API, whose orders wait for no look at the shelf.
    with httpx.Client(
        base_url=market_process.url,
        headers={"Authorization": f"Bearer {token(market_process, 'shopper@demo.market')}", "Idempotency-Key": f"{time.time_ns()}"},
    ) as program:  # fmt: skip
        wish = {"items": [{"product_id": product["id"], "quantity": 9}], "payment": {"method": "test", "token": "tok_success"},
                "delivery": {"name": "Ingrid Solberg", "street": "Møllestien 42", "postcode": "8000", "city": "Aarhus C"}}  # fmt: skip
        link = program.post("/api/v1/orders", json=wish).json()["link"]
    shopper = browser_page(width)
    page = shopper.page
    page.goto(f"/o/{link}")
    expect(page.locator("h1")).to_have_text("There is not enough left.", timeout=SECONDS)
    expect(page.locator("#order[data-final]")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".lead")).to_contain_text("Nothing is held and nothing was charged.")
    expect(page.locator(".fix")).to_contain_text("5 left")
    shopper.assert_sound()
    page.get_by_role("button", name="One fewer").click()
    expect(page.get_by_role("button", name="Order what is left")).to_have_text("Order what is left · €50.00")
    page.get_by_role("button", name="Order what is left").click()
    expect(page.locator("input[name=quantity]")).to_have_value("4")
    page.get_by_role("button", name="Place order and pay €50.00").click()
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 1


@BOTH
def test_everything_works_without_scripts(
    browser_page: Opener, market_process: Market, product: dict[str, Any], width: int
) -> None:
    page = browser_page(width, scripts=False).page
    page.goto("/")
    page.locator("a[href='/m/alder-lane']").first.click()
    page.get_by_role("link", name=product["name"]).click()
    page.locator("#quantity").fill("3")
    page.get_by_role("button", name="Order this").click()
    expect(page.get_by_role("button", name="Place order and pay €37.50")).to_be_visible()
    page.locator("input[name=quantity]").fill("2")
    fill(page)
    page.get_by_role("button", name="Place order and pay").click()
    expect(page.locator(".notice-wait")).to_contain_text("The amount is another now")
    page.get_by_role("button", name="Place order and pay €25.00").click()
    page.wait_for_url("**/o/*")
    expect(page.locator("h1")).to_contain_text("All yours.", timeout=SECONDS)
    assert stock_of(market_process, product) == 3


def test_an_order_is_called_off_in_a_dialog_and_without_one(
    browser_page: Opener, market_process: Market, product: dict[str, Any]
) -> None:
    for scripts in (True, False):
        shopper = browser_page(scripts=scripts)
        page = shopper.page
        order(page, product, 1, "tok_timeout") if scripts else _order_without_scripts(page, product)
        page.get_by_role("link", name="Cancel this order").click()
        if scripts:
            expect(page.locator("dialog[open]")).to_contain_text("Nothing is held for you any more")
            shopper.assert_sound()
        page.get_by_role("button", name=re.compile("Cancel order")).click()
        # The bank may have the money by now; either way the page says what became of it.
        expect(page.locator("h1")).to_have_text(re.compile("cancelled|calling it off|All yours"), timeout=SECONDS)
        expect(page.locator("#order[data-final]")).to_be_visible(timeout=SECONDS)
        expect(page.locator("h1")).to_have_text(re.compile("cancelled|All yours"))


def test_a_shopper_who_is_known_is_prefilled_and_finds_the_order_again(
    browser_page: Opener, product: dict[str, Any]
) -> None:
    shopper = browser_page(360)
    page = shopper.page
    shopper.log_in("shopper@demo.market")
    page.goto(f"{address_of(product)}/order")
    expect(page.get_by_label("Email", exact=True)).to_have_value("shopper@demo.market")
    page.get_by_label("Street").fill("Møllestien 42")
    page.get_by_label("Postcode").fill("8000")
    page.get_by_label("City").fill("Aarhus C")
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    link = page.url
    number = re.search(r"\d+", page.locator(".eyebrow").inner_text())
    assert number
    page.goto("/account")
    page.get_by_role("link", name=product["name"]).click()
    expect(page).to_have_url(link)
    page.goto("/orders/find")
    page.get_by_label("Order number").fill(number[0])
    page.get_by_label("Email").fill("shopper@demo.market")
    page.get_by_role("button", name="Find it").click()
    page.wait_for_url("**/o/*")
    assert page.url == link


def _order_without_scripts(page: Page, row: dict[str, Any]) -> None:
    page.goto(f"{address_of(row)}/order")
    fill(page, "tok_timeout")
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
