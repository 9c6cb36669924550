"""The page of one product: why nobody buys it, what it sold, what it cost, who changed it, its old addresses, its copy."""

from __future__ import annotations

from tests.console.conftest import Desk, Trade

FORM = {"name": "Bowl", "sku": "B-1", "price": "28.00", "status": "active"}


def test_it_says_whether_it_can_be_bought_and_why_not(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(name="Bowl")
    path = f"/console/products/{product_id}"
    page = owner.get(path)
    assert "Seen only" in page
    assert "Sold out: none is on hand." in page
    assert "It has no picture; that hinders nobody." in page
    owner.post(f"/console/stock/{product_id}/adjust", delta="2", reason="received")
    assert "2 are there to be ordered." in owner.get(path)
    trade.order((product_id, 2), settle=False)
    trade.step()
    trade.step()
    assert "Sold out: All 2 on hand are set aside" in owner.get(path)
    trade.settle()
    owner.post(f"/console/stock/{product_id}/adjust", delta="2", reason="received")
    owner.post(f"/console/stock/{product_id}/pause")
    assert "Its stock is paused" in owner.get(path)
    owner.post(f"/console/stock/{product_id}/activate")
    assert owner.post(f"{path}/archive").status_code == 303
    page = owner.get(path)
    assert "Hidden" in page
    assert "It is archived: nobody but you sees it." in page
    assert owner.post(f"{path}/show").status_code == 303
    assert "Buyable" in owner.get(path)
    assert [row["after"] for row in trade.audited("product.update")] == ['{"status":"archived"}', '{"status":"active"}']


def test_it_adds_up_what_was_sold_in_thirty_days(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=50)
    for quantity in (1, 2):
        trade.order((product_id, quantity))
    trade.order((product_id, 4), token="tok_declined")
    page = owner.get(f"/console/products/{product_id}")
    assert "<dt>Pieces</dt><dd>3</dd>" in page
    assert "<dt>Orders</dt><dd>2</dd>" in page
    assert "€84.00" in page
    assert "None, in completed orders" in owner.get(f"/console/products/{trade.product()}")


def test_its_history_tells_who_what_and_what_was_before(owner: Desk, trade: Trade) -> None:
    owner.post("/console/products/new", **FORM)
    product_id = trade.row("SELECT id FROM products")["id"]
    path = f"/console/products/{product_id}"
    for number in range(8):
        owner.post(path, **{**FORM, "price": f"{29 + number}.00", "version": str(number + 1), "slug": "bowl"})
    page = owner.get(path)
    assert "<del>€35.00</del>" in page
    assert "<ins>€36.00</ins>" in page
    assert "changed its price" in page
    assert "All of it" in page
    history = owner.get(f"{path}/history")
    assert "added it" in history
    assert history.count("<b>€") == 9
    owner.post(f"{path}/delete")
    assert "deleted it" in owner.get(f"{path}/history")


def test_its_address_follows_its_name_until_somebody_chooses_one(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(name="Bowl", sku="B-1", stock=1)
    path = f"/console/products/{product_id}"
    slug = "SELECT slug FROM products"
    owner.post(path, **{**FORM, "name": "Deep bowl", "version": "1", "slug": "bowl"})
    assert trade.row(slug)["slug"] == "deep-bowl"
    owner.post(path, **{**FORM, "name": "Deep bowl", "version": "2", "slug": "The Best Bowl!"})
    assert trade.row(slug)["slug"] == "the-best-bowl"
    owner.post(path, **{**FORM, "name": "Deeper bowl", "version": "3", "slug": "the-best-bowl"})
    assert trade.row(slug)["slug"] == "the-best-bowl"
    page = owner.get(path)
    assert f"/p/{product_id}-bowl" in page
    assert f"/p/{product_id}-deep-bowl" in page
    for old in ("bowl", "deep-bowl"):
        led = owner.client.get(f"/p/{product_id}-{old}")
        assert led.status_code in (301, 302, 308)
        assert led.location == f"/p/{product_id}-the-best-bowl"
    owner.post(path, **{**FORM, "name": "Deeper bowl", "version": "4", "slug": "bowl"})
    assert trade.row("SELECT count(*) AS old FROM product_old_slugs WHERE slug = 'bowl'")["old"] == 0


def test_a_copy_is_a_draft_of_the_same(owner: Desk, outsider: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Bowl", sku="B-1", category="Table", description="Deep.")
    sent = owner.post(f"/console/products/{product_id}/duplicate")
    assert sent.status_code == 303
    owner.post(f"/console/products/{product_id}/duplicate")
    copy = trade.row("SELECT * FROM products WHERE sku = 'B-1-2'")
    assert (copy["name"], copy["status"], copy["category"], copy["description"]) == (
        "Bowl (copy)",
        "draft",
        "Table",
        "Deep.",
    )
    assert trade.row("SELECT sku FROM products WHERE sku = 'B-1-3'")["sku"] == "B-1-3"
    trade.settle()
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=copy["id"])["on_hand"] == 0
    for act in ("duplicate", "archive", "show"):
        assert outsider.post(f"/console/products/{product_id}/{act}").status_code == 404
    outsider.get(f"/console/products/{product_id}/history", 404)
