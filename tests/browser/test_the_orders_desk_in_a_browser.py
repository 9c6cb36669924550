"""The orders desk in Chromium: what needs a browser to be seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import WIDE_AND_NARROW, Opener, at_rest, reload_until
from tests.browser.test_the_console_in_a_browser import place

EACH = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])


@EACH
def test_new_orders_are_announced_and_move_nothing(browser_page: Opener, width: int, theme: str) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    page.goto("/console/orders")
    expect(page.locator(".orders-new")).to_be_attached()
    first = page.locator("tbody tr").first
    before, words = first.bounding_box(), first.inner_text()
    ids = [place(desk.market, "tok_success") for _ in range(2)]
    expect(page.locator("#orders-new")).to_have_text("2 new, show")
    assert first.bounding_box() == before
    assert first.inner_text() == words
    desk.assert_sound()
    page.get_by_role("link", name="2 new, show").click()
    expect(page.locator(f'tbody a[href="/console/orders/{max(ids)}"]')).to_be_visible()
    expect(page.locator("#orders-new")).to_have_text("")


@EACH
def test_an_order_is_sent_from_its_page_and_that_is_taken_back(browser_page: Opener, width: int, theme: str) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    order_id = place(desk.market, "tok_success")
    page.goto(f"/console/orders/{order_id}")
    # What came by the stream has no dialog beside it and leads to a page of its own; a page that is opened when all is settled has one.
    expect(page.locator("#send-order")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-live]")).to_have_count(0)
    page.reload()
    page.locator("#send-order").click()
    expect(page.locator("dialog[open] h2")).to_contain_text("as ")
    page.locator("dialog[open] [name=note]").fill("With the post")
    desk.assert_sound()
    page.locator("dialog[open]").get_by_role("button", name="Mark as").click()
    expect(page.locator(".timeline")).to_contain_text("With the post")
    expect(page.locator("[data-live]")).to_have_count(0)  # The letter about it moves the page as well.
    page.reload()
    page.locator("#unsend-order").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    desk.assert_sound()
    page.locator("dialog[open]").get_by_role("button", name="It was not").click()
    expect(page.locator("#send-order")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("not sent after all")


DRAW_ANEW = """async () => {
  const body = document.querySelector("[data-live-body]");
  const drawn = await (await fetch(`${location.pathname}/state`)).text();
  document.querySelector(".console-order h1").textContent = "as it was";
  htmx.swap(body, drawn, { swapStyle: "innerHTML" });
}"""
"""What happens to the page when its stream, or the poll in its place, brings a new state."""


@WIDE_AND_NARROW
def test_a_note_being_written_outlives_a_new_state_of_the_page(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    page = desk.page
    page.goto("/console/orders?view=completed")
    page.locator("tbody a").first.click()
    at_rest(page, page.locator("#note-text"))
    page.locator("#note-text").click()
    page.keyboard.type("Half a th")
    page.evaluate(DRAW_ANEW)
    expect(page.locator("h1")).to_contain_text("Order")
    expect(page.locator("#note-text")).to_have_value("Half a th")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("ought")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".timeline blockquote").first).to_have_text("Half a thought")


@WIDE_AND_NARROW
def test_on_paper_an_order_is_what_has_to_be_packed(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    page = desk.page
    page.goto("/console/orders?view=completed")
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).to_contain_text("Order")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Customer")).to_be_visible()
    expect(page.locator(".console-order table").first).to_be_visible()
    for hidden in (".side", "#history", ".head-acts", '[aria-label="Payment"]', '[aria-label="Emails"]'):
        expect(page.locator(hidden).first).to_be_hidden()


@EACH
def test_many_orders_are_sent_without_a_script(browser_page: Opener, width: int, theme: str) -> None:
    desk = browser_page(width, theme, scripts=False)
    desk.log_in()
    page = desk.page
    ids = [place(desk.market, "tok_success"), place(desk.market, "tok_declined")]
    for order_id in ids:
        page.goto(f"/console/orders/{order_id}")
        reload_until(page.locator('[data-key="told"][data-state="done"]'))
    page.goto("/console/orders")
    for order_id in ids:
        page.locator(f'[name=id][value="{order_id}"]').check()
    expect(page.locator("#bulk-note")).to_be_visible()
    page.locator("#bulk-action").select_option("cancel")
    expect(page.locator("#bulk-note")).to_be_hidden()
    page.locator("#bulk-action").select_option("send")
    page.get_by_role("button", name="Go on…").click()
    expect(page.locator("h1")).to_have_text("Mark 2 orders as sent")
    page.get_by_role("button", name="Mark 2 orders as sent").click()
    expect(page.get_by_text("Nothing is changed yet")).to_have_count(0)
    reload_until(page.get_by_text("What became of it"))
    expect(page.locator(".figures")).to_have_text(re.compile(r"Marked as sent\s*1\s*Left as they were\s*1"))
    expect(page.locator(".bulk-reasons")).to_contain_text("It was never paid.")
