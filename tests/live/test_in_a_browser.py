"""A live page in Chromium: htmx's stream, static/js/live.js beside it, and the server that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import orders
from tests.live.serving import Readers, Server, until
from webapp.db import transact
from webapp.live.hub import MOST_STREAMS

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def shows(page: Page, status: str, word: str) -> None:
    """The page has this status, and says this about its own connection."""
    expect(page.locator("#order")).to_have_attribute("data-status", status)
    expect(page.locator("[data-live-word]")).to_have_text(word)


def test_a_page_follows_its_order_through_a_lost_connection_and_then_rests(server: Server, page: Page) -> None:
    [row] = orders.place(1)
    page.goto(f"{server.base}/test/page/{row['link']}")
    shows(page, "INVENTORY_PENDING", "Live")
    transact(lambda: orders.to_payment([row["id"]]))
    shows(page, "PAYMENT_PENDING", "Live")

    server.terminate()
    shows(page, "PAYMENT_PENDING", "Connection lost")
    expect(page.locator("[data-lost]")).to_be_visible()
    server.start()
    shows(page, "PAYMENT_PENDING", "Live")
    expect(page.locator("[data-lost]")).to_be_hidden()

    transact(lambda: orders.complete([row["id"]]))
    expect(page.locator("#order")).to_have_attribute("data-status", "COMPLETED")
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.locator("[data-live-word]")).to_be_hidden()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4_000)
    assert asked == [], "a settled page asks nothing any more"


@pytest.mark.timeout(240)
def test_a_page_without_a_stream_asks_every_two_seconds(server: Server, readers: Readers, page: Page) -> None:
    [row] = orders.place(1)
    kept = [readers.open(f"/live?topics=page:{row['link']}") for _ in range(MOST_STREAMS["threads"])]
    until(lambda: all(reader.status == 200 for reader in kept))
    page.goto(f"{server.base}/test/page/{row['link']}")
    shows(page, "INVENTORY_PENDING", "Checking every 2 s")
    transact(lambda: orders.to_payment([row["id"]]))
    shows(page, "PAYMENT_PENDING", "Checking every 2 s")
    readers.leave(kept)
    # htmx asks for a stream that was refused less and less often.
    expect(page.locator("[data-live-word]")).to_have_text("Live", timeout=90_000)
    transact(lambda: orders.complete([row["id"]]))
    expect(page.locator("#order")).to_have_attribute("data-status", "COMPLETED")
