"""How the console feels under the hands, on a desk and on a phone: the palette, the keys, what could not be loaded, what is
not saved, what is undone, rows that scroll sideways."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.fixtures import PHONE, WIDE_AND_NARROW, WIDTHS, BrowserPage, Opener, Wire

SHORT = {1280: 560, 360: 420}
"""How high the window of a laptop is, and what a phone's keyboard leaves of its screen."""


@pytest.fixture(params=WIDTHS)
def desk(browser_page: Opener, request: pytest.FixtureRequest) -> BrowserPage:
    """The owner at the list of products."""
    shown = browser_page(request.param)
    shown.log_in()
    shown.page.goto("/console/products")
    return shown


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


HIDDEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(box.left + box.width / 2, box.bottom - 4)) ? "" : one.id || one.textContent;
}"""
"""What is focused, if something lies on its lower edge or it is out of sight."""


def narrow(page: Page) -> bool:
    """Whether the page is on a phone."""
    assert page.viewport_size
    return page.viewport_size["width"] < PHONE


def point(place: Locator) -> None:
    """By the finger on a phone, by the mouse elsewhere; whatever lies above the place is in the way."""
    if narrow(place.page):
        place.tap()
    else:
        place.click()


def over(one: Locator, other: Locator) -> bool:
    """Whether one lies on the other."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


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
    assert desk.troubles == []


def test_the_palette_needs_no_keys(desk: BrowserPage) -> None:
    page = desk.page
    point(page.locator(".quick"))
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type("people")
    people = page.locator("#found a").first
    expect(people).to_have_attribute("href", "/console/people")
    desk.assert_sound()
    # On a desk it is left beside it, on a phone, where there is little beside it, by a button.
    if narrow(page):
        point(page.locator("#palette").get_by_role("button", name="Close"))
    else:
        page.mouse.click(8, 8)
    expect(page.locator("#palette")).to_be_hidden()
    point(page.locator(".quick"))
    point(people)
    page.wait_for_url("**/console/people")
    assert desk.troubles == []


def test_what_is_typed_before_the_palette_is_filled_is_found(desk: BrowserPage) -> None:
    page = desk.page
    palette = Wire(page, "**/console/find*")
    page.reload()
    palette.hold()
    press(page, "Control+k")
    palette.wait()
    page.keyboard.type("people")
    page.wait_for_timeout(500)  # What does not wait for the first answer has been asked by now.
    palette.mend()
    expect(page.locator("#found[data-sought='people'] a").first).to_have_attribute("href", "/console/people")
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
    expect(page.locator("#shortcuts")).to_be_hidden()
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
    stock, palette = Wire(page, "**/console/stock?*"), Wire(page, "**/console/find*")
    page.goto("/console/stock")
    stock.cut()
    page.locator("#stock-5").click()
    expect(page.locator(".failed")).to_contain_text("could not be reached")
    page.locator(".failed button").click()
    expect(page.locator(".failed")).to_have_count(1)
    desk.troubles.clear()
    desk.assert_sound()
    stock.mend()
    page.locator(".failed button").click()
    expect(page.locator(".drawer h2").first).to_contain_text("Tall pitcher")
    expect(page.locator(".failed")).to_have_count(0)
    # Beside the list its figure is pressed to adjust; where there is no list there is a button.
    expect(page.locator(".drawer").get_by_role("link", name="Adjust")).to_be_visible(visible=narrow(page))
    # In the palette, where a server that failed says no more than that.
    palette.fail()
    press(page, "Control+k")
    expect(page.locator("#palette .failed")).to_contain_text("could not be loaded")
    palette.mend()
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
    expect(bar).to_be_in_viewport(ratio=1)
    desk.assert_sound()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    if narrow(page):
        point(page.locator(".menu-phone summary"))
    with page.expect_event("dialog"):
        page.locator(".nav a:visible").filter(has_text="Orders").click(no_wait_after=True)
    expect(bar).to_contain_text("Unsaved changes")
    assert asked == ["beforeunload"]
    # As it was is no change, and discarding asks nothing.
    page.locator("#name").fill(name)
    expect(bar.locator("[data-save-say]")).to_be_empty()
    page.locator("#name").fill(f"{name}, changed")
    point(bar.get_by_role("link", name="Discard"))
    expect(page.locator("#name")).to_have_value(name)
    assert desk.troubles == []


def test_what_is_written_is_never_behind_the_bar_that_saves(desk: BrowserPage) -> None:
    page = desk.page
    page.goto("/console/products/6")
    assert page.viewport_size
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": SHORT[width]})
    # The first letter brings the bar up, and this field is where it comes.
    page.locator("#maker").evaluate("one => scrollBy(0, one.getBoundingClientRect().bottom - innerHeight)")
    page.locator("#maker").evaluate("one => one.focus({ preventScroll: true })")
    page.keyboard.type("x")
    bar = page.locator(".savebar")
    expect(bar).to_be_in_viewport(ratio=1)
    box = bar.bounding_box()
    assert box
    assert box["height"] < SHORT[width] / 5, "there is room to write above it"
    hidden = [page.evaluate(HIDDEN)]
    for key in ["Tab"] * 8 + ["Shift+Tab"] * 10:
        press(page, key)
        hidden.append(page.evaluate(HIDDEN))
    assert [one for one in hidden if one] == []


def test_what_was_done_is_undone(desk: BrowserPage) -> None:
    page = desk.page
    page.goto("/console/products/6")
    point(page.get_by_role("button", name="Archive"))
    toast = page.locator(".toast")
    expect(toast).to_contain_text("is archived")
    expect(toast).to_be_in_viewport(ratio=1)
    toast.get_by_role("button", name="Undo").focus()  # So it stays, however long the look at the page takes.
    desk.assert_sound()
    # On a phone, where it is as wide as the page, the end of that comes out from behind it.
    if narrow(page):
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        assert not over(toast, page.locator(".facts").last)
    # It does not lie on the bar that saves.
    name = page.locator("#name").input_value()
    page.locator("#name").fill("Another name")
    expect(page.locator(".savebar")).to_be_in_viewport(ratio=1)
    assert not over(toast, page.locator(".savebar"))
    page.locator("#name").fill(name)
    point(toast.get_by_role("button", name="Undo"))
    expect(page.locator(".toast")).to_contain_text("is on the shelf again")
    assert desk.troubles == []


@WIDE_AND_NARROW
def test_what_is_chosen_in_a_row_is_in_sight(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    page = desk.page
    for address in (
        "/console/orders?view=cancelled",
        "/console/orders?view=send",
        "/console/emails?state=sent",
        "/console/products?view=archived",
        "/console/stock?view=paused",
        "/account/data",
        "/m/alder-lane/light",
    ):
        page.goto(address)
        expect(page.locator(":is(.tabs, .chips-shop) [aria-current]")).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
    assert desk.troubles == []
