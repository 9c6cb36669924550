"""What is exported can be imported again, and then nothing is different; no cell of it runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.imports.conftest import Desk, Job, Trade, ours, shopify

NASTY: tuple[dict[str, Any], ...] = (
    {"sku": "=1+1", "name": "=HYPERLINK(\"http://x\")", "description": "@cmd\r\nsecond, \"line\"; third\n", "maker": "+49", "category": "-"},
    {"sku": "'=x", "name": "'quoted' name", "description": "\tTab first", "maker": "''@", "category": "a;b,c"},
    {"sku": "Ünï-1", "name": "Käse €", "description": "  spaces kept  ", "maker": "", "category": "", "status": "archived"},
    {"sku": "N;1", "name": "Semi;colon", "description": "", "maker": "", "category": "", "status": "draft"},
)  # fmt: skip


def table(answer: str) -> list[dict[str, str]]:
    """The rows of a CSV answer by their header."""
    assert answer.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer[1:], newline="")))


def test_an_export_imported_again_changes_nothing(owner: Desk, job: Job, trade: Trade) -> None:
    for place, fields in enumerate(NASTY):
        trade.product(place * 3, price_minor=1999, **fields)
    answer = owner.client.get("/console/products.csv")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert "alder-lane-products.csv" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert len(table(text)) == len(NASTY)
    import_id = job.upload(text)
    assert job.counts(import_id) == {"skipped": len(NASTY)}, job.rows(import_id, "changed")


def test_no_exported_cell_is_a_formula(owner: Desk, trade: Trade) -> None:
    for fields in NASTY:
        trade.product(**fields)
    for cells in csv.reader(io.StringIO(owner.get("/console/products.csv")[1:], newline="")):
        assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n") - {""} and cell]


def test_an_export_in_excels_hands_comes_back_as_it_was(owner: Desk, job: Job, trade: Trade) -> None:
    for fields in NASTY:
        trade.product(2, **fields)
    cells = csv.reader(io.StringIO(owner.get("/console/products.csv")[1:], newline=""))
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(cells)
    assert job.counts(job.upload(written.getvalue().encode("cp1252"))) == {"skipped": 4}


def test_an_export_has_this_markets_products_and_no_other_and_none_deleted(owner: Desk, trade: Trade) -> None:
    trade.product(sku="MINE")
    trade.product(sku="CANARY", market_id=trade.people.outsider.market_id)
    gone = trade.product(sku="GONE")
    owner.post(f"/console/products/{gone}/delete")
    assert [row["SKU"] for row in table(owner.get("/console/products.csv"))] == ["MINE"]


def test_a_long_export_is_read_in_pages(owner: Desk, job: Job, trade: Trade) -> None:
    job.apply(job.upload(ours(*(f"S{n},Thing {n},,,,1.5,EUR,active,2" for n in range(1203)))))
    with trade.counted() as asked:
        read = table(owner.get("/console/products.csv"))
    assert [row["SKU"] for row in read] == [f"S{n}" for n in range(1203)]
    assert read[0] == {"SKU": "S0", "Name": "Thing 0", "Description": "", "Maker": "", "Category": "", "Price": "1.50", "Currency": "EUR",
                       "Status": "active", "On hand": "2"}  # fmt: skip
    assert sum("FROM products p" in statement for statement in asked) == 4


def test_rows_with_errors_come_back_as_a_file_that_can_be_mended(owner: Desk, job: Job) -> None:
    text = shopify().replace("15.99", '"15,99"')
    import_id = job.upload(text)
    assert job.counts(import_id) == {"new": 2, "skipped": 1, "error": 1}
    answer = owner.client.get(f"/console/imports/{import_id}/errors.csv")
    assert "goods-errors.csv" in answer.headers["Content-Disposition"]
    [row] = table(answer.text)
    assert (row["Handle"], row["Title"], row["Variant Price"], row["Import row"]) == (
        "clay-pot",
        "Clay pot",
        "15,99",
        "3",
    )
    assert row["Import error"].startswith("Variant Price: Write the price with a point")
    job.apply(import_id, leave_errors=True)
    mended = job.upload(answer.text.replace('"15,99"', "15.99").replace(",99,", ".99,"))
    assert job.counts(mended) == {"new": 1}
    job.apply(mended)
    assert job.products()["clay-pot-large"]["price_minor"] == 1599
