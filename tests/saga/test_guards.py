"""Whatever comes twice, late, out of order or broken changes nothing that it should not."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from tests.saga.conftest import Saga
from webapp import clock, outbox
from webapp.db import as_json, execute, fetch, transact
from webapp.errors import Invalid
from webapp.events import OrderCompleted, StockReserved
from webapp.orders import placing
from webapp.outbox import Fact, fresh_cause
from workers.consuming import handle
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
    absorbed = fetch("SELECT sum(duplicates) AS times FROM inbox")[0]["times"]
    assert absorbed == 10 * fetch("SELECT count(*) AS n FROM inbox")[0]["n"]


def test_the_same_fact_under_a_new_id_is_stopped_by_the_state(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    order_id = saga.place((product_id, 3))
    saga.settle()
    before = figures(saga)
    for row in saga.rows("events", order_id=order_id):
        message = delivery(row["type"], row["payload"].encode())
        handle("inventory", [message])
        handle("orders", [message])
    saga.settle()
    assert figures(saga) == before
    # The planted messages are not in the log, so the check must not ask where they came from.
    execute_forget_inbox()


def execute_forget_inbox() -> None:
    """Forget what the inbox saw of messages that only this test made up."""
    transact(lambda: execute("DELETE FROM inbox WHERE event_id NOT IN (SELECT id FROM events)"))


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


def test_a_message_about_an_order_that_does_not_exist_costs_only_itself(saga: Saga) -> None:
    product_id = saga.product(stock=100)
    ids = [saga.place((product_id, 1)) for _ in range(5)]
    saga.driver.settle_until_wished()
    stray = StockReserved(market_id=saga.market_id, order_id=10**9, sequence=1, items=())
    reserved = [row for order_id in ids for row in saga.rows("events", order_id=order_id, type="STOCK_RESERVED")]
    batch = [delivery(row["type"], row["payload"].encode(), id=row["id"]) for row in reserved]
    batch.insert(2, delivery("STOCK_RESERVED", as_json(stray).encode()))
    handle("orders", batch)
    [aside] = saga.parked()
    assert "there is no order 1000000000" in aside["reason"]
    saga.settle()
    assert [saga.status(order_id) for order_id in ids] == ["COMPLETED"] * 5


def test_later_messages_of_a_subject_wait_behind_its_parked_one(saga: Saga) -> None:
    order_id = 10**9
    first = StockReserved(market_id=saga.market_id, order_id=order_id, sequence=1, items=())
    handle("orders", [delivery("STOCK_RESERVED", as_json(first).encode())])
    second = delivery("STOCK_RESERVED", as_json(replace(first, sequence=2)).encode())
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
    handle("inventory", [delivery("ORDER_COMPLETED", as_json(late).encode())])
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
