"""Reading orders by REST: the whole story, the lists, and who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.api.desk import Desk, fields
from webapp.db import db


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """The statements that are run inside."""
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    with desk.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield said
    sa.event.remove(engine, "before_cursor_execute", note)


def test_an_order_tells_its_payment_and_every_event(desk: Desk) -> None:
    order_id = desk.order((desk.product(stock=5), 2))
    fresh = desk.story(order_id)
    assert (fresh["payment"], fresh["refunds"]) == ({"status": "NOT_BEGUN", "attempts": 0, "reason": None}, [])
    assert [event["type"] for event in fresh["events"]] == ["ORDER_INVENTORY_PENDING"]
    desk.settle()
    story = desk.story(order_id)
    assert (story["status"], story["version"]) == ("COMPLETED", 3)
    assert story["payment"] == {"status": "TAKEN", "attempts": 1, "reason": None}
    assert [(event["type"], event["source"], event["sequence"]) for event in story["events"]] == [
        ("ORDER_INVENTORY_PENDING", "/marketflow/orders", 1),
        ("STOCK_RESERVED", "/marketflow/inventory", 1),
        ("ORDER_PAYMENT_PENDING", "/marketflow/orders", 2),
        ("PAYMENT_SUCCESS", "/marketflow/payments", 1),
        ("ORDER_COMPLETED", "/marketflow/orders", 3),
    ]
    assert all(event["at"].endswith("Z") and len(event["id"]) == 36 for event in story["events"])
    assert story["events"][0]["id"] == fresh["events"][0]["id"]


def test_a_declined_order_says_why_and_that_its_stock_is_free(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 2), token="tok_insufficient_funds")
    story = desk.story(order_id)
    assert (story["status"], story["reason"]) == ("PAYMENT_REJECTED", "insufficient_funds")
    assert (story["payment"]["status"], story["payment"]["reason"]) == ("DECLINED", "insufficient_funds")
    assert {event["type"] for event in story["events"]} >= {
        "PAYMENT_FAILURE",
        "ORDER_PAYMENT_REJECTED",
        "STOCK_RELEASED",
    }


def test_an_order_is_read_in_a_fixed_number_of_queries(desk: Desk) -> None:
    short = desk.completed((desk.product(stock=5), 1))
    long = desk.completed(*[(desk.product(stock=5), 1) for _ in range(12)])
    numbers = []
    for order_id in (short, long):
        with counted(desk) as said:
            desk.story(order_id)
        numbers.append(len([statement for statement in said if statement.startswith("SELECT")]))
    assert numbers[0] == numbers[1] <= 6, numbers  # The token, the order, its items, payment, refunds, events.
    with counted(desk) as said:
        assert len(desk.get("/orders", desk.people.shopper).json["items"]) == 2
    assert len([statement for statement in said if statement.startswith("SELECT")]) <= 3


def test_a_market_lists_its_own_orders_and_a_shopper_theirs(desk: Desk) -> None:
    here, there = desk.product(stock=9), desk.product(stock=9, who=desk.people.outsider)
    mine = desk.order((here, 1))
    abroad = desk.order((there, 1))
    others = desk.order((here, 1), who=desk.people.operator)

    def ids(who: object, query: str = "") -> list[int]:
        return [item["id"] for item in desk.get(f"/orders{query}", who).json["items"]]  # type: ignore[arg-type]

    assert ids(desk.people.shopper) == [abroad, mine]
    assert ids(desk.people.operator) == [others]
    assert ids(desk.people.owner) == ids(desk.people.staff) == [others, mine]
    assert ids(desk.people.outsider) == [abroad]
    desk.settle()
    assert ids(desk.people.owner, "?status=COMPLETED") == [others, mine]
    assert ids(desk.people.owner, "?status=CANCELLED") == []


def test_a_list_of_orders_is_read_page_by_page(desk: Desk) -> None:
    mug = desk.product(stock=9)
    made = [desk.order((mug, 1)) for _ in range(5)]
    first = desk.get("/orders?limit=3").json
    second = desk.get(f"/orders?limit=3&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    assert first["items"][0]["items"][0]["product_id"] == mug


BAD_QUERIES = [("limit=0", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("status=DONE", "status"), ("status=", "status"),
     ("status=completed", "status")]  # fmt: skip


def test_a_bad_filter_is_named(desk: Desk) -> None:
    for query, field in BAD_QUERIES:
        refused = desk.get(f"/orders?{query}")
        assert (refused.status_code, fields(refused)) == (422, [field]), query


def test_somebody_elses_order_is_not_told_from_a_missing_one(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    people = desk.people
    missing = desk.get("/orders/987654", people.shopper)
    before = desk.counts()
    for stranger in (people.outsider, people.operator):
        foreign = desk.get(f"/orders/{order_id}", stranger)
        assert (foreign.status_code, foreign.json) == (404, missing.json)
        assert desk.post(f"/orders/{order_id}/cancellation", {}, stranger).status_code == 404
    refund = {"reason": "mine"}
    assert desk.post(f"/orders/{order_id}/refunds", refund, people.outsider).status_code == 404
    assert desk.post(f"/orders/{order_id}/refunds", refund, people.operator).status_code == 403
    assert desk.counts() == before
    for known in (people.shopper, people.owner, people.staff):
        assert desk.get(f"/orders/{order_id}", known).json["id"] == order_id


def test_an_id_that_no_order_can_have_is_404(desk: Desk) -> None:
    for order_id in ("0", "-1", "1.5", "x", "9223372036854775808", "99999999999999999999", "%00", "1%20", "01"):
        read = desk.get(f"/orders/{order_id}")
        assert (read.status_code, read.content_type) == (404, "application/problem+json"), order_id
