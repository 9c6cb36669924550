"""The stock in depth: the ledger sieved and exported, the past, who holds what, what is left, the proof, counting sheets."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import SAME_ORIGIN, People
from webapp import clock
from webapp.console.rollups.counting import DAY
from webapp.db import Row, db, execute, fetch, transact


def sql(app: Flask, text: str, **parameters: Any) -> list[Row]:
    """All rows of a query."""
    with app.app_context():
        found = fetch(text, **parameters)
        db.session.remove()
    return found


def cells(text: str) -> list[dict[str, str]]:
    """A CSV as its reader sees it."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def upload(owner: Desk, text: str | bytes, name: str = "sheet.csv") -> Any:
    """Upload a counting sheet."""
    data = text.encode() if isinstance(text, str) else text
    return owner.client.post(
        "/console/stock/count", data={"file": (io.BytesIO(data), name)}, headers=SAME_ORIGIN,
        content_type="multipart/form-data",
    )  # fmt: skip


def kept(page: str) -> str:
    """The sheet that a preview sends back."""
    inside = page.split('<textarea name="sheet"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]
    return inside.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


def test_the_ledger_is_sieved_by_kind_person_day_and_product(owner: Desk, trade: Trade) -> None:
    with clock.set_to(clock.now() - 40 * DAY):
        bowl = trade.product(stock=10, name="Breakfast bowl", sku="BOWL")
    lamp = trade.product(stock=5, name="Pebble lamp", sku="LAMP")
    trade.order((bowl, 2))
    owner.post(f"/console/stock/{lamp}/adjust", delta="-1", reason="damaged", note="a crack")
    everything = owner.get("/console/stock/ledger")
    assert all(word in everything for word in ("Breakfast bowl", "Pebble lamp", "Sold", "Damaged", "a crack"))
    only = owner.get("/console/stock/ledger?kind=damaged")
    assert "Pebble lamp" in only
    assert "Breakfast bowl" not in only
    machine = owner.get("/console/stock/ledger?who=inventory")
    assert "Breakfast bowl" in machine
    assert "Pebble lamp" not in machine
    recent = clock.to_datetime(clock.now() - 5 * DAY).date().isoformat()
    assert len(cells(owner.get("/console/stock/ledger.csv"))) == 4
    assert [row["Kind"] for row in cells(owner.get(f"/console/stock/ledger.csv?since={recent}"))] == [
        "received", "sold", "damaged",
    ]  # fmt: skip
    assert [row["SKU"] for row in cells(owner.get(f"/console/stock/ledger.csv?until={recent}"))] == ["BOWL"]
    assert [row["SKU"] for row in cells(owner.get("/console/stock/ledger.csv?q=pebb"))] == ["LAMP", "LAMP"]
    assert [row["Change"] for row in cells(owner.get(f"/console/stock/ledger.csv?product={bowl}"))] == ["10", "-2"]
    assert "No movement is like that." in owner.get("/console/stock/ledger?kind=promotion")
    owner.get("/console/stock/ledger?since=soon", 422)
    owner.get("/console/stock/ledger?kind=theft", 422)


def test_the_export_has_every_row_and_no_formula(app: Flask, owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=1, name="=cmd|' /C calc'!A0", sku="@SUM")
    with app.app_context():
        transact(
            lambda: [
                execute(
                    "INSERT INTO stock_movements (product_id, market_id, kind, delta, before, after, actor, note, at)"
                    " SELECT product_id, market_id, 'received', 1, :n, :n + 1, 'owner@test.market', '+1', updated_at FROM inventories",
                    n=n,
                )
                for n in range(1, 1200)
            ]
        )  # fmt: skip
        db.session.remove()
    text = owner.get(f"/console/stock/ledger.csv?product={product_id}")
    assert len(cells(text)) == 1200
    assert [row["After"] for row in cells(text)] == [str(n) for n in range(1, 1201)]
    assert all(row["Product"].startswith("'=") and row["SKU"] == "'@SUM" for row in cells(text))
    assert cells(text)[5]["Note"] == "'+1"


def test_the_stock_of_a_past_moment_is_what_the_ledger_says(owner: Desk, trade: Trade) -> None:
    noon = (clock.now() // DAY - 10) * DAY + DAY // 2
    with clock.set_to(noon):
        bowl = trade.product(stock=10, name="Breakfast bowl")
    with clock.set_to(noon + DAY):
        trade.order((bowl, 3))
    owner.post(f"/console/stock/{bowl}/adjust", delta="20", reason="received")

    def then(at: int) -> str:
        page = owner.get(f"/console/stock/past?at={clock.to_datetime(at).strftime('%Y-%m-%dT%H:%M')}")
        return page.split('data-label="Then"><b><span class="num', 1)[1].split(">", 1)[1].split("<", 1)[0]

    assert then(noon + 60_000_000) == "10"
    assert then(noon + DAY // 2) == "10"
    assert then(noon + DAY + 60_000_000) == "7"
    assert then(clock.now() + 60_000_000) == "27"
    early = clock.to_datetime(noon - DAY).strftime("%Y-%m-%dT%H:%M")
    assert "There was no product yet." in owner.get(f"/console/stock/past?at={early}")
    owner.get("/console/stock/past?at=noon", 422)


def test_who_holds_what_is_shown_and_released_by_cancelling(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=9, name="Breakfast bowl")
    assert "Nothing is set aside" in owner.get("/console/stock/reservations")
    order_id = trade.order((bowl, 4), settle=False)
    trade.step()
    page = owner.get("/console/stock/reservations")
    assert "4 held for 1 order" in page
    assert f'href="/console/orders/{order_id}/cancel"' in page
    assert "Breakfast bowl" in owner.get(f"/console/stock/reservations?product={bowl}")
    trade.settle()


def test_what_takes_no_orders_shows_what_is_left(owner: Desk, trade: Trade) -> None:
    assert "Everything takes orders" in owner.get("/console/stock/deactivated")
    paused, gone = trade.product(stock=6, name="Paused lamp"), trade.product(stock=8, name="Gone bowl")
    owner.post(f"/console/stock/{paused}/pause")
    owner.post(f"/console/products/{gone}/delete")
    trade.settle()
    page = owner.get("/console/stock/deactivated")
    assert all(word in page for word in ("Paused lamp", "Gone bowl", "Deleted", "Paused", 'data-label="Who">Owner<'))
    assert ">6<" in page
    assert ">8<" in page


def test_ledger_and_figures_agree_and_a_repair_is_a_correction(app: Flask, owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=9, name="Breakfast bowl")
    trade.product(stock=2)
    page = owner.get("/console/stock/proof")
    assert "All 2 stocks are exactly" in page
    assert owner.post(f"/console/stock/{bowl}/repair").status_code == 303
    assert trade.row("SELECT count(*) AS n FROM stock_movements WHERE product_id = :id", id=bowl)["n"] == 1
    with app.app_context():
        transact(lambda: execute("UPDATE inventories SET on_hand = 12 WHERE product_id = :id", id=bowl))
        db.session.remove()
    page = owner.get("/console/stock/proof")
    assert "1 of 2 stocks are not" in page
    assert "Correct the ledger by +3" in page
    for _ in range(2):
        assert owner.post(f"/console/stock/{bowl}/repair").status_code == 303
    assert "All 2 stocks are exactly" in owner.get("/console/stock/proof")
    entries = sql(app, "SELECT kind, delta, before, after FROM stock_movements WHERE product_id = :id ORDER BY id", id=bowl)  # fmt: skip
    assert [tuple(row.values()) for row in entries] == [("received", 9, 0, 9), ("correction", 3, 9, 12)]
    assert len(trade.audited("stock.repair")) == 1


def test_a_counting_sheet_goes_out_and_comes_back(app: Flask, owner: Desk, trade: Trade) -> None:
    bowl, lamp = trade.product(stock=10, name="Bowl", sku="=BOWL"), trade.product(stock=5, name="Lamp", sku="LAMP")
    rows = cells(owner.get("/console/stock.csv"))
    assert rows == [
        {"SKU": "'=BOWL", "Product": "Bowl", "Expected": "10", "Counted": "", "Reason": ""},
        {"SKU": "LAMP", "Product": "Lamp", "Expected": "5", "Counted": "", "Reason": ""},
    ]
    seen = upload(owner, "\ufeffSKU;Product;Expected;Counted;Reason\r\n'=BOWL;Bowl;10;8;damaged\r\nLAMP;Lamp;5;5;\r\n")
    assert seen.status_code == 200
    assert "nothing is changed yet" in seen.text
    assert "Change 1 stock" in seen.text
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl)["on_hand"] == 10
    done = owner.post("/console/stock/count/apply", sheet=kept(seen.text))
    assert "1 stock is as counted now." in done.text
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl)["on_hand"] == 8
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=lamp)["on_hand"] == 5
    [entry] = sql(app, "SELECT kind, delta, before, after, note FROM stock_movements WHERE product_id = :id AND delta < 0", id=bowl)  # fmt: skip
    assert tuple(entry.values()) == ("damaged", -2, 10, 8, "counting sheet")
    again = owner.post("/console/stock/count/apply", sheet=kept(seen.text))
    assert "Nothing was changed." in again.text
    assert len(trade.audited("stock.count")) == 1


def test_a_row_that_moved_meanwhile_is_refused_alone(owner: Desk, trade: Trade) -> None:
    bowl, lamp = trade.product(stock=100, sku="BOWL"), trade.product(stock=5, sku="LAMP")
    seen = upload(owner, "SKU,Counted\nBOWL,99\nLAMP,4\n")
    trade.order((bowl, 5))
    done = owner.post("/console/stock/count/apply", sheet=kept(seen.text))
    assert "Was 100, is now 95. Count it again." in done.text
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl)["on_hand"] == 95
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=lamp)["on_hand"] == 4


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("NOBODY,1,1,", "No product here has this SKU."),
        (",1,1,", "There is no SKU in this row."),
        ("BOWL,10,-1,", "Counted must be a whole number"),
        ("BOWL,10,1.5,", "Counted must be a whole number"),
        ("BOWL,ten,1,", "Expected must be a whole number"),
        ("BOWL,10,2,theft", "The reason must be one of"),
        ("BOWL,10,3,", "4 are set aside for orders"),
        ("BOWL,11,12,", "Was 11, is now 10."),
        ("BOWL,10,2000000000000,", "There can be at most"),
        ("BOWL,10,,", "Not counted."),
    ],
)
def test_a_wrong_row_is_named_and_changes_nothing(owner: Desk, trade: Trade, row: str, says: str) -> None:
    bowl = trade.product(stock=10, sku="BOWL")
    trade.order((bowl, 4), settle=False)
    trade.step()
    sheet = f"SKU,Expected,Counted,Reason\n{row}\n"
    seen = upload(owner, sheet)
    assert seen.status_code == 200
    assert says in seen.text
    assert says in owner.post("/console/stock/count/apply", sheet=sheet).text
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl)["on_hand"] == 10
    trade.settle()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"SKU,Amount\nBOWL,1\n", "Counted is not there"),
        (b"SKU,Counted\n", "no row below"),
        (b'SKU,Counted\n"BOWL,1\n', "Row 2"),
        (b"PK\x03\x04rest", "Excel"),
        (b"SKU,Counted\n" + b"A,1\n" * 5001, "at most 5,000 rows"),
    ],
)
def test_a_wrong_file_is_refused(owner: Desk, trade: Trade, data: bytes, says: str) -> None:
    refused = upload(owner, data)
    assert refused.status_code == 422
    assert says in refused.text


def test_a_sku_that_stands_twice_counts_once(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=10, sku="BOWL")
    sheet = "SKU,Counted\nBOWL,8\nBOWL,7\n"
    assert "stands in row 2 already" in upload(owner, sheet).text
    owner.post("/console/stock/count/apply", sheet=sheet)
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl)["on_hand"] == 8


def test_nothing_of_it_crosses_a_market(app: Flask, owner: Desk, outsider: Desk, trade: Trade, people: People) -> None:
    theirs = trade.product(stock=9, market_id=people.outsider.market_id, name="canary lamp", sku="CANARY")
    trade.order((theirs, 1), settle=False)
    trade.step()
    trade.step()
    outsider.post(f"/console/stock/{theirs}/pause")
    before = sql(app, "SELECT on_hand, version FROM inventories")
    with app.app_context():
        transact(lambda: execute("UPDATE inventories SET on_hand = on_hand + 1"))
        db.session.remove()
    for path in ("/console/stock/ledger", f"/console/stock/ledger?product={theirs}", "/console/stock/past", "/console/stock/reservations",
                 f"/console/stock/reservations?product={theirs}", "/console/stock/deactivated", "/console/stock/proof"):  # fmt: skip
        assert "canary" not in owner.get(path), path
        if path != "/console/stock/past":
            assert "canary" in outsider.get(path), path
    for path in ("/console/stock.csv", "/console/stock/ledger.csv"):
        assert "CANARY" not in owner.get(path)
        assert "CANARY" in outsider.get(path)
    assert owner.post(f"/console/stock/{theirs}/repair").status_code == 404
    assert "No product here has this SKU" in upload(owner, "SKU,Counted\nCANARY,1\n").text
    assert [row["on_hand"] for row in sql(app, "SELECT on_hand FROM inventories")] == [before[0]["on_hand"] + 1]
    with app.app_context():
        transact(lambda: execute("UPDATE inventories SET on_hand = on_hand - 1"))
        db.session.remove()
    trade.settle()


def test_the_looks_ask_the_same_however_much_there_is(owner: Desk, trade: Trade) -> None:
    pages = ("/console/stock/ledger", "/console/stock/past", "/console/stock/reservations", "/console/stock/deactivated", "/console/stock/proof")  # fmt: skip
    counts: list[list[int]] = []
    for many in (1, 10):
        for _ in range(many):
            product_id = trade.product(stock=3)
            trade.order((product_id, 1), settle=False)
            owner.post(f"/console/stock/{trade.product(stock=1)}/pause")
        trade.step()
        trade.step()
        asked_of = []
        for page in pages:
            with trade.counted() as asked:
                owner.get(page)
            asked_of.append(len(asked))
        counts.append(asked_of)
    assert counts[0] == counts[1]
    trade.settle()
