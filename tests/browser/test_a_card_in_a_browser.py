"""Paying by card in Chromium, with a Stripe.js of our own in the place of theirs: what is typed goes to Stripe alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Request, Route, expect

from tests.browser.fixtures import WIDTHS, BrowserPage, Market
from tests.conftest import SettingsOn
from tests.console.conftest import Trade
from tests.payments.desk import listening
from tests.payments.stripes import BANK
from tests.people import settle
from tests.processes import free_port
from tests.provider.running import eventually
from tests.shop.test_a_card_at_the_till import CARDS, orders
from webapp import live
from webapp.app import create_app
from webapp.db import db, execute, transact

NUMBER, WRONG = "4242424242424242", "4000000000000002"

STRIPE_JS = """
window.Stripe = (key) => {
  let field, changed = () => {}, made = 0;
  const card = {
    mount: (place) => { field = document.createElement("input"); field.setAttribute("aria-label", "Card number");
                        field.addEventListener("input", () => changed({ empty: !field.value })); place.append(field); },
    on: (name, then) => { changed = then; }, update: () => {}, focus: () => field.focus(),
  };
  return {
    elements: () => ({ create: () => card }),
    createPaymentMethod: async () => field.value === "WRONG" ? { error: { message: "Your card number is invalid." } }
                                                         : { paymentMethod: { id: `pm_${key}_${++made}` } },
  };
};
""".replace("WRONG", WRONG)


@pytest.fixture
def house(settings_on: SettingsOn) -> Iterator[tuple[Flask, str]]:
    """A house that takes cards, its address, and one thing on the shelf; nobody works for it."""
    port = free_port()
    plain = settings_on("sqlite").model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    app = create_app(plain)
    product = Trade(app, settle(app)).product(stock=9)
    app.extensions["settings"] = plain.model_copy(update=CARDS)
    over = threading.Event()
    live.end_with(app, over.is_set)
    with listening(app, port):
        yield app, f"/p/{product}-thing-1/order?quantity=2"
        over.set()
        eventually(lambda: not app.extensions["live"].awake)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def opened(browser: Browser, app: Flask, width: int, answers: Any) -> tuple[BrowserContext, BrowserPage]:
    """A page of that house; `answers` stands for js.stripe.com."""
    url = app.extensions["settings"].base_url
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, base_url=url, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    context.route("https://js.stripe.com/**", answers)
    shown = BrowserPage(context.new_page(), Market(url, app.extensions["settings"].home, {}))
    shown.page.on("console", lambda said: shown.troubles.append(said.text) if said.type == "error" else None)
    shown.page.on("pageerror", lambda error: shown.troubles.append(str(error)))
    return context, shown


def serve(route: Route) -> None:
    """Stripe.js, as far as our page uses it."""
    route.fulfill(body=STRIPE_JS, content_type="text/javascript")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_card_is_typed_at_stripes_and_only_its_token_comes_to_us(
    browser: Browser, house: tuple[Flask, str], width: int
) -> None:
    app, path = house
    context, shown = opened(browser, app, width, serve)
    page = shown.page
    told: list[str] = []
    page.on("request", lambda request: told.append(f"{request.url} {request.post_data or ''}"))
    page.goto(path)
    shown.assert_sound()
    page.fill("#email", "ingrid@example.org")
    for name, value in (("name", "Ingrid"), ("street", "Møllestien 42"), ("postcode", "8000"), ("city", "Aarhus C")):
        page.fill(f"#{name}", value)
    button = page.locator(".shop-till .btn-main")
    page.get_by_label("Card number").fill(WRONG)
    button.click()
    expect(page.locator("[data-card-say]")).to_have_text("Your card number is invalid.")
    assert orders(app) == []
    shown.assert_sound()
    page.get_by_label("Card number").fill(NUMBER)
    button.click()
    page.wait_for_url("**/o/*")
    [order] = orders(app)
    assert order["payment_token"] == "pm_pk_test_tests_1"
    assert not [one for one in told if NUMBER in one or WRONG in one]

    with app.app_context():
        transact(lambda: execute("UPDATE orders SET status = 'PAYMENT_PENDING'"))
        transact(
            lambda: execute(
                "INSERT INTO payments (order_id, market_id, state, amount_minor, currency, method, token, idempotency_key, traceparent,"
                " next_call, overdue_at, opened_at, updated_at, action_url) SELECT id, market_id, 'CALLING', total_minor, currency, 'card', 'pm_one',"
                " 'k', traceparent, 'look_up', placed_at, placed_at, placed_at, :url FROM orders",
                url=BANK,
            )
        )
    at_the_bank: list[Request] = []

    def bank(route: Route) -> None:
        at_the_bank.append(route.request)
        route.fulfill(body="The bank", content_type="text/plain")

    context.route("https://hooks.stripe.com/**", bank)
    page.reload()
    shown.assert_sound()
    page.get_by_role("link", name="Confirm with your bank").click()
    page.wait_for_url(BANK)
    assert "referer" not in at_the_bank[0].headers
    page.goto(f"/o/{order['link']}?payment_intent=pi_1&payment_intent_client_secret=secret&redirect_status=succeeded")
    assert "secret" not in page.url
    context.close()


def test_where_stripes_script_does_not_come_the_page_says_so(browser: Browser, house: tuple[Flask, str]) -> None:
    app, path = house
    context, shown = opened(browser, app, 360, lambda route: route.abort())
    shown.page.goto(path)
    expect(shown.page.locator("[data-card-say]")).to_contain_text("The card field could not be loaded.")
    context.close()
