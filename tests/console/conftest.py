"""An owner's browser, a shopper's orders, and the saga by hand, on each database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people import SAME_ORIGIN, People, Someone, log_in
from webapp.db import Row, db, fetch, transact
from webapp.inventory import commands as inventory
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.products import commands as products
from workers.draining import Pump


class Desk:
    """A person at the console: what their browser asks for and sends."""

    def __init__(self, app: Flask, someone: Someone) -> None:
        self.someone = someone
        self.client: FlaskClient = app.test_client()
        assert log_in(self.client, someone).status_code == 303

    def get(self, path: str, status: int = 200) -> str:
        """The page at an address."""
        response = self.client.get(path)
        assert response.status_code == status, f"{path}: {response.status_code}\n{response.text[:400]}"
        return response.text

    def post(self, path: str, **fields: Any) -> TestResponse:
        """A form, sent."""
        return self.client.post(path, data=fields, headers=SAME_ORIGIN)


class Trade:
    """What happens in the two markets without a browser."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people
        self.currency = {people.owner.market_id: "EUR", people.outsider.market_id: "JPY"}
        self._keys = itertools.count(1)

    def product(self, stock: int = 0, market_id: int | None = None, **overrides: Any) -> int:
        """A product on the shelf with so many units."""
        owner = self.people.owner.market_id if market_id is None else market_id
        count = next(self._keys)
        new = products.NewProduct(**{"sku": f"SKU-{count}", "name": f"Thing {count}", "price_minor": 2800, **overrides})
        with self.app.app_context():
            [product_id] = transact(lambda: products.create(owner, self.currency[owner], [new], fresh_cause()))
            self.settle()
            if stock:
                transact(
                    lambda: inventory.adjust(
                        owner, product_id, stock, "received", "the first", "owner@test.market", fresh_cause()
                    )
                )
            db.session.remove()
        return product_id

    def order(self, *lines: tuple[int, int], token: str = "tok_success", settle: bool = True, **overrides: Any) -> int:
        """A shopper's order; with `settle` it runs to its end."""
        key = f"checkout-{next(self._keys)}"
        new = placing.NewOrder(
            **{"lines": lines, "email": "ingrid@example.org", "name": "Ingrid Solberg", "token": token, "scope": "tests", "key": key,
               "hash": key, "cause": fresh_cause(), "delivery": {"street": "Møllestien 42", "city": "Aarhus"}, **overrides}
        )  # fmt: skip
        with self.app.app_context():
            order_id = int(transact(lambda: placing.place([new]))[0]["id"])
            if settle:
                self.settle()
            db.session.remove()
        return order_id

    def settle(self) -> None:
        """Let the services work until nothing is left to do."""
        with self.app.app_context():
            pump = Pump()
            pump.drain()
            pump.close()
            db.session.remove()

    def step(self) -> None:
        """Let every service work once."""
        with self.app.app_context():
            pump = Pump()
            pump.step()
            pump.close()
            db.session.remove()

    def row(self, sql: str, **parameters: Any) -> Row:
        """The one row of a query."""
        with self.app.app_context():
            found = fetch(sql, **parameters)
            db.session.remove()
        assert len(found) == 1, f"{len(found)} rows: {sql}"
        return found[0]

    def audited(self, action: str) -> list[Row]:
        """What the audit says of an action, oldest first."""
        with self.app.app_context():
            found = fetch("SELECT * FROM audit WHERE action = :action ORDER BY id", action=action)
            db.session.remove()
        return found

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that the database is asked inside the block."""
        asked: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            asked.append(statement)

        with self.app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def trade(app: Flask, people: People) -> Trade:
    """What happens without a browser."""
    return Trade(app, people)


@pytest.fixture
def owner(app: Flask, people: People) -> Desk:
    """The owner of alder-lane at their desk."""
    return Desk(app, people.owner)


@pytest.fixture
def outsider(app: Flask, people: People) -> Desk:
    """The owner of the other market at theirs."""
    return Desk(app, people.outsider)


@pytest.fixture
def bowl(trade: Trade) -> int:
    """Something that is there to be ordered."""
    return trade.product(stock=900, price_minor=2800, name="Bowl", sku="MH-BOW")
