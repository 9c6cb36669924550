"""Who may keep a market, and from where. That nothing of one market reaches another is walked in tests/isolation."""

from __future__ import annotations

from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People, log_in


def test_the_staff_keep_the_market_and_shoppers_do_not(app: Flask, people: People, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=1), 1))
    assert "Stock" in Desk(app, people.staff).get("/console/stock")
    for someone, status in ((people.shopper, 403), (people.operator, 403)):
        browser = app.test_client()
        log_in(browser, someone)
        assert browser.get("/console/orders").status_code == status
        assert browser.get(f"/live?topics=desk-order:{order_id}").status_code == 404
    stranger = app.test_client()
    assert stranger.get("/console/orders").location == "/login?next=/console/orders"
    assert stranger.get(f"/live?topics=desk-order:{order_id}").status_code == 404
    assert stranger.get("/console/").status_code == 303


def test_a_change_from_another_site_is_refused(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=3)
    foreign = owner.client.post(f"/console/stock/{product_id}/pause", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert trade.row("SELECT active FROM inventories")["active"]
