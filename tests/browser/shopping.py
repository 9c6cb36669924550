"""What the shop's browser tests share: a product of their own, and a shopper's ways."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import Market
from tests.browser.test_the_console_in_a_browser import token

__all__ = ["BOTH", "EACH", "SECONDS", "address_of", "fill", "order", "product", "stock_of"]

EACH = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
BOTH = pytest.mark.parametrize("width", [1280, 360])
ADDRESS = {"Email": "ingrid.solberg@post.dk", "Full name": "Ingrid Solberg", "Street and number": "Møllestien 42", "Postcode": "8000", "City": "Aarhus C"}  # fmt: skip
SECONDS = 60_000


@pytest.fixture
def product(market_process: Market) -> dict[str, Any]:
    """A product of its own with five on the shelf, made by the API."""
    sku = f"SHOP-{secrets.token_hex(6)}"
    with httpx.Client(
        base_url=market_process.url, headers={"Authorization": f"Bearer {token(market_process, 'owner@demo.market')}"}
    ) as owner:
        made = owner.post(
            "/api/v1/products", json={"sku": sku, "name": f"Cup {sku[5:]}", "price": "12.50", "currency": "EUR"}
        )
        assert made.status_code == 201, made.text
        row: dict[str, Any] = made.json()
        stocked = owner.post(f"/api/v1/products/{row['id']}/stock-adjustments", json={"delta": 5, "reason": "received"})
        assert stocked.status_code == 201, stocked.text
    return row


def address_of(row: dict[str, Any]) -> str:
    """A product's page."""
    return f"/p/{row['id']}-{row['slug']}"


def fill(page: Page, card: str = "tok_success") -> None:
    """Fill the order form in as a guest."""
    for label, text in ADDRESS.items():
        page.get_by_label(label, exact=True).fill(text)
    page.locator(f"input[value={card}]").check()


def order(page: Page, row: dict[str, Any], quantity: int = 1, card: str = "tok_success") -> str:
    """Order from the product's page on; returns the address of the order's page."""
    page.goto(address_of(row))
    for _ in range(quantity - 1):
        page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Order this").click()
    fill(page, card)
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url("**/o/*")
    return page.url


def stock_of(market: Market, row: dict[str, Any]) -> int:
    """How many are on the shelf."""
    with httpx.Client(
        base_url=market.url, headers={"Authorization": f"Bearer {token(market, 'owner@demo.market')}"}
    ) as owner:
        return int(owner.get(f"/api/v1/products/{row['id']}/inventory").json()["available"])
