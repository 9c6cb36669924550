"""Set-based reads for the console's lists: each page is one statement for its rows and one for its counts, however many
rows there are. Always through the market."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webapp.console.paging import ON_A_PAGE, Window
from webapp.db import Row, fetch, from_json, like
from webapp.orders.models import PENDING
from webapp.products.queries import picture_sql
from webapp.web.counting import few

_PENDING = ", ".join(f"'{status}'" for status in sorted(PENDING))

_AVAILABLE = "i.on_hand - i.reserved"
URGENCY = (
    f"CASE WHEN NOT i.active THEN 3 WHEN p.status <> 'active' THEN 2 WHEN {_AVAILABLE} <= 0 THEN 0"
    f" WHEN {_AVAILABLE} <= i.low_stock_threshold THEN 1 ELSE 2 END"
)
"""How soon somebody should look at a stock: 0 out, 1 low, 2 fine or not on the shelf, 3 paused."""

STOCK_VIEWS = {"out": 0, "low": 1, "paused": 3}

_ON_SALE = "i.active AND p.status = 'active'"
_AT = {
    0: f"{_ON_SALE} AND i.low_since IS NOT NULL AND i.on_hand <= i.reserved",
    1: f"{_ON_SALE} AND i.low_since IS NOT NULL AND i.on_hand > i.reserved",
    2: "i.active AND (p.status <> 'active' OR i.low_since IS NULL)",
    3: "NOT i.active",
}
"""The same as conditions of each urgency, for which there are indexes of just those rows, except for the stocks that are fine: they are
most. An inventory knows since when no more than its threshold is left (webapp/inventory/low.py)."""

_STOCKS = (
    "FROM inventories i JOIN products p ON p.id = i.product_id WHERE i.market_id = :market_id AND i.deleted_at IS NULL"
    " AND p.deleted_at IS NULL"
)

MOST_WANTING = 99
"""As far as the numbers beside the navigation count."""


def wanting(market_id: int) -> dict[str, int]:
    """The numbers beside the navigation: orders under way, and products that are low or out; one above MOST_WANTING stands for
    all that are more."""
    orders = f"FROM orders WHERE market_id = :market_id AND status IN ({_PENDING})"
    low = f"{_STOCKS} AND {_ON_SALE} AND i.low_since IS NOT NULL"
    [row] = fetch(
        f"SELECT {few(orders, MOST_WANTING)} AS orders, {few(low, MOST_WANTING)} AS stock", market_id=market_id
    )
    return dict(row)


def changed_since(product_id: int, version: int) -> tuple[dict[str, Any], str]:
    """What has been changed on a product after a version: each field with what it was at that version, as the audit has it,
    and the name of who changed the product last."""
    done = fetch(
        "SELECT a.actor, a.before, p.name FROM audit a LEFT JOIN people p ON p.id = a.person_id WHERE a.object_type = 'product'"
        " AND a.object_id = :id AND a.action = 'product.update' ORDER BY a.id DESC"
        " LIMIT (SELECT count(*) FROM events WHERE product_id = :id AND type = 'PRODUCT_UPDATED' AND sequence > :version)",
        id=product_id,
        version=version,
    )
    was: dict[str, Any] = {}
    # The oldest of them knows what the form was made from.
    for row in done:
        was |= from_json(row["before"])
    return was, (done[0]["name"] or done[0]["actor"]) if done else "Somebody"


def held(product_id: int) -> Row:
    """How many units of a product are set aside, and for how many orders."""
    [row] = fetch(
        "SELECT count(*) AS orders, CAST(coalesce(sum(quantity), 0) AS bigint) AS units FROM reservations WHERE product_id = :id AND state = 'HELD'",
        id=product_id,
    )
    return row


def stock(market_id: int, window: Window, view: str = "all", sought: str = "") -> list[Row]:
    """Stocks of products that are not deleted, the most urgent first, and by their ids within an urgency.

    Each urgency is read for itself, as far as the page goes: to order all stocks by an urgency that no index can know would cost a look
    at every one of them.
    """
    parts, given = [], dict[str, int]()
    for urgency, within in _by_urgency(window, STOCK_VIEWS.get(view)):
        parts.append(
            f"SELECT * FROM (SELECT p.id, p.sku, p.name, {picture_sql()} AS picture, p.status, i.on_hand, i.reserved, i.low_stock_threshold,"
            f" i.active, i.updated_at, {urgency} AS urgency {_STOCKS} AND {_AT[urgency]}"
            + (_named("p") if sought else "")
            + within.where
            + within.order
            + f") AS u{urgency}"
        )
        given |= within.parameters
    if not parts:
        return []
    way = "DESC" if window.backwards else "ASC"
    return fetch(
        f"{' UNION ALL '.join(parts)} ORDER BY urgency {way}, id {way} LIMIT {ON_A_PAGE + 1}",
        **_given(market_id=market_id, like=like(sought) if sought else ""),
        **given,
    )


def _by_urgency(window: Window, only: int | None) -> Iterator[tuple[int, Window]]:
    """The urgencies that a page by (urgency, id) may show, each with what it shows of it."""
    key = window.before or window.after
    key = key if key is not None and len(key) == 2 else None
    for urgency in range(4) if only is None else (only,):
        if key is None or urgency == key[0]:
            at = key[1:] if key else None
            yield urgency, Window(("p.id",), False, None if window.backwards else at, at if window.backwards else None)
        elif (urgency < key[0]) == window.backwards:
            # Nothing of it was shown yet; a page that goes back reads it from its end.
            yield urgency, Window(("p.id",), window.backwards)


def stock_counts(market_id: int) -> dict[str, int]:
    """How many stocks are out, low and paused, and under `all`; one above `counting.MOST_COUNTED` stands for all that are more."""
    views = [
        f"{few(f'{_STOCKS} AND {_AT[urgency]} ORDER BY i.product_id')} AS {view}_"
        for view, urgency in STOCK_VIEWS.items()
    ]
    [found] = fetch(f"SELECT {few(_STOCKS)} AS all_, {', '.join(views)}", market_id=market_id)
    return {view: found[f"{view}_"] for view in ("all", *STOCK_VIEWS)}


def movements(market_id: int, product_id: int, window: Window) -> list[Row]:
    """A product's ledger, newest first, with the order that each entry belongs to and the name of who made it."""
    return fetch(
        "SELECT m.id, m.kind, m.delta, m.before, m.after, m.note, m.at, m.order_id, o.number, m.actor, p.name AS who"
        " FROM stock_movements m LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN people p ON p.email = m.actor"
        f" WHERE m.product_id = :product_id AND m.market_id = :market_id{window.where}{window.order}",
        market_id=market_id, product_id=product_id, **window.parameters,
    )  # fmt: skip


def movements_after(market_id: int, product_id: int, movement_id: int) -> list[Row]:
    """The ledger since an entry, newest first, 25 entries at most: what happened while somebody was counting."""
    return movements(market_id, product_id, Window(("m.id",), True, before=(movement_id,)))[::-1]


def levels(product_id: int, since: int) -> list[Row]:
    """The units on hand after each movement since an instant (microseconds UTC), oldest first, the last 400 of them; the
    figure `before` the first says where the line begins."""
    found = fetch(
        "SELECT at, before, after, delta, kind, note FROM stock_movements WHERE product_id = :id AND at >= :since ORDER BY id DESC LIMIT 400",
        id=product_id,
        since=since,
    )
    return found[::-1]


def movement_count(product_id: int) -> int:
    """How many entries a product's ledger has."""
    return int(
        fetch("SELECT count(*) AS entries FROM stock_movements WHERE product_id = :id", id=product_id)[0]["entries"]
    )


def newest_movement(product_id: int) -> int:
    """The newest entry of a product's ledger, 0 where there is none: inside a change, the one that it has written."""
    return int(
        fetch("SELECT coalesce(max(id), 0) AS id FROM stock_movements WHERE product_id = :id", id=product_id)[0]["id"]
    )


def reservations(market_id: int, product_id: int) -> list[Row]:
    """Who holds units of a product, the newest 25 first."""
    return fetch(
        "SELECT r.order_id, r.quantity, r.held_at, o.number, o.status, o.name, o.email FROM reservations r"
        " JOIN orders o ON o.id = r.order_id WHERE r.product_id = :product_id AND r.market_id = :market_id AND r.state = 'HELD'"
        " ORDER BY r.id DESC LIMIT 25",
        market_id=market_id, product_id=product_id,
    )  # fmt: skip


def shelf_state(market_id: int, product_id: int) -> Row | None:
    """The stock of one product of the market, deleted ones included, with the product's name; None while it is made."""
    found = fetch(
        f"SELECT p.id, p.sku, p.name, {picture_sql()} AS picture, p.status, p.deleted_at AS product_deleted_at, i.on_hand, i.reserved,"
        f" i.low_stock_threshold, i.active, i.version, i.updated_at, i.deleted_at, {URGENCY} AS urgency,"
        " (SELECT max(m.id) FROM stock_movements m WHERE m.product_id = i.product_id) AS last_movement"
        " FROM inventories i JOIN products p ON p.id = i.product_id WHERE i.product_id = :product_id AND i.market_id = :market_id",
        market_id=market_id, product_id=product_id,
    )  # fmt: skip
    return found[0] if found else None


def _named(table: str) -> str:
    return f" AND (lower({table}.name) LIKE :like ESCAPE '\\' OR lower({table}.sku) LIKE :like ESCAPE '\\')"


def _given(**parameters: object) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if value != ""}
