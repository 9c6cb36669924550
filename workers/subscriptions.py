"""THE SAGA ON ONE SCREEN: who reacts to what.

    products.events ──► inventory        PRODUCT_CREATED, PRODUCT_DELETED, PRODUCT_RESTORED
    orders.events ────► inventory        the order's wish, its end, its refund
    inventory.events ─► orders           reserved, or not
    payments.events ──► orders           the verdict, the refund
    payments ─────────► charge, void, refund          (queue)
    notifications ────► notify, account, deliver       (queue)
    imports ──────────► work_on, encode, change, change_orders   (queue)

The order of a group's rows is the order in which one batch is worked through; any order converges (the decisions guard on
state), this one spares work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp import events as e
from webapp.inbox import Received
from webapp.inventory import commands as inventory
from webapp.inventory import reservations
from webapp.orders import commands as orders
from webapp.outbox import IMPORTS, NOTIFICATIONS, PAYMENTS
from workers import changing, importing, notifications, payments, pictures

Command = Callable[[Sequence[Received[Any]]], None]
Actor = Callable[[Sequence[str]], None]

SUBSCRIPTIONS: Mapping[str, Mapping[type[e.Event], Command]] = {
    "inventory": {
        e.ProductCreated: inventory.create,  # F1 → INVENTORY_CREATED
        e.ProductDeleted: inventory.deactivate,  # F3 → INVENTORY_DEACTIVATED
        e.ProductRestored: inventory.reactivate,  # a deletion taken back → INVENTORY_ADJUSTED
        e.OrderInventoryPending: reservations.reserve,  # F6, F7 → STOCK_RESERVED or STOCK_RESERVATION_FAILED
        e.OrderCompleted: reservations.consume,  # F9: what was reserved is sold
        e.OrderPaymentRejected: reservations.release,  # F8 → STOCK_RELEASED
        e.OrderCancelled: reservations.release,  # F11 → STOCK_RELEASED, or a tombstone
        e.OrderRefunded: reservations.restock,  # F12 → STOCK_ADJUSTED, where a restock was asked for
    },
    "orders": {
        e.StockReserved: orders.request_payment,  # F7 → ORDER_PAYMENT_PENDING, asks charge
        e.StockReservationFailed: orders.reject_for_stock,  # F6 → ORDER_INVENTORY_REJECTED, asks notify
        e.PaymentSuccess: orders.complete,  # F9 → ORDER_COMPLETED, asks notify
        e.PaymentFailure: orders.reject_for_payment,  # F8, F11 → ORDER_PAYMENT_REJECTED or ORDER_CANCELLED, asks notify
        e.PaymentRefunded: orders.refund,  # F12 → ORDER_REFUNDED, asks notify
    },
}

ACTORS: Mapping[str, Mapping[str, Actor]] = {
    PAYMENTS: {
        "charge": payments.charge,  # F8, F9 → PAYMENT_SUCCESS or PAYMENT_FAILURE
        "void": payments.void,  # F11 → PAYMENT_FAILURE, where no attempt has begun
        "refund": payments.refund,  # F12 → PAYMENT_REFUNDED
    },
    NOTIFICATIONS: {
        "notify": notifications.notify,  # F10: write the email of an event, and send it
        "account": notifications.account,  # a letter about an account: write its email, and send it
        "deliver": notifications.deliver,  # F10: send emails that are due again
    },
    IMPORTS: {
        "work_on": importing.work_on,  # read, apply or undo a file of products, a few seconds at a time
        "encode": pictures.encode,  # make the sizes of pictures that owners have sent
        "change": changing.change,  # change many products at once, a few seconds at a time
        "change_orders": changing.change_orders,  # do one thing to many orders
    },
}

NO_CONSUMER: frozenset[type[e.Event]] = frozenset(
    {
        e.ProductUpdated, e.InventoryCreated, e.InventoryDeactivated, e.InventoryAdjusted, e.StockAdjusted, e.StockReleased,
        e.OrderInventoryRejected, e.OrderPaymentPending, e.OrderSent, e.OrderUnsent,
    }
)  # fmt: skip
"""Events that are published for others; nobody in the house consumes them (ORDER_PAYMENT_PENDING and ORDER_SENT go with a request)."""


def topics_of(group: str) -> list[str]:
    """The topics that a group reads."""
    return sorted({kind.TOPIC for kind in SUBSCRIPTIONS[group]})
