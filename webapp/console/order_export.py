"""The orders of a list as CSV: one row per order with its lines in one cell, read a page at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from flask import Response
from pydantic import BeforeValidator

from webapp import clock
from webapp.accounts import principal
from webapp.console import downloads
from webapp.console import order_list as listing
from webapp.console.desk import bp
from webapp.console.order_list import OrderList
from webapp.db import Row, among, fetch, from_json
from webapp.web import money, reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, refuse

HEADER = (
    "Order", "Placed", "Status", "Customer", "Email", "Pieces", "Total", "Given back", "Currency", "Payment", "Sent", "Sent with",
    "Name", "Street", "Postcode", "City", "Country", "Goods",
)  # fmt: skip
MOST_IDS = 200

_IDS = re.compile(r"[0-9]{1,18}(,[0-9]{1,18}){0,199}")


def _ids(text: object) -> object:
    if text in ("", None):
        return ()
    if not _IDS.fullmatch(str(text)):
        refuse("bad-ids", "Choose the orders in the list.")
    return tuple(min(int(part), BIGGEST) for part in str(text).split(","))


class Exported(OrderList):
    """Which orders: those of a list, or only these."""

    ids: Annotated[tuple[int, ...], BeforeValidator(_ids)] = ()


@bp.get("/orders/list.csv")
@works_for_market()
def orders_csv() -> Response:
    """Download the orders of a list."""
    asked = reading.query(Exported)
    place = principal.current().place
    where, given = listing.conditions(asked, place.id, clock.now())
    if asked.ids:
        where += f" AND {among('o.id', 'ids')}"
        given["ids"] = asked.ids

    def page(last: Row | None) -> Sequence[Row]:
        return fetch(
            "SELECT o.id, o.number, o.placed_at, o.status, o.name, o.email, o.total_minor, o.refunded_minor, o.currency, p.state AS payment,"
            f" o.sent_at, o.sent_note, o.delivery FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE {where} AND o.id > :after_id ORDER BY o.id LIMIT :limit",
            after_id=last["id"] if last else 0, limit=downloads.PAGE_ROWS, **given,
        )  # fmt: skip

    return downloads.of_list(f"{place.slug}-orders", HEADER, page, lines)


def lines(found: Sequence[Row]) -> list[list[str]]:
    """The cells of these orders, in the order of HEADER; their goods are read in one statement."""
    goods: dict[int, list[Row]] = {}
    for item in fetch(
        f"SELECT order_id, sku, name, quantity FROM order_items WHERE {among('order_id', 'asked')}"
        " ORDER BY order_id, position",
        asked=[row["id"] for row in found],
    ):
        goods.setdefault(item["order_id"], []).append(item)
    return [_line(row, goods.get(row["id"], [])) for row in found]


def _line(order: Row, goods: Sequence[Row]) -> list[str]:
    total, back = (money.decimal_text(order[name], order["currency"]) for name in ("total_minor", "refunded_minor"))
    to: dict[str, Any] = from_json(order["delivery"]) if order["delivery"] else {}
    return [
        str(order["number"]), clock.rfc3339(order["placed_at"]), order["status"], order["name"], order["email"],
        str(sum(item["quantity"] for item in goods)), total, back, order["currency"], order["payment"] or "NOT_BEGUN",
        clock.rfc3339(order["sent_at"]) if order["sent_at"] else "", order["sent_note"] or "",
        *(str(to.get(name) or "") for name in ("name", "street", "postcode", "city", "country")),
        "; ".join(f"{item['quantity']} × {item['sku']} {item['name']}" for item in goods),
    ]  # fmt: skip
