"""The owner's products: the list, the form, the stale form, and taking one off the market."""

from __future__ import annotations

import pytest

from tests.console.conftest import Desk, Trade

FORM = {
    "name": "Tall pitcher, spruce glaze", "sku": "MH-PIT-SPR", "price": "54.00", "status": "active", "maker": "Mira Holt",
    "category": "Table", "description": "Holds a litre.\r\nDishwasher safe.",
}  # fmt: skip


def test_a_product_is_created_and_told_of(owner: Desk, trade: Trade) -> None:
    sent = owner.post("/console/products/new", **FORM)
    assert sent.status_code == 303
    product = trade.row("SELECT * FROM products")
    assert sent.location == f"/console/products/{product['id']}"
    assert (product["name"], product["price_minor"], product["currency"], product["status"]) == (
        FORM["name"],
        5400,
        "EUR",
        "active",
    )
    assert product["description"] == "Holds a litre.\nDishwasher safe."
    [audited] = trade.audited("product.create")
    assert audited["actor"] == "owner@test.market"
    assert trade.row("SELECT type FROM events WHERE product_id IS NOT NULL")["type"] == "PRODUCT_CREATED"
    page = owner.get(sent.location)
    assert "was added" in page
    assert "Its stock is being made" in page
    trade.settle()
    assert "No piece has come in" in owner.get(sent.location)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 201}, "name", "At most 200"),
        ({"name": "two\nlines"}, "name", "one line"),
        ({"name": "a\x07bell"}, "name", "control"),
        ({"sku": ""}, "sku", "required"),
        ({"sku": "S" * 65}, "sku", "At most 64"),
        ({"price": ""}, "price", "required"),
        ({"price": "12,50"}, "price", "with a point"),
        ({"price": "1e3"}, "price", "with a point"),
        ({"price": "-5"}, "price", "with a point"),
        ({"price": "0"}, "price", "more than zero"),
        ({"price": "1.005"}, "price", "at most 2 decimals"),
        ({"price": "99999999999"}, "price", "or less"),
        ({"price": "NaN"}, "price", "with a point"),
        ({"status": "deleted"}, "status", "Choose one of"),
        ({"status": ""}, "status", "required"),
        ({"maker": "m" * 121}, "maker", "At most 120"),
        ({"category": "c" * 81}, "category", "At most 80"),
        ({"description": "d" * 10_001}, "description", "At most 10000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    owner: Desk, trade: Trade, changes: dict[str, str], field: str, says: str
) -> None:
    sent = owner.post("/console/products/new", **{**FORM, **changes})
    assert sent.status_code == 422
    assert f'id="{field}-error"' in sent.text
    assert says in sent.text.split(f'id="{field}-error"')[1][:600]
    assert trade.row("SELECT count(*) AS products FROM products")["products"] == 0
    if field != "name":
        assert FORM["name"] in sent.text  # What was typed elsewhere is still there.


def test_an_sku_is_used_once_in_a_market(owner: Desk, outsider: Desk, trade: Trade) -> None:
    assert owner.post("/console/products/new", **FORM).status_code == 303
    again = owner.post("/console/products/new", **{**FORM, "name": "Another"})
    assert again.status_code == 422
    assert "has a product with this SKU already" in again.text
    assert outsider.post("/console/products/new", **{**FORM, "price": "5400"}).status_code == 303
    other = trade.product(sku="OTHER")
    taken = owner.post(f"/console/products/{other}", **{**FORM, "version": "1"})
    assert taken.status_code == 422
    assert "has a product with this SKU already" in taken.text


def test_a_change_is_written_down_with_what_was_before(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A", name="Bowl", price_minor=2800)
    sent = owner.post(
        f"/console/products/{product_id}", name="Bowl", sku="A", price=" 30.5 ", status="draft", version="1"
    )
    assert sent.status_code == 303
    product = trade.row("SELECT * FROM products WHERE id = :id", id=product_id)
    assert (product["price_minor"], product["status"], product["version"]) == (3050, "draft", 2)
    [audited] = trade.audited("product.update")
    assert audited["before"] == '{"status":"active","price_minor":2800}'
    assert audited["after"] == '{"status":"draft","price_minor":3050}'
    unchanged = owner.post(
        f"/console/products/{product_id}", name="Bowl", sku="A", price="30.50", status="draft", version="2"
    )
    assert unchanged.status_code == 303
    assert len(trade.audited("product.update")) == 1
    assert "nothing was changed" in owner.get(unchanged.location)


def test_a_form_older_than_the_product_is_shown_with_what_changed(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A", name="Bowl", price_minor=2800)
    path = f"/console/products/{product_id}"
    owner.post(path, name="Bowl", sku="A", price="31.00", status="active", version="1")
    stale = owner.post(path, name="Deep bowl", sku="A", price="29.00", status="active", version="1")
    assert stale.status_code == 409
    assert "Owner changed this product while you were writing" in stale.text
    assert "<b>Price</b> is now “31.00”; you wrote “29.00”" in stale.text
    assert 'name="version" value="2"' in stale.text
    assert "Deep bowl" in stale.text
    assert trade.row("SELECT price_minor FROM products WHERE id = :id", id=product_id)["price_minor"] == 3100
    meant = owner.post(path, name="Deep bowl", sku="A", price="29.00", status="active", version="2")
    assert meant.status_code == 303
    assert trade.row("SELECT price_minor FROM products WHERE id = :id", id=product_id)["price_minor"] == 2900


def test_what_only_the_others_changed_is_not_undone_by_saving_again(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A", name="Bowl", price_minor=2800, description="One\ntwo")
    path = f"/console/products/{product_id}"
    form = {
        "name": "Bowl",
        "sku": "A",
        "price": "28.00",
        "status": "active",
        "description": "One\r\ntwo",
        "slug": "bowl",
    }
    # Two in turn: what the form was made from is what was there before the first.
    owner.post(path, **{**form, "price": "31.00"}, version="1")
    owner.post(path, **{**form, "price": "33.00", "name": "Wide bowl", "description": "Three"}, version="2")
    stale = owner.post(path, **form, maker="Mira", version="1")
    assert stale.status_code == 409
    assert "<b>Price</b> is now “33.00”, and so it stands in the form" in stale.text
    assert 'value="33.00"' in stale.text
    assert 'value="Wide bowl"' in stale.text
    assert 'value="wide-bowl"' in stale.text
    assert 'value="Mira"' in stale.text
    assert "Three</textarea>" in stale.text
    assert "you wrote" not in stale.text


def test_a_form_of_what_was_deleted_meanwhile_says_so(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A", name="Bowl")
    owner.post(f"/console/products/{product_id}/delete")
    late = owner.post(f"/console/products/{product_id}", name="Deep", sku="A", price="1", status="active", version="1")
    assert late.status_code == 404
    assert "Bring it back" in late.text
    assert trade.audited("product.update") == []


def test_a_form_without_its_version_changes_nothing(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A", name="Bowl")
    assert (
        owner.post(f"/console/products/{product_id}", name="Bowl", sku="A", price="1.00", status="active").status_code
        == 422
    )
    assert (
        owner.post(
            f"/console/products/{product_id}", name="B", sku="A", price="1", status="active", version="x"
        ).status_code
        == 422
    )
    assert trade.audited("product.update") == []


def test_deleting_names_the_thing_and_what_it_means(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Garden trowel")
    trade.order((product_id, 2), settle=False)
    trade.step()
    trade.step()
    asked = owner.get(f"/console/products/{product_id}/delete")
    assert "Delete Garden trowel?" in asked
    assert "2 pieces are set aside for 1 order under way; they stay set aside" in asked
    assert owner.post(f"/console/products/{product_id}/delete").location == "/console/products"
    assert "Garden trowel is deleted" in owner.get("/console/products")
    owner.get(f"/console/products/{product_id}", 404)
    assert owner.post(f"/console/products/{product_id}/delete").status_code == 404
    assert [row["object_id"] for row in trade.audited("product.delete")] == [product_id]
    trade.settle()
    assert trade.row("SELECT status FROM orders")["status"] == "COMPLETED"


def test_the_list_is_paged_by_key_both_ways(owner: Desk, trade: Trade) -> None:
    ids = [trade.product(name=f"Thing number {n:02}", status="draft" if n % 2 else "active") for n in range(28)]
    first = owner.get("/console/products")
    assert "Thing number 27" in first
    assert "Thing number 02" not in first
    assert "25 of 28, newest first" in first
    older = owner.get(f"/console/products?after={ids[3]}")
    assert "Thing number 02" in older
    assert "Thing number 03" not in older
    newer = owner.get(f"/console/products?before={ids[2]}")
    assert "Thing number 03" in newer
    assert "Thing number 02" not in newer
    drafts = owner.get("/console/products?view=draft")
    assert "Thing number 27" in drafts
    assert "Thing number 26" not in drafts
    assert "<b>" not in owner.get("/console/products?q=number+07").split("<tbody>")[1][:50]
    assert "1 of 1, newest first" in owner.get("/console/products?q=NUMBER+07")
    assert "No product here is called “50%_off\\”" in owner.get("/console/products?q=50%25_off%5C")


@pytest.mark.parametrize(
    "address", ["?after=x", "?before=1-2-3-4", "?view=gone", "?q=a&q=b", "?after=99999999999999999999", "?q=%00"]
)
def test_an_address_that_makes_no_sense_is_refused(owner: Desk, address: str) -> None:
    owner.get(f"/console/products{address}", 422)


def test_a_page_asks_the_database_the_same_however_long_it_is(owner: Desk, trade: Trade) -> None:
    trade.product(stock=3)
    with trade.counted() as short:
        owner.get("/console/products")
    for _ in range(12):
        trade.product(stock=2)
    with trade.counted() as long:
        owner.get("/console/products")
    assert len(long) == len(short) <= 7
    product_id = trade.product()
    with trade.counted() as one:
        owner.get(f"/console/products/{product_id}")
    assert len(one) <= 14
