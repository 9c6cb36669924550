"""How the console feels under the hands: the palette, the keys, what could not be loaded, what is not saved, what is undone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

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


def test_a_part_that_cannot_be_loaded_is_asked_for_again(desk: BrowserPage) -> None:
    page = desk.page
    page.goto("/console/stock")
    page.route("**/console/stock?*", lambda route: route.abort())
    page.locator("#stock-5").click()
    expect(page.locator(".failed")).to_contain_text("could not be reached")
    page.locator(".failed button").click()
    expect(page.locator(".failed")).to_have_count(1)
    desk.troubles.clear()
    desk.assert_sound()
    page.unroute_all()
    page.locator(".failed button").click()
    expect(page.locator(".drawer h2").first).to_contain_text("Tall pitcher")
    expect(page.locator(".failed")).to_have_count(0)
    # In the palette, where a server that failed says no more than that.
    page.route("**/console/find*", lambda route: route.fulfill(status=500, body="broken"))
    press(page, "Control+k")
    expect(page.locator("#palette .failed")).to_contain_text("could not be loaded")
    page.unroute_all()
    page.keyboard.type("pitch")
    expect(page.locator("#found")).to_contain_text("Tall pitcher")
    desk.troubles.clear()
    press(page, "Escape")
    desk.assert_sound()


def test_unsaved_changes_are_said_and_asked_about(desk: BrowserPage) -> None:
    page = desk.page
    page.goto("/console/products/6")
    bar = page.locator(".savebar")
    expect(bar.locator("[data-save-say]")).to_be_empty()
    name = page.locator("#name").input_value()
    page.locator("#name").fill(f"{name}, changed")
    expect(bar).to_contain_text("Unsaved changes")
    expect(bar).to_be_in_viewport()
    desk.assert_sound()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.locator(".nav a").filter(has_text="Orders").first.click(no_wait_after=True)
    expect(bar).to_contain_text("Unsaved changes")
    assert asked == ["beforeunload"]
    # As it was is no change, and discarding asks nothing.
    page.locator("#name").fill(name)
    expect(bar.locator("[data-save-say]")).to_be_empty()
    page.locator("#name").fill(f"{name}, changed")
    bar.get_by_role("link", name="Discard").click()
    expect(page.locator("#name")).to_have_value(name)
    # A success leaves by itself, and can be undone until then.
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".toast")).to_contain_text("is archived")
    desk.assert_sound()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("is on the shelf again")
    assert desk.troubles == []
