"""Lists as CSV: read a page at a time while they are sent, so that none is too long for memory, and safe to open in a spreadsheet.

UTF-8 with a byte order mark, because a spreadsheet reads it as something else without one; commas; CR LF.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from flask import Flask, Response, current_app

from webapp.console.imports.formulas import quoted
from webapp.db import Row, db

PAGE_ROWS = 500

Cells = Sequence[str | int]

Page = Callable[[Row | None], Sequence[Row]]
"""Gives the rows of a list that follow one of them, in the list's order, :data:`PAGE_ROWS` of them at most; None asks for the first."""


def app() -> Flask:
    """The app itself, for what is read after the request has ended."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]


def of_list(name: str, header: Cells, page: Page, lines: Callable[[Sequence[Row]], Iterable[Cells]]) -> Response:
    """The answer with a whole list: `page` reads it, and `lines` makes cells of the rows of a page."""
    return sent(_pages(app(), header, page, lines), f"{name}.csv")


def text_of(lines: Iterable[Cells]) -> str:
    """Lines of cells as CSV. Texts that a spreadsheet would run are made harmless; a number is a number, below zero too."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(
        [quoted(cell) if isinstance(cell, str) else cell for cell in cells] for cells in lines
    )
    return written.getvalue()


def sent(body: Iterator[str], name: str) -> Response:
    """A file of text that is sent while it is written."""
    # By hand and not by stream_with_context: nothing of the request is held while a slow reader takes its time.
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in name)
    answer = Response((part.encode() for part in body), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _pages(app: Flask, header: Cells, page: Page, lines: Callable[[Sequence[Row]], Iterable[Cells]]) -> Iterator[str]:
    yield "\ufeff" + text_of([header])
    last: Row | None = None
    while True:
        # A context for each page: between two of them a slow reader holds no connection of the database.
        with app.app_context():
            found = page(last)
            written = text_of(lines(found))
            db.session.remove()
        if not found:
            return
        yield written
        last = found[-1]
