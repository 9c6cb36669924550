"""Figures, counts, adjustments and the ledger by REST (F4, F5)."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from tests.api.desk import MUG, Desk, fields
from webapp.inventory import api as inventory_api
from webapp.inventory import queries
from webapp.inventory.models import Inventory


def test_a_new_products_inventory_is_empty_and_active(desk: Desk) -> None:
    product_id = desk.product()
    read = desk.get(f"/products/{product_id}/inventory")
    assert read.status_code == 200
    assert read.json == {
        "product_id": product_id, "on_hand": 0, "reserved": 0, "available": 0, "low_stock_threshold": 0, "active": True, "version": 1,
    }  # fmt: skip


def test_an_adjustment_answers_with_the_new_figures_and_is_in_the_ledger(desk: Desk) -> None:
    product_id = desk.product()
    made = desk.post(
        f"/products/{product_id}/stock-adjustments", {"delta": 12, "reason": "received", "note": "Van at ☕"}
    )
    assert (made.status_code, made.json["on_hand"], made.json["available"], made.json["version"]) == (201, 12, 12, 1)
    assert (
        desk.post(f"/products/{product_id}/stock-adjustments", {"delta": -2, "reason": "damaged"}).json["on_hand"] == 10
    )
    ledger = desk.get(f"/products/{product_id}/stock-movements").json["items"]
    assert [(m["kind"], m["delta"], m["before"], m["after"]) for m in ledger] == [
        ("damaged", -2, 12, 10),
        ("received", 12, 0, 12),
    ]
    assert (ledger[1]["note"], ledger[1]["actor"]) == ("Van at ☕", desk.people.owner.email)
    assert ledger[0]["at"].endswith("Z")
    assert desk.told(product_id=product_id)[2:] == ["STOCK_ADJUSTED", "STOCK_ADJUSTED"]


def test_every_reason_is_a_kind_of_the_ledger(desk: Desk) -> None:
    product_id = desk.product()
    for reason in ("received", "count", "damaged", "loss", "return", "correction", "promotion"):
        assert desk.post(f"/products/{product_id}/stock-adjustments", {"delta": 1, "reason": reason}).status_code == 201
        assert desk.get(f"/products/{product_id}/stock-movements").json["items"][0]["kind"] == reason


def test_the_ledger_is_read_page_by_page(desk: Desk) -> None:
    product_id = desk.product()
    for delta in range(1, 6):
        desk.post(f"/products/{product_id}/stock-adjustments", {"delta": delta, "reason": "received"})
    seen, cursor = [], ""
    while True:
        page = desk.get(f"/products/{product_id}/stock-movements?limit=2{cursor}").json
        seen += [movement["delta"] for movement in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [5, 4, 3, 2, 1]


def test_the_same_key_adjusts_once(desk: Desk) -> None:
    product_id = desk.product()
    path, change, key = (
        f"/products/{product_id}/stock-adjustments",
        {"delta": 5, "reason": "received"},
        {"Idempotency-Key": "van-17"},
    )
    first = desk.post(path, change, headers=key)
    desk.post(path, {"delta": 1, "reason": "received"})
    again = desk.post(path, dict(reversed(change.items())), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert (again.headers["Idempotent-Replayed"], again.headers["Location"]) == ("true", first.headers["Location"])
    assert "Idempotent-Replayed" not in first.headers
    assert desk.get(f"/products/{product_id}/inventory").json["on_hand"] == 6
    other = desk.post(path, {"delta": 6, "reason": "received"}, headers=key)
    assert (other.status_code, fields(other)) == (422, ["Idempotency-Key"])
    assert len(desk.audited("stock.adjust")) == 2


def test_a_refused_adjustment_leaves_its_key_free(desk: Desk) -> None:
    product_id, key = desk.product(), {"Idempotency-Key": "try"}
    path = f"/products/{product_id}/stock-adjustments"
    assert desk.post(path, {"delta": -1, "reason": "loss"}, headers=key).status_code == 409
    desk.post(path, {"delta": 1, "reason": "received"})
    taken = desk.post(path, {"delta": -1, "reason": "loss"}, headers=key)
    assert (taken.status_code, taken.json["on_hand"]) == (201, 0)
    assert "Idempotent-Replayed" not in taken.headers


def test_a_count_sets_the_figure_all_or_nothing_with_one_event(desk: Desk) -> None:
    product_id = desk.product(stock=10)
    changed = desk.patch(
        f"/products/{product_id}/inventory",
        {"on_hand": 7, "low_stock_threshold": 3, "active": False, "expected_version": 1},
    )
    assert changed.status_code == 200
    assert changed.json == {
        "product_id": product_id, "on_hand": 7, "reserved": 0, "available": 7, "low_stock_threshold": 3, "active": False, "version": 2,
    }  # fmt: skip
    assert desk.get(f"/products/{product_id}/inventory").json == changed.json
    assert desk.told(product_id=product_id).count("INVENTORY_ADJUSTED") == 1
    assert desk.get(f"/products/{product_id}/stock-movements").json["items"][0]["kind"] == "count"
    before = desk.counts()
    refused = desk.patch(f"/products/{product_id}/inventory", {"on_hand": 9, "low_stock_threshold": -1})
    assert (refused.status_code, fields(refused)) == (422, ["low_stock_threshold"])
    stale = desk.patch(f"/products/{product_id}/inventory", {"on_hand": 9, "active": True, "expected_version": 1})
    assert (stale.status_code, fields(stale)) == (409, ["expected_version"])
    assert desk.get(f"/products/{product_id}/inventory").json == changed.json
    assert desk.counts() == before


def test_a_threshold_alone_leaves_the_ledger_alone(desk: Desk) -> None:
    product_id = desk.product(stock=4)
    assert desk.patch(f"/products/{product_id}/inventory", {"low_stock_threshold": 2}).json["version"] == 2
    assert len(desk.get(f"/products/{product_id}/stock-movements").json["items"]) == 1


def test_nothing_to_set_is_refused(desk: Desk) -> None:
    product_id = desk.product()
    for body in ({}, {"expected_version": 1}):
        assert desk.patch(f"/products/{product_id}/inventory", body).status_code == 422


def test_what_is_reserved_stays_covered_and_does_not_raise_the_version(desk: Desk) -> None:
    product_id = desk.product(stock=10)
    desk.completed((product_id, 4))
    order_id = desk.order((product_id, 4))
    desk.until(order_id, "PAYMENT_PENDING")
    figures = desk.get(f"/products/{product_id}/inventory").json
    assert (figures["on_hand"], figures["reserved"], figures["available"], figures["version"]) == (6, 4, 2, 1)
    before = desk.counts()
    counted = desk.patch(f"/products/{product_id}/inventory", {"on_hand": 3})
    assert (counted.status_code, fields(counted)) == (409, ["on_hand"])
    taken = desk.post(f"/products/{product_id}/stock-adjustments", {"delta": -3, "reason": "loss"})
    assert (taken.status_code, fields(taken)) == (409, ["delta"])
    assert desk.counts() == before
    assert desk.patch(f"/products/{product_id}/inventory", {"on_hand": 4}).json["available"] == 0
    desk.settle()
    assert desk.story(order_id)["status"] == "COMPLETED"


def test_an_inactive_inventory_takes_adjustments(desk: Desk) -> None:
    product_id = desk.product()
    desk.patch(f"/products/{product_id}/inventory", {"active": False})
    made = desk.post(f"/products/{product_id}/stock-adjustments", {"delta": 3, "reason": "received"})
    assert (made.status_code, made.json["on_hand"], made.json["active"]) == (201, 3, False)


def test_a_deleted_products_figures_are_read_and_not_changed(desk: Desk) -> None:
    product_id = desk.product(stock=3)
    desk.call("DELETE", f"/products/{product_id}")
    for settled in (False, True):
        if settled:
            desk.settle()
        read = desk.get(f"/products/{product_id}/inventory")
        assert (read.status_code, read.json["on_hand"], read.json["active"]) == (200, 3, not settled)
        assert len(desk.get(f"/products/{product_id}/stock-movements").json["items"]) == 1
        refused = desk.patch(f"/products/{product_id}/inventory", {"on_hand": 5})
        assert (refused.status_code, refused.json["type"]) == (409, "urn:marketflow:problem:product-deleted")


def test_a_figure_over_the_largest_is_refused(desk: Desk) -> None:
    product_id = desk.product(stock=10**12)
    over = desk.post(f"/products/{product_id}/stock-adjustments", {"delta": 1, "reason": "received"})
    assert (over.status_code, fields(over)) == (422, ["delta"])
    counted = desk.patch(f"/products/{product_id}/inventory", {"on_hand": 10**12 + 1})
    assert (counted.status_code, fields(counted)) == (422, ["on_hand"])


@pytest.mark.parametrize(
    ("method", "end", "body"),
    [
        ("GET", "inventory", None),
        ("PATCH", "inventory", {"on_hand": 1}),
        ("POST", "stock-adjustments", {"delta": 1, "reason": "received"}),
        ("GET", "stock-movements", None),
    ],
)
def test_a_call_waits_for_an_inventory_that_is_being_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, method: str, end: str, body: dict[str, Any] | None
) -> None:
    monkeypatch.setattr(inventory_api, "PATIENCE", 0.05)
    product_id = desk.post("/products", MUG).json["id"]
    not_yet = desk.call(method, f"/products/{product_id}/{end}", json=body)
    assert (not_yet.status_code, not_yet.json["type"]) == (409, "urn:marketflow:problem:inventory-not-ready")
    assert int(not_yet.headers["Retry-After"]) >= 1
    looks = itertools.count(1)
    look = queries.inventory_of

    def made_at_the_third_look(market_id: int, of_product: int) -> Inventory | None:
        if next(looks) == 3:
            making.start()
            making.join()
        return look(market_id, of_product)

    making = threading.Thread(target=desk.settle)
    monkeypatch.setattr(queries, "inventory_of", made_at_the_third_look)
    monkeypatch.setattr(inventory_api, "PATIENCE", 60.0)
    answered = desk.call(method, f"/products/{product_id}/{end}", json=body)
    assert answered.status_code in (200, 201), answered.text
    assert next(looks) > 3


def test_every_change_is_audited_with_the_figures_before_and_after(desk: Desk) -> None:
    product_id = desk.product(stock=2)
    desk.patch(f"/products/{product_id}/inventory", {"on_hand": 1})
    [adjusted], [was_set] = desk.audited("stock.adjust"), desk.audited("inventory.set")
    for row in (adjusted, was_set):
        assert (row["object_type"], row["object_id"], row["person_id"]) == (
            "inventory",
            product_id,
            desk.people.owner.id,
        )
        assert row["token_id"] is not None
    assert '"on_hand":0' in adjusted["before"]
    assert '"on_hand":2' in adjusted["after"]
    assert '"on_hand":1' in was_set["after"]
