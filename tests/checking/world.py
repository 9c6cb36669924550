"""A small market in which everything has happened once: what the checks are tried on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from webapp import clock
from webapp.accounts import audit
from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import db, transact
from webapp.events import Quantity
from webapp.inventory import commands as inventory
from webapp.orders import commands as orders
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.payments import refunds
from webapp.products import commands as products
from workers.draining import Pump

OWNER = Actor(1, None, "owner@test.market", "127.0.0.1")
PRICE = 1250


@dataclass(frozen=True)
class World:
    """The ids of what is in it. Orders are named by how they ended; the refunded one gave one mug of its three back."""

    app: Flask
    market_id: int
    mug: int
    bowl: int
    completed: int
    refunded: int
    declined: int
    short: int
    cancelled: int


def build(app: Flask) -> World:
    """Make it through the real handlers, to its end. Needs the app's context."""
    pump = Pump()
    market_id = transact(lambda: accounts.create_market("alder-lane", "Alder Lane", "EUR", actor=OWNER))
    mug, bowl = (create_product(market_id, pump, sku, stock=20) for sku in ("MUG", "BOWL"))
    completed = place(pump, (mug, 2), (bowl, 1))
    refunded = place(pump, (mug, 3))
    give_back(pump, market_id, refunded, mug)
    world = World(
        app, market_id, mug, bowl, completed, refunded,
        declined=place(pump, (mug, 1), token="tok_declined"),
        short=place(pump, (bowl, 500)),
        cancelled=place_and_cancel(pump, market_id, mug),
    )  # fmt: skip
    pump.close()
    # The session has read: its transaction would stand in the way of who takes the tables' guards away.
    db.session.rollback()
    return world


def create_product(market_id: int, pump: Pump, sku: str, stock: int) -> int:
    """A product with so many units, received by the owner."""
    new = products.NewProduct(sku=sku, name=f"A {sku.lower()}", price_minor=PRICE)
    product_id = transact(lambda: products.create(market_id, "EUR", [new], fresh_cause()))[0]
    pump.drain()

    def received() -> None:
        inventory.adjust(market_id, product_id, stock, "received", None, OWNER.name, fresh_cause())
        audit.record("stock.adjust", "inventory", product_id, None, {"delta": stock}, market_id, actor=OWNER)

    transact(received)
    pump.drain()
    return product_id


def wish(*lines: tuple[int, int], token: str = "tok_success", key: str | None = None) -> placing.NewOrder:
    """What a shopper asks for."""
    return placing.NewOrder(
        lines=lines,
        email="shopper@example.invalid",
        token=token,
        scope="test",
        key=key or f"{lines}{token}",
        hash="h",
        cause=fresh_cause(),
    )


def place(pump: Pump, *lines: tuple[int, int], token: str = "tok_success") -> int:
    """An order, followed to its end."""
    order_id = int(transact(lambda: placing.place([wish(*lines, token=token)]))[0]["id"])
    pump.drain()
    return order_id


def give_back(pump: Pump, market_id: int, order_id: int, product_id: int) -> None:
    """The owner gives the money of one unit back and puts it on the shelf again."""

    def asked() -> None:
        refunds.ask_refund(order_id, PRICE, [Quantity(product_id, 1)], "came broken", OWNER.name, clock.now())
        audit.record("order.refund", "order", order_id, None, {"amount_minor": PRICE}, market_id, actor=OWNER)

    transact(asked)
    pump.drain()


def place_and_cancel(pump: Pump, market_id: int, product_id: int) -> int:
    """An order that the owner calls off before its stock was asked for."""
    order_id = int(transact(lambda: placing.place([wish((product_id, 1), key="called off")]))[0]["id"])

    def called_off() -> None:
        orders.cancel(order_id, OWNER.name, fresh_cause())
        audit.record("order.cancel", "order", order_id, None, None, market_id, actor=OWNER)

    transact(called_off)
    pump.drain()
    return order_id
