"""The ledger of the whole market: every movement there ever was, sieved, page by page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, cast

from flask import Flask, Response, current_app
from pydantic import Field

from webapp import clock
from webapp.accounts import members, principal
from webapp.console import stock_queries
from webapp.console.desk import bp, show
from webapp.console.home_period import number_of
from webapp.console.imports.formulas import quoted
from webapp.console.paging import Day, Listed, href, window
from webapp.console.rollups.counting import DAY
from webapp.console.stock_queries import MACHINE, Sieve
from webapp.db import Row, db
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, WholeText

ADDRESS = "/console/stock/ledger"
KINDS = (("sold", "Sold"), ("received", "Received"), ("count", "Counted"), ("damaged", "Damaged"), ("loss", "Lost"), ("return", "Returned"),
         ("restocked", "Put back"), ("correction", "Corrected"), ("promotion", "Given away"))  # fmt: skip
HEADER = ("When", "SKU", "Product", "Kind", "Change", "Before", "After", "Who", "Note", "Order")
PAGE_ROWS = 500


class LedgerList(Listed):
    """Which entries; days are whole, both included, UTC."""

    kind: Literal[
        "", "sold", "received", "count", "damaged", "loss", "return", "restocked", "correction", "promotion"
    ] = ""
    who: Annotated[str, Field(max_length=254)] = ""
    since: Day = None
    until: Day = None
    product: Annotated[WholeText, Field(ge=1, le=BIGGEST)] | None = None

    @property
    def sieve(self) -> Sieve:
        """The same for the query."""
        return Sieve(
            self.product, self.kind, self.who, number_of(self.since) * DAY if self.since else None,
            (number_of(self.until) + 1) * DAY if self.until else None, self.sought,
        )  # fmt: skip

    @property
    def view(self) -> dict[str, Any]:
        """The same for an address."""
        days = {name: day.isoformat() if day else "" for name, day in (("since", self.since), ("until", self.until))}
        return {"q": self.sought, "kind": self.kind, "who": self.who, "product": self.product, **days}


@bp.get("/stock/ledger")
@works_for_market()
def market_ledger() -> Response:
    """List the market's movements, newest first."""
    asked = reading.query(LedgerList)
    market_id = principal.current().market_id
    seen = window(("m.at", "m.id"), asked, descending=True)
    found = stock_queries.ledger(market_id, asked.sieve, seen.where + seen.order, **seen.parameters)
    page = seen.page(found, lambda row: (row["at"], row["id"]), ADDRESS, **asked.view)
    people = [(row["email"], row["name"] or row["email"]) for row in members.members(market_id)]
    return show(
        "stock_movements.html", "stock", page=page, asked=asked, kinds=KINDS, people=[*people, (MACHINE, "The machine: orders")],
        export=href(f"{ADDRESS}.csv", **asked.view), without=lambda *names: href(ADDRESS, **{**asked.view, **dict.fromkeys(names, "")}),
        filtered=any(asked.view.values()),
    )  # fmt: skip


@bp.get("/stock/ledger.csv")
@works_for_market()
def market_ledger_csv() -> Response:
    """The same movements as CSV, oldest first, all of them however old, read page by page while they are sent."""
    asked = reading.query(LedgerList)
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    place = principal.current().place
    return download(_pages(app, place.id, asked.sieve), f"{place.slug}-ledger.csv")


def download(body: Iterator[str], name: str) -> Response:
    """A file of text that is sent while it is written."""
    # By hand and not by stream_with_context: nothing of the request is held while a slow reader takes its time.
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Accel-Buffering"] = "no"
    return response


def text_of(lines: Iterable[Sequence[str | int]]) -> str:
    """Lines of cells as CSV. Texts that a spreadsheet would run are made harmless; a number is a number, below zero too."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(
        [quoted(cell) if isinstance(cell, str) else cell for cell in cells] for cells in lines
    )
    return written.getvalue()


def _pages(app: Flask, market_id: int, sieve: Sieve) -> Iterator[str]:
    yield "\ufeff" + text_of([HEADER])
    after = (0, 0)
    while True:
        with app.app_context():
            found = stock_queries.ledger(
                market_id,
                sieve,
                " AND (m.at, m.id) > (:at, :id) ORDER BY m.at, m.id LIMIT :limit",
                at=after[0],
                id=after[1],
                limit=PAGE_ROWS,
            )
            db.session.remove()
        if not found:
            return
        yield text_of(_cells(row) for row in found)
        after = (found[-1]["at"], found[-1]["id"])


def _cells(row: Row) -> list[str | int]:
    who = row["who"] or ("Machine" if row["actor"] == MACHINE else row["actor"])
    return [
        clock.rfc3339(row["at"]), row["sku"], row["product"], row["kind"], row["delta"], row["before"], row["after"], who,
        row["note"] or "", row["number"] or "",
    ]  # fmt: skip
