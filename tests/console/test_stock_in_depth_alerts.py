"""Low stock: every crossing of a threshold raises one alert, and the owners are written to once."""

from __future__ import annotations

from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People
from webapp import clock
from webapp.db import Row, db, fetch, transact
from webapp.inventory import low


def look(app: Flask) -> int:
    """The timer's look; returns how many alerts it raised."""
    with app.app_context():
        raised = transact(lambda: low.raise_alerts(clock.now()))
        db.session.remove()
    return raised


def told(app: Flask) -> list[Row]:
    """The letters about low stock, oldest first."""
    with app.app_context():
        found = fetch("SELECT * FROM emails WHERE kind = 'low_stock' ORDER BY id")
        db.session.remove()
    return found


def threshold(owner: Desk, trade: Trade, product_id: int, units: int) -> None:
    """Set where low begins."""
    version = trade.row("SELECT version FROM inventories WHERE product_id = :id", id=product_id)["version"]
    sent = owner.post(f"/console/stock/{product_id}/threshold", low_stock_threshold=str(units), version=str(version))
    assert sent.status_code == 303


def state(trade: Trade, product_id: int) -> tuple[bool, int, int]:
    """Whether a stock is low, how often it became so, and how many of those were alerted."""
    row = trade.row("SELECT low_since, crossings, alerted FROM inventories WHERE product_id = :id", id=product_id)
    return row["low_since"] is not None, row["crossings"], row["alerted"]


def test_a_new_stock_has_crossed_nothing(app: Flask, trade: Trade) -> None:
    product_id = trade.product()
    assert state(trade, product_id) == (True, 0, 0)
    assert look(app) == 0


def test_each_crossing_alerts_once(app: Flask, owner: Desk, trade: Trade, people: People) -> None:
    product_id = trade.product(stock=10, name="Tall pitcher", sku="MH-PIT")
    threshold(owner, trade, product_id, 4)
    assert state(trade, product_id) == (False, 0, 0)
    trade.order((product_id, 5))
    assert state(trade, product_id) == (False, 0, 0)
    trade.order((product_id, 1))
    assert state(trade, product_id) == (True, 1, 0)
    trade.order((product_id, 1))
    assert state(trade, product_id) == (True, 1, 0)
    assert look(app) == 1
    assert look(app) == 0
    trade.settle()
    [letter] = told(app)
    assert letter["recipient"] == people.owner.email
    assert letter["state"] == "SENT"
    assert letter["subject"].startswith("Tall pitcher is low at ")
    assert "Tall pitcher (MH-PIT): 3 left to sell; low begins at 4." in letter["text"]
    # Filled up, it may cross again; a refused payment gives back what it held, and takes nothing from the count.
    assert owner.post(f"/console/stock/{product_id}/adjust", delta="2", reason="received").status_code == 303
    assert state(trade, product_id) == (False, 1, 1)
    trade.order((product_id, 1), token="tok_declined")
    assert state(trade, product_id) == (False, 2, 1)
    assert look(app) == 1
    trade.settle()
    assert len(told(app)) == 1, "what is full again needs no letter"
    assert owner.post(f"/console/stock/{product_id}/adjust", delta="-5", reason="damaged").status_code == 303
    assert look(app) == 1
    trade.settle()
    assert len(told(app)) == 2
    with app.app_context():
        alerts = fetch("SELECT crossing, available, threshold, told_at FROM stock_alerts ORDER BY crossing")
        db.session.remove()
    assert [(row["crossing"], row["available"], row["told_at"] is None) for row in alerts] == [
        (1, 3, False), (2, 5, True), (3, 0, False),
    ]  # fmt: skip


def test_a_raised_threshold_is_a_crossing_and_one_letter_names_all(app: Flask, owner: Desk, trade: Trade) -> None:
    products = [trade.product(stock=5, name=f"Bowl {n}") for n in range(3)]
    draft = trade.product(stock=5, status="draft")
    for product_id in (*products, draft):
        threshold(owner, trade, product_id, 5)
    assert look(app) == 4
    trade.settle()
    [letter] = told(app)
    assert letter["subject"].startswith("Bowl 0 and 2 more are low")
    assert all(f"Bowl {n} (" in letter["text"] for n in range(3))


def test_the_letter_goes_to_the_owners_of_its_own_market(app: Flask, trade: Trade, people: People) -> None:
    product_id = trade.product(stock=1, market_id=people.outsider.market_id)
    trade.order((product_id, 1))
    assert look(app) == 1
    trade.settle()
    assert [letter["recipient"] for letter in told(app)] == [people.outsider.email]
