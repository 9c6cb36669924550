"""What browser tests share: a market as a process of its own, Chromium, and pages that remember what went wrong on them.

Tests that use them live in this folder, so that one market and one Chromium serve all of them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.live.serving import until
from tests.processes import free_port
from webapp.settings import ROOT

__all__ = [
    "WIDE_AND_NARROW",
    "WIDTHS",
    "BrowserPage",
    "Market",
    "Opener",
    "Wire",
    "at_rest",
    "browser_page",
    "market_process",
    "reload_until",
]

PATIENCE = 120.0
"""Seconds that the market's demo may take to be told."""

WIDTHS = {1280: 900, 360: 760}
"""The widths that pages are tried at, and their heights."""

PHONE = 600
"""Below this width a screen is touched."""


@dataclass(frozen=True)
class Market:
    """A market that runs: where it answers, the demo's passwords by email, and the cookies of who has logged in already."""

    url: str
    home: Path
    passwords: dict[str, str]
    entered: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class BrowserPage:
    """A page of a browser, and everything that a reader of its console would frown at."""

    page: Page
    market: Market
    troubles: list[str] = field(default_factory=list)

    def log_in(self, email: str = "owner@demo.market") -> None:
        """Log in: through the form the first time, and from then on with the cookies of that time, and no page is opened. Who
        has been here as a guest goes through the form, as the basket comes along."""
        fresh = not self.page.context.cookies()
        if fresh and email in self.market.entered:
            self.page.context.add_cookies(self.market.entered[email])
            return
        self.page.goto("/login")
        self.page.fill("#email", email)
        self.page.fill("#password", self.market.passwords[email])
        self.page.click("main button")
        self.page.wait_for_url(re.compile(r"/console/|/$"))
        if fresh:
            self.market.entered[email] = list(self.page.context.cookies())

    def assert_sound(self) -> None:
        """Nothing failed or was refused by the content policy, nothing is wider than the screen, axe finds nothing."""
        assert self.troubles == []
        # Between two pages there is nothing to look at; asking in the page itself would be refused by its policy.
        self.page.locator("body").wait_for(state="attached")
        self.page.wait_for_load_state()
        wider = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px wider than the screen"
        found = Axe().run(self.page).response["violations"]
        assert not found, [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]


class Wire:
    """What lies between a page and the market, for the requests of one address: they pass, are held, are cut or fail.

    To be laid before the page is opened: Chromium tells a page that is open already some time later, and what that page asks
    until then passes by.
    """

    def __init__(self, page: Page, pattern: str) -> None:
        self.held: list[Route] = []
        self._page = page
        self._meet: Callable[[Route], None] = Route.continue_
        page.route(pattern, self._met)

    def hold(self) -> None:
        """From now on requests wait, in `held`."""
        self._meet = self.held.append

    def cut(self) -> None:
        """From now on the market cannot be reached."""
        self._meet = Route.abort

    def fail(self) -> None:
        """From now on the market answers that something in it is broken."""
        self._meet = lambda route: route.fulfill(status=500, body="broken")

    def mend(self) -> None:
        """From now on requests pass, first of all those that are held."""
        self._meet = Route.continue_
        for route in self.held:
            route.continue_()
        self.held = []

    def wait(self, seconds: float = 60) -> None:
        """Wait until a request is held; after so long the test fails."""

        def asked() -> bool:
            self._page.wait_for_timeout(20)  # Playwright hears of a request only while something of it is waited for.
            return bool(self.held)

        until(asked, seconds)

    def _met(self, route: Route) -> None:
        self._meet(route)


Opener = Callable[..., BrowserPage]


def reload_until(there: Locator, seconds: float = 60) -> None:
    """Where no script moves the page, it is loaded again until this is there, and after so long the test fails."""
    end = time.monotonic() + seconds
    while not there.count():
        assert time.monotonic() < end, f"not within {seconds} s: {there}\n{there.page.locator('main').inner_text()}"
        there.page.wait_for_timeout(250)
        there.page.reload()


def at_rest(page: Page, there: Locator) -> None:
    """Wait until a press has led to the page that has this, and its scripts listen: until then a link with a dialog is a link."""
    expect(there).to_be_visible()
    page.wait_for_load_state()


WIDE_AND_NARROW = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture(scope="session")
def market_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The embedded market with its demo, as `make run` starts it, in a home of its own; ended by SIGTERM."""
    home = tmp_path_factory.mktemp("market")
    clean = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    environment = {
        **clean,
        "MARKET_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "ORDER_RATE": "2000",
        # A card that takes its time takes this long: time enough for any machine to look at its order while that is under way.
        "PAYMENT_TIMEOUT": "6",
    }
    log = home / "market.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.embedded"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        yield Market(_ready(process, log), home, _passwords(home))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def browser_page(market_process: Market, browser: Browser) -> Iterator[Opener]:
    """Opens pages: `browser_page(width=1280, theme="light", scripts=True)`. Each has a session of its own."""
    opened: list[BrowserContext] = []

    def open_page(width: int = 1280, theme: Any = "light", scripts: bool = True) -> BrowserPage:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)}, color_scheme=theme, java_script_enabled=scripts,
            base_url=market_process.url, reduced_motion="reduce", has_touch=width < PHONE,
        )  # fmt: skip
        context.set_default_timeout(20_000)
        opened.append(context)
        shown = BrowserPage(context.new_page(), market_process)
        shown.page.on(
            "console", lambda message: shown.troubles.append(message.text) if message.type == "error" else None
        )
        shown.page.on("pageerror", lambda error: shown.troubles.append(str(error)))
        shown.page.on(
            "response", lambda got: shown.troubles.append(f"{got.status} {got.url}") if got.status >= 500 else None
        )
        return shown

    yield open_page
    for context in opened:
        context.close()


_OTHERS = {
    "DATABASE_URL",
    "KAFKA_BROKERS",
    "AMQP_URL",
    "SMTP_URL",
    "PROVIDER_URL",
    "SECRET_KEY",
    "DEMO",
    "METRICS_PORT",
}
"""Settings that would make it another market than the embedded one."""


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        said = log.read_text()
        if found := re.search(r"is ready at (http://\S+)", said):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the market did not start:\n{log.read_text()[-3000:]}")


def _passwords(home: Path) -> dict[str, str]:
    lines = (line.split() for line in (home / "demo-accounts.txt").read_text().splitlines())
    return {email: password for _, email, password in lines}
