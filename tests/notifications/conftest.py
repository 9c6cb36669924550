"""A market with an order on both databases, the facts that write emails, and a real mail server to send them to."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from tests.mail_server import server as server
from webapp import clock, outbox
from webapp.accounts.models import Market
from webapp.app import create_app
from webapp.db import db, transaction
from webapp.events import (
    Event,
    OrderCancelled,
    OrderCompleted,
    OrderInventoryPending,
    OrderInventoryRejected,
    OrderPaymentRejected,
    OrderRefunded,
    PaymentRefunded,
    PaymentSuccess,
    Quantity,
    Shortage,
    StockReserved,
)
from webapp.orders.models import Order, OrderItem
from webapp.settings import Settings

numbers = itertools.count(1042)


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Make the market of one test on each database, with settings of the test's own, and stay inside its context."""
    with ExitStack() as contexts:

        def make(**own: object) -> Flask:
            app = create_app(settings.model_copy(update=own))
            app.testing = True
            contexts.enter_context(app.app_context())
            contexts.callback(_let_go)
            return app

        yield make


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """A market without a mail server: the mailbox takes every email."""
    return make_app()


def create_order(**overrides: Any) -> Order:
    """An order of two lines by Ingrid, in a market of its own, its facts not yet told."""
    number = next(numbers)
    at = clock.now()
    lines = overrides.pop("lines", [("Speckled breakfast bowl", 2, 2800), ("Tall pitcher, spruce glaze", 1, 5400)])
    market_name = overrides.pop("market_name", "Alder Lane")
    with transaction():
        market_id = overrides.pop("market_id", None)
        if market_id is None:
            market = Market(slug=f"m{number}", name=market_name, currency="EUR", created_at=at)
            db.session.add(market)
            db.session.flush()
            market_id = market.id
        values: dict[str, Any] = {
            "market_id": market_id, "number": number, "link": secrets.token_urlsafe(32), "status": "INVENTORY_PENDING",
            "version": 1, "email": "ingrid@example.org", "name": "Ingrid Solberg", "currency": "EUR",
            "total_minor": sum(quantity * unit for _, quantity, unit in lines), "payment_method": "test",
            "payment_token": "tok_success", "checkout_scope": "test", "checkout_key": f"k{number}", "checkout_hash": "h",
            "traceparent": outbox.fresh_cause().traceparent, "placed_at": at, "updated_at": at,
        }  # fmt: skip
        order = Order(**{**values, **overrides})
        db.session.add(order)
        db.session.flush()
        for position, (name, quantity, unit) in enumerate(lines, 1):
            db.session.add(
                OrderItem(order_id=order.id, position=position, market_id=market_id, product_id=position, sku=f"S{position}", name=name,
                          unit_minor=unit, quantity=quantity)
            )  # fmt: skip
        db.session.flush()
        db.session.expunge_all()
    return order


def tell(order: Order, *kinds: type[Event], **values: Any) -> str:
    """Tell these facts of an order, 1.2 s apart, and return the id of the last one. `values` belong to the last."""
    at = clock.now()
    facts = []
    for step, kind in enumerate(kinds):
        told = {**_DEFAULTS[kind], **(values if kind is kinds[-1] else {})}
        event = kind(  # type: ignore[call-arg]
            order_id=order.id, market_id=order.market_id, sequence=next(numbers), **told
        )
        facts.append(outbox.Fact(event, at + step * 1_200_000, outbox.fresh_cause()))
    with transaction():
        return outbox.emit(facts)[-1]


_AMOUNT = {"currency": "EUR"}
_DEFAULTS: dict[type[Event], dict[str, Any]] = {
    OrderInventoryPending: {"items": (Quantity(1, 2),), "total_minor": 11000, **_AMOUNT},
    StockReserved: {"items": (Quantity(1, 2),)},
    PaymentSuccess: {"amount_minor": 11000, "attempts": 1, **_AMOUNT},
    OrderCompleted: {"total_minor": 11000, **_AMOUNT},
    OrderInventoryRejected: {"shortages": (Shortage(2, 1, 0),)},
    OrderPaymentRejected: {"reason": "declined"},
    OrderCancelled: {"by": "shopper"},
    OrderRefunded: {"refund_id": 1, "amount_minor": 5400, "whole": False, "restock": (), **_AMOUNT},
    PaymentRefunded: {"refund_id": 1, "amount_minor": 11000, "reason": "late_success", "whole": True, **_AMOUNT},
}


def completed(order: Order) -> str:
    """Tell the whole story of an order that was paid; returns the id of ORDER_COMPLETED."""
    return tell(order, OrderInventoryPending, StockReserved, PaymentSuccess, OrderCompleted)
