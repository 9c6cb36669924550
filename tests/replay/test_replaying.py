"""The sales as orders, each followed to its end: what comes out, twice, and after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.replay.sales import IN_STOCK, PRICES, SALES, write
from webapp import leases
from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import Row, db, fetch, transact
from webapp.errors import MarketError
from webapp.outbox import fresh_cause
from webapp.products import commands as products
from webapp.settings import ROOT, Settings
from workers import checking, replay
from workers.replay import at_work, shelves

REAL = ROOT.parent / "shared" / "data" / "online-retail-2010-12_2011-05.csv.gz"
WHO = Actor.system("tests")


@pytest.fixture
def market(app: Flask) -> int:
    """A market to sell in."""
    with app.app_context():
        return transact(lambda: accounts.create_market("shop", "The Shop", "GBP", actor=WHO))


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """The small file."""
    return write(tmp_path / "sales.csv.gz", SALES)


def replayed(app: Flask, file: Path, capsys: pytest.CaptureFixture[str], limit: int | None = None) -> dict[str, Any]:
    """The report of a replay, and that the market is in order after it."""
    with app.app_context():
        assert replay.run(app, file, "shop", limit, True) == 0
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert checking.run(app, drained=True, wait=60) == 0
        capsys.readouterr()
    return report


def look(sql: str, **parameters: object) -> list[Row]:
    found = fetch(sql, **parameters)
    db.session.rollback()
    return found


def test_every_sale_becomes_an_order_and_ends(
    app: Flask, market: int, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = replayed(app, sales, capsys)
    assert report["lines"] == {
        "read": 12, "sold": 8,
        "skipped": {"cancelled": 1, "quantity or price not positive": 2, "no code": 1, "over 1,000 lines": 0},
    }  # fmt: skip
    # Of ten lanterns asked for six are there: the first invoice and, of the small ones, the third are refused whole.
    assert report["orders"] == {"placed": 4, "completed": 1, "refused": 3, "other": 0}
    assert report["stock"] == {"in": 30, "sold": 4, "left": 26, "balanced": True}
    assert report["products"] == 4
    assert report["orders_per_second"] > 0
    with app.app_context():
        rows = look("SELECT p.sku, p.price_minor, i.on_hand FROM products p JOIN inventories i ON i.product_id = p.id")
        assert {row["sku"]: row["price_minor"] for row in rows} == PRICES
        assert {row["sku"]: row["on_hand"] for row in rows} == {**IN_STOCK, "71053": 3, "22633": 11}
        orders = look("SELECT checkout_key, status, email, payment_token FROM orders ORDER BY id")
        assert orders[1] == {
            "checkout_key": "replay-shop-536366", "status": "COMPLETED", "email": "customer-13047@example.invalid",
            "payment_token": "tok_success",
        }  # fmt: skip
        assert {row["status"] for row in orders[:1] + orders[2:]} == {"INVENTORY_REJECTED"}


def test_a_second_time_changes_nothing_and_says_the_same(
    app: Flask, market: int, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = (
        "orders",
        "order_items",
        "products",
        "inventories",
        "stock_movements",
        "events",
        "emails",
        "audit",
        "payments",
    )
    first = replayed(app, sales, capsys)
    with app.app_context():
        before = {table: look(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}
    assert replayed(app, sales, capsys) == first
    with app.app_context():
        assert {table: look(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables} == before


def test_a_part_first_and_then_the_whole_is_the_same_as_the_whole(
    app: Flask, market: int, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replayed(app, sales, capsys, limit=5)["lines"]["read"] == 5
    report = replayed(app, sales, capsys)
    assert report["orders"]["placed"] == 4
    assert report["stock"]["in"] == 30


def test_what_the_market_no_longer_sells_is_skipped_with_that_reason(
    app: Flask, market: int, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with app.app_context():
        draft = products.NewProduct(sku="22633", name="Warmer", price_minor=5, status="draft")
        transact(lambda: products.create(market, "GBP", [draft], fresh_cause()))
    report = replayed(app, sales, capsys)
    assert report["lines"]["skipped"]["not for sale here"] == 3
    assert (report["lines"]["sold"], report["orders"]["placed"]) == (5, 2)


def test_the_report_reads_well_in_words(
    app: Flask, market: int, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with app.app_context():
        assert replay.run(app, sales, "shop", None, False) == 0
    said = capsys.readouterr().out
    assert "in = sold + left, to the unit" in said
    assert "skipped                   2  quantity or price not positive" in said


def test_an_unknown_market_is_refused(app: Flask, sales: Path) -> None:
    with app.app_context(), pytest.raises(MarketError, match="there is no market 'nowhere'"):
        replay.run(app, sales, "nowhere", None, True)


def test_where_somebody_relays_the_replay_only_places_and_watches(app: Flask, market: int) -> None:
    stop = threading.Event()

    def relay() -> None:
        # Another process that is alive: its lease is renewed from time to time.
        with app.app_context():
            while not stop.wait(0.1):
                transact(lambda: leases.claim("timers", "another process", 60))

    with app.app_context():
        transact(lambda: leases.claim("timers", "another process", 60))
        other = threading.Thread(target=relay)
        other.start()
        with at_work.working(app) as ours:
            assert not ours
        stop.set()
        other.join()


def test_the_lease_of_one_that_was_killed_is_waited_out(app: Flask, market: int) -> None:
    with app.app_context():
        transact(lambda: leases.claim("timers", "one that was killed", 1))
        with at_work.working(app) as ours:
            assert ours


def test_when_nobody_works_it_says_whom_to_look_at(app: Flask, market: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "PATIENCE", 0.2)
    with app.app_context(), pytest.raises(shelves.NobodyWorks, match="inventory"):
        list(shelves.wait_for_inventories([4711]))


def test_killed_in_the_middle_and_run_again_it_ends_as_if_nothing_had_been(
    app: Flask, settings: Settings, market: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [
        (str(invoice), f"P{(invoice + line) % 40}", "THING", "2", "1.50", "")
        for invoice in range(300)
        for line in range(3)
    ]
    file = write(tmp_path / "many.csv.gz", many)
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("KAFKA_BROKERS", "AMQP_URL", "SMTP_URL", "DATABASE_URL")},
        "MARKET_HOME": str(settings.market_home), "PROVIDER_URL": "inprocess:", **({"DATABASE_URL": settings.database_url} if settings.database_url else {}),
    }  # fmt: skip
    command = [sys.executable, "-m", "workers.cli", "replay", str(file), "--market", "shop"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    with app.app_context():
        while not look("SELECT 1 FROM orders") and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before it was killed"
    report = replayed(app, file, capsys)
    assert report["orders"]["placed"] == 300
    demand = Counter(code for _, code, *_ in many for _ in range(2))
    assert report["stock"]["in"] == sum(units * 6 // 10 for units in demand.values())


if REAL.exists():
    # The retailer's own half year lies beside the checkout; where it does not, there is nothing to collect.

    def test_the_beginning_of_the_real_file(app: Flask, market: int, capsys: pytest.CaptureFixture[str]) -> None:
        report = replayed(app, REAL, capsys, limit=1500)
        assert report["lines"]["read"] == 1500
        assert report["lines"]["sold"] + sum(report["lines"]["skipped"].values()) == 1500
        placed = report["orders"]
        assert placed["completed"] > 0
        assert placed["placed"] == placed["completed"] + placed["refused"]


def test_no_progress_bar_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    replay._shown("placing", 3, iter([1, 2]))
    assert capsys.readouterr() == ("", "")
