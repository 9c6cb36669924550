"""The ledger of the whole market: every movement there ever was, sieved, page by page and as CSV."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from webapp import clock
from webapp.accounts import members, principal
from webapp.console import downloads, stock_queries
from webapp.console.desk import bp, show
from webapp.console.home_period import number_of
from webapp.console.paging import Day, Listed, href, window
from webapp.console.rollups.counting import DAY
from webapp.console.stock_queries import MACHINE, Sieve
from webapp.db import Row
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, WholeText

ADDRESS = "/console/stock/ledger"
KINDS = (("sold", "Sold"), ("received", "Received"), ("count", "Counted"), ("damaged", "Damaged"), ("loss", "Lost"), ("return", "Returned"),
         ("restocked", "Put back"), ("correction", "Corrected"), ("promotion", "Given away"))  # fmt: skip
HEADER = ("When", "SKU", "Product", "Kind", "Change", "Before", "After", "Who", "Note", "Order")


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
    place = principal.current().place

    def page(last: Row | None) -> list[Row]:
        return stock_queries.ledger(
            place.id, asked.sieve, " AND (m.at, m.id) > (:at, :id) ORDER BY m.at, m.id LIMIT :limit",
            at=last["at"] if last else 0, id=last["id"] if last else 0, limit=downloads.PAGE_ROWS,
        )  # fmt: skip

    return downloads.of_list(f"{place.slug}-ledger", HEADER, page, lambda found: [_cells(row) for row in found])


def _cells(row: Row) -> list[str | int]:
    who = row["who"] or ("Machine" if row["actor"] == MACHINE else row["actor"])
    return [
        clock.rfc3339(row["at"]), row["sku"], row["product"], row["kind"], row["delta"], row["before"], row["after"], who,
        row["note"] or "", row["number"] or "",
    ]  # fmt: skip
