"""How the console feels under the hands: the palette and the keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import BrowserPage, Opener


@pytest.fixture
def desk(browser_page: Opener) -> BrowserPage:
    """The owner at the list of products."""
    shown = browser_page()
    shown.log_in()
    shown.page.goto("/console/products")
    return shown


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_the_palette_goes_to_what_is_found(desk: BrowserPage) -> None:
    page = desk.page
    press(page, "Control+k")
    expect(page.locator("#palette #found")).to_contain_text("Go to")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type("MH-PITCH")
    expect(page.locator("#found[data-sought='MH-PITCH']")).to_contain_text("Tall pitcher")
    expect(page.locator("[data-palette-say]")).to_have_text("1 found")
    desk.assert_sound()
    # The arrows lead to what is found, and typing back to the field.
    press(page, "ArrowDown")
    expect(page.locator("#found a").first).to_be_focused()
    page.keyboard.type("-")
    expect(page.locator("#palette-q")).to_be_focused()
    expect(page.locator("#found[data-sought='MH-PITCH-']")).to_contain_text("Tall pitcher")
    press(page, "Enter")
    expect(page.locator("h1")).to_contain_text("Tall pitcher")
    # By the mouse, and on a phone.
    page.set_viewport_size({"width": 360, "height": 760})
    page.locator(".quick").click()
    page.keyboard.type("people")
    expect(page.locator("#found a").first).to_have_attribute("href", "/console/people")
    desk.assert_sound()
    press(page, "Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert desk.troubles == []


def test_the_keys_go_places_but_never_while_typing(desk: BrowserPage) -> None:
    page = desk.page
    press(page, "/")
    expect(page.locator("#list-q")).to_be_focused()
    page.keyboard.type("go?gi/")
    expect(page.locator("#list-q")).to_have_value("go?gi/")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("#list-q").fill("")
    page.locator("h1").click()
    press(page, "?")
    expect(page.locator("#shortcuts")).to_be_visible()
    press(page, "g", "o")
    expect(page.locator("#shortcuts")).to_be_visible()
    desk.assert_sound()
    press(page, "Escape")
    for key, place in (("o", "orders"), ("i", "stock"), ("p", "products"), ("h", "")):
        press(page, "g", key)
        page.wait_for_url(re.compile(rf"/console/{place}$"))
    press(page, "Control+g", "o")
    expect(page).to_have_url(re.compile(r"/console/$"))
    # A page without a search of its own searches everything.
    press(page, "/")
    expect(page.locator("#palette-q")).to_be_focused()
    assert desk.troubles == []
