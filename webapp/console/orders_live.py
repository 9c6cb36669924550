"""Orders that arrive while the list of them is open: the list says how many, and leaves its rows where they are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated

from flask import Response, make_response, render_template
from pydantic import Field

from webapp.accounts import principal
from webapp.console import order_list as listing
from webapp.console.desk import bp
from webapp.db import among, db, fetch
from webapp.errors import NotFound
from webapp.live import LiveState, Topic
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.counting import few_text
from webapp.web.fields import BIGGEST, Query, WholeText


class Since(Query):
    """The newest order that a page shows."""

    since: Annotated[WholeText, Field(ge=0, le=BIGGEST)]


@bp.get("/orders/new")
@works_for_market()
def new_orders() -> Response:
    """How many orders have come since a list was made, and the way to them."""
    newer = listing.newer(principal.current().market_id, reading.query(Since).since)
    return make_response(render_template("console/_orders_new.html", newer=few_text(newer) if newer else ""))


def versions(market_ids: Sequence[int]) -> Mapping[int, Hashable]:
    """The newest order of each of these markets; 0 where none was placed, as no version would mean that there is nothing to watch."""
    found = fetch(
        "SELECT k.id, coalesce((SELECT max(o.id) FROM orders o WHERE o.market_id = k.id), 0) AS newest FROM markets k"
        f" WHERE {among('k.id', 'asked')}",
        asked=market_ids,
    )
    return {row["id"]: row["newest"] for row in found}


def _render(market_id: int) -> LiveState:
    newest = listing.newest(market_id)
    db.session.rollback()
    # Only that there is something new is pushed; how many that is to a page, the page asks itself.
    return LiveState(str(newest))


def _authorise(key: str) -> int:
    me = principal.maybe()
    if me is None or me.market is None or key != str(me.market.id):
        raise NotFound("there is nothing to watch here")
    return int(me.market.id)


ORDERS = Topic(kind="desk-orders", about="order-list", versions=versions, render=_render, authorise=_authorise)
"""That orders arrive in a market."""
