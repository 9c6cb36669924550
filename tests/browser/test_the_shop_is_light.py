"""What a page of the shop weighs when it is seen for the first time, and that nothing on it shifts, fails or is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from tests.browser.fixtures import Opener
from tests.browser.shopping import SECONDS, address_of, fill, product
from tests.live.serving import until

__all__ = ["product"]

KB = 1024
WATCH = """
window.shifted = 0; window.refused = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.shifted += one.value)))
  .observe({ type: 'layout-shift', buffered: true });
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

BUDGETS = {
    "home": (32, 240),
    "market": (46, 260),
    "category": (36, 250),
    "search": (22, 215),
    "product": (28, 225),
    "basket": (20, 210),
    "checkout": (20, 215),
    "order": (21, 215),
}
"""Requests and kilobytes that a page may ask for, cold and scrolled to its end: a quarter more than it takes today."""

SEEN = [(name, 1280) for name in BUDGETS] + [(name, 360) for name in ("market", "product", "order")]


class Scale:
    """Weighs what a browser is sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: list[Response] = []
        page.add_init_script(WATCH)
        page.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        # What is left of the goods is asked for anew every few seconds for as long as somebody looks: no part of the first sight.
        if urlsplit(answer.url).path != "/left":
            self.answers.append(answer)

    def weigh(self) -> tuple[int, float]:
        """Scroll to the end, so that what is loaded late is loaded; returns requests and kilobytes, headers included."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        self.page.wait_for_load_state("networkidle")
        sent = [answer.request.sizes() for answer in self.answers]
        return len(sent), sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sent) / KB


@pytest.mark.parametrize(("name", "width"), SEEN)
def test_a_page_keeps_to_its_budget(browser_page: Opener, product: dict[str, Any], name: str, width: int) -> None:
    paths = {
        "home": "/", "market": "/m/alder-lane", "category": "/m/alder-lane/table", "search": "/search?q=lamp", "product": "/p/1", "basket": "/cart",
        "checkout": f"{address_of(product)}/order",
    }  # fmt: skip
    shopper = browser_page(width)
    page = shopper.page
    path = paths.get(name) or _ordered(browser_page, product)
    scale = Scale(page)
    page.goto(path)
    requests, kilobytes = scale.weigh()
    most_requests, most_kilobytes = BUDGETS[name]
    assert requests <= most_requests, [answer.url for answer in scale.answers]
    assert kilobytes <= most_kilobytes
    assert page.evaluate("window.shifted") < 0.01
    assert page.evaluate("window.refused") == []
    assert shopper.troubles == []
    first = scale.answers[0] if scale.answers[0].status == 200 else scale.answers[1]
    if name in ("home", "market", "category", "search", "product"):
        assert "set-cookie" not in first.headers
        # An order of the test before may still have been taking from the shelf; what nobody changes any more is not sent twice.
        seen = [first.headers["etag"]]

        def unchanged() -> bool:
            again = page.request.get(first.url, headers={"If-None-Match": seen[-1]})
            seen.append(again.headers.get("etag", seen[-1]))
            return (again.status, again.body()) == (304, b"")

        until(unchanged)


def _ordered(browser_page: Opener, row: dict[str, Any]) -> str:
    page = browser_page().page
    page.goto(f"{address_of(row)}/order")
    fill(page)
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    page.locator("#order[data-final]").wait_for(timeout=SECONDS)
    return page.url
