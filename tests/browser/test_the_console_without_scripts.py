"""The console's main ways as plain forms, in a Chromium that runs no script, on a desk and on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.fixtures import WIDE_AND_NARROW, Opener, reload_until


@WIDE_AND_NARROW
def test_the_main_ways_need_no_script(browser_page: Opener, width: int) -> None:
    desk = browser_page(width, scripts=False)
    desk.log_in()
    page = desk.page
    page.goto("/console/")

    # What opens the palette leads to its page; so do the keys.
    page.locator(".quick").click()
    page.locator("#palette-q").fill("dinner plate")
    page.keyboard.press("Enter")
    page.locator("#found a").filter(has_text="Dinner plate").click()
    expect(page.locator("h1")).to_contain_text("Dinner plate")
    product = page.url.rpartition("/")[2]

    # What was done is undone by the button beside the message.
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".notices")).to_contain_text("is archived")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".notices")).to_contain_text("is on the shelf again")

    # A question that is a dialog elsewhere is a page here.
    page.get_by_role("link", name="Delete…").click()
    expect(page).to_have_url(f"{desk.market.url}/console/products/{product}/delete")
    page.get_by_role("link", name="Keep it").click()

    # An adjustment, and its undo.
    page.get_by_role("link", name="Adjust").click()
    page.locator(".sums .input").fill("3")
    page.get_by_role("button", name="Change stock").click()
    expect(page.locator(".notices")).to_contain_text("3 added")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".notices")).to_contain_text("Undone")

    # No tab is out of sight, as nothing brings the chosen one into it.
    page.goto("/console/orders?view=cancelled")
    for tab in page.locator(".tabs a").all():
        expect(tab).to_be_in_viewport(ratio=1)

    # Filters, and many products at once.
    page.goto("/console/products")
    page.get_by_text("Filter and sort").click()
    page.locator("#filter-sort").select_option("name")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(f"{desk.market.url}/console/products?category=&stock=&picture=&sort=name")
    page.goto("/console/products?q=dinner+plate")
    page.locator('input[name="id"]').first.check()
    page.locator("#bulk-action").select_option("draft")
    page.get_by_role("button", name="Go on…").click()
    expect(page.get_by_text("Nothing is changed yet")).to_be_visible()
    page.get_by_role("button", name="Make a draft of 1 product").click()
    expect(page.get_by_text("Nothing is changed yet")).to_have_count(0)
    reload_until(page.get_by_text("What became of it"))
    page.goto(f"/console/products/{product}")
    page.get_by_role("button", name="Put on the shelf").click()
    expect(page.locator(".notices")).to_contain_text("on the shelf")

    # A file of products, looked at and left.
    page.goto("/console/imports")
    rows = b"SKU,Name,Price,Currency\nNOSCRIPT-1,A thing,9.50,EUR\n"
    page.locator("#file").set_input_files({"name": "plain.csv", "mimeType": "text/csv", "buffer": rows})
    page.get_by_role("button", name="See what it would change").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+$"))
    reload_until(page.get_by_text("This would add"))
    page.get_by_role("button", name="Discard").first.click()
    expect(page.locator(".notices")).to_contain_text("The import is discarded")

    # A colleague: invited, and the invitation taken back.
    page.goto("/console/people")
    colleague = f"noscript-{width}@example.org"
    page.locator("#email").fill(colleague)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.locator(".notices")).to_contain_text(f"Invited {colleague}")
    page.get_by_role("button", name=f"Withdraw the invitation of {colleague}").click()
    expect(page.locator(".notices")).to_contain_text("Withdrawn")
    assert desk.troubles == []
