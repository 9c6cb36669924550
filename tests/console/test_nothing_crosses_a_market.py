"""Two markets side by side: what is the other's is a 404 like what does not exist, and none of its words appear."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People, log_in

CANARY = "canary-7f3a"


@pytest.fixture
def theirs(trade: Trade, people: People) -> dict[str, int]:
    """The outsider's product and orders, full of canaries."""
    market_id = people.outsider.market_id
    product_id = trade.product(
        stock=9,
        market_id=market_id,
        name=f"{CANARY} lamp",
        sku=f"{CANARY}-SKU",
        price_minor=900,
        maker=CANARY,
        category=CANARY,
        description=CANARY,
    )
    # The outsider's own owner made the first movement here, so that the ledger has a name of theirs as well.
    done = trade.order((product_id, 1), email=f"{CANARY}@example.org", name=f"{CANARY} Person")
    under_way = trade.order((product_id, 1), settle=False, email=f"{CANARY}@example.org", name=f"{CANARY} Person")
    email = trade.row("SELECT id FROM emails WHERE order_id = :id", id=done)["id"]
    return {"product": product_id, "done": done, "under_way": under_way, "email": email}


def test_what_is_anothers_is_not_there(owner: Desk, outsider: Desk, trade: Trade, theirs: dict[str, int]) -> None:
    product, done, under_way, email = theirs["product"], theirs["done"], theirs["under_way"], theirs["email"]
    pages = [
        f"/console/products/{product}", f"/console/products/{product}/delete", f"/console/stock/{product}", f"/console/stock/{product}/adjust",
        f"/console/stock/{product}/count", f"/console/stock?open={product}", f"/console/orders/{done}", f"/console/orders/{done}/state",
        f"/console/orders/{under_way}/cancel", f"/console/orders/{done}/refund", f"/console/orders/{done}/emails/{email}",
        f"/console/orders/{done}/emails/{email}/html", f"/live?topics=desk-order:{done}",
    ]  # fmt: skip
    for path in pages:
        refused = owner.client.get(path)
        assert refused.status_code == 404, path
        assert CANARY not in refused.text
        missing = owner.client.get(re.sub(r"\d+", "987654", path))
        assert missing.status_code == 404, path
        assert _plain(missing.text) == _plain(refused.text), path
        seen = outsider.client.get(path)
        assert seen.status_code == 200, path
        seen.close()


def test_nothing_of_anothers_is_changed(owner: Desk, trade: Trade, theirs: dict[str, int]) -> None:
    product, done, under_way, email = theirs["product"], theirs["done"], theirs["under_way"], theirs["email"]
    before = _all(trade)
    posts: dict[str, dict[str, object]] = {
        f"/console/products/{product}": {"name": "x", "sku": "x", "price": "1", "status": "active", "version": "1"},
        f"/console/products/{product}/delete": {},
        f"/console/stock/{product}/adjust": {"delta": "1", "reason": "received"},
        f"/console/stock/{product}/count": {"on_hand": "1", "expected": "9", "version": "1"},
        f"/console/stock/{product}/threshold": {"low_stock_threshold": "1", "version": "1"},
        f"/console/stock/{product}/pause": {},
        f"/console/stock/{product}/activate": {},
        f"/console/orders/{under_way}/cancel": {},
        f"/console/orders/{done}/refund": {"amount": "1", "reason": "mine", "left": "900"},
        f"/console/orders/{done}/emails/{email}/resend": {},
    }
    for path, fields in posts.items():
        assert owner.post(path, **fields).status_code == 404, path
    assert _all(trade) == before


def test_no_list_has_a_word_of_anothers(owner: Desk, outsider: Desk, theirs: dict[str, int]) -> None:
    for path in ("/console/products", "/console/stock", "/console/orders", "/console/orders?view=progress"):
        assert CANARY not in owner.get(path)
        assert CANARY in outsider.get(path)
        joint = "&" if "?" in path else "?"
        assert CANARY not in owner.get(f"{path}{joint}q={CANARY[:5]}")


def test_the_staff_keep_the_market_and_shoppers_do_not(app: Flask, people: People, theirs: dict[str, int]) -> None:
    assert "Stock" in Desk(app, people.staff).get("/console/stock")
    for someone, status in ((people.shopper, 403), (people.operator, 403)):
        browser = app.test_client()
        log_in(browser, someone)
        assert browser.get("/console/orders").status_code == status
        assert browser.get(f"/live?topics=desk-order:{theirs['done']}").status_code == 404
    stranger = app.test_client()
    assert stranger.get("/console/orders").location == "/login?next=/console/orders"
    assert stranger.get(f"/live?topics=desk-order:{theirs['done']}").status_code == 404
    assert stranger.get("/console/").status_code == 303


def test_a_change_from_another_site_is_refused(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=3)
    foreign = owner.client.post(f"/console/stock/{product_id}/pause", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert trade.row("SELECT active FROM inventories")["active"]


def _plain(page: str) -> str:
    return re.sub(r"<code>[0-9a-f]+</code>", "", page)


def _all(trade: Trade) -> list[object]:
    tables = ("products", "inventories", "stock_movements", "orders", "refunds", "emails", "audit", "events")
    counts: list[object] = [trade.row(f"SELECT count(*) AS many FROM {table}") for table in tables]
    return [*counts, trade.row("SELECT version, status FROM products")]
