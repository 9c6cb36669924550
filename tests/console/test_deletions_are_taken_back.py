"""A deleted product comes back as it was when it went, one by one or as many as were deleted at once."""

from __future__ import annotations

import pytest

from tests.console.conftest import Desk, Trade
from tests.console.test_products_are_listed import begun
from tests.console.test_what_was_done_is_undone import after, undo, undo_of


def figures(trade: Trade, product_id: int) -> dict[str, object]:
    """What the inventory service has of it."""
    return dict(trade.row("SELECT on_hand, active, deleted_at FROM inventories WHERE product_id = :id", id=product_id))


def test_a_deletion_is_undone_beside_its_message(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Garden trowel", sku="T-1")
    told = after(owner, f"/console/products/{product_id}/delete")
    trade.settle()
    assert not figures(trade, product_id)["active"]
    page = undo(owner, told)
    assert "Garden trowel is back, on the shelf" in page
    trade.settle()
    stock = figures(trade, product_id)
    assert (stock["on_hand"], bool(stock["active"]), stock["deleted_at"]) == (5, True, None)
    trade.order((product_id, 1))
    assert trade.row("SELECT status FROM orders")["status"] == "COMPLETED"
    [row] = trade.audited("product.restore")
    assert (row["object_id"], row["actor"]) == (product_id, "owner@test.market")
    assert "brought it back" in owner.get(f"/console/products/{product_id}/history")
    told_of = trade.row("SELECT sequence FROM events WHERE type = 'PRODUCT_RESTORED'")
    assert told_of["sequence"] == 3
    # Sent late, the form fits no later deletion.
    after(owner, f"/console/products/{product_id}/delete")
    action, fields = undo_of(told)
    assert owner.post(action, **fields).status_code == 303
    assert "nothing was undone" in owner.get(f"/console/products/{product_id}", 404)


def test_undone_at_once_or_told_again_it_ends_the_same(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    # Nothing is handled between the two: the deletion is heard of when the product is there again.
    undo(owner, after(owner, f"/console/products/{product_id}/delete"))
    trade.settle()
    assert bool(figures(trade, product_id)["active"])
    trade.order((product_id, 1))
    assert trade.row("SELECT status FROM orders")["status"] == "COMPLETED"


def test_what_was_paused_comes_back_paused(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, status="draft")
    after(owner, f"/console/stock/{product_id}/pause")
    told = after(owner, f"/console/products/{product_id}/delete")
    trade.settle()
    page = undo(owner, told)
    assert "on the shelf" not in page.split("</h1>")[0]
    trade.settle()
    stock = figures(trade, product_id)
    assert (bool(stock["active"]), stock["deleted_at"]) == (False, None)


def test_a_deleted_products_page_says_so_and_brings_it_back(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Bud vase", sku="V-1")
    owner.post(f"/console/products/{product_id}/delete")
    trade.settle()
    page = owner.get(f"/console/products/{product_id}", 404)
    assert "Bring it back" in page
    assert "5 on hand" in page
    assert f"/console/products/{product_id}" in owner.get(f"/console/stock/{product_id}")
    listed = owner.get("/console/stock/deactivated")
    assert "Deleted" in listed
    assert "Owner" in listed.split("<tbody>")[1]
    assert owner.post(f"/console/products/{product_id}/restore", version="x").status_code == 303
    assert trade.audited("product.restore") == []
    assert owner.post(f"/console/products/{product_id}/restore", version="2").status_code == 303
    assert "Bud vase" in owner.get(f"/console/products/{product_id}")


def test_a_sku_that_was_given_away_is_not_taken_back(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(sku="A-1", name="First")
    told = after(owner, f"/console/products/{product_id}/delete")
    trade.product(sku="A-1", name="Second")
    # The page that follows is that of the product, which is still gone.
    action, fields = undo_of(told)
    assert owner.post(action, **fields).status_code == 303
    assert "Another product has its SKU now" in owner.get(f"/console/products/{product_id}", 404)
    assert trade.row("SELECT name FROM products WHERE deleted_at IS NULL")["name"] == "Second"


def test_many_deleted_at_once_are_brought_back_as_one(owner: Desk, trade: Trade) -> None:
    ids = [trade.product(name=f"Thing {n}", sku=f"S-{n}", stock=1) for n in range(3)]
    address = begun(owner, action="delete", id=ids)
    trade.settle()
    trade.product(sku="S-0", name="Other")
    assert "Undo this change" in owner.get(address)
    chosen = owner.post(f"{address}/undo").location
    page = owner.get(chosen)
    assert "Bring 3 products back" in page
    assert "stays deleted" in page
    assert trade.row("SELECT count(*) AS many FROM products WHERE deleted_at IS NULL")["many"] == 1
    owner.post(f"{chosen}/begin")
    trade.settle()
    page = owner.get(chosen)
    assert "<dt>As before again</dt><dd>2</dd>" in page
    assert "Another product has its SKU now." in page
    assert "Undo this change" not in page
    assert trade.row("SELECT count(*) AS many FROM inventories WHERE active")["many"] == 3
    assert len(trade.audited("product.restore")) == 2


@pytest.mark.parametrize(
    ("sent", "field", "was", "became"),
    [
        ({"action": "draft"}, "status", "active", "draft"),
        ({"action": "category", "to": "Garden"}, "category", "Table", "Garden"),
    ],
)
def test_another_change_of_many_is_undone_but_for_what_changed_since(
    owner: Desk, trade: Trade, sent: dict[str, str], field: str, was: str, became: str
) -> None:
    one, two, three = (trade.product(name=name, category="Table") for name in ("One", "Two", "Three"))
    before = trade.row("SELECT status FROM products WHERE id = :id", id=one)["status"]
    assert before == "active"
    address = begun(owner, id=[one, two, three], **sent)
    trade.settle()
    begun(owner, id=[two], **{"action": "archived"} if field == "status" else {"action": "category", "to": "Light"})
    trade.settle()
    owner.post(f"/console/products/{three}/delete")
    chosen = owner.post(f"{address}/undo").location
    owner.post(f"{chosen}/begin")
    trade.settle()
    page = owner.get(chosen)
    assert "<dt>As before again</dt><dd>1</dd>" in page
    assert "It was changed again since." in page
    assert trade.row(f"SELECT {field} AS now FROM products WHERE id = :id", id=one)["now"] == was
    assert trade.row(f"SELECT {field} AS now FROM products WHERE id = :id", id=two)["now"] not in (was, became)


def test_what_has_not_ended_or_undoes_is_not_undone(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    chosen = owner.post("/console/products/changes", id=[product_id], action="draft").location
    assert owner.post(f"{chosen}/undo").location == chosen
    assert "Only a change that has ended can be undone" in owner.get(chosen)
    assert owner.post("/console/products/changes/999/undo").status_code == 404
    trade.settle()
    assert trade.audited("product.update") == []
