"""Products as CSV, and the rows of a file that need another look. What is written here and imported again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from flask import Flask, Response

from webapp.console import downloads
from webapp.console.downloads import PAGE_ROWS, Page, text_of
from webapp.console.imports import queries
from webapp.console.imports.columns import Columns
from webapp.console.imports.commands import columns_of
from webapp.console.imports.dry_run import form_of, pieces
from webapp.console.imports.formulas import unquoted
from webapp.console.imports.records import Place, Record, records
from webapp.console.imports.rows import SHARED
from webapp.db import Row, db, fetch, from_json
from webapp.web import money

HEADER = ("SKU", "Name", "Description", "Maker", "Category", "Price", "Currency", "Status", "On hand")
ROW_COLUMN, ERROR_COLUMN = "Import row", "Import error"


def products_csv(page: Page, name: str) -> Response:
    """The answer of an export: products as CSV, read page by page while it is sent."""
    return downloads.of_list(name, HEADER, page, lambda found: [line(product) for product in found])


def all_products(market_id: int, where: str = "", **parameters: object) -> Page:
    """The pages of a market's products, by id; `where` narrows them by further SQL (" AND p.status = :status") and `parameters`."""

    def page(last: Row | None) -> Sequence[Row]:
        return fetch(
            "SELECT p.id, p.sku, p.name, p.description, p.maker, p.category, p.price_minor, p.currency, p.status, i.on_hand FROM products p"
            " LEFT JOIN inventories i ON i.product_id = p.id WHERE p.market_id = :market_id AND p.deleted_at IS NULL AND p.id > :after"
            f"{where} ORDER BY p.id LIMIT :limit",
            market_id=market_id, after=last["id"] if last else 0, limit=PAGE_ROWS, **parameters,
        )  # fmt: skip

    return page


def line(product: Row) -> list[str]:
    """A product's cells, in the order of HEADER."""
    price = money.decimal_text(product["price_minor"], product["currency"])
    on_hand = "" if product["on_hand"] is None else str(product["on_hand"])
    return [
        product["sku"], product["name"], product["description"], product["maker"], product["category"], price, product["currency"],
        product["status"], on_hand,
    ]  # fmt: skip


def errors_csv(found: Row) -> Response:
    """The answer with an import's rows that have errors, or that were left or kept: as they stand in the file, each with its
    row and what is to be said of it, ready to be mended and uploaded again."""
    stem = str(found["filename"]).rsplit(".", 1)[0]
    return downloads.sent(_errors(downloads.app(), found), f"{stem}-errors.csv")


def _errors(app: Flask, found: Row) -> Iterator[str]:
    columns = columns_of(found)
    places = [place for place, name in enumerate(columns.header) if name not in (ROW_COLUMN, ERROR_COLUMN)]
    yield "\ufeff" + text_of([[*(columns.header[place] for place in places), ROW_COLUMN, ERROR_COLUMN]])
    start = from_json(found["form"])["rows_at"]
    read = records(lambda offset: pieces(found["id"], offset), form_of(found), Place(**start), columns.header)
    numbered = enumerate(_completed(read, columns), 1)
    while True:
        # A context for each batch: between two of them a slow reader holds no connection of the database.
        with app.app_context():
            batch = list(islice(numbered, PAGE_ROWS))
            said = queries.messages(found["id"], [number for number, _ in batch])
            db.session.remove()
        if not batch:
            return
        yield text_of(
            [
                *(record.cells[place] if place < len(record.cells) else "" for place in places),
                str(record.line),
                said[number],
            ]
            for number, record in batch
            if number in said
        )


def _completed(found: Iterator[Record], columns: Columns) -> Iterator[Record]:
    """The records, without the apostrophes of an earlier export, and each variant with what its product's first row says, so
    that it can stand alone."""
    handle, name = columns.meaning.get("handle"), columns.meaning.get("name")
    first: list[str] = []
    for record in found:
        cells = [unquoted(cell) for cell in record.cells]
        if handle is not None and name is not None and len(cells) == len(columns.header):
            if cells[name].strip():
                first = cells
            elif first and first[handle] == cells[handle]:
                for place in (columns.meaning[meaning] for meaning in SHARED if meaning in columns.meaning):
                    cells[place] = cells[place] or first[place]
        yield Record(cells, record.line, record.following)
