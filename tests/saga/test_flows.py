"""F1 to F12, each arrow in order."""

from __future__ import annotations

import pytest

from tests.saga.conftest import OWNER, Saga
from webapp.db import transact
from webapp.errors import Conflict
from webapp.events import InventoryDeactivated, OrderRefunded, Quantity, Shortage, StockReservationFailed
from webapp.inventory import commands as inventory
from webapp.messages import parse
from webapp.outbox import fresh_cause
from webapp.products import commands as products


def test_f1_a_new_product_gets_an_empty_active_inventory(saga: Saga) -> None:
    product_id = saga.product()
    assert saga.told(product_id=product_id) == ["PRODUCT_CREATED", "INVENTORY_CREATED"]
    row = saga.row("inventories", product_id=product_id)
    assert (row["on_hand"], row["reserved"], bool(row["active"])) == (0, 0, True)


def test_f2_a_changed_product_is_told_and_nobody_reacts(saga: Saga) -> None:
    product_id = saga.product()
    transact(lambda: products.update(saga.market_id, product_id, {"price_minor": 990}, fresh_cause()))
    saga.settle()
    assert saga.told(product_id=product_id) == ["PRODUCT_CREATED", "INVENTORY_CREATED", "PRODUCT_UPDATED"]


def test_f3_a_deleted_product_deactivates_its_inventory_and_keeps_what_is_held(saga: Saga) -> None:
    product_id = saga.product(stock=5)
    order_id = saga.place((product_id, 2))
    saga.driver.settle_until_reserved(order_id)
    transact(lambda: products.delete(saga.market_id, [product_id], fresh_cause()))
    saga.settle()
    told = saga.event("INVENTORY_DEACTIVATED", product_id=product_id)
    assert isinstance(told, InventoryDeactivated)
    assert not saga.row("inventories", product_id=product_id)["active"]
    assert saga.status(order_id) == "COMPLETED"
    assert saga.stock(product_id) == (3, 0)


def test_f3_a_deletion_that_overtakes_the_creation_ends_the_same(saga: Saga) -> None:
    new = products.NewProduct(sku="GONE", name="Gone at once", price_minor=100)
    product_id = transact(lambda: products.create(saga.market_id, "EUR", [new], fresh_cause()))[0]
    transact(lambda: products.delete(saga.market_id, [product_id], fresh_cause()))
    saga.settle()
    assert sorted(saga.told(product_id=product_id)) == [
        "INVENTORY_CREATED",
        "INVENTORY_DEACTIVATED",
        "PRODUCT_CREATED",
        "PRODUCT_DELETED",
    ]


def test_f4_a_count_is_told_once_with_its_figures(saga: Saga) -> None:
    product_id = saga.product(stock=10)

    def counted() -> None:
        inventory.set_figures(saga.market_id, product_id, OWNER.name, fresh_cause(), on_hand=8, low_stock_threshold=3)

    transact(counted)
    saga.settle()
    assert saga.told(product_id=product_id).count("INVENTORY_ADJUSTED") == 1
    entry = saga.row("stock_movements", product_id=product_id, kind="count")
    assert (entry["before"], entry["delta"], entry["after"]) == (10, -2, 8)


def test_f5_an_adjustment_is_told_with_its_reason(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    saga.adjust(product_id, -4, "damaged")
    assert saga.told(product_id=product_id).count("STOCK_ADJUSTED") == 2
    assert saga.stock(product_id) == (6, 0)


def test_f6_an_order_that_cannot_be_covered_is_rejected_with_what_is_left(saga: Saga) -> None:
    plenty, scarce = saga.product(stock=10, sku="PLENTY"), saga.product(stock=2, sku="SCARCE")
    order_id = saga.place((plenty, 1), (scarce, 3))
    saga.settle()
    assert saga.told(order_id=order_id) == [
        "ORDER_INVENTORY_PENDING",
        "STOCK_RESERVATION_FAILED",
        "ORDER_INVENTORY_REJECTED",
    ]
    told = saga.event("STOCK_RESERVATION_FAILED", order_id=order_id)
    assert isinstance(told, StockReservationFailed)
    assert told.shortages == (Shortage(scarce, 3, 2),)
    assert saga.status(order_id) == "INVENTORY_REJECTED"
    assert saga.stock(plenty) == (10, 0)
    assert saga.emails(order_id) == ["stock_refused"]
    assert saga.rows("payments", order_id=order_id) == []


def test_f7_f9_f10_a_covered_order_is_paid_completed_and_told(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    saga.settle()
    assert saga.told(order_id=order_id) == [
        "ORDER_INVENTORY_PENDING", "STOCK_RESERVED", "ORDER_PAYMENT_PENDING", "PAYMENT_SUCCESS", "ORDER_COMPLETED"
    ]  # fmt: skip
    assert saga.status(order_id) == "COMPLETED"
    assert saga.stock(product_id) == (7, 0)
    assert saga.row("reservations", order_id=order_id)["state"] == "CONSUMED"
    assert saga.row("stock_movements", order_id=order_id)["delta"] == -3
    assert saga.emails(order_id) == ["completed"]


@pytest.mark.parametrize(
    ("token", "reason"), [("tok_declined", "card_declined"), ("tok_insufficient_funds", "insufficient_funds")]
)
def test_f8_a_refused_payment_releases_the_stock(saga: Saga, token: str, reason: str) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3), token=token)
    saga.settle()
    assert saga.told(order_id=order_id) == [
        "ORDER_INVENTORY_PENDING", "STOCK_RESERVED", "ORDER_PAYMENT_PENDING", "PAYMENT_FAILURE", "ORDER_PAYMENT_REJECTED", "STOCK_RELEASED"
    ]  # fmt: skip
    assert (saga.status(order_id), saga.row("orders", id=order_id)["reason"]) == ("PAYMENT_REJECTED", reason)
    assert saga.stock(product_id) == (10, 0)
    assert saga.emails(order_id) == ["payment_refused"]


def test_f11_a_cancellation_before_the_stock_is_asked_for_leaves_a_tombstone(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    assert saga.cancel(order_id)["status"] == "CANCELLED"
    saga.settle()
    assert saga.status(order_id) == "CANCELLED"
    assert saga.stock(product_id) == (10, 0)
    assert saga.rows("payments", order_id=order_id) == []
    assert saga.emails(order_id) == ["cancelled"]


def test_f11_a_cancellation_while_the_payment_waits_voids_it(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    saga.driver.settle_until_reserved(order_id)
    assert saga.status(order_id) == "PAYMENT_PENDING"
    saga.driver.drop_requests("charge")
    saga.cancel(order_id)
    saga.settle()
    assert saga.told(order_id=order_id)[-3:] == ["PAYMENT_FAILURE", "ORDER_CANCELLED", "STOCK_RELEASED"]
    assert saga.status(order_id) == "CANCELLED"
    assert saga.stock(product_id) == (10, 0)
    assert saga.emails(order_id) == ["cancelled"]


@pytest.mark.parametrize("token", ["tok_success", "tok_declined"])
def test_f11_an_order_that_has_ended_cannot_be_cancelled(saga: Saga, token: str) -> None:
    order_id = saga.place((saga.product(stock=10), 3), token=token)
    saga.settle()
    before = saga.row("orders", id=order_id)
    with pytest.raises(Conflict):
        saga.cancel(order_id)
    assert saga.row("orders", id=order_id) == before


def test_f12_a_whole_refund_with_restock_ends_the_order_as_refunded(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    saga.settle()
    saga.refund(order_id, restock=[Quantity(product_id, 3)])
    saga.settle()
    assert saga.told(order_id=order_id)[-2:] == ["PAYMENT_REFUNDED", "ORDER_REFUNDED"]
    assert saga.status(order_id) == "REFUNDED"
    assert saga.stock(product_id) == (10, 0)
    assert saga.emails(order_id) == ["completed", "refunded"]


def test_f12_parts_add_up_to_the_whole_and_never_more(saga: Saga) -> None:
    product_id = saga.product(stock=10, price_minor=1000)
    order_id = saga.place((product_id, 3))
    saga.settle()
    saga.refund(order_id, 1000)
    saga.settle()
    assert saga.status(order_id) == "COMPLETED"
    assert saga.stock(product_id) == (7, 0)
    with pytest.raises(Conflict):
        saga.refund(order_id, 2001)
    saga.refund(order_id, 2000, restock=[Quantity(product_id, 1)])
    saga.settle()
    assert saga.status(order_id) == "REFUNDED"
    assert saga.stock(product_id) == (8, 0)
    told = [
        parse("ORDER_REFUNDED", 1, row["payload"])
        for row in saga.rows("events", order_id=order_id, type="ORDER_REFUNDED")
    ]
    assert sorted((e.amount_minor, e.whole) for e in told if isinstance(e, OrderRefunded)) == [
        (1000, False),
        (2000, True),
    ]
    assert saga.emails(order_id) == ["completed", "refunded", "refunded"]
