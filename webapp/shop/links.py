"""The two links that lead to an order's page. Its own stands in the emails about it, and shows everything. The one that its number
and email lead to, and another order's page, shows no address: these two may be known to somebody else."""

from __future__ import annotations

import re

from flask import current_app
from itsdangerous import Signer

from webapp.orders import queries as orders
from webapp.orders.models import Order

_FOUND = re.compile(r"([1-9][0-9]{0,18})-([A-Za-z0-9_-]{27})")


def found(order_id: int) -> str:
    """The link to an order that was looked up. It is made of the order's id and our signature, so nothing is kept of it."""
    return f"{order_id}-{_signer().get_signature(str(order_id)).decode()}"


def found_id(link: str) -> int | None:
    """The order that such a link leads to; None when we never made it."""
    parts = _FOUND.fullmatch(link)
    if parts is None or not _signer().verify_signature(parts[1].encode(), parts[2].encode()):
        return None
    return int(parts[1])


def behind(link: str) -> tuple[Order, bool]:
    """The order behind either link, and whether its address may be shown. Raises NotFound."""
    order_id = found_id(link)
    return (orders.order_by_link(link), True) if order_id is None else (orders.order_by_id(order_id), False)


def _signer() -> Signer:
    return Signer(str(current_app.config["SECRET_KEY"]), salt="found order")
