"""A whole import in Chromium, on a desk and on a phone: upload, dry run, columns, apply, what it did, undo."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import WIDE_AND_NARROW, BrowserPage, Opener, reload_until
from tests.imports.conftest import shopify

pytestmark = pytest.mark.browser


def keep(page: Page, name: str) -> None:
    """A picture of the page, where somebody wants to look at it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/imports-{name}.png", full_page=True)


def choose(desk: BrowserPage, file: Path) -> None:
    """Upload a file by the form."""
    desk.page.goto("/console/imports")
    desk.page.set_input_files("#file", file)
    desk.page.get_by_role("button", name="See what it would change").click()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_a_file_goes_in_and_comes_back_out(browser_page: Opener, tmp_path: Path, width: int, theme: str) -> None:
    file = tmp_path / f"spring-{width}.csv"
    file.write_text(
        shopify()
        .replace("clay-pot", f"clay-pot-{width}")
        .replace("LAMP-1", f"LAMP-{width}")
        .replace("15.99", '"15,99"')
    )
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    page.goto("/console/imports")
    desk.assert_sound()
    keep(page, f"list-{width}")
    choose(desk, file)
    expect(page.get_by_text("would add")).to_contain_text(
        "This would add 2 products and change 0 of yours. 1 row has errors.", timeout=60_000
    )
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)
    desk.assert_sound()
    keep(page, f"dry-run-errors-{width}")
    page.get_by_role("link", name=re.compile("^New")).click()
    expect(page.get_by_text("Clay pot, Small")).to_be_visible()
    page.locator("summary", has_text="Columns").click()
    desk.assert_sound()
    keep(page, f"dry-run-{width}")
    page.get_by_label("Tags", exact=True).select_option("category")
    page.get_by_label("Type", exact=True).select_option("")
    page.get_by_role("button", name="Read again with these columns").click()
    # The page before had that button as well, but its columns were unfolded.
    expect(page.locator(".imports-mapping[open]")).to_have_count(0)
    page.get_by_role("button", name="Apply, and leave out 1 row").click(timeout=60_000)
    expect(page.get_by_text("All of it is done")).to_be_visible(timeout=60_000)
    desk.assert_sound()
    keep(page, f"done-{width}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows with messages").click()
    assert "Write the price with a point" in Path(download.value.path()).read_text()
    page.goto(f"/console/stock?q=clay-pot-{width}")
    expect(page.get_by_text("Clay pot, Small").first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Undo this import").click()
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    desk.assert_sound()
    keep(page, f"undo-{width}")
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("2 rows are as they were before.")).to_be_visible(timeout=60_000)
    desk.assert_sound()
    keep(page, f"undone-{width}")
    page.goto(f"/console/products?q=clay-pot-{width}")
    expect(page.get_by_text("Clay pot")).to_have_count(0)


@WIDE_AND_NARROW
def test_a_file_that_cannot_be_read_says_where(browser_page: Opener, tmp_path: Path, width: int) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("SKU,Name,Price\nA,B,1\n" * 1 + 'X,"open,2\n')
    desk = browser_page(width)
    desk.log_in()
    choose(desk, file)
    page = desk.page
    expect(page.get_by_text("Row 3, Name: A quote is opened here and never closed.")).to_be_visible(timeout=60_000)
    desk.assert_sound()
    keep(page, f"refused-{width}")
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400))
    choose(desk, picture)
    expect(page.get_by_text("This is a picture, no text file.").first).to_be_visible()


@WIDE_AND_NARROW
def test_it_works_without_a_script(browser_page: Opener, tmp_path: Path, width: int) -> None:
    file = tmp_path / "plain.csv"
    file.write_text(f"SKU,Name,Price,On hand\nPLAIN-{width},Plain thing,2.50,2\n")
    desk = browser_page(width, scripts=False)
    desk.log_in()
    choose(desk, file)
    page = desk.page
    expect(page).to_have_url(re.compile(r"/imports/\d+$"))
    apply = page.get_by_role("button", name="Apply to 1 product")
    reload_until(apply)
    apply.click()
    expect(apply).to_have_count(0)
    reload_until(page.get_by_text("All of it is done"))
