"""The saga as a test sees it: an owner's market, a shopper's orders, and what the services told of them.

The same suite runs over both transports and both databases. After every test the market is checked, both groups.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import SettingsOn, server_or_skip
from tests.kafka import mock_cluster
from tests.kafka.conftest import with_servers
from tests.saga.driving import Driver, OverDatabase, OverKafka, OverServers, connected
from webapp import clock, outbox
from webapp.accounts import audit
from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import Base, Row, fetch, transact
from webapp.events import TOPICS, Event, Quantity
from webapp.inventory import commands as inventory
from webapp.messages import parse
from webapp.orders import commands as orders
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.payments import refunds
from webapp.products import commands as products
from webapp.settings import Settings
from workers import checking, topics
from workers.kafka_transport import KafkaTransport

OWNER = Actor.system("an owner")


class Saga:
    """One market with an owner, and the services that work for it."""

    def __init__(self, app: Flask, driver: Driver) -> None:
        self.app, self.driver = app, driver
        self._keys = itertools.count(1)
        self.method = "test"
        self.market_id = transact(lambda: accounts.create_market("alder-lane", "Alder Lane", "EUR", actor=OWNER))

    def settle(self) -> None:
        """Let the services work until nothing is left to do."""
        self.driver.settle()

    def product(self, stock: int = 0, price_minor: int = 1250, sku: str = "MUG") -> int:
        """A product on the shelf with so many units."""
        new = products.NewProduct(sku=sku, name=f"A {sku.lower()}", price_minor=price_minor)
        product_id = transact(lambda: products.create(self.market_id, "EUR", [new], fresh_cause()))[0]
        self.settle()
        if stock:
            self.adjust(product_id, stock)
        return product_id

    def adjust(self, product_id: int, delta: int, reason: str = "received") -> None:
        """The owner puts units in or takes them out."""

        def adjusted() -> None:
            inventory.adjust(self.market_id, product_id, delta, reason, None, OWNER.name, fresh_cause())
            audit.record("stock.adjust", "inventory", product_id, None, {"delta": delta}, self.market_id, actor=OWNER)

        transact(adjusted)

    def new_order(
        self, *lines: tuple[int, int], token: str = "tok_success", key: str | None = None
    ) -> placing.NewOrder:
        """What a shopper asks for."""
        key = key or f"checkout-{next(self._keys)}"
        return placing.NewOrder(
            lines=lines,
            email="shopper@example.invalid",
            method=self.method,
            token=token,
            scope="test",
            key=key,
            hash=f"{lines}{token}",
            cause=fresh_cause(),
        )

    def place(self, *lines: tuple[int, int], token: str = "tok_success", key: str | None = None) -> int:
        """A shopper places an order; returns its id."""
        new = self.new_order(*lines, token=token, key=key)
        return int(transact(lambda: placing.place([new]))[0]["id"])

    def cancel(self, order_id: int) -> Row:
        """The shopper calls the order off; returns its status and who asked, as they are then."""
        return transact(lambda: orders.cancel(order_id, "shopper", fresh_cause()))[1]

    def refund(self, order_id: int, amount_minor: int | None = None, restock: Sequence[Quantity] = ()) -> int:
        """The owner gives money back; returns the refund's id."""
        return transact(
            lambda: refunds.ask_refund(order_id, amount_minor, restock, "came broken", OWNER.name, clock.now())
        )

    def status(self, order_id: int) -> str:
        """Where the order is."""
        return str(self.row("orders", id=order_id)["status"])

    def row(self, table: str, **where: Any) -> Row:
        """The one row of a table."""
        found = self.rows(table, **where)
        assert len(found) == 1, f"{len(found)} rows in {table} where {where}"
        return found[0]

    def rows(self, table: str, **where: Any) -> list[Row]:
        """The rows of a table, by their primary key: where that is a number, the oldest first."""
        condition = " AND ".join(f"{column} = :{column}" for column in where) or "true"
        key = ", ".join(Base.metadata.tables[table].primary_key.columns.keys())
        return fetch(f"SELECT * FROM {table} WHERE {condition} ORDER BY {key}", **where)

    def stock(self, product_id: int) -> tuple[int, int]:
        """Units on hand and units reserved."""
        row = self.row("inventories", product_id=product_id)
        return row["on_hand"], row["reserved"]

    def told(self, **subject: int) -> list[str]:
        """The types of the events told of an order or a product, in the order in which they became true."""
        return [row["type"] for row in self._events(**subject)]

    def event(self, type_name: str, **subject: int) -> Event:
        """The one event of a type."""
        [row] = [row for row in self._events(**subject) if row["type"] == type_name]
        return parse(type_name, 1, row["payload"])

    def emails(self, order_id: int) -> list[str]:
        """The kinds of the emails of an order that were sent, in the order in which they were written."""
        return [row["kind"] for row in self.rows("emails", order_id=order_id, state="SENT")]

    def parked(self) -> list[Row]:
        """What was put aside."""
        return self.rows("parked")

    def again(self, **subject: int) -> None:
        """Every fact of a subject is sent once more under the same id."""
        transact(lambda: outbox.republish(0))

    def _events(self, **subject: int) -> list[Row]:
        return sorted(self.rows("events", **subject), key=lambda row: (row["at"], row["sequence"]))


WAYS = {
    "embedded on SQLite": ("sqlite", "embedded"),
    "Kafka's protocol on SQLite": ("sqlite", "kafka"),
    "embedded on PostgreSQL": ("postgresql", "embedded"),
    "Kafka and RabbitMQ on PostgreSQL": ("postgresql", "servers"),
}
"""Every database and every transport, by name."""


@pytest.fixture(params=[pytest.param(way, marks=pytest.mark.server) if "PostgreSQL" in way else way for way in WAYS])
def way(request: pytest.FixtureRequest) -> str:
    """The name of a way to run the saga."""
    return str(request.param)


@pytest.fixture
def settings(way: str, settings_on: SettingsOn) -> Settings:
    """Settings of a fresh market on the way's database."""
    return settings_on(WAYS[way][0])


@pytest.fixture(scope="session")
def over_mock() -> Iterator[KafkaTransport]:
    """A transport over librdkafka's own Kafka, for all tests of a run."""
    command = [sys.executable, str(Path(mock_cluster.__file__)), *TOPICS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with connected(process.stdout.readline().strip()) as transport:
            yield transport
        process.kill()


@pytest.fixture(scope="session")
def servers() -> tuple[str, str]:
    """The addresses of Kafka, with the market's topics made, and of RabbitMQ."""
    brokers, amqp = server_or_skip("KAFKA_BROKERS", "Kafka"), server_or_skip("AMQP_URL", "RabbitMQ")
    topics.create(with_servers(brokers))
    return brokers, amqp


@pytest.fixture(scope="session")
def over_servers(servers: tuple[str, str]) -> Iterator[KafkaTransport]:
    """A transport over the real Kafka and RabbitMQ, for all tests of a run."""
    with connected(*servers) as transport:
        yield transport


@pytest.fixture
def driver(app: Flask, way: str, request: pytest.FixtureRequest) -> Iterator[Driver]:
    """The services at work over the way's transport."""
    transport = WAYS[way][1]
    with app.app_context():
        if transport == "embedded":
            driven: Driver = OverDatabase()
        elif transport == "kafka":
            driven = OverKafka(request.getfixturevalue("over_mock"))
        else:
            driven = OverServers(app, request.getfixturevalue("over_servers"), *request.getfixturevalue("servers"))
        yield driven
        driven.close()


@pytest.fixture
def saga(app: Flask, driver: Driver) -> Iterator[Saga]:
    """A market at work. At the end everything comes to rest and both groups of invariants hold."""
    with app.app_context():
        market = Saga(app, driver)
        yield market
        market.settle()
        assert checking.run(app, drained=True, wait=20) == 0
