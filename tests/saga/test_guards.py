"""Whatever comes twice, late, out of order or broken changes nothing that it should not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from tests.saga.conftest import Saga
from webapp import clock, outbox
from webapp.db import as_json, execute, fetch, transact
from webapp.errors import Invalid
from webapp.events import CATALOGUE, OrderCompleted, OrderInventoryPending, PaymentSuccess, Quantity, StockReserved
from webapp.inbox import Received
from webapp.inventory import reservations
from webapp.messages import parse
from webapp.orders import placing
from webapp.outbox import Fact, fresh_cause
from workers.consuming import STRANGER, handle
from workers.subscriptions import SUBSCRIPTIONS
from workers.transport import Delivery


def delivery(type_name: str, value: bytes, **changes: object) -> Delivery:
    """A message as a broker might give it."""
    message = Delivery(
        str(uuid.uuid4()), "orders.events", type_name, 1, "1", value, "00-" + "1" * 32 + "-" + "2" * 16 + "-01", None
    )
    return replace(message, **changes)  # type: ignore[arg-type]


def figures(saga: Saga) -> dict[str, list[str]]:
    """Everything that must not change when a message is absorbed."""
    tables = (
        "orders",
        "inventories",
        "reservations",
        "stock_movements",
        "payments",
        "events",
        "order_stock",
        "refunds",
    )
    return {table: sorted(str(dict(row)) for row in saga.rows(table)) for table in tables}


def test_every_event_sent_ten_times_over_changes_nothing(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    saga.place((product_id, 3))
    saga.place((product_id, 2), token="tok_declined")
    saga.place((product_id, 99))
    saga.settle()
    before = figures(saga)
    for _ in range(10):
        saga.again()
        saga.settle()
    assert figures(saga) == before
    # Kafka may give one once more by itself, and never one less.
    assert fetch("SELECT min(duplicates) AS times FROM inbox")[0]["times"] >= 10


def test_a_message_that_nobody_of_us_has_told_is_parked_and_changes_nothing(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    saga.settle()
    before = figures(saga)
    for row in saga.rows("events", order_id=order_id):
        stranger = delivery(row["type"], row["payload"].encode())
        for group, handlers in SUBSCRIPTIONS.items():
            handle(group, [stranger])
            aside = [row["reason"] for row in saga.rows("parked", consumer=group, event_id=stranger.id)]
            assert aside == ([STRANGER] if CATALOGUE[stranger.type] in handlers else [])
    saga.settle()
    assert figures(saga) == before


def test_a_forged_wish_reserves_nothing_and_a_forged_success_completes_nothing(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3), token="tok_declined")
    saga.driver.settle_until_reserved(order_id)
    wish = OrderInventoryPending(
        market_id=saga.market_id,
        order_id=10**9,
        sequence=1,
        items=(Quantity(product_id, 7),),
        total_minor=1,
        currency="EUR",
    )
    success = PaymentSuccess(
        market_id=saga.market_id, order_id=order_id, sequence=1, amount_minor=1, currency="EUR", attempts=1
    )
    handle("inventory", [delivery("ORDER_INVENTORY_PENDING", as_json(wish).encode())])
    handle("orders", [delivery("PAYMENT_SUCCESS", as_json(success).encode())])
    assert saga.stock(product_id) == (10, 3)
    saga.settle()
    assert saga.status(order_id) == "PAYMENT_REJECTED"


def test_the_same_fact_under_a_new_id_is_stopped_by_the_state(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    saga.place((product_id, 3))
    saga.place((product_id, 1), token="tok_declined")
    saga.place((product_id, 99))
    saga.settle()
    before = figures(saga)
    for row in saga.rows("events"):
        again = Received(str(uuid.uuid4()), row["traceparent"], parse(row["type"], 1, row["payload"]))
        for handlers in SUBSCRIPTIONS.values():
            if type(again.event) in handlers:
                command = handlers[type(again.event)]
                transact(partial(command, [again]))
    saga.settle()
    assert figures(saga) == before


def test_a_whole_saga_in_one_batch_in_reverse_order_ends_as_it_would_have(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    assert saga.cancel(order_id)["status"] == "CANCELLED"
    told = saga.rows("events", order_id=order_id)
    backwards = sorted(told, key=lambda row: -row["sequence"])
    for row in backwards:
        handle("inventory", [delivery(row["type"], row["payload"].encode(), id=row["id"])])
    saga.settle()
    assert saga.stock(product_id) == (10, 0)
    assert saga.row("order_stock", order_id=order_id)["state"] == "TOMBSTONE"


@pytest.mark.parametrize(
    ("type_name", "version", "value", "reason"),
    [
        ("ORDER_COMPLETED", 1, b"not json", "ORDER_COMPLETED: value"),
        ("ORDER_COMPLETED", 1, b"{}", "market_id: Field required"),
        ("ORDER_COMPLETED", 1, b'{"market_id": "1"}', "market_id"),
        ("ORDER_EXPLODED", 1, b"{}", "unknown event type"),
        ("ORDER_COMPLETED", 2, b"{}", "unknown version 2"),
        ("ORDER_COMPLETED", 1, b"\x00\xff" * 10, "ORDER_COMPLETED"),
        ("ORDER_COMPLETED", 1, b" " * 1_000_001, "over the 1,000,000"),
    ],
)
def test_a_malformed_message_is_parked_with_the_reason_and_the_next_is_handled(
    saga: Saga, type_name: str, version: int, value: bytes, reason: str
) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    wish = saga.row("events", order_id=order_id)
    handle(
        "inventory",
        [delivery(type_name, value, version=version), delivery(wish["type"], wish["payload"].encode(), id=wish["id"])],
    )
    [aside] = saga.parked()
    assert reason in aside["reason"]
    assert saga.row("order_stock", order_id=order_id)["state"] == "HELD"
    saga.settle()
    assert saga.status(order_id) == "COMPLETED"


@pytest.fixture
def facts_of_nobody(saga: Saga) -> Iterator[Callable[[int], list[Delivery]]]:
    """Puts so many facts into the log about an order that does not exist; gone again before the market is checked."""
    nobody = 10**9

    def plant(count: int) -> list[Delivery]:
        facts = [
            StockReserved(market_id=saga.market_id, order_id=nobody, sequence=n, items=()) for n in range(1, count + 1)
        ]
        ids = transact(lambda: outbox.emit([Fact(fact, clock.now(), fresh_cause()) for fact in facts]))
        for event_id in ids:
            transact(partial(execute, "DELETE FROM outbox WHERE event_id = :id", id=event_id))
        return [delivery(f.TYPE, as_json(f).encode(), id=event_id) for f, event_id in zip(facts, ids, strict=True)]

    yield plant
    of_nobody = "SELECT id FROM events WHERE order_id = :id"
    transact(partial(execute, f"DELETE FROM parked WHERE event_id IN ({of_nobody})", id=nobody))
    transact(partial(execute, "DELETE FROM events WHERE order_id = :id", id=nobody))


Plant = Callable[[int], list[Delivery]]


def test_a_message_about_an_order_that_does_not_exist_costs_only_itself(saga: Saga, facts_of_nobody: Plant) -> None:
    product_id = saga.product(stock=100)
    ids = [saga.place((product_id, 1)) for _ in range(5)]
    saga.driver.settle_until_wished()
    reserved = [row for order_id in ids for row in saga.rows("events", order_id=order_id, type="STOCK_RESERVED")]
    batch = [delivery(row["type"], row["payload"].encode(), id=row["id"]) for row in reserved]
    batch.insert(2, facts_of_nobody(1)[0])
    handle("orders", batch)
    [aside] = saga.parked()
    assert "there is no order 1000000000" in aside["reason"]
    saga.settle()
    assert [saga.status(order_id) for order_id in ids] == ["COMPLETED"] * 5


def test_later_messages_of_a_subject_wait_behind_its_parked_one(saga: Saga, facts_of_nobody: Plant) -> None:
    first, second = facts_of_nobody(2)
    handle("orders", [first])
    handle("orders", [second])
    handle("orders", [second])
    reasons = [row["reason"] for row in saga.parked()]
    assert len(reasons) == 2
    assert "waits behind an earlier parked message" in reasons[1]


def test_a_verdict_after_the_end_moves_nothing(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3), token="tok_declined")
    saga.settle()
    before = figures(saga)
    late = OrderCompleted(market_id=saga.market_id, order_id=order_id, sequence=9, total_minor=1, currency="EUR")
    transact(lambda: reservations.consume([Received(str(uuid.uuid4()), fresh_cause().traceparent, late)]))
    assert figures(saga) == before


def test_the_same_checkout_twice_is_one_order_and_another_wish_is_refused(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    wish = saga.new_order((product_id, 1), key="same")
    first = transact(lambda: placing.place([wish]))[0]
    again = transact(lambda: placing.place([wish]))[0]
    assert (again["id"], again["replayed"], first["replayed"]) == (first["id"], True, False)
    with pytest.raises(Invalid):
        transact(lambda: placing.place([saga.new_order((product_id, 2), key="same")]))
    assert len(saga.rows("orders")) == 1


def test_a_fact_told_twice_for_one_place_in_the_sequence_is_refused(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 1))
    saga.settle()
    twice = OrderCompleted(market_id=saga.market_id, order_id=order_id, sequence=1, total_minor=1, currency="EUR")
    with pytest.raises(Exception, match=r"(?i)unique"):
        transact(lambda: outbox.emit([Fact(twice, clock.now(), fresh_cause())]))


def test_fifty_orders_for_ten_units_sell_ten(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    ids = [saga.place((product_id, 1)) for _ in range(50)]
    saga.settle()
    ended = [saga.status(order_id) for order_id in ids]
    assert (ended.count("COMPLETED"), ended.count("INVENTORY_REJECTED")) == (10, 40)
    assert saga.stock(product_id) == (0, 0)


def test_event_ids_are_never_used_again_when_the_tables_were_emptied(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    first = saga.place((product_id, 1))
    saga.settle()
    transact(lambda: execute("DELETE FROM outbox"))
    second = saga.place((product_id, 1))
    saga.settle()
    ids = [row["id"] for order_id in (first, second) for row in saga.rows("events", order_id=order_id)]
    assert len(ids) == len(set(ids))
    assert saga.status(second) == "COMPLETED"
