"""Placing orders by REST (F6, F7): what is taken on, what is refused, and the same checkout again."""

from __future__ import annotations

import threading
from typing import Any

from tests.api.desk import Desk, fields


def test_an_order_is_202_with_its_place_and_its_snapshot(desk: Desk) -> None:
    mug, cup = desk.product(stock=5, name="A mug", price="12.50"), desk.product(stock=5, name="A cup", price="3.10")
    placed = desk.place(desk.wish((mug, 2), (cup, 1)))
    assert placed.status_code == 202
    order = placed.json
    assert placed.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert "Idempotent-Replayed" not in placed.headers
    assert (order["status"], order["version"], order["total"], order["currency"]) == (
        "INVENTORY_PENDING",
        1,
        "28.10",
        "EUR",
    )
    assert isinstance(order["id"], int)
    assert isinstance(order["number"], int)
    assert order["url"].endswith(f"/o/{order['link']}")
    assert [(i["product_id"], i["name"], i["quantity"], i["unit_price"], i["total"]) for i in order["items"]] == [
        (mug, "A mug", 2, "12.50", "25.00"), (cup, "A cup", 1, "3.10", "3.10"),
    ]  # fmt: skip
    assert order["email"] == desk.people.shopper.email
    desk.patch(f"/products/{mug}", {"name": "Renamed", "price": "99.00"})
    desk.settle()
    story = desk.story(order["id"])
    assert (story["status"], story["items"], story["total"]) == ("COMPLETED", order["items"], "28.10")


def test_email_delivery_and_the_order_it_replaces_are_kept(desk: Desk) -> None:
    mug = desk.product(stock=5)
    first = desk.order((mug, 6))
    delivery = {"name": "Ada L.", "street": "1 <b>Lane</b>", "postcode": "1 A", "city": "Århus", "country": "Denmark"}
    placed = desk.place(desk.wish((mug, 1), email=" Ada@Example.COM ", delivery=delivery, replaces=first))
    assert placed.status_code == 202
    assert (placed.json["email"], placed.json["delivery"], placed.json["replaces"]) == (
        "ada@example.com",
        delivery,
        first,
    )


def test_repeated_products_are_added_up(desk: Desk) -> None:
    mug = desk.product(stock=5)
    placed = desk.place(desk.wish((mug, 2), (mug, 1)))
    assert [(item["product_id"], item["quantity"]) for item in placed.json["items"]] == [(mug, 3)]
    over = desk.place(desk.wish((mug, 1_000_000), (mug, 1)))
    assert (over.status_code, fields(over)) == (422, ["items[1].quantity"])


def test_a_thousand_lines_and_a_million_pieces_are_taken_on(desk: Desk) -> None:
    mug = desk.product()
    assert desk.place(desk.wish(*[(mug, 1000)] * 1000)).json["items"][0]["quantity"] == 1_000_000
    refused = desk.place(desk.wish(*[(mug, 1)] * 1001))
    assert (refused.status_code, fields(refused)) == (422, ["items"])


def test_too_little_stock_is_taken_on_and_then_rejected_with_what_is_left(desk: Desk) -> None:
    mug, cup = desk.product(stock=5), desk.product()
    order_id = desk.completed((mug, 6), (cup, 1))
    story = desk.story(order_id)
    assert story["status"] == "INVENTORY_REJECTED"
    assert story["shortages"] == [
        {"product_id": mug, "wanted": 6, "available": 5}, {"product_id": cup, "wanted": 1, "available": 0},
    ]  # fmt: skip
    assert desk.get(f"/products/{mug}/inventory").json["reserved"] == 0


def test_a_product_whose_inventory_is_not_made_yet_is_taken_on(desk: Desk) -> None:
    made = desk.post("/products", {"sku": "NEW", "name": "New", "price": "1.00", "currency": "EUR"})
    order_id = desk.completed((made.json["id"], 1))
    assert desk.story(order_id)["status"] == "INVENTORY_REJECTED"


def test_what_is_not_for_sale_is_refused_on_its_line(desk: Desk) -> None:
    good = desk.product(stock=5)
    draft, archived, inactive, deleted = (
        desk.product(status="draft"),
        desk.product(),
        desk.product(stock=5),
        desk.product(stock=5),
    )
    desk.patch(f"/products/{archived}", {"status": "archived"})
    desk.patch(f"/products/{inactive}/inventory", {"active": False})
    desk.call("DELETE", f"/products/{deleted}")
    before = desk.counts()
    for bad in (draft, archived, inactive, deleted, 987654, 2**63 - 1):
        refused = desk.place(desk.wish((good, 1), (bad, 1)))
        assert (refused.status_code, fields(refused)) == (422, ["items[1].product_id"])
    assert desk.counts() == before
    desk.patch(f"/products/{inactive}/inventory", {"active": True})
    assert desk.place(desk.wish((inactive, 1))).status_code == 202


def test_items_are_of_one_market(desk: Desk) -> None:
    here, there = desk.product(stock=5), desk.product(stock=5, who=desk.people.outsider)
    mixed = desk.place(desk.wish((here, 1), (there, 1)))
    assert (mixed.status_code, fields(mixed)) == (422, ["items[1].product_id"])
    abroad = desk.place(desk.wish((there, 1)), desk.people.owner)
    assert (abroad.status_code, fields(abroad)) == (422, ["items[0].product_id"])
    placed = desk.place(desk.wish((there, 2)))
    assert (placed.status_code, placed.json["total"], placed.json["currency"]) == (202, "24", "JPY")


def test_the_same_key_and_body_are_the_same_order_as_it_is_by_then(desk: Desk) -> None:
    mug = desk.product(stock=5)
    first = desk.place(desk.wish((mug, 2)), key="checkout-1")
    before = desk.counts()
    again = desk.place(desk.wish((mug, 2)), key="checkout-1")
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (202, first.json, "true")
    assert desk.counts() == before
    desk.settle()
    later = desk.place(desk.wish((mug, 2)), key="checkout-1")
    assert (later.json["id"], later.json["status"], later.status_code) == (first.json["id"], "COMPLETED", 202)
    assert later.headers["Location"] == first.headers["Location"]
    assert desk.get(f"/products/{mug}/inventory").json["on_hand"] == 3
    assert len(desk.audited("order.place")) == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    mug = desk.product(stock=5)
    desk.place(desk.wish((mug, 2)), key="checkout-1")
    before = desk.counts()
    for other in (
        desk.wish((mug, 3)),
        desk.wish((mug, 2), email="other@example.com"),
        desk.wish((mug, 2), token="tok_declined"),
    ):
        refused = desk.place(other, key="checkout-1")
        assert (refused.status_code, fields(refused)) == (422, ["Idempotency-Key"])
    assert desk.counts() == before


def test_a_key_belongs_to_its_person(desk: Desk) -> None:
    mug = desk.product(stock=5)
    mine = desk.place(desk.wish((mug, 1)), key="1")
    theirs = desk.place(desk.wish((mug, 1)), desk.people.operator, key="1")
    assert (theirs.status_code, "Idempotent-Replayed" in theirs.headers) == (202, False)
    assert mine.json["id"] != theirs.json["id"]


def test_many_at_once_with_one_key_make_one_order(desk: Desk) -> None:
    mug = desk.product(stock=50)
    answers: list[Any] = []
    body = desk.wish((mug, 1))
    threads = [threading.Thread(target=lambda: answers.append(desk.place(body, key="all at once"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 7
    assert len(desk.audited("order.place")) == 1


def test_without_a_key_nothing_is_placed(desk: Desk) -> None:
    mug = desk.product(stock=5)
    before = desk.counts()
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "  "}):
        refused = desk.post("/orders", desk.wish((mug, 1)), desk.people.shopper, headers=headers)
        assert (refused.status_code, refused.json["type"]) == (400, "urn:marketflow:problem:no-idempotency-key")
    for bad in ("x" * 256, "ключ".encode().decode("latin-1")):
        refused = desk.place(desk.wish((mug, 1)), key=bad)
        assert (refused.status_code, fields(refused)) == (422, ["Idempotency-Key"])
    assert desk.counts() == before


def test_any_other_payment_token_is_refused(desk: Desk) -> None:
    mug = desk.product(stock=5)
    for token in ("tok_unknown", "", "tok_success ", "TOK_SUCCESS", "\x00", "4242424242424242"):
        refused = desk.place(desk.wish((mug, 1), token=token))
        assert (refused.status_code, fields(refused)) == (422, ["payment.token"]), token


def test_an_order_replaces_only_one_that_the_shopper_has(desk: Desk) -> None:
    mug = desk.product(stock=5)
    theirs = desk.order((mug, 1), who=desk.people.operator)
    for other in (theirs, 987654):
        refused = desk.place(desk.wish((mug, 1), replaces=other))
        assert (refused.status_code, fields(refused)) == (422, ["replaces"])


def test_an_order_larger_than_can_be_counted_is_refused(desk: Desk) -> None:
    dear = desk.product(price="10000000.00")
    refused = desk.place(desk.wish((dear, 1_000_000), (desk.product(price="10000000.00"), 1_000_000)))
    assert (refused.status_code, fields(refused)) == (422, ["items"])


def test_a_placed_order_is_audited(desk: Desk) -> None:
    order_id = desk.order((desk.product(stock=5), 1))
    [row] = desk.audited("order.place")
    assert (row["object_type"], row["object_id"], row["person_id"]) == ("order", order_id, desk.people.shopper.id)
    assert (row["market_id"], row["before"]) == (desk.people.owner.market_id, None)
    assert row["token_id"] is not None
