"""What the events of `events` are kinds of: what all have, and by which thing and topic each is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

PRODUCTS, INVENTORY, ORDERS, PAYMENTS = "products", "inventory", "orders", "payments"
TOPICS = ("products.events", "inventory.events", "orders.events", "payments.events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The base of all events: whose fact it is, and its place in that thing's own sequence."""

    __pydantic_config__ = ConfigDict(strict=True)
    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]
    SOURCE: ClassVar[str]
    ABOUT: ClassVar[str]

    market_id: int
    sequence: int

    @property
    def subject(self) -> int:
        """The id of the product or order that this is about: the message's key."""
        return int(getattr(self, f"{self.ABOUT}_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEvent(Event):
    """A fact about a product, keyed by it."""

    TOPIC, SOURCE, ABOUT = "products.events", PRODUCTS, "product"
    product_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEvent(Event):
    """A fact about a product's inventory, keyed by the product."""

    TOPIC, SOURCE, ABOUT = "inventory.events", INVENTORY, "product"
    product_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEvent(Event):
    """A fact about the stock set aside for an order, keyed by the order."""

    TOPIC, SOURCE, ABOUT = "inventory.events", INVENTORY, "order"
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """A step of an order, keyed by it."""

    TOPIC, SOURCE, ABOUT = "orders.events", ORDERS, "order"
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent(Event):
    """A fact about an order's payment, keyed by the order."""

    TOPIC, SOURCE, ABOUT = "payments.events", PAYMENTS, "order"
    order_id: int
