"""The figures of the stock's list move by themselves: the state tells what moved lately, of one's own market only."""

from __future__ import annotations

import re

from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People, log_in
from webapp import clock
from webapp.console.stock_live import LATELY, versions
from webapp.db import db


def version(app: Flask, market_id: int) -> object:
    """How new a market's figures are."""
    with app.app_context():
        found = versions([market_id])[market_id]
        db.session.remove()
    return found


def figures(page: str, product_id: int) -> dict[str, str]:
    """What the state says of a product."""
    row = page.split(f'<li data-stock="{product_id}">', 1)[1].split("</li>", 1)[0]
    return {
        name: re.sub(r"<[^>]+>", "", text).strip()
        for name, text in re.findall(r'<span data-figure="(\w+)">(.*?)</span>(?=<span data-figure|$)', row, re.DOTALL)
    }


def test_what_moved_is_told_with_its_badge(app: Flask, owner: Desk, trade: Trade, people: People) -> None:
    product_id = trade.product(stock=5)
    before = version(app, people.owner.market_id)
    assert before == version(app, people.owner.market_id)
    trade.order((product_id, 5), settle=False)
    trade.step()
    trade.step()
    assert version(app, people.owner.market_id) != before
    told = figures(owner.get("/console/stock/moved"), product_id)
    assert re.fullmatch(r"\d\d:\d\d", told.pop("changed"))
    assert told == {"state": "Out", "on_hand": "5", "reserved": "5", "available": "0"}
    trade.settle()
    assert figures(owner.get("/console/stock/moved"), product_id)["on_hand"] == "0"
    page = owner.get("/console/stock")
    assert f'<tr data-stock="{product_id}"' in page
    assert f"/live?topics=desk-stock:{people.owner.market_id}" in page


def test_what_has_been_still_for_long_is_not_told(owner: Desk, trade: Trade) -> None:
    with clock.set_to(clock.now() - 2 * LATELY):
        product_id = trade.product(stock=5)
    assert f'data-stock="{product_id}"' not in owner.get("/console/stock/moved")


def test_nobody_watches_another_market(app: Flask, owner: Desk, outsider: Desk, trade: Trade, people: People) -> None:
    theirs = trade.product(stock=5, market_id=people.outsider.market_id)
    before = version(app, people.owner.market_id)
    trade.order((theirs, 1))
    assert version(app, people.owner.market_id) == before
    assert f'data-stock="{theirs}"' not in owner.get("/console/stock/moved")
    assert f'data-stock="{theirs}"' in outsider.get("/console/stock/moved")
    address = f"/live?topics=desk-stock:{people.outsider.market_id}"
    assert owner.client.get(address).status_code == 404
    seen = outsider.client.get(address)
    assert seen.status_code == 200
    seen.close()
    shopper = app.test_client()
    log_in(shopper, people.shopper)
    assert shopper.get(address).status_code == 404
