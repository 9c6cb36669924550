"""The blueprint that all pages for shoppers stand on, and what their templates may name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from webapp.db import Row
from webapp.errors import NotFound
from webapp.shop.pictures import picture
from webapp.web import money

bp = Blueprint("shop", __name__)


@bp.url_value_preprocessor
def refuse_nul(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """No name in an address holds a NUL, and a database would not even compare with it. Raises NotFound."""
    if any("\0" in value for value in (values or {}).values() if isinstance(value, str)):
        raise NotFound("there is nothing at this address")


@bp.app_template_global()
def product_href(product: Row) -> str:
    """The address of a product's page."""
    return f"/p/{product['id']}-{product['slug']}"


@bp.app_template_global()
def picture_href(name: str | None, size: int = 800) -> str:
    """The address of a product's picture by its name; of an owner's own in this size."""
    return picture(name, size)


@bp.app_template_filter()
def decimal_price(minor: int, currency: str) -> str:
    """A price as machines read it: 12.50."""
    return money.decimal_text(minor, currency)


@bp.app_template_filter()
def masked(email: str) -> str:
    """An email address that its owner knows again and nobody else learns: i•••@post.dk."""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host}" if host else "•••"


@bp.app_template_filter()
def pieces(count: int) -> str:
    """So many things, in words: 1 thing, 4 things."""
    return f"{count:,} {'thing' if count == 1 else 'things'}"


def address_lines(delivery: dict[str, Any] | None, name: str) -> list[str]:
    """Where an order goes to, as it is written on a parcel."""
    given = delivery or {}
    town = " ".join(str(given[part]) for part in ("postcode", "city") if given.get(part))
    lines = [given.get("name") or name, given.get("street"), town, given.get("country")]
    return [str(line) for line in lines if line]
