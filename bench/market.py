"""A market made for measuring: products with plenty of stock, and orders of one line spread over them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import db, fetch, transact
from webapp.inventory import commands as inventory
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.products import commands as products

BENCH = Actor.system("bench")
PLENTY = 10**9


def open_market(count: int, seconds: float = 60) -> list[int]:
    """A market with so many products, each with plenty of stock; returns their ids. Loops must be running: they make the
    inventories. Raises TimeoutError when they do not."""

    def opened() -> tuple[int, list[int]]:
        market_id = accounts.create_market(f"bench-{time.time_ns()}", "Bench", "EUR", actor=BENCH)
        new = [products.NewProduct(sku=f"B{n:05}", name=f"Thing {n}", price_minor=100 + n) for n in range(count)]
        return market_id, products.create(market_id, "EUR", new, fresh_cause())

    market_id, ids = transact(opened)
    wait_until(
        lambda: _count("SELECT count(*) AS n FROM inventories WHERE market_id = :id", id=market_id) == count, seconds
    )

    def stocked() -> None:
        for product_id in ids:
            inventory.adjust(market_id, product_id, PLENTY, "received", None, BENCH.name, fresh_cause())

    transact(stocked)
    return ids


def place(product_ids: Sequence[int], count: int, batch: int = 500) -> None:
    """Place so many orders of one unit each."""
    run = time.time_ns()
    chosen = random.Random(7)
    for first in range(0, count, batch):
        new = [
            placing.NewOrder(
                lines=((chosen.choice(product_ids), 1),), email="bench@example.invalid", token="tok_success", scope=f"bench-{run}",  # noqa: S106  (a test card, no secret)
                key=str(n), hash="bench", cause=fresh_cause(),
            )
            for n in range(first, min(first + batch, count))
        ]  # fmt: skip
        transact(lambda new=new: placing.place(new))  # type: ignore[misc]


def completed() -> int:
    """Orders that are completed."""
    return _count("SELECT count(*) AS n FROM orders WHERE status = 'COMPLETED'")


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Ask ten times a second. Raises TimeoutError after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not done within {seconds:.0f} s")
        time.sleep(0.1)


def _count(sql: str, **parameters: object) -> int:
    found = int(fetch(sql, **parameters)[0]["n"])
    db.session.rollback()
    return found
