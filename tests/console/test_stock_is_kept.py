"""The owner's stock: the list, adjusting, counting, the threshold, pausing, the ledger."""

from __future__ import annotations

import pytest

from tests.console.conftest import Desk, Trade


def test_an_adjustment_says_what_was_and_what_is(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Tall pitcher")
    sent = owner.post(f"/console/stock/{product_id}/adjust", delta="+12", reason="received", note="Kiln of 20 November")
    assert sent.status_code == 303
    page = owner.get(sent.location)
    assert "12 added: there were 5, now there are 17." in page
    assert "Kiln of 20 November" in page
    taken = owner.post(f"/console/stock/{product_id}/adjust", delta="−2", reason="damaged")
    assert "2 taken out: there were 17, now there are 15." in owner.get(taken.location)
    newest = trade.row("SELECT * FROM stock_movements WHERE kind = 'damaged'")
    assert (newest["before"], newest["after"], newest["actor"]) == (17, 15, "owner@test.market")
    assert [row["after"] for row in trade.audited("stock.adjust")][-1].startswith('{"on_hand":15,')
    assert trade.row("SELECT count(*) AS told FROM events WHERE type = 'STOCK_ADJUSTED'")["told"] == 3


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"delta": ""}, "delta", "required"),
        ({"delta": "0"}, "delta", "how many came in"),
        ({"delta": "1.5"}, "delta", "whole number"),
        ({"delta": "twelve"}, "delta", "whole number"),
        ({"delta": "9" * 19}, "delta", "must be"),
        ({"delta": "9" * 30}, "delta", "whole number"),
        ({"delta": "1000000000000"}, "delta", "at most"),
        ({"delta": "-6"}, "on_hand", "below"),
        ({"delta": "-3"}, "delta", "set aside for orders"),
        ({"reason": "theft"}, "reason", "Choose one of"),
        ({"reason": ""}, "reason", "required"),
        ({"note": "n" * 501}, "note", "At most 500"),
        ({"note": "a\nb"}, "note", "one line"),
    ],
)
def test_a_wrong_adjustment_changes_nothing(
    owner: Desk, trade: Trade, fields: dict[str, str], field: str, says: str
) -> None:
    product_id = trade.product(stock=5)
    trade.order((product_id, 3), settle=False)
    trade.step()
    trade.step()
    sent = owner.post(
        f"/console/stock/{product_id}/adjust", **{"delta": "1", "reason": "received", "note": "", **fields}
    )
    assert sent.status_code == 422
    if field != "on_hand":
        assert f'id="{field}-error"' in sent.text
        assert says in sent.text
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 5
    assert trade.row("SELECT count(*) AS moves FROM stock_movements")["moves"] == 1


def test_a_count_sets_the_figure(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=12)
    version = trade.row("SELECT version FROM inventories")["version"]
    assert 'name="expected" value="12"' in owner.get(f"/console/stock/{product_id}/count")
    sent = owner.post(
        f"/console/stock/{product_id}/count", on_hand="11", expected="12", version=version, note="one had gone out"
    )
    assert sent.status_code == 303
    assert "Counted 11, a change of −1." in owner.get(sent.location)
    moved = trade.row("SELECT * FROM stock_movements WHERE kind = 'count'")
    assert (moved["before"], moved["after"], moved["note"]) == (12, 11, "one had gone out")
    assert trade.audited("inventory.set")[0]["object_id"] == product_id


def test_a_count_that_a_sale_overtook_is_refused_with_the_sale(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=100)
    seen = trade.row(
        "SELECT i.version, max(m.id) AS seen FROM inventories i JOIN stock_movements m ON 1 = 1 GROUP BY i.version"
    )
    order_id = trade.order((product_id, 5))
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=order_id)["number"]
    fields = {"on_hand": "99", "expected": "100", "version": seen["version"], "seen": seen["seen"]}
    stale = owner.post(f"/console/stock/{product_id}/count", **fields)
    assert stale.status_code == 409
    assert "Was 100, is now 95." in stale.text
    assert f"order {number}" in stale.text
    assert 'value="99"' in stale.text
    assert 'name="expected" value="95"' in stale.text
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 95
    assert owner.post(f"/console/stock/{product_id}/count", **{**fields, "expected": "95"}).status_code == 303
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 99


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"on_hand": ""}, "required"),
        ({"on_hand": "-1"}, "0 or more"),
        ({"on_hand": "x"}, "whole number"),
        ({"on_hand": "1000000000001"}, "or less"),
        ({"version": "99"}, "Somebody changed this stock"),
        ({"version": ""}, "another look"),
        ({"expected": ""}, "another look"),
    ],
)
def test_a_wrong_count_changes_nothing(owner: Desk, trade: Trade, fields: dict[str, str], says: str) -> None:
    product_id = trade.product(stock=5)
    version = str(trade.row("SELECT version FROM inventories")["version"])
    sent = owner.post(
        f"/console/stock/{product_id}/count", **{"on_hand": "4", "expected": "5", "version": version, **fields}
    )
    assert sent.status_code in (409, 422)
    assert says in sent.text
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 5


def test_the_threshold_says_where_low_begins(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    version = str(trade.row("SELECT version FROM inventories")["version"])
    path = f"/console/stock/{product_id}/threshold"
    assert owner.post(path, low_stock_threshold="x", version=version).status_code == 422
    assert owner.post(path, low_stock_threshold="6", version="77").status_code == 409
    assert owner.post(path, low_stock_threshold="6", version=version).status_code == 303
    assert "Low" in owner.get("/console/stock?view=low")
    assert trade.row("SELECT low_stock_threshold FROM inventories")["low_stock_threshold"] == 6


def test_a_paused_stock_takes_no_orders_until_it_is_activated(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5, name="Breakfast bowl, ink")
    assert owner.post(f"/console/stock/{product_id}/pause").status_code == 303
    assert not trade.row("SELECT active FROM inventories")["active"]
    assert "Breakfast bowl, ink" in owner.get("/console/stock?view=paused")
    assert owner.post(f"/console/stock/{product_id}/activate").status_code == 303
    assert trade.row("SELECT active FROM inventories")["active"]
    assert len(trade.audited("inventory.set")) == 2


def test_the_list_puts_the_urgent_first_and_pages_by_key(owner: Desk, trade: Trade) -> None:
    fine = [trade.product(stock=9, name=f"Fine {n:02}") for n in range(26)]
    out = trade.product(name="Sold out thing")
    draft = trade.product(name="Draft thing", status="draft")
    first = owner.get("/console/stock")
    assert first.index("Sold out thing") < first.index("Fine 00")
    assert "25 of 28, most urgent first" in first
    assert f"/console/stock?after=2-{fine[23]}" in first
    rest = owner.get(f"/console/stock?after=2-{fine[23]}")
    assert "Fine 24" in rest
    assert "Draft thing" in rest
    assert "Fine 23" not in rest
    assert "Fine 23" in owner.get(f"/console/stock?before=2-{fine[24]}")
    assert f'value="/console/stock?open={out}"' in owner.get(f"/console/stock?adjust={out}")
    assert "Draft thing" in owner.get(f"/console/stock?q=DRAFT&open={draft}")


def test_the_ledger_names_the_order_and_who_holds_what(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=9, name="Pebble lamp")
    sold = trade.order((product_id, 2))
    held = trade.order((product_id, 3), settle=False)
    trade.step()
    trade.step()
    for page in (owner.get(f"/console/stock/{product_id}"), owner.get(f"/console/stock?open={product_id}")):
        assert f'href="/console/orders/{sold}"' in page
        assert f'href="/console/orders/{held}"' in page
        assert "Owner" in page
    trade.settle()


def test_a_deleted_products_ledger_is_readable_and_fixed(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=9)
    owner.post(f"/console/products/{product_id}/delete")
    trade.settle()
    assert "Deleted" in owner.get(f"/console/stock/{product_id}")
    owner.get(f"/console/stock/{product_id}/adjust", 404)
    assert owner.post(f"/console/stock/{product_id}/adjust", delta="1", reason="received").status_code == 404
    assert "None" not in owner.get("/console/stock").split("<main")[1]
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 9


def test_a_stock_that_is_being_made_says_so(owner: Desk, trade: Trade) -> None:
    owner.post("/console/products/new", name="New", sku="N", price="1.00", status="active")
    product_id = trade.row("SELECT id FROM products")["id"]
    owner.get(f"/console/stock/{product_id}", 409)
    owner.get(f"/console/stock/{product_id}/adjust", 409)
    assert "being made" in owner.get("/console/products")


def test_a_page_asks_the_database_the_same_however_long_it_is(owner: Desk, trade: Trade) -> None:
    first = trade.product(stock=3)
    pages = ("/console/stock", f"/console/stock?open={first}&adjust={first}", f"/console/stock/{first}")
    counts = []
    for _ in range(2):
        for page in pages:
            with trade.counted() as asked:
                owner.get(page)
            counts.append(len(asked))
        for _ in range(10):
            trade.order((trade.product(stock=2), 1), (first, 1)) if trade.row("SELECT count(*) AS n FROM orders")[
                "n"
            ] < 3 else trade.product(stock=4)
    assert counts[:3] == counts[3:]
    assert max(counts) <= 12


def test_a_blank_says_whether_something_is_filtered_away(owner: Desk, trade: Trade) -> None:
    assert "There was no product yet." in owner.get("/console/stock/past")
    product_id = trade.product(stock=1)
    for path, says in (
        (f"/console/stock/reservations?product={product_id}", "Nothing of this product is set aside."),
        ("/console/stock/past?q=nobody", "No product of that time is called “nobody”."),
    ):
        page = owner.get(path)
        assert says in page
        assert "Clear filters" in page
    assert "Clear filters" not in owner.get("/console/stock/reservations")


def test_more_than_there_is_cannot_be_taken_out_and_it_says_why(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    sent = owner.post(f"/console/stock/{product_id}/adjust", delta="-9", reason="loss")
    assert sent.status_code == 422
    assert "There are 5 on hand; this would leave -4." in sent.text
    trade.order((product_id, 1), settle=False)
    trade.step()
    sent = owner.post(f"/console/stock/{product_id}/adjust", delta="-5", reason="loss")
    assert "1 is set aside for orders, so at least that many must stay on hand; this would leave 0." in sent.text
