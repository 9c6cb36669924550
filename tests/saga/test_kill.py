"""kill -9 of the whole embedded market, again and again, while orders keep coming: nothing is lost, sold or charged twice."""

from __future__ import annotations

import http.client
import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.people import TESTS, settle
from tests.processes import MarketProcess
from webapp.accounts import audit
from webapp.app import create_app
from webapp.db import db, fetch, transact
from webapp.inventory import commands as inventory
from webapp.outbox import fresh_cause
from webapp.products import commands as products
from webapp.settings import load
from workers import release
from workers.draining import Pump

KILLS, SHOPPERS, EACH = 6, 4, 30
TOKENS = ("tok_success", "tok_success", "tok_success", "tok_declined", "tok_unavailable_twice")


@pytest.mark.timeout(400)
def test_killed_at_any_moment_it_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    token, product_ids = _prepared(home)
    with MarketProcess(home) as process, ThreadPoolExecutor(SHOPPERS) as pool:
        process.start()
        shoppers = [pool.submit(_shop, process.base, token, product_ids, name) for name in range(SHOPPERS)]
        chance = random.Random(11)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            process.kill()
            process.start()
        answered = [order_id for shopper in shoppers for order_id in shopper.result(100)]
        checked = process.market("check", "--drained", "--wait", "60")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert process.stop() == 0
    with create_app(load(market_home=home, database_url=None, kafka_brokers=None, amqp_url=None)).app_context():
        ended = {row["id"]: row["status"] for row in fetch("SELECT id, status FROM orders")}
        db.session.remove()
        db.engine.dispose()
    assert set(answered) == set(ended)
    assert len(answered) == SHOPPERS * EACH
    assert set(ended.values()) <= {"COMPLETED", "PAYMENT_REJECTED", "INVENTORY_REJECTED"}


def _prepared(home: Path) -> tuple[str, list[int]]:
    home.mkdir()
    app = create_app(
        load(market_home=home, database_url=None, kafka_brokers=None, amqp_url=None, provider_url="inprocess:")
    )
    with app.app_context():
        release.migrate()
        people = settle(app)
        owner = people.owner
        new = [products.NewProduct(sku=f"S{n}", name=f"Thing {n}", price_minor=500 + n) for n in range(5)]
        ids = transact(lambda: products.create(owner.market_id, "EUR", new, fresh_cause()))
        pump = Pump()
        pump.drain()

        def stocked() -> None:
            for product_id in ids:
                inventory.adjust(owner.market_id, product_id, 60, "received", None, "owner", fresh_cause())
                audit.record("stock.adjust", "inventory", product_id, None, {"delta": 60}, owner.market_id, actor=TESTS)

        transact(stocked)
        pump.drain()
        pump.close()
        db.session.remove()
        db.engine.dispose()
    return people.shopper.token, ids


def _shop(base: str, token: str, product_ids: list[int], name: int) -> list[int]:
    """Place orders, pressing again with the same key until each is answered."""
    chance = random.Random(name)
    placed = []
    for n in range(EACH):
        body = {
            "items": [{"product_id": chance.choice(product_ids), "quantity": chance.randint(1, 3)}],
            "payment": {"method": "test", "token": chance.choice(TOKENS)},
        }
        placed.append(_pressed_until_answered(f"{base}/api/v1/orders", token, f"{name}-{n}", body))
        time.sleep(chance.uniform(0, 0.1))
    return placed


def _pressed_until_answered(url: str, token: str, key: str, body: Mapping[str, Any]) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    for _ in range(900):
        try:
            request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(json.load(answer)["id"])
        except urllib.error.HTTPError as error:
            if error.code not in (409, 503):
                raise AssertionError(error.read().decode()) from error
        except (OSError, http.client.HTTPException):
            pass  # The connection was cut by the kill: the shopper presses again, with the same key.
        time.sleep(0.1)
    raise AssertionError(f"order {key} was never answered")
