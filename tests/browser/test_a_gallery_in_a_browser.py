"""A product's pictures in Chromium: reached by their small ones, by the keyboard and by swiping, with a script and without one."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.fixtures import Opener
from tests.browser.shopping import SECONDS, address_of, product
from tests.browser.test_products_in_a_browser import photograph

__all__ = ["product"]


def test_a_gallery_is_looked_through(browser_page: Opener, product: dict[str, Any]) -> None:
    owner = browser_page()
    owner.log_in()
    owner.page.goto(f"/console/products/{product['id']}")
    owner.page.locator("#files").set_input_files(
        [photograph(colour, f"{colour}.jpg") for colour in ("teal", "navy", "maroon")]
    )
    owner.page.get_by_role("button", name="Upload").click()
    expect(owner.page.locator(".product-sheet img")).to_have_count(3, timeout=SECONDS)
    for width, theme, scripts, chosen in (
        (1280, "light", True, 1600),
        (360, "dark", True, 800),
        (360, "light", False, 800),
    ):
        shopper = browser_page(width, theme, scripts)
        page = shopper.page
        page.goto(address_of(product))
        third = page.get_by_role("link", name="Picture 3 of 3")
        if scripts:
            shopper.assert_sound()
        third.click()
        expect(page.locator("#picture-3")).to_be_in_viewport(ratio=0.5)
        expect(page.locator("#picture-1")).not_to_be_in_viewport()
        if not scripts:
            continue
        expect(third).to_have_attribute("aria-current", "true")
        page.get_by_role("group", name="Pictures of").press("ArrowLeft")
        expect(page.get_by_role("link", name="Picture 2 of 3")).to_have_attribute("aria-current", "true")
        assert str(page.locator("#picture-2 img").evaluate("(one) => one.currentSrc")).endswith(f"-{chosen}.webp")
