"""What of the stock moves by itself: the figures of one market's list. One stream; the rows of a page that are among what
moved lately take their figures from it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from flask import Response, make_response, render_template

from webapp import clock
from webapp.accounts import principal
from webapp.console.desk import bp
from webapp.db import Row, among, db, fetch
from webapp.errors import NotFound
from webapp.live import LiveState, Topic
from webapp.web.access import works_for_market

LATELY = clock.seconds(600)
"""How far back a state tells of figures that moved: longer than a stream stays away between two connections."""

UNSETTLED = clock.seconds(60)
"""How long something may commit after the time that stands on it."""

MOST = 200


@bp.get("/stock/moved")
@works_for_market()
def moved() -> Response:
    """The figures that moved lately, for a page whose stream does not come through."""
    return make_response(_render(principal.current().market_id).text)


def versions(market_ids: Sequence[int]) -> Mapping[int, Hashable]:
    """How new these markets' figures are: the newest change, and what of the last minute may have committed after it."""
    found = fetch(
        "SELECT k.id, (SELECT max(i.updated_at) FROM inventories i WHERE i.market_id = k.id) AS newest,"
        " (SELECT CAST(coalesce(sum(i.on_hand * 3 + i.reserved * 5 + i.version * 7), 0) AS text) FROM inventories i"
        " WHERE i.market_id = k.id AND i.updated_at >= :since) AS lately"
        f" FROM markets k WHERE {among('k.id', 'asked')}",
        since=clock.now() - UNSETTLED,
        asked=market_ids,
    )
    return {row["id"]: (row["newest"], row["lately"]) for row in found}


def _figures(market_id: int) -> list[Row]:
    return fetch(
        "SELECT p.id, p.status, i.on_hand, i.reserved, i.low_stock_threshold, i.active, i.updated_at FROM inventories i JOIN products p ON p.id = i.product_id"
        " WHERE i.market_id = :market_id AND i.updated_at >= :since ORDER BY i.updated_at DESC LIMIT :most",
        market_id=market_id, since=clock.now() - LATELY, most=MOST,
    )  # fmt: skip


def _render(market_id: int) -> LiveState:
    found = _figures(market_id)
    db.session.rollback()
    return LiveState(render_template("console/_stock_moved.html", rows=found, now=clock.to_datetime(clock.now())))


def _authorise(key: str) -> int:
    me = principal.maybe()
    if me is None or me.market is None or key != str(me.market.id):
        raise NotFound("there is nothing to watch here")
    return int(me.market.id)


STOCK = Topic(kind="desk-stock", about="stock", versions=versions, render=_render, authorise=_authorise)
"""The figures of a market's stock, at its owner's desk."""
