"""The owner's console in Chromium: with and without scripts, on a desk and on a phone, in light and dark."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import PHONE, WIDE_AND_NARROW, Market, Opener, reload_until
from webapp.settings import ROOT

TALL_PITCHER = "MH-PITCH-01"
EACH = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])


TOKENS: dict[tuple[str, str], str] = {}
"""Tokens that were given out already: asking for one starts a process."""


def token(market: Market, email: str) -> str:
    """An API token of a person of the market, from the command that gives them out."""
    if (market.url, email) not in TOKENS:
        asked = subprocess.run(
            [sys.executable, "-m", "workers.cli", "token", email], cwd=ROOT, env={"MARKET_HOME": str(market.home), "PATH": ""},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        TOKENS[market.url, email] = asked.stdout.strip()
    return TOKENS[market.url, email]


def place(market: Market, how: str) -> int:
    """A shopper's order by the API; returns its id."""
    with httpx.Client(
        base_url=market.url, headers={"Authorization": f"Bearer {token(market, 'owner@demo.market')}"}
    ) as owner:
        product = next(row for row in owner.get("/api/v1/products?q=MH-BOWL-01").json()["items"])
    with httpx.Client(
        base_url=market.url, headers={"Authorization": f"Bearer {token(market, 'shopper@demo.market')}"}
    ) as shopper:
        made = shopper.post(
            "/api/v1/orders",
            json={"items": [{"product_id": product["id"], "quantity": 1}], "payment": {"method": "test", "token": how}},
            headers={"Idempotency-Key": f"browser-{time.time_ns()}"},
        )
    assert made.status_code == 202, made.text
    return int(made.json()["id"])


@EACH
def test_an_order_is_refunded_in_a_dialog(browser_page: Opener, width: int, theme: str) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    page.goto("/console/orders?view=completed")
    page.locator("tbody a").first.click()
    # What came by the stream has no dialog beside it: one that is settled is opened anew.
    expect(page.locator("[data-live-body]")).to_be_visible()
    expect(page.locator("[data-live]")).to_have_count(0)
    page.reload()
    page.locator("#refund-order").click()
    expect(page.locator("dialog[open] h2")).to_contain_text("Refund order")
    desk.assert_sound()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@EACH
def test_a_product_is_made_and_its_stock_adjusted(browser_page: Opener, width: int, theme: str, scripts: bool) -> None:
    desk = browser_page(width, theme, scripts)
    desk.log_in()
    page = desk.page
    name, sku = f"Honey jar {time.time_ns()}", f"HJ-{time.time_ns()}"
    page.goto("/console/products")
    page.get_by_role("link", name="Add product").click()
    page.locator("#name").fill(name)
    page.locator("#sku").fill(sku)
    page.locator("#price").fill("9,50")
    page.get_by_role("button", name="Add product").click()
    expect(page.locator("#price-error")).to_contain_text("with a point")
    page.locator("#price").fill("9.50")
    page.get_by_role("button", name="Add product").click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.get_by_text("was added").first).to_be_visible()
    reload_until(page.get_by_role("link", name="Adjust"))
    page.goto(f"/console/stock?q={sku}")
    page.locator("a.editable").first.click()
    page.locator(".sums .input").fill("12")
    if scripts:
        expect(page.locator(".sums output")).to_have_text("12")
        page.get_by_role("button", name="Add 12").click()
    else:
        page.get_by_role("button", name="Change stock").click()
    expect(page.get_by_text("12 added: there were 0, now there are 12.").first).to_be_visible()
    assert [trouble for trouble in desk.troubles if "422" not in trouble] == []


@WIDE_AND_NARROW
def test_the_popover_is_kept_by_the_keyboard(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    page = desk.page
    # What is open beside the list stays so; on a phone it would stand in the list's place.
    page.goto("/console/stock?open=5" if width > PHONE else "/console/stock")
    page.locator("#adjust-5").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pop .sums .input")).to_be_focused()
    expect(page.locator("tr.open")).to_contain_text(TALL_PITCHER)
    page.keyboard.type("-1")
    expect(page.get_by_role("button", name="Remove 1")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator(".pop")).to_have_count(0)
    expect(page.locator("#adjust-5")).to_be_focused()


@EACH
def test_an_order_moves_before_its_owners_eyes(
    browser_page: Opener, market_process: Market, width: int, theme: str
) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    order_id = place(market_process, "tok_unavailable_twice")
    page.goto(f"/console/orders/{order_id}")
    expect(page.locator('[data-key="told"]')).to_have_attribute("data-state", "done", timeout=60_000)
    expect(page.locator(".head .badge")).to_have_text("Completed")
    expect(page.locator('[data-key="paid"]')).to_contain_text("3 attempts")
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.locator("#refund-order")).to_be_visible()
    desk.assert_sound()


@WIDE_AND_NARROW
def test_without_scripts_a_reload_shows_where_the_order_is(
    browser_page: Opener, market_process: Market, width: int
) -> None:
    desk = browser_page(width, scripts=False)
    desk.log_in()
    page = desk.page
    order_id = place(market_process, "tok_success")
    page.goto(f"/console/orders/{order_id}")
    reload_until(page.locator('[data-key="told"][data-state="done"]'))
    page.get_by_role("link", name="Refund…").click()
    expect(page).to_have_url(re.compile(r"/refund$"))
    page.locator("#reason").fill("Came broken")
    page.get_by_role("button", name="Give money back").click()
    expect(page.get_by_text("go back to the customer").first).to_be_visible()
    assert desk.troubles == []


@WIDE_AND_NARROW
def test_a_market_is_dressed_and_its_shop_wears_it(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in("owner2@demo.market")
    page = desk.page
    page.goto("/console/settings")
    before = page.locator("#accent").input_value()
    page.locator("#accent").fill("#b00020")
    expect(page.locator("#look rect[fill='#b00020']").first).to_be_visible()
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    logo = page.screenshot(clip={"x": 0, "y": 0, "width": 80, "height": 40})
    page.locator("#logo").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": logo})
    page.get_by_role("button", name="Save the market").click()
    expect(page.get_by_alt_text("The logo of Lantern Quay")).to_be_visible()
    expect(page.locator(".market-name img")).to_be_visible(visible=width > PHONE)
    expect(page.locator(".btn-main").first).to_have_css("background-color", "rgb(176, 0, 32)")
    page.goto("/m/lantern-quay")
    expect(page.locator(".sign-logo")).to_have_js_property("naturalWidth", 80)
    expect(page.locator(".hero").first).to_have_css("background-color", "rgb(176, 0, 32)")
    desk.assert_sound()
    page.goto("/console/settings")
    page.locator("#accent").fill(before)
    page.get_by_label("Take the logo away").check()
    page.get_by_role("button", name="Save the market").click()
    expect(page.locator(".market-name img")).to_have_count(0)
