"""Products in Chromium: pictures and changes of many, with and without scripts, on a desk and on a phone."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.fixtures import Opener, reload_until

EACH = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


def photograph(colour: str, name: str) -> Any:
    """A file for a form."""
    written = BytesIO()
    Image.new("RGB", (1200, 900), colour).save(written, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": written.getvalue()}


@EACH
def test_what_unfolds_on_the_pages_of_products_is_sound(browser_page: Opener, width: int, theme: str) -> None:
    desk = browser_page(width, theme)
    desk.log_in()
    page = desk.page
    page.goto("/console/products")
    page.locator(".list-filter summary").click()
    desk.assert_sound()
    # However far down something is ticked, what can be done with it is in sight.
    page.goto("/console/products")
    page.locator("[name=id]").last.check()
    expect(page.locator(".bulk")).to_be_in_viewport(ratio=1)
    desk.assert_sound()
    page.goto("/console/products/categories")
    page.locator(".product-tree summary").first.click()
    desk.assert_sound()


@BOTH
@EACH
def test_pictures_come_in_and_are_ordered(browser_page: Opener, width: int, theme: str, scripts: bool) -> None:
    desk = browser_page(width, theme, scripts)
    desk.log_in()
    page = desk.page
    page.goto("/console/products/8")
    page.get_by_role("button", name="Duplicate").click()
    expect(page.locator("h1")).to_contain_text("(copy)")
    first, second = photograph("#335544", "first.jpg"), photograph("#aa7744", "second.jpg")
    page.locator("#files").set_input_files([first, second])
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".product-sheet")).to_have_count(2)
    ready = page.locator(".product-pictures[data-final]")
    if not scripts:
        reload_until(ready)
    expect(ready.locator(".product-sheet img")).to_have_count(2, timeout=60_000)
    page.get_by_label("What is to be seen").nth(1).fill("A bowl from the side")
    page.get_by_role("button", name="Move picture 2 one place earlier").click()
    expect(page.locator(".product-sheet").first.get_by_label("What is to be seen")).to_have_value(
        "A bowl from the side"
    )
    if scripts:
        desk.assert_sound()
    page.get_by_role("button", name="Remove picture 2").click()
    expect(page.locator(".product-sheet")).to_have_count(1)
    page.locator("#files").set_input_files({"name": "page.png", "mimeType": "image/png", "buffer": b"<html><script>"})
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#files-error")).to_contain_text("page.png: This is no JPEG, PNG or WebP picture")


@BOTH
@EACH
def test_many_are_changed_at_once(browser_page: Opener, width: int, theme: str, scripts: bool) -> None:
    desk = browser_page(width, theme, scripts)
    desk.log_in()
    page = desk.page
    name = f"Many {time.time_ns()}"
    for number in range(3):
        page.goto("/console/products/new")
        page.locator("#name").fill(f"{name} {number}")
        page.locator("#sku").fill(f"{name} {number}")
        page.locator("#price").fill("4.00")
        page.get_by_role("button", name="Add product").click()
        expect(page.locator("h1")).to_contain_text(name)
    page.goto(f"/console/products?q={name}")
    expect(page.locator(".bulk")).to_be_hidden()
    page.get_by_label(f"Choose {name} 0").check()
    page.get_by_label(f"Choose {name} 2").check()
    if scripts:
        expect(page.locator("[data-bulk-say]")).to_have_text("2 of 3 on this page")
        desk.assert_sound()
    expect(page.locator("#bulk-to")).to_be_hidden()
    page.locator("#bulk-action").select_option("category")
    page.locator("#bulk-to").fill("Many / Deep")
    page.get_by_role("button", name="Go on…").click()
    expect(page.locator("h1")).to_have_text("Move 2 products")
    page.get_by_role("button", name="Move 2 products").click()
    expect(page.get_by_text("Nothing is changed yet")).to_have_count(0)
    if not scripts:
        reload_until(page.locator(".figures"))
    expect(page.locator(".figures")).to_contain_text("Changed2")
    if scripts:
        desk.assert_sound()
    page.goto("/console/products?category=Many&sort=name")
    expect(page.get_by_role("link", name=f"{name} 0", exact=True)).to_be_visible()
