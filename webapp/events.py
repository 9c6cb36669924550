"""All events of the market, on one page: past-tense facts, named and keyed as the contract says.

Each class is the value of one Kafka message; `TYPE`, `TOPIC` and `SOURCE` are its envelope. Events change by addition
only: a new field has a default, so that an old message still reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.event_kinds import INVENTORY as INVENTORY
from webapp.event_kinds import ORDERS as ORDERS
from webapp.event_kinds import TOPICS as TOPICS
from webapp.event_kinds import Event as Event
from webapp.event_kinds import OrderEvent as OrderEvent
from webapp.event_kinds import PaymentEvent, ReservationEvent, StockEvent
from webapp.event_kinds import ProductEvent as ProductEvent


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many whole units of one product."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that could not be covered: what was asked and what was left to have."""

    product_id: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCreated(ProductEvent):
    """An owner put a new product into the market; the inventory service makes its inventory."""

    TYPE = "PRODUCT_CREATED"
    sku: str
    name: str
    price_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpdated(ProductEvent):
    """An owner changed a product; `changed` names the fields. Nobody in the house consumes it."""

    TYPE = "PRODUCT_UPDATED"
    sku: str
    name: str
    price_minor: int
    currency: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeleted(ProductEvent):
    """An owner deleted a product; the inventory service deactivates its inventory."""

    TYPE = "PRODUCT_DELETED"
    sku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRestored(ProductEvent):
    """An owner took a deletion back; the inventory service lets its inventory take orders again."""

    TYPE = "PRODUCT_RESTORED"
    sku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryCreated(StockEvent):
    """A product has an inventory now, empty and active."""

    TYPE = "INVENTORY_CREATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryDeactivated(StockEvent):
    """A deleted product's inventory takes no more orders; what is held stays held."""

    TYPE = "INVENTORY_DEACTIVATED"
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAdjusted(StockEvent):
    """An owner counted the stock, set its threshold or switched it on or off. No consumer."""

    TYPE = "INVENTORY_ADJUSTED"
    on_hand: int
    reserved: int
    low_stock_threshold: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(StockEvent):
    """An owner, or a restocking refund, put units in or took them out, with a reason. No consumer."""

    TYPE = "STOCK_ADJUSTED"
    delta: int
    reason: str
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved(ReservationEvent):
    """Every line of the order is set aside."""

    TYPE = "STOCK_RESERVED"
    items: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReservationFailed(ReservationEvent):
    """At least one line could not be covered, so nothing is set aside."""

    TYPE = "STOCK_RESERVATION_FAILED"
    shortages: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReleased(ReservationEvent):
    """What was set aside for the order is free again."""

    TYPE = "STOCK_RELEASED"
    items: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInventoryPending(OrderEvent):
    """A shopper placed the order; its stock is asked for."""

    TYPE = "ORDER_INVENTORY_PENDING"
    items: tuple[Quantity, ...]
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInventoryRejected(OrderEvent):
    """The stock does not cover the order; it ends here. No consumer."""

    TYPE = "ORDER_INVENTORY_REJECTED"
    shortages: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentPending(OrderEvent):
    """The stock is set aside and the payment is asked for, by a message on the payments queue."""

    TYPE = "ORDER_PAYMENT_PENDING"
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentRejected(OrderEvent):
    """The payment failed; the order ends here and its stock goes back."""

    TYPE = "ORDER_PAYMENT_REJECTED"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderEvent):
    """The order is paid; what was set aside is sold."""

    TYPE = "ORDER_COMPLETED"
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """The shopper or the market called the order off before it was paid."""

    TYPE = "ORDER_CANCELLED"
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(OrderEvent):
    """Money of a completed order went back, `whole` when nothing is kept; `restock` returns to the shelf."""

    TYPE = "ORDER_REFUNDED"
    refund_id: int
    amount_minor: int
    currency: str
    whole: bool
    restock: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(OrderEvent):
    """The market says that a completed order is on its way to its customer. It moves no order. No consumer."""

    TYPE = "ORDER_SENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnsent(OrderEvent):
    """What the market had said to be sent was not sent after all. It moves no order. No consumer."""

    TYPE = "ORDER_UNSENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSuccess(PaymentEvent):
    """The provider took the money, once."""

    TYPE = "PAYMENT_SUCCESS"
    amount_minor: int
    currency: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailure(PaymentEvent):
    """The provider refused, or the payment was voided before it was taken; nothing is kept."""

    TYPE = "PAYMENT_FAILURE"
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(PaymentEvent):
    """Money went back; `reason` is late_success when it should never have been taken."""

    TYPE = "PAYMENT_REFUNDED"
    refund_id: int
    amount_minor: int
    currency: str
    reason: str
    whole: bool


_KINDS = (kind for kind in list(globals().values()) if isinstance(kind, type) and issubclass(kind, Event))
CATALOGUE: dict[str, type[Event]] = {kind.TYPE: kind for kind in _KINDS if hasattr(kind, "TYPE")}
"""Every event by its name."""
