"""Orders placed and moved as the services would."""

import uuid
from collections.abc import Sequence
from typing import TypeVar

from webapp.accounts import commands as accounts
from webapp.accounts.actor import Actor
from webapp.db import Row, execute, fetch, transact
from webapp.events import Event, PaymentSuccess, StockReserved
from webapp.inbox import Received
from webapp.orders import commands, placing
from webapp.outbox import fresh_cause
from webapp.products import commands as products

E = TypeVar("E", bound=Event)


def place(count: int) -> list[Row]:
    """So many orders in a market of their own; their rows."""
    market = f"market-{uuid.uuid4().hex[:8]}"
    market_id = transact(lambda: accounts.create_market(market, "Market", "EUR", actor=Actor.system("tests")))
    mug = products.NewProduct(sku="MUG", name="A mug", price_minor=1250)
    [product_id] = transact(lambda: products.create(market_id, "EUR", [mug], fresh_cause()))
    new = [
        placing.NewOrder(lines=((product_id, 1),), email="shopper@example.invalid", token="tok_success", scope=market, key=str(n), hash="", cause=fresh_cause())
        for n in range(count)
    ]  # fmt: skip
    return transact(lambda: placing.place(new))


def to_payment(order_ids: Sequence[int]) -> None:
    """Their stock is set aside."""
    market_id = _market(order_ids)
    commands.request_payment(
        [_received(StockReserved(market_id=market_id, order_id=id, sequence=1, items=())) for id in order_ids]
    )


def complete(order_ids: Sequence[int]) -> None:
    """Their money is taken."""
    market_id = _market(order_ids)
    commands.complete(
        [
            _received(PaymentSuccess(market_id=market_id, order_id=id, sequence=1, amount_minor=1250, currency="EUR", attempts=1))
            for id in order_ids
        ]
    )  # fmt: skip


def complete_silently(order_ids: Sequence[int]) -> None:
    """The rows change and nobody announces it: all that is left when every NOTIFY is lost."""
    for id in order_ids:
        execute("UPDATE orders SET status = 'COMPLETED', version = version + 1 WHERE id = :id", id=id)


def _market(order_ids: Sequence[int]) -> int:
    return int(fetch("SELECT market_id FROM orders WHERE id = :id", id=order_ids[0])[0]["market_id"])


def _received(event: E) -> Received[E]:
    return Received(str(uuid.uuid4()), fresh_cause().traceparent, event)
