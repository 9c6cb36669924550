"""The counting sheet's pages: down as CSV, up with a preview, and what became of each row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.accounts import principal
from webapp.console import downloads, stock_queries, stock_sheet
from webapp.console.desk import bp, show
from webapp.console.stock_sheet import Judged
from webapp.db import Row
from webapp.errors import MarketError
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.reading import sentence

SHOWN = 200
"""Rows that a preview shows of each sort; the counts above them are of all."""

WORST_FIRST = ("error", "stale", "change", "same", "blank")


@bp.get("/stock.csv")
@works_for_market()
def stock_csv() -> Response:
    """All stocks as a counting sheet: what is expected, and a blank for what is counted."""
    place = principal.current().place

    def page(last: Row | None) -> list[Row]:
        return stock_queries.sheet(place.id, last["id"] if last else 0, downloads.PAGE_ROWS)

    def lines(found: Sequence[Row]) -> list[downloads.Cells]:
        return [(row["sku"], row["name"], row["on_hand"], "", "") for row in found]

    return downloads.of_list(f"{place.slug}-stock", stock_sheet.HEADER, page, lines)


@bp.get("/stock/count")
@works_for_market()
def sheet() -> Response:
    """Show the form that takes a counting sheet."""
    return show("stock_sheet.html", "stock", error="", judged=None)


@bp.post("/stock/count")
@works_for_market()
def preview() -> ResponseReturnValue:
    """Show what a sheet would change; nothing is changed yet."""
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            return _refused("Choose a CSV file.")
        lines = stock_sheet.read(file.stream.read())
    except RequestEntityTooLarge:
        return _refused(
            f"This file is larger than {reading.MOST_BYTES // 1024} KiB. Split it and upload its parts.", 413
        )
    except MarketError as error:
        return _refused(sentence(error.detail), error.status)
    market_id = principal.current().market_id
    judged = stock_sheet.judge(lines, stock_sheet.stocks_of(market_id, [line.sku for line in lines]))
    return _show(judged, file.filename, _again(judged))


@bp.post("/stock/count/apply")
@works_for_market()
def apply_sheet() -> ResponseReturnValue:
    """Take a sheet over, but for the rows that something speaks against since."""
    request.max_form_memory_size = reading.MOST_BYTES
    me = principal.current()
    try:
        lines = stock_sheet.read(request.form.get("sheet", "").encode())
        judged = stock_sheet.take_over(me.market_id, lines, trace.cause(), me.email, me.actor)
    except RequestEntityTooLarge:
        return _refused("This sheet is too long. Split it and upload its parts.", 413)
    except MarketError as error:
        return _refused(sentence(error.detail), error.status)
    return _show(judged, "", "")


def _show(judged: Sequence[Judged], filename: str, again: str) -> Response:
    counts = Counter(row.verdict for row in judged)
    shown = [row for verdict in WORST_FIRST for row in [one for one in judged if one.verdict == verdict][:SHOWN]]
    return show(
        "stock_sheet.html", "stock", error="", judged=shown, counts=counts, filename=filename, sheet=again, most=SHOWN
    )


def _refused(error: str, status: int = 422) -> Response:
    return show("stock_sheet.html", "stock", status, error=error, judged=None)


def _again(judged: Sequence[Judged]) -> str:
    """The rows that would change something, as the form sends them back. What a row does not expect is what was shown: what
    moves meanwhile makes it stale."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(("SKU", "Expected", "Counted", "Reason"))
    out.writerows(
        (row.line.sku, row.line.expected or row.on_hand, row.line.counted, row.line.reason)
        for row in judged
        if row.verdict == "change"
    )
    return written.getvalue()
