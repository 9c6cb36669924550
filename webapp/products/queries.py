"""Reads of products, always through the market that may see them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from webapp.db import Row, among, db, fetch, like
from webapp.errors import NotFound
from webapp.products.models import READY, Product


def picture_sql(table: str = "p") -> str:
    """SQL for the name of a product's picture: the owner's first one ("media/…"), else the demo's drawing, else NULL.
    The template global `picture_src` makes an address of it."""
    return f"CASE WHEN {table}.image IS NULL THEN {table}.picture ELSE 'media/' || {table}.image END"


def pictures_of(product_ids: Sequence[int]) -> dict[int, str]:
    """The names of the pictures of products, deleted ones included, by id; those without one are not in it."""
    found = fetch(
        f"SELECT p.id, {picture_sql()} AS picture FROM products p WHERE {among('p.id', 'asked')}",
        asked=product_ids,
    )
    return {row["id"]: row["picture"] for row in found if row["picture"]}


def images_of(product_id: int) -> list[Row]:
    """All pictures of a product in the owner's order, those that wait and those that were refused included; `picture` is the
    name of one that is ready. The caller has looked the product up in its market."""
    return fetch(
        "SELECT id, position, filename, alt, status, problem, width, height, 'media/' || hash AS picture FROM product_images"
        " WHERE product_id = :id ORDER BY position, id",
        id=product_id,
    )


def gallery_of(product_id: int) -> list[Row]:
    """The pictures of a product that shoppers see, in the owner's order: `picture` (its name), `alt`, `width` and `height` of the
    largest."""
    return fetch(
        "SELECT alt, width, height, 'media/' || hash AS picture FROM product_images WHERE product_id = :id AND status = :ready"
        " ORDER BY position, id",
        id=product_id,
        ready=READY,
    )


def product_of(market_id: int, product_id: int, with_deleted: bool = False) -> Product:
    """The market's product. Raises NotFound for a foreign, unknown or (unless asked for) deleted one."""
    query = sa.select(Product).where(Product.id == product_id, Product.market_id == market_id)
    if not with_deleted:
        query = query.where(Product.deleted_at.is_(None))
    product = db.session.scalar(query)
    if product is None:
        raise NotFound("there is no such product in this market")
    return product


def deleted_among(product_ids: Sequence[int]) -> set[int]:
    """Which of these products are deleted, as it is now."""
    found = fetch(
        f"SELECT id FROM products WHERE deleted_at IS NOT NULL AND {among('id', 'asked')}",
        asked=product_ids,
    )
    return {row["id"] for row in found}


def page_of(
    market_id: int, limit: int, before_id: int | None = None, search: str = "", category: str = "", status: str = ""
) -> list[Product]:
    """A market's products, newest first, `limit` + 1 of them so that the caller sees whether more follow."""
    query = sa.select(Product).where(Product.market_id == market_id, Product.deleted_at.is_(None))
    if before_id is not None:
        query = query.where(Product.id < before_id)
    if search:
        pattern = like(search)
        query = query.where(
            sa.or_(
                sa.func.lower(Product.name).like(pattern, escape="\\"),
                sa.func.lower(Product.sku).like(pattern, escape="\\"),
            )
        )
    if category:
        query = query.where(Product.category == category)
    if status:
        query = query.where(Product.status == status)
    return list(db.session.scalars(query.order_by(Product.id.desc()).limit(limit + 1)))


def for_sale(product_ids: Sequence[int]) -> dict[int, Row]:
    """The rows of products that are not deleted, by id, whatever their market or status: what placing an order checks."""
    found = fetch(
        "SELECT id, market_id, sku, name, picture, price_minor, currency, status FROM products"
        f" WHERE deleted_at IS NULL AND {among('id', 'asked')}",
        asked=product_ids,
    )
    return {row["id"]: row for row in found}
