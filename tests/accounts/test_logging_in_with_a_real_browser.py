"""Chromium logs in and out, with scripts and without, and carries no foreign page's form to us."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.people import PASSWORD, People
from webapp.web.access import public

pytestmark = pytest.mark.browser

FOREIGN_FORM = '<form method="post" action="{action}"><button>Win a bowl</button></form>'


@pytest.fixture
def address(app: Flask, people: People) -> Iterator[str]:
    """The market, listening; the same port is `localhost` and `127.0.0.1`: two sites to a browser."""
    assert people.owner.market_id
    trap = public(lambda: (FOREIGN_FORM.format(action="/logout"), {"Content-Security-Policy": "form-action *"}))
    app.add_url_rule("/trap", "trap", trap)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_shopper_logs_in_and_out(browser: Browser, address: str, people: People, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(f"{address}/login?next=/healthz")
    page.get_by_label("Email").fill(people.shopper.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()
    assert "do not belong together" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Email").input_value() == people.shopper.email
    assert page.get_by_label("Password").input_value() == ""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/healthz")
    assert [cookie["httpOnly"] for cookie in context.cookies()] == [True]

    page.goto(f"{address}/trap")
    page.get_by_role("button").click()
    page.wait_for_url(f"{address}/")
    assert context.cookies() == []
    context.close()


def test_a_foreign_page_cannot_log_anybody_out(browser: Browser, address: str, people: People) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill(people.shopper.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/")

    foreign = address.replace("127.0.0.1", "localhost")
    form = FOREIGN_FORM.format(action=f"{address}/logout")
    page.route(f"{foreign}/trap", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto(f"{foreign}/trap")
    with page.expect_response(f"{address}/logout") as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    assert len(context.cookies(address)) == 1
    context.close()
