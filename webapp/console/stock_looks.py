"""Other looks at the stock: as of a past moment, what is held for whom, what is left of what takes no orders, and the proof
that ledger and figures agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field

from webapp import clock
from webapp.accounts import audit, principal
from webapp.console import stock_queries
from webapp.console.desk import bp, done, not_done, show
from webapp.console.order_list import LATE
from webapp.console.paging import Listed, window
from webapp.console.stock import there
from webapp.db import transact
from webapp.errors import Conflict
from webapp.inventory import proving
from webapp.orders.models import PENDING
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Query, WholeText, refuse
from webapp.web.figures import count_text
from webapp.web.reading import sentence


def _moment(typed: object) -> object:
    if typed == "":
        return None
    try:
        at = datetime.fromisoformat(str(typed).strip())
    except ValueError:
        refuse("not-a-moment", "Write a moment like 2026-11-22T14:00.")
    if not 1970 <= at.year <= 9998:
        refuse("not-a-moment", "Write a moment between 1970 and today.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class PastList(Listed):
    """Which moment (UTC)."""

    at: Annotated[datetime | None, BeforeValidator(_moment)] = None


class HeldList(Listed):
    """Of which product."""

    product: Annotated[WholeText, Field(ge=1, le=BIGGEST)] | None = None


class Piece(Query):
    """After which product the piece begins that is added up."""

    after: Annotated[WholeText, Field(ge=0, le=BIGGEST)] = 0


@bp.get("/stock/past")
@works_for_market()
def past() -> Response:
    """Show what was on hand at a past moment, by the ledger."""
    asked = reading.query(PastList)
    now = clock.to_datetime(clock.now())
    at = min(asked.at or now.replace(hour=0, minute=0, second=0, microsecond=0), now)
    typed = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    seen = window(("p.id",), asked)
    found = stock_queries.at_moment(principal.current().market_id, clock.from_datetime(at), seen, asked.sought)
    page = seen.page(found, lambda row: (row["id"],), "/console/stock/past", at=typed, q=asked.sought)
    return show("stock_past.html", "stock", page=page, at=at, typed=typed, q=asked.sought)


@bp.get("/stock/reservations")
@works_for_market()
def reservations() -> Response:
    """Show who holds what, the longest first. Releasing it is cancelling its order."""
    asked = reading.query(HeldList)
    market_id = principal.current().market_id
    seen = window(("r.id",), asked)
    found = stock_queries.held(market_id, seen, asked.product)
    page = seen.page(found, lambda row: (row["id"],), "/console/stock/reservations", product=asked.product)
    late = clock.now() - LATE
    return show(
        "stock_held.html",
        "stock",
        page=page,
        total=stock_queries.held_units(market_id),
        product=asked.product,
        late=late,
        pending=PENDING,
    )


@bp.get("/stock/deactivated")
@works_for_market()
def deactivated() -> Response:
    """Show what takes no orders, with what is left of it."""
    asked = reading.query(Listed)
    seen = window(("p.id",), asked, descending=True)
    found = stock_queries.deactivated(principal.current().market_id, seen)
    page = seen.page(found, lambda row: (row["id"],), "/console/stock/deactivated")
    return show("stock_deactivated.html", "stock", page=page)


@bp.get("/stock/proof")
@works_for_market()
def proof() -> Response:
    """Add the ledger up, and show what does not agree with the figures; of many stocks a piece, and then the next."""
    market_id, after = principal.current().market_id, reading.query(Piece).after
    return show("stock_proof.html", "stock", proof=proving.proof(market_id, after), after=after, piece=proving.PIECE)


@bp.post("/stock/<id:product_id>/repair")
@works_for_market()
def repair(product_id: int) -> ResponseReturnValue:
    """Write the correction that brings a product's ledger to its figure."""
    me = principal.current()
    there(product_id)

    def repaired() -> tuple[int, int]:
        said, says = proving.repair(me.market_id, product_id, me.email)
        audit.record(
            "stock.repair", "inventory", product_id, {"ledger": said}, {"ledger": says}, me.market_id, actor=me.actor
        )
        return said, says

    try:
        said, says = transact(repaired)
    except Conflict as error:
        return not_done(sentence(error.detail), "/console/stock/proof")
    return done(
        f"The ledger added up to {count_text(said)}; with the correction it says {count_text(says)}.",
        "/console/stock/proof",
    )
