"""Filling a market: the goods, then the orders, then a count of what is left, each piece in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable

from bench.fill import goods, trade
from webapp import clock
from webapp.accounts import queries as accounts
from webapp.console.rollups.sources import SOURCES
from webapp.db import execute, fetch, insert, on_sqlite, transact
from webapp.errors import Conflict
from webapp.orders.placing import FIRST_NUMBER

PIECE = 25_000
"""Products or orders of one transaction: what the database holds in its hands at once."""

DAY = clock.seconds(86_400)

Heard = Callable[[str, int, int], None]
"""Told what is being filled in, how many of them are there, and of how many."""


def fill(market_slug: str, products: int, orders: int, days: int, beside_others: bool, heard: Heard) -> None:
    """Fill a market with new products, and with orders of them over the last days. What is interrupted leaves whole orders.

    Raises Conflict when the market has orders and it was not said that these shall stand beside them, or for more products than it can
    be filled with or too few for the orders; NotFound without such a market.
    """
    market = accounts.market(market_slug)
    market_id = int(market["id"])
    if orders and products < trade.LEAST_GOODS:
        raise Conflict(f"orders need at least {trade.LEAST_GOODS} products to be spread over")
    if not beside_others and fetch("SELECT 1 FROM orders WHERE market_id = :id LIMIT 1", id=market_id):
        raise Conflict(
            f"{market_slug} has orders, and its sums would no longer be theirs; --beside-others fills it all the same"
        )
    known = goods.known(market_id)
    if known + products > goods.MOST:
        raise Conflict(f"a market is filled with at most {goods.MOST:,} products, and this one has {known:,}")
    end = clock.now() - trade.LASTS - clock.seconds(600)
    begin = end - days * DAY
    _piece(_mark_the_sums)
    for first, last in _pieces(products):
        _piece(
            lambda first=first, last=last: goods.add(  # type: ignore[misc]
                market_id, market["currency"], known + first, known + last, begin - clock.seconds(10)
            )
        )
        heard("products", last, products)
    if orders:
        after = transact(lambda: _numbers(market_id, orders))
        span = trade.Span(market_id, market["currency"], after, orders, begin, end, known, products)
        for first, last in _pieces(orders):
            _piece(lambda first=first, last=last: trade.add(span, first, last))  # type: ignore[misc]
            heard("orders", last, orders)
    for first, last in _pieces(products):
        _piece(
            lambda first=first, last=last: goods.count_stock(  # type: ignore[misc]
                market_id, known + first, known + last, clock.now() - clock.seconds(300)
            )
        )
        heard("counted", last, products)
    if not on_sqlite():
        _piece(lambda: execute("ANALYZE"))


def _pieces(count: int) -> list[tuple[int, int]]:
    return [(first, min(first + PIECE - 1, count)) for first in range(1, count + 1, PIECE)]


def _piece(change: Callable[[], object]) -> None:
    def unhurried() -> None:
        if not on_sqlite():
            execute("SET LOCAL statement_timeout = 0")
            execute("SET LOCAL work_mem = '64MB'")
        change()

    transact(unhurried)


def _mark_the_sums() -> None:
    # What is filled in is summed up here. The counter goes on from now; whatever it has not heard of before that, its look at the days finds.
    insert(
        "rollup_marks", [{"source": source.name, "at": clock.now(), "version": 1} for source in SOURCES],
        on_conflict="ON CONFLICT (source) DO UPDATE SET version = rollup_marks.version + 1,"
        " at = CASE WHEN excluded.at > rollup_marks.at THEN excluded.at ELSE rollup_marks.at END",
        source="text", at="bigint", version="bigint",
    )  # fmt: skip


def _numbers(market_id: int, orders: int) -> int:
    [row] = insert(
        "order_numbers", [{"market_id": market_id, "last": FIRST_NUMBER - 1 + orders}],
        on_conflict=f"ON CONFLICT (market_id) DO UPDATE SET last = order_numbers.last + excluded.last - {FIRST_NUMBER - 1}",
        returning="last", market_id="bigint", last="bigint",
    )  # fmt: skip
    return int(row["last"]) - orders
