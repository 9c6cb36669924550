"""Products as CSV, and the rows of a file that need another look: written a page at a time, so that no list is too long for
memory, and safe to open in a spreadsheet.

UTF-8 with a byte order mark, because a spreadsheet reads it as something else without one; commas; CR LF. What is written
here and imported again changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from flask import Flask, Response

from webapp.console.imports import queries
from webapp.console.imports.columns import Columns
from webapp.console.imports.commands import columns_of
from webapp.console.imports.dry_run import form_of, pieces
from webapp.console.imports.formulas import quoted, unquoted
from webapp.console.imports.records import Place, Record, records
from webapp.console.imports.rows import SHARED
from webapp.db import Row, db, fetch, from_json
from webapp.web import money

HEADER = ("SKU", "Name", "Description", "Maker", "Category", "Price", "Currency", "Status", "On hand")
PAGE_ROWS = 500

ROW_COLUMN, ERROR_COLUMN = "Import row", "Import error"

Page = Callable[[int], Sequence[Row]]
"""Gives the products after an id, in the order of their ids, :data:`PAGE_ROWS` of them at most; each with the columns of
`products` that :data:`HEADER` needs and `on_hand`, None while its inventory is made."""


def products_csv(app: Flask, page: Page, name: str = "products") -> Response:
    """The answer of an export: products as CSV, read page by page while it is sent."""
    return pages_csv(app, HEADER, page, lambda found: [line(product) for product in found], name)


def pages_csv(
    app: Flask, header: Sequence[str], page: Page, lines: Callable[[Sequence[Row]], list[list[str]]], name: str
) -> Response:
    """The answer of an export of any list: `page` gives the rows after an id, in the order of their ids, and `lines` makes
    their cells."""
    return _download(_pages(app, header, page, lines), f"{name}.csv")


def all_products(market_id: int, where: str = "", **parameters: object) -> Page:
    """The pages of a market's products; `where` narrows them by further SQL (" AND p.status = :status") and `parameters`."""

    def page(after: int) -> Sequence[Row]:
        return fetch(
            "SELECT p.id, p.sku, p.name, p.description, p.maker, p.category, p.price_minor, p.currency, p.status, i.on_hand FROM products p"
            " LEFT JOIN inventories i ON i.product_id = p.id WHERE p.market_id = :market_id AND p.deleted_at IS NULL AND p.id > :after"
            f"{where} ORDER BY p.id LIMIT :limit",
            market_id=market_id, after=after, limit=PAGE_ROWS, **parameters,
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


def errors_csv(app: Flask, found: Row) -> Response:
    """The answer with an import's rows that have errors, or that were left or kept: as they stand in the file, each with its
    row and what is to be said of it, ready to be mended and uploaded again."""
    stem = str(found["filename"]).rsplit(".", 1)[0]
    return _download(_errors(app, found), f"{stem}-errors.csv")


def text_of(lines: Iterable[Sequence[str]]) -> str:
    """Lines of cells as CSV, formulas made harmless."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([quoted(cell) for cell in cells] for cells in lines)
    return written.getvalue()


def _pages(
    app: Flask, header: Sequence[str], page: Page, lines: Callable[[Sequence[Row]], list[list[str]]]
) -> Iterator[str]:
    yield "\ufeff" + text_of([header])
    after = 0
    while True:
        with app.app_context():
            found = page(after)
            written = lines(found)
            db.session.remove()
        if not found:
            return
        yield text_of(written)
        after = found[-1]["id"]


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


def _download(body: Iterator[str], name: str) -> Response:
    # By hand and not by stream_with_context: nothing of the request is held while a slow reader takes its time.
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in name)
    answer = Response((part.encode() for part in body), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
