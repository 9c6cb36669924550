"""Home and the stock in depth in Chromium: other days, figures that move, a counting sheet."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.fixtures import WIDE_AND_NARROW, Opener, Wire


@WIDE_AND_NARROW
def test_home_shows_other_days_without_a_script(browser_page: Opener, width: int) -> None:
    desk = browser_page(width, scripts=False)
    desk.log_in()
    page = desk.page
    page.goto("/console/")
    page.locator("details.home-days > summary").click()
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.locator("details.home-days > summary")).to_contain_text("Last 7 days")
    page.locator("details.home-table > summary").click()
    expect(page.locator("details.home-table tbody tr")).to_have_count(7)


def seven_come(context: BrowserContext, row: Locator) -> None:
    """Somebody else, on a page of their own, puts seven more on the shelf of this row; returns when the row shows them."""
    on_hand = row.locator('[data-figure="on_hand"]')
    before = int(on_hand.inner_text())
    other = context.new_page()
    other.goto(f"/console/stock/{row.get_attribute('data-stock')}/adjust")
    other.fill("[name=delta]", "7")
    other.locator("main form[data-adjust] button").last.click()
    expect(on_hand).to_have_text(str(before + 7))
    other.close()


@WIDE_AND_NARROW
def test_a_figure_moves_while_somebody_looks(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    desk.page.goto("/console/stock?q=MH-BOWL-01")
    seven_come(desk.page.context, desk.page.locator("tr[data-stock]").first)
    assert desk.troubles == []


@WIDE_AND_NARROW
def test_a_figure_that_moves_takes_nobodys_place(browser_page: Opener, width: int) -> None:
    desk = browser_page(width)
    desk.log_in()
    page = desk.page
    popover = Wire(page, "**/*adjust=*")
    page.goto("/console/stock?q=MH-VASE-01")
    row = page.locator("tr[data-stock]").first
    opener, figure = row.locator("a.editable"), row.locator(".pop .sums .input")
    popover.hold()
    opener.focus()
    page.keyboard.press("Enter")
    popover.wait()
    seven_come(page.context, row)  # Between the press and the popover that it asked for.
    popover.mend()
    expect(figure).to_be_focused()
    page.locator(".pop [name=note]").focus()
    seven_come(page.context, row)  # While somebody writes.
    expect(page.locator(".pop [name=note]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".pop")).to_have_count(0)
    expect(opener).to_be_focused()


@pytest.mark.parametrize(("width", "theme", "counted"), [(1280, "light", 51), (360, "dark", 52)])
def test_a_counting_sheet_is_looked_at_and_taken_over(
    browser_page: Opener, width: int, theme: str, counted: int
) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    page.goto("/console/stock/count")
    sheet = f"SKU,Expected,Counted,Reason\nMH-BOWL-02,999,5,\nMH-MUG-01,,{counted},received\nNOPE,1,1,\n"
    page.set_input_files("#file", {"name": "sheet.csv", "mimeType": "text/csv", "buffer": sheet.encode()})
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("main")).to_contain_text("Was 999, is now")
    desk.assert_sound()
    page.get_by_role("button", name="Change 1 stock").click()
    expect(page.locator("main")).to_contain_text("1 stock is as counted now.")
    desk.assert_sound()
