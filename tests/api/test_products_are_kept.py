"""Products by REST (F1, F2, F3)."""

from __future__ import annotations

import time

import pytest

from tests.api.desk import MUG, Desk, fields
from webapp.inventory import api as inventory_api


def test_a_new_product_is_201_with_its_place_and_without_stock(desk: Desk) -> None:
    made = desk.post("/products", MUG)
    assert made.status_code == 201
    product = made.json
    assert made.headers["Location"] == f"/api/v1/products/{product['id']}"
    assert {name: product[name] for name in MUG} == MUG
    assert (product["slug"], product["status"], product["version"]) == ("a-mug", "active", 1)
    assert isinstance(product["id"], int)
    assert product["created_at"].endswith("Z")
    assert not {"stock", "on_hand", "available", "reserved"} & product.keys()
    assert desk.get(f"/products/{product['id']}").json == product
    desk.settle()
    assert desk.told(product_id=product["id"]) == ["PRODUCT_CREATED", "INVENTORY_CREATED"]


def test_text_is_kept_as_it_was_written(desk: Desk) -> None:
    name = "<script>alert(1)</script> ☕️ “quoted” \\ 'single'"
    made = desk.post("/products", {**MUG, "name": name, "description": "two\nlines", "category": " Tea & more "})
    read = desk.get(f"/products/{made.json['id']}").json
    assert (read["name"], read["description"], read["category"]) == (name, "two\nlines", "Tea & more")


def test_a_product_may_begin_as_a_draft_but_not_archived(desk: Desk) -> None:
    assert desk.post("/products", {**MUG, "status": "draft"}).json["status"] == "draft"
    refused = desk.post("/products", {**MUG, "sku": "OTHER", "status": "archived"})
    assert (refused.status_code, fields(refused)) == (422, ["status"])


def test_a_sku_is_given_once_in_a_market(desk: Desk) -> None:
    desk.product(sku="MUG")
    refused = desk.post("/products", MUG)
    assert (refused.status_code, fields(refused)) == (409, ["sku"])
    other = desk.product(sku="CUP")
    renamed = desk.patch(f"/products/{other}", {"sku": "MUG"})
    assert (renamed.status_code, fields(renamed)) == (409, ["sku"])
    assert desk.product(sku="MUG", who=desk.people.outsider)


def test_a_change_tells_what_changed_and_leaves_the_rest(desk: Desk) -> None:
    product_id = desk.product(category="Kitchen")
    changed = desk.patch(f"/products/{product_id}", {"name": "A big mug", "price": "13.05", "status": "archived"})
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["slug"], changed.json["price"]) == ("A big mug", "a-big-mug", "13.05")
    assert (changed.json["category"], changed.json["status"], changed.json["version"]) == ("Kitchen", "archived", 2)
    assert desk.get(f"/products/{product_id}").json == changed.json
    assert desk.told(product_id=product_id) == ["PRODUCT_CREATED", "INVENTORY_CREATED", "PRODUCT_UPDATED"]


def test_a_change_of_nothing_tells_nothing(desk: Desk) -> None:
    product_id = desk.product()
    before = desk.counts()
    same = desk.patch(f"/products/{product_id}", {"name": "A mug"})
    assert (same.status_code, same.json["version"]) == (200, 1)
    assert desk.patch(f"/products/{product_id}", {}).json["version"] == 1
    assert desk.counts() == before


def test_a_stale_version_changes_nothing(desk: Desk) -> None:
    product_id = desk.product()
    assert desk.patch(f"/products/{product_id}", {"name": "First", "expected_version": 1}).status_code == 200
    before = desk.counts()
    refused = desk.patch(f"/products/{product_id}", {"name": "Second", "expected_version": 1})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:marketflow:problem:stale-version")
    assert desk.get(f"/products/{product_id}").json["name"] == "First"
    assert desk.counts() == before


def test_a_deleted_product_is_gone(desk: Desk) -> None:
    product_id = desk.product(sku="MUG")
    gone = desk.call("DELETE", f"/products/{product_id}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert desk.call("DELETE", f"/products/{product_id}").status_code == 404
    assert desk.get(f"/products/{product_id}").status_code == 404
    assert desk.patch(f"/products/{product_id}", {"name": "Back"}).status_code == 404
    assert desk.get("/products").json["items"] == []
    desk.settle()
    assert desk.told(product_id=product_id)[2:] == ["PRODUCT_DELETED", "INVENTORY_DEACTIVATED"]
    assert desk.product(sku="MUG") != product_id


def test_lists_are_read_page_by_page_newest_first(desk: Desk) -> None:
    made = [desk.product() for _ in range(5)]
    first = desk.get("/products?limit=2").json
    assert [item["id"] for item in first["items"]] == made[:2:-1]
    desk.product()
    second = desk.get(f"/products?limit=2&cursor={first['next_cursor']}").json
    third = desk.get(f"/products?limit=2&cursor={second['next_cursor']}").json
    assert [item["id"] for page in (second, third) for item in page["items"]] == [made[2], made[1], made[0]]
    assert third["next_cursor"] is None
    assert len(desk.get("/products").json["items"]) == 6


def test_a_list_is_searched(desk: Desk) -> None:
    mug, tea = (
        desk.product(name="A blue mug", category="Cups"),
        desk.product(name="Green tea", sku="100%_TEA", status="draft"),
    )

    def ids(query: str) -> list[int]:
        return [item["id"] for item in desk.get(f"/products?{query}").json["items"]]

    assert ids("q=MUG") == [mug]
    assert ids("q=100%25_t") == [tea]
    assert ids("q=0__") == []
    assert ids("category=Cups") == [mug]
    assert ids("status=draft") == [tea]
    assert ids("q=&category=&utm_source=letter") == [tea, mug]


BAD_QUERIES = [
    ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=1.5", "limit"), ("limit=ten", "limit"),
    ("limit=", "limit"), ("limit=9223372036854775808", "limit"), ("limit=NaN", "limit"), ("cursor=", "cursor"),
    ("cursor=12", "cursor"), ("cursor=YmVmb3JlOjA", "cursor"), ("cursor=%00", "cursor"), ("cursor=%F0%9F%98%80", "cursor"),
    ("status=gone", "status"), ("q=%00", "q"), ("category=a%07b", "category"), ("q=" + "x" * 201, "q"),
    ("limit=2&limit=3", "limit"),
]  # fmt: skip


def test_a_bad_cursor_limit_or_filter_is_named(desk: Desk) -> None:
    for query, field in BAD_QUERIES:
        refused = desk.get(f"/products?{query}")
        assert (refused.status_code, fields(refused)) == (422, [field]), query


def test_the_price_has_the_decimals_of_its_currency(desk: Desk) -> None:
    yen = {**MUG, "currency": "JPY"}
    assert desk.post("/products", {**yen, "price": "1200"}, desk.people.outsider).json["price"] == "1200"
    refused = desk.post("/products", {**yen, "sku": "B", "price": "1200.5"}, desk.people.outsider)
    assert (refused.status_code, fields(refused)) == (422, ["price"])
    assert desk.post("/products", {**MUG, "price": "3.5"}).json["price"] == "3.50"


def test_a_product_is_sold_in_its_markets_currency(desk: Desk) -> None:
    for currency in ("JPY", "eur", "", "EURO"):
        refused = desk.post("/products", {**MUG, "currency": currency})
        assert (refused.status_code, fields(refused)) == (422, ["currency"])
    product_id = desk.product()
    assert fields(desk.patch(f"/products/{product_id}", {"currency": "JPY"})) == ["currency"]
    assert desk.patch(f"/products/{product_id}", {"currency": "EUR"}).status_code == 200


def test_another_markets_product_is_not_told_from_a_missing_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_api, "PATIENCE", 100.0)
    product_id = desk.product(stock=5)
    paths = {
        "GET": ["", "/inventory", "/stock-movements"],
        "PATCH": ["", "/inventory"],
        "DELETE": [""],
        "POST": ["/stock-adjustments"],
    }
    bodies = {"": {"name": "Mine"}, "/inventory": {"on_hand": 1}, "/stock-adjustments": {"delta": 1, "reason": "count"}}
    before = desk.counts()
    for method, ends in paths.items():
        for end in ends:
            body = None if method in ("GET", "DELETE") else bodies[end]
            began = time.monotonic()
            foreign = desk.call(method, f"/products/{product_id}{end}", desk.people.outsider, json=body)
            missing = desk.call(method, f"/products/987654{end}", desk.people.outsider, json=body)
            assert foreign.status_code == missing.status_code == 404
            assert foreign.json == missing.json
            assert time.monotonic() - began < 50  # Neither waits for an inventory.
    assert desk.get("/products", desk.people.outsider).json["items"] == []
    assert desk.counts() == before


def test_staff_may_do_what_owners_do_and_shoppers_may_not(desk: Desk) -> None:
    assert desk.post("/products", MUG, desk.people.staff).status_code == 201
    for somebody in (desk.people.shopper, desk.people.operator):
        refused = desk.post("/products", {**MUG, "sku": "X"}, somebody)
        assert refused.status_code == 403
        assert 'scope="products:write"' in refused.headers["WWW-Authenticate"]


def test_every_change_is_audited_with_who_and_what(desk: Desk) -> None:
    product_id = desk.product()
    desk.patch(f"/products/{product_id}", {"price": "9.00"})
    desk.call("DELETE", f"/products/{product_id}")
    [created], [updated], [deleted] = (desk.audited(f"product.{verb}") for verb in ("create", "update", "delete"))
    for row in (created, updated, deleted):
        assert (row["object_type"], row["object_id"], row["market_id"]) == (
            "product",
            product_id,
            desk.people.owner.market_id,
        )
        assert (row["person_id"], row["actor"], row["address"]) == (
            desk.people.owner.id,
            desk.people.owner.email,
            "127.0.0.1",
        )
        assert row["token_id"] is not None
    assert '"price_minor":1200' in updated["before"]
    assert '"price_minor":900' in updated["after"]
    assert deleted["after"] is None
