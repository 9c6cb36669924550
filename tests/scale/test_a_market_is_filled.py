"""A filled market is a market: every invariant holds of it, its sums are what counting gives, and its pages show it."""

from __future__ import annotations

import pytest
from flask import Flask

from bench.fill import filling, goods
from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.console.rollups import commands as sums
from webapp.console.rollups.counting import DAY
from webapp.db import Row, db, fetch, transact
from webapp.errors import Conflict, NotFound
from workers import checking

WHO = Actor.system("tests")
SUMS = ("rollup_days", "rollup_steps", "rollup_products", "rollup_counted")


@pytest.fixture
def market(app: Flask) -> None:
    """A market with nothing in it."""
    with app.app_context():
        transact(lambda: accounts.create_market("alder-lane", "Alder Lane", "EUR", actor=WHO))
        db.session.remove()


def fill(products: int = 60, orders: int = 400, beside_others: bool = False) -> list[str]:
    """Fill the market in pieces, and return what was heard of it."""
    heard: list[str] = []
    filling.fill(
        "alder-lane", products, orders, 3, beside_others, lambda what, there, of: heard.append(f"{what} {there}/{of}")
    )
    return heard


def one(sql: str) -> Row:
    """The one row of a query."""
    [row] = fetch(sql)
    db.session.rollback()
    return row


@pytest.mark.usefixtures("market")
def test_every_invariant_holds_of_a_filled_market(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(filling, "PIECE", 150)
    with app.app_context():
        heard = fill()
        assert heard == ["products 60/60", "orders 150/400", "orders 300/400", "orders 400/400", "counted 60/60"]
        status = checking.run(app, drained=True, wait=0)
        said = capsys.readouterr().out
        # Nobody but a provider could say what was charged, and nothing was.
        assert "broken" not in said, said
        assert status == 0
        found = fetch("SELECT status, count(*) AS orders FROM orders GROUP BY status")
        assert {row["status"]: row["orders"] for row in found} == {
            "COMPLETED": 328, "REFUNDED": 8, "INVENTORY_REJECTED": 24, "PAYMENT_REJECTED": 24, "CANCELLED": 16,
        }  # fmt: skip
        assert one("SELECT count(*) AS n FROM inventories WHERE on_hand = 0")["n"] == 2
        assert one("SELECT count(*) AS n FROM inventories WHERE low_since IS NOT NULL")["n"] == 5


@pytest.mark.usefixtures("market")
def test_the_sums_are_what_counting_the_days_anew_gives(app: Flask) -> None:
    with app.app_context():
        fill()
        before = {table: sorted(str(sorted(row.items())) for row in fetch(f"SELECT * FROM {table}")) for table in SUMS}
        days = [row["day"] for row in fetch("SELECT DISTINCT day FROM rollup_counted ORDER BY day")]
        db.session.rollback()
        assert len(days) in (3, 4)
        for day in days:
            assert not sums.differs(day)
            assert sums.recount(day) > 0
        after = {table: sorted(str(sorted(row.items())) for row in fetch(f"SELECT * FROM {table}")) for table in SUMS}
        assert after == before
        newest = one("SELECT max(at) AS at FROM events WHERE order_id IS NOT NULL")["at"]
        assert all(row["at"] > newest + DAY // 1440 for row in fetch("SELECT at FROM rollup_marks"))


@pytest.mark.usefixtures("market")
def test_a_market_with_orders_is_only_filled_when_told(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        fill(20, 30)
        with pytest.raises(Conflict, match="alder-lane has orders"):
            fill(20, 30)
        assert one("SELECT count(*) AS n FROM products")["n"] == 20
        fill(20, 30, beside_others=True)
        assert one("SELECT count(*) AS n, max(number) AS last FROM orders") == {"n": 60, "last": 1060}
        assert one("SELECT count(DISTINCT sku) AS n FROM products")["n"] == 40
        assert checking.run(app, drained=True, wait=0) == 0, capsys.readouterr().out


@pytest.mark.usefixtures("market")
def test_what_cannot_be_filled_is_refused(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(NotFound):
            filling.fill("nowhere", 10, 0, 3, False, lambda *said: None)
        with pytest.raises(Conflict, match="at least 10 products"):
            fill(5, 30)
        fill(5, 0)
        with pytest.raises(Conflict, match="at most 999,999 products"):
            fill(goods.MOST - 4, 0)
        assert one("SELECT count(*) AS n FROM products")["n"] == 5
