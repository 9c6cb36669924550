"""No transaction of a consumer locks inventories a second time: in whatever order a batch comes, two never wait for each
other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.saga.conftest import Saga
from tests.saga.driving import OverDatabase
from webapp.db import db
from webapp.outbox import waiting_on


@pytest.fixture(params=["embedded on SQLite", pytest.param("embedded on PostgreSQL", marks=pytest.mark.server)])
def way(request: pytest.FixtureRequest) -> str:
    """The ways in which this thread takes the steps."""
    return str(request.param)


@contextmanager
def locks() -> Iterator[list[list[str]]]:
    """The statements that lock inventories, by transaction."""
    seen: list[list[str]] = [[]]

    def executed(connection: object, cursor: object, sql: str, *rest: object) -> None:
        if sql.startswith("SELECT") and " FROM inventories WHERE " in sql:
            seen[-1].append(sql)

    def committed(connection: object) -> None:
        seen.append([])

    sa.event.listen(db.engine, "before_cursor_execute", executed)
    sa.event.listen(db.engine, "commit", committed)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", executed)
    sa.event.remove(db.engine, "commit", committed)


def test_a_batch_that_reserves_and_sells_does_so_one_after_the_other(saga: Saga, app: Flask) -> None:
    assert isinstance(saga.driver, OverDatabase)
    pump = saga.driver.pump
    mug, bowl = saga.product(stock=5), saga.product(stock=5, sku="BOWL")
    saga.place((bowl, 1))
    pump.consume("inventory")
    pump.consume("orders")
    pump.work("payments")
    pump.consume("orders")
    saga.place((mug, 1))
    types = {row["type"] for row in waiting_on(["orders.events"], 10)}
    db.session.rollback()
    assert {"ORDER_COMPLETED", "ORDER_INVENTORY_PENDING"} <= types
    with locks() as seen:
        assert pump.consume("inventory") >= 2
    assert [len(statements) for statements in seen if statements] == [1, 1]
