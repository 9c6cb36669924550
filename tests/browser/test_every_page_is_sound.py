"""Every page of console, shop and accounts, wide and narrow, light and dark: axe finds nothing, the content policy refuses
nothing, the browser's console is quiet, and nothing is wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.fixtures import WIDTHS, BrowserPage, Market, Opener
from tests.browser.pages import NO_PAGES, OWNER, PAGES, SHOPPER, STRANGER, examples, who_opens
from tests.conftest import SettingsOn
from webapp.app import create_app

# A walk asks axe four times of each of its pages, on a machine that has others to serve.
pytestmark = pytest.mark.timeout(400)

EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
NARROW = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "target-size", "scrollable-region-focusable"]}

LOOKS: Sequence[tuple[int, Literal["light", "dark"], Mapping[str, Any]]] = (
    (1280, "light", EVERYTHING),
    (1280, "dark", COLOURS),
    (360, "dark", COLOURS),
    (360, "light", NARROW),
)
"""What axe is asked at each width and theme: all of it once, and then what a theme or a width can change."""


def test_every_page_is_listed_or_is_none(settings_on: SettingsOn) -> None:
    app = create_app(settings_on("sqlite"))
    answering = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not str(rule).startswith("/api/") and "styleguide" not in rule.endpoint
    }
    assert answering - PAGES.keys() - NO_PAGES.keys() == set()
    assert (PAGES.keys() | NO_PAGES.keys()) - answering == set(), "these are gone"


@pytest.fixture(scope="module")
def given(market_process: Market) -> Mapping[str, str]:
    """Examples, made once."""
    return examples(market_process)


WALKS = {
    "stock": (OWNER, r"/console/stock"),
    "products": (OWNER, r"/console/products"),
    "orders": (OWNER, r"/console/orders"),
    "desk": (OWNER, r"(?!/console/(stock|products|orders))"),
    "shopper": (SHOPPER, ""),
    "stranger": (STRANGER, ""),
}
"""Who walks, and along which addresses: none of the walks is long."""


@pytest.mark.parametrize("walk", WALKS)
def test_every_page_is_sound(browser_page: Opener, given: Mapping[str, str], walk: str) -> None:
    email, along = WALKS[walk]
    seen = browser_page()
    seen.page.context.add_init_script(AXE_SCRIPT)
    if email:
        seen.log_in(email)
    addresses = [
        address
        for endpoint, listed in PAGES.items()
        for address in (one.format(**given) for one in listed)
        if who_opens(endpoint) == email and re.match(along, address)
    ]
    assert addresses
    found = [f"{address}: {trouble}" for address in addresses for trouble in _look(seen, address)]
    assert not found, "\n".join(found)


def _look(seen: BrowserPage, address: str) -> list[str]:
    """What is wrong with one page, loaded once."""
    page = seen.page
    answer = page.goto(address)
    assert answer is not None
    troubles: list[str] = []
    if answer.status != (404 if address.endswith("/ended") else 200):
        troubles.append(f"answered {answer.status}")
    for width, theme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        page.emulate_media(color_scheme=theme)
        troubles += [f"{width} px, {theme}: {one}" for one in _axe(page, options)]
        if (wider := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
            troubles.append(f"is {wider} px wider than a screen of {width} px")
    # What was not found says so in the browser's console, and is meant.
    said = [one for one in seen.troubles if not (answer.status == 404 and re.search("status of 404", one))]
    seen.troubles.clear()
    return troubles + said


def _axe(page: Page, options: Mapping[str, Any]) -> list[str]:
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]
