"""An import from its dry run to its undo: what it shows is what it does, and what it does can be taken back."""

from __future__ import annotations

import pytest

from tests.imports.conftest import Job, Trade, ours, shopify
from webapp.console.imports import commands, decide
from webapp.console.imports import models as m
from webapp.db import db, transact
from webapp.errors import Conflict, Invalid, NotFound
from webapp.inventory import commands as inventory
from webapp.outbox import fresh_cause
from webapp.products import commands as products


def test_a_dry_run_changes_nothing_and_an_apply_does_what_it_showed(job: Job, trade: Trade) -> None:
    import_id = job.upload(shopify())
    assert job.row(import_id)["status"] == m.READY
    assert job.counts(import_id) == {"new": 3, "skipped": 1}
    assert job.products() == {}
    done = job.apply(import_id)
    assert (done["status"], done["done"]) == (m.DONE, 3)
    made = job.products()
    assert list(made) == ["clay-pot-small", "clay-pot-large", "LAMP-1"]
    large = made["clay-pot-large"]
    assert (large["name"], large["price_minor"], large["currency"], large["status"], large["on_hand"]) == (
        "Clay pot, Large", 1599, "EUR", "active", 3,
    )  # fmt: skip
    assert (made["LAMP-1"]["status"], made["LAMP-1"]["on_hand"]) == ("draft", 0)
    movement = trade.row("SELECT * FROM stock_movements WHERE product_id = :id", id=large["id"])
    assert (movement["kind"], movement["delta"], movement["import_id"], movement["actor"]) == (
        "received",
        3,
        import_id,
        "owner@test.market",
    )
    assert movement["note"] == f"Import {import_id}: goods.csv"
    told = trade.row(
        "SELECT traceparent FROM events WHERE type = 'STOCK_ADJUSTED' AND product_id = :id", id=large["id"]
    )
    assert told["traceparent"] == job.row(import_id)["traceparent"]
    assert len(trade.audited("product.create")) == 3
    assert len(trade.audited("stock.adjust")) == 2
    assert {row["actor"] for row in trade.audited("product.create")} == {"owner@test.market"}
    for action in ("import.upload", "import.apply"):
        assert [row["object_id"] for row in trade.audited(action)] == [import_id]


def test_the_same_file_again_changes_nothing(job: Job) -> None:
    job.apply(job.upload(shopify()))
    again = job.upload(shopify())
    assert job.counts(again) == {"skipped": 4}
    with job.app.app_context(), pytest.raises(Invalid, match="nothing in this file is different"):
        transact(lambda: commands.apply(job.market_id, again, job.actor, False))


def test_a_change_is_shown_cell_by_cell_and_made(job: Job, trade: Trade) -> None:
    product_id = trade.product(5, sku="A1", name="Bowl", price_minor=2800, maker="Mira")
    import_id = job.upload(ours("A1,Bowl,,Mira,,30.00,EUR,active,7", "B1,Cup,,,,4,EUR,draft,"))
    [changed] = job.rows(import_id, "changed")
    assert changed["changes"] == {"price_minor": [2800, 3000], "stock": [5, 7]}
    job.apply(import_id)
    bowl = job.products()["A1"]
    assert (bowl["id"], bowl["price_minor"], bowl["on_hand"], bowl["version"], bowl["name"]) == (
        product_id,
        3000,
        7,
        2,
        "Bowl",
    )
    assert job.products()["B1"]["on_hand"] == 0
    movement = trade.row("SELECT * FROM stock_movements WHERE import_id IS NOT NULL")
    assert (movement["kind"], movement["delta"], movement["before"], movement["after"]) == ("count", 2, 5, 7)
    [audited] = trade.audited("product.update")
    assert (audited["before"], audited["after"]) == (
        '{"price_minor":2800}',
        f'{{"price_minor":3000,"import":{import_id}}}',
    )
    told = trade.row("SELECT payload FROM events WHERE type = 'PRODUCT_UPDATED'")
    assert '"changed":["price_minor"]' in told["payload"]


def test_blank_cells_leave_what_is_there_and_missing_columns_too(job: Job, trade: Trade) -> None:
    trade.product(5, sku="A1", name="Bowl", price_minor=2800, maker="Mira", status="draft")
    import_id = job.upload("SKU;Name;Price;On hand\nA1;;;\n")
    assert job.counts(import_id) == {"skipped": 1}
    assert job.rows(import_id, "skipped")[0]["note"] == "Nothing is different."


def test_rows_with_errors_are_named_and_left_out_only_when_that_is_said(job: Job) -> None:
    text = ours(
        "A1,Bowl,,,,1,EUR,active,1", 'A2,Cup,,,,"2,50",EUR,active,1', "A3,Jug,,,,3,EUR,active,-1", "D,One,,,,1,EUR,active,1",
        "D,Two,,,,1,EUR,active,1", ",Nameless,,,,1,EUR,active,1", "A4,,,,,1,EUR,active,1", "A5,B\0d,,,,1,EUR,active,1",
    )  # fmt: skip
    import_id = job.upload(text)
    assert job.counts(import_id) == {"new": 1, "error": 7}
    said = job.said(import_id)
    for begins in (
        "3: Price: Write the price with a point", "4: On hand: There cannot be", "5: SKU: SKU D is in row 6 as well",
        "6: SKU: SKU D is in row 5 as well", "7: SKU: The SKU is missing", "8: Name: A new product needs this",
        "9: Name: Leave out control characters",
    ):  # fmt: skip
        assert any(line.startswith(begins) for line in said), (begins, said)
    with job.app.app_context(), pytest.raises(Invalid, match="7 rows have errors"):
        transact(lambda: commands.apply(job.market_id, import_id, job.actor, False))
    assert job.products() == {}
    job.apply(import_id, leave_errors=True)
    assert list(job.products()) == ["A1"]


def test_a_file_that_breaks_off_is_refused_whole(job: Job) -> None:
    good = [f"S{n},Thing {n},,,,1,EUR,active,1" for n in range(600)]
    import_id = job.upload(ours(*good, 'X,"broken,,,,1,EUR,active,1'))
    row = job.row(import_id)
    assert (row["status"], row["problem"]) == (m.REFUSED, "Row 602, Name: A quote is opened here and never closed.")
    assert job.rows(import_id, "new") == []
    assert job.products() == {}


def test_a_file_without_a_column_for_the_sku_waits_until_somebody_says_which(job: Job) -> None:
    import_id = job.upload("Artikel;Bezeichnung;Preis\nA1;Schale;3.50\n")
    row = job.row(import_id)
    assert row["status"] == m.REFUSED
    assert row["problem"] == "No column holds the SKU. The columns are “Artikel”, “Bezeichnung”, “Preis”."
    with job.app.app_context():
        transact(lambda: commands.remap(job.market_id, import_id, ["sku", "name", "price"], job.actor))
    job.work(import_id)
    assert job.counts(import_id) == {"new": 1}
    job.apply(import_id)
    assert job.products()["A1"]["price_minor"] == 350


def test_what_moved_since_the_dry_run_is_left_and_said(job: Job, trade: Trade) -> None:
    ids = {sku: trade.product(5, sku=sku, name=sku, price_minor=100) for sku in ("P", "S", "G", "R")}
    import_id = job.upload(ours("P,P,,,,2,EUR,active,5", "S,S,,,,2,EUR,active,9", "G,G,,,,2,EUR,active,5", "N,New,,,,1,EUR,active,1",
                                "R,R,,,,1,EUR,active,0"))  # fmt: skip
    trade.order((ids["R"], 2), token="tok_unavailable_twice", settle=False)
    trade.step()
    with job.app.app_context():
        transact(lambda: products.update(job.market_id, ids["P"], {"price_minor": 777}, fresh_cause()))
        transact(lambda: inventory.adjust(job.market_id, ids["S"], -1, "loss", None, "x", fresh_cause()))
        transact(lambda: products.delete(job.market_id, [ids["G"]], fresh_cause()))
        transact(
            lambda: products.create(
                job.market_id, "EUR", [products.NewProduct(sku="N", name="Mine", price_minor=5)], fresh_cause()
            )
        )
        db.session.remove()
    done = job.apply(import_id)
    assert job.counts(import_id)["left"] == 5
    said = "\n".join(job.said(import_id, "left"))
    assert "2: Since the dry run somebody changed: Price is “7.77” now." in said
    assert "3: Its stock was left: there were 5 in the dry run, and there are 4 now." in said
    assert "4: This product was deleted" in said
    assert "5: A product with this SKU was made since the dry run." in said
    assert "6: Its stock was left: 2 are set aside for orders" in said
    now = job.products()
    assert (now["P"]["price_minor"], now["S"]["price_minor"], now["S"]["on_hand"], now["N"]["name"]) == (
        777,
        200,
        4,
        "Mine",
    )
    assert done["status"] == m.DONE


def test_an_import_is_undone_as_one_but_for_what_changed_since(job: Job, trade: Trade) -> None:
    kept = trade.product(5, sku="KEPT", name="Kept", price_minor=100, description="old")
    whole = trade.product(5, sku="WHOLE", name="Whole", price_minor=100)
    lines = ["KEPT,Renamed,new,,,2,EUR,draft,8", "WHOLE,Whole two,,,,3,EUR,archived,2", "NEW1,One,,,,1,EUR,active,4", "NEW2,Two,,,,1,EUR,active,4",
             "NEW3,Three,,,,1,EUR,active,0", "NEW4,Four,,,,1,EUR,active,6"]  # fmt: skip
    import_id = job.upload(ours(*lines))
    job.apply(import_id)
    made = job.products()
    trade.order((made["NEW2"]["id"], 1))
    with job.app.app_context():
        transact(lambda: products.update(job.market_id, kept, {"price_minor": 999}, fresh_cause()))
        transact(lambda: products.delete(job.market_id, [made["NEW4"]["id"]], fresh_cause()))
        db.session.remove()
    done = job.undo(import_id)
    assert done["status"] == m.UNDONE
    now = job.products()
    assert set(now) == {"KEPT", "WHOLE", "NEW2"}
    assert (now["KEPT"]["name"], now["KEPT"]["description"], now["KEPT"]["status"], now["KEPT"]["price_minor"], now["KEPT"]["on_hand"]) == (
        "Kept", "old", "active", 999, 5,
    )  # fmt: skip
    assert (now["WHOLE"]["name"], now["WHOLE"]["price_minor"], now["WHOLE"]["status"], now["WHOLE"]["on_hand"]) == (
        "Whole",
        100,
        "active",
        5,
    )
    assert now["NEW2"]["on_hand"] == 3
    said = job.said(import_id, "kept")
    assert said == ["2: Changed since and left so: Price.", "5: It was ordered, so it stays, and its stock with it."]
    corrections = trade.row(
        "SELECT sum(delta) AS units, count(*) AS entries FROM stock_movements WHERE kind = 'correction' AND import_id = :id",
        id=import_id,
    )
    assert (corrections["units"], corrections["entries"]) == (-3 + 3 - 4, 3)
    assert {row["object_id"] for row in trade.audited("product.delete")} >= {made["NEW1"]["id"], made["NEW3"]["id"]}
    with job.app.app_context(), pytest.raises(Conflict, match="only once"):
        transact(lambda: commands.undo(job.market_id, import_id, job.actor))
    assert whole


def test_stock_that_is_gone_since_is_not_taken_back(job: Job, trade: Trade) -> None:
    product_id = trade.product(0, sku="A", name="A", price_minor=100)
    import_id = job.upload(ours("A,A,,,,1,EUR,active,5"))
    job.apply(import_id)
    trade.order((product_id, 3))
    job.undo(import_id)
    assert job.products()["A"]["on_hand"] == 2
    assert "Its stock stays: 0 are set aside for orders, and this would leave -3." in job.said(import_id, "kept")[0]


def test_nothing_crosses_a_market(job: Job, trade: Trade) -> None:
    outsider = job.people.outsider.market_id
    theirs = trade.product(5, market_id=outsider, sku="A1", name="Theirs", price_minor=100)
    import_id = job.upload(ours("A1,Ours,,,,2,EUR,active,7"))
    assert job.counts(import_id) == {"new": 1}
    with job.app.app_context():
        for change in (
            lambda: commands.apply(outsider, import_id, job.actor, False),
            lambda: commands.cancel(outsider, import_id, job.actor),
            lambda: commands.undo(outsider, import_id, job.actor),
            lambda: commands.remap(outsider, import_id, ["sku"], job.actor),
        ):
            with pytest.raises(NotFound):
                transact(change)
        db.session.remove()
    job.apply(import_id)
    untouched = job.products(outsider)["A1"]
    assert (untouched["id"], untouched["name"], untouched["price_minor"], untouched["on_hand"]) == (
        theirs,
        "Theirs",
        100,
        5,
    )


def test_a_verdict_is_the_difference_and_nothing_else() -> None:
    present = {"name": "A", "description": "x\r\ny", "price_minor": 5, "stock": 3}
    assert decide.compare({"name": "A", "description": "x\ny", "stock": 3}, present) == ("skipped", {})
    assert decide.compare({"name": "B", "stock": 0}, present) == ("changed", {"name": ("A", "B"), "stock": (3, 0)})
    assert decide.back(
        {"name": ("A", "B"), "price_minor": (1, 2), "stock": (0, 1)}, {"name": "B", "price_minor": 9}
    ) == ({"name": "A"}, ["price_minor"])
