"""Cancelling (F11) and refunding (F12) by REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.desk import Desk, fields


def test_a_shopper_cancels_while_the_stock_is_asked_for(desk: Desk) -> None:
    mug = desk.product(stock=5)
    order_id = desk.order((mug, 2))
    cancelled = desk.post(f"/orders/{order_id}/cancellation", who=desk.people.shopper)
    assert (cancelled.status_code, cancelled.json["status"]) == (202, "CANCELLED")
    assert cancelled.headers["Location"] == f"/api/v1/orders/{order_id}"
    desk.settle()
    story = desk.story(order_id)
    assert (story["status"], story["payment"]["status"]) == ("CANCELLED", "NOT_BEGUN")
    own = [event["type"] for event in story["events"] if event["source"] == "/marketflow/orders"]
    assert own == ["ORDER_INVENTORY_PENDING", "ORDER_CANCELLED"]
    assert desk.get(f"/products/{mug}/inventory").json["available"] == 5


def test_a_market_cancels_while_the_payment_is_asked_for_and_the_payment_decides(desk: Desk) -> None:
    mug = desk.product(stock=5)
    order_id = desk.order((mug, 2))
    desk.until(order_id, "PAYMENT_PENDING")
    for _ in range(2):  # Asking again changes nothing more.
        asked = desk.post(f"/orders/{order_id}/cancellation")
        assert (asked.status_code, asked.json["status"], asked.json["cancellation_asked"]) == (
            202,
            "PAYMENT_PENDING",
            True,
        )
    assert len(desk.audited("order.cancel")) == 1
    desk.settle()
    story = desk.story(order_id)
    assert story["status"] in ("CANCELLED", "COMPLETED")
    on_hand = desk.get(f"/products/{mug}/inventory").json["on_hand"]
    assert on_hand == (5 if story["status"] == "CANCELLED" else 3)


@pytest.mark.parametrize(
    ("token", "status"), [("tok_success", "COMPLETED"), ("tok_declined", "PAYMENT_REJECTED"), ("", "CANCELLED")]
)
def test_an_order_that_has_ended_cannot_be_cancelled(desk: Desk, token: str, status: str) -> None:
    order_id = desk.order((desk.product(stock=5), 1), token=token or "tok_success")
    if not token:
        desk.post(f"/orders/{order_id}/cancellation")
    desk.settle()
    assert desk.story(order_id)["status"] == status
    before = desk.counts()
    refused = desk.post(f"/orders/{order_id}/cancellation")
    assert (refused.status_code, refused.json["type"]) == (409, "urn:marketflow:problem:not-cancellable")
    assert desk.counts() == before


def test_a_whole_refund_ends_the_order_and_restocks_what_was_asked(desk: Desk) -> None:
    mug, cup = desk.product(stock=5, price="12.50"), desk.product(stock=5, price="3.00")
    order_id = desk.completed((mug, 2), (cup, 1))
    asked = desk.post(
        f"/orders/{order_id}/refunds", {"reason": "came broken", "restock": [{"product_id": mug, "quantity": 1}]}
    )
    assert (asked.status_code, asked.headers["Location"]) == (202, f"/api/v1/orders/{order_id}")
    [refund] = asked.json["refunds"]
    assert (refund["amount"], refund["status"], refund["done_at"]) == ("28.00", "PENDING", None)
    desk.settle()
    story = desk.story(order_id)
    assert (story["status"], story["refunded"], story["payment"]["status"]) == ("REFUNDED", "28.00", "REFUNDED")
    [refund] = story["refunds"]
    assert (refund["status"], refund["reason"], refund["restock"]) == (
        "DONE",
        "came broken",
        [{"product_id": mug, "quantity": 1}],
    )
    assert {event["type"] for event in story["events"]} >= {"PAYMENT_REFUNDED", "ORDER_REFUNDED"}
    assert [desk.get(f"/products/{product}/inventory").json["on_hand"] for product in (mug, cup)] == [4, 4]
    [row] = desk.audited("order.refund")
    assert (row["object_id"], row["person_id"], row["market_id"]) == (
        order_id,
        desk.people.owner.id,
        desk.people.owner.market_id,
    )


def test_refunds_in_part_add_up_to_the_whole(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5, price="10.00"), 3))
    path = f"/orders/{order_id}/refunds"
    assert desk.post(path, {"amount": "12.5", "reason": "late"}).status_code == 202
    desk.settle()
    assert (desk.story(order_id)["status"], desk.story(order_id)["refunded"]) == ("COMPLETED", "12.50")
    assert desk.post(path, {"amount": "10.00", "reason": "later"}).status_code == 202
    over = desk.post(path, {"amount": "7.51", "reason": "too much"})  # The second is still on its way.
    assert (over.status_code, over.json["type"]) == (409, "urn:marketflow:problem:not-refundable")
    assert desk.post(path, {"reason": "the rest"}).status_code == 202
    assert desk.post(path, {"reason": "and more"}).status_code == 409
    desk.settle()
    story = desk.story(order_id)
    assert (story["status"], story["refunded"]) == ("REFUNDED", "30.00")
    assert [refund["amount"] for refund in story["refunds"]] == ["12.50", "10.00", "7.50"]
    assert desk.post(path, {"reason": "again"}).status_code == 409


def test_only_a_completed_order_is_refunded(desk: Desk) -> None:
    mug = desk.product(stock=5)
    pending = desk.order((mug, 1))
    before = desk.counts()
    assert desk.post(f"/orders/{pending}/refunds", {"reason": "no"}).status_code == 409
    assert desk.counts() == before
    declined = desk.completed((mug, 1), token="tok_declined")
    assert desk.post(f"/orders/{declined}/refunds", {"reason": "no"}).status_code == 409


def test_what_is_restocked_was_ordered_and_is_put_back_once(desk: Desk) -> None:
    mug, cup = desk.product(stock=5), desk.product(stock=5)
    order_id = desk.completed((mug, 3))

    def refund(*restock: tuple[int, int]) -> Any:
        lines = [{"product_id": product, "quantity": quantity} for product, quantity in restock]
        return desk.post(f"/orders/{order_id}/refunds", {"amount": "1.00", "reason": "back", "restock": lines})

    before = desk.counts()
    for restock, field in (
        ([(cup, 1)], "restock[0].product_id"),
        ([(mug, 1), (cup, 1)], "restock[1].product_id"),
        ([(mug, 4)], "restock[0].quantity"),
        ([(mug, 2), (mug, 2)], "restock[1].quantity"),
    ):
        refused = refund(*restock)
        assert (refused.status_code, fields(refused)) == (422, [field])
    assert desk.counts() == before
    assert refund((mug, 1), (mug, 1)).json["refunds"][0]["restock"] == [{"product_id": mug, "quantity": 2}]
    twice = refund((mug, 2))
    assert (twice.status_code, fields(twice)) == (409, ["restock[0].quantity"])
    assert refund((mug, 1)).status_code == 202
    desk.settle()
    assert desk.get(f"/products/{mug}/inventory").json["on_hand"] == 5


def test_the_same_key_refunds_once(desk: Desk) -> None:
    order_id, key = desk.completed((desk.product(stock=5, price="9.00"), 1)), {"Idempotency-Key": "r1"}
    path, body = f"/orders/{order_id}/refunds", {"amount": "3.00", "reason": "scratched"}
    first, again = (desk.post(path, body, headers=key) for _ in range(2))
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json) == (202, "true", first.json)
    desk.settle()
    assert desk.story(order_id)["refunded"] == "3.00"


def test_a_shopper_cannot_refund_themselves(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    assert desk.post(f"/orders/{order_id}/refunds", {"reason": "please"}, desk.people.shopper).status_code == 403
