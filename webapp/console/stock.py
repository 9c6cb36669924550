"""The owner's stock to look at: the list with its drawer and popover, and one stock whole with its ledger. What changes it
is in `stock_forms`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from webapp import clock
from webapp.accounts import principal
from webapp.console import plot, queries
from webapp.console.desk import bp, show
from webapp.console.home_period import number_of
from webapp.console.paging import Listed, Window, href, window
from webapp.console.rollups import queries as sums
from webapp.db import Row, db
from webapp.errors import Conflict
from webapp.products.queries import product_of
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.counting import few_text
from webapp.web.fields import BIGGEST, WholeText
from webapp.web.reading import Filled

REASONS = (("received", "Received"), ("damaged", "Damaged"), ("loss", "Loss"), ("return", "Return"), ("correction", "Correction"),
           ("promotion", "Promotion"))  # fmt: skip
IN_DRAWER, DAYS = 7, 30
SELLING_DAYS = 28


class StockList(Listed):
    """Which stocks, and which of them is open beside the list or has its popover open."""

    view: Literal["all", "low", "out", "paused"] = "all"
    open: Annotated[WholeText, Field(ge=1, le=BIGGEST)] | None = None
    adjust: Annotated[WholeText, Field(ge=1, le=BIGGEST)] | None = None


@bp.get("/stock")
@works_for_market()
def stock() -> Response:
    """List the stocks, the most urgent first; one may be open beside the list."""
    asked = reading.query(StockList)
    market_id = principal.current().market_id
    seen = window((queries.URGENCY, "p.id"), asked)
    found = queries.stock(market_id, seen, asked.view, asked.sought)
    view = {"view": asked.view, "q": asked.sought}
    page = seen.page(found, lambda row: (row["urgency"], row["id"]), "/console/stock", **view)
    counts = queries.stock_counts(market_id)
    tabs = [
        (words, href("/console/stock", view=name, q=asked.sought), few_text(counts[name]), name == asked.view)
        for name, words in (("all", "All"), ("low", "Low"), ("out", "Out"), ("paused", "Paused"))
    ]
    here = {
        **view,
        **{name: "-".join(map(str, key)) for name, key in (("after", asked.after), ("before", asked.before)) if key},
    }
    drawer = _drawer(asked.open) if asked.open else None
    return show(
        "stock.html", "stock", page=page, tabs=tabs, total=counts["all"], reasons=REASONS, adjusting=asked.adjust, drawer=drawer,
        view=asked.view, q=asked.sought, at=lambda **more: href("/console/stock", **here, **more),
    )  # fmt: skip


@bp.get("/stock/<id:product_id>")
@works_for_market()
def ledger(product_id: int) -> Response:
    """Show one stock whole: figures, level, reservations, settings, and every movement page by page."""
    return ledger_page(product_id)


def there(product_id: int) -> Row:
    """The stock of a product of the market. Raises NotFound for a foreign product, Conflict while the stock is made."""
    market_id = principal.current().market_id
    found = queries.shelf_state(market_id, product_id)
    if found is None:
        product_of(market_id, product_id, with_deleted=True)
        raise Conflict(
            "the stock of this product is being made; try again in a moment", kind="inventory-not-ready", retry_after=1
        )
    return found


def ledger_page(product_id: int, form: Filled[Any] | None = None, status: int = 200) -> Response:
    """One stock whole; `form` is its threshold as it was sent, when it could not be taken."""
    db.session.rollback()
    drawer = _drawer(product_id)
    asked = reading.query(Listed)
    seen = window(("m.id",), asked, descending=True)
    found = queries.movements(principal.current().market_id, product_id, seen)
    page = seen.page(found, lambda row: (row["id"],), f"/console/stock/{product_id}")
    form = form or Filled({"low_stock_threshold": str(drawer["stock"]["low_stock_threshold"])})
    return show("stock_ledger.html", "stock", status, drawer=drawer, page=page, form=form)


def _drawer(product_id: int) -> dict[str, Any]:
    stock = there(product_id)
    market_id, now = principal.current().market_id, clock.now()
    since = now - clock.seconds(DAYS * 86_400)
    return {
        "stock": stock,
        "since": since,
        "plot": plot.level(
            queries.levels(product_id, since), since, now, stock["on_hand"], stock["low_stock_threshold"]
        ),
        "reservations": queries.reservations(market_id, product_id),
        "movements": queries.movements(market_id, product_id, Window(("m.id",), True))[:IN_DRAWER],
        "entries": queries.movement_count(product_id),
        **_cover(stock, now),
    }


def _cover(stock: Row, now: int) -> dict[str, int | None]:
    """How many were sold in the last 28 days, and for how many days what is left lasts at that pace, if any were."""
    today = number_of(clock.to_datetime(now).date())
    sold = sums.units_sold([stock["id"]], today - SELLING_DAYS + 1, today).get(stock["id"], 0)
    left = max(stock["on_hand"] - stock["reserved"], 0)
    return {"sold": sold, "cover": left * SELLING_DAYS // sold if sold else None}
