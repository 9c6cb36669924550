"""Products for programs (F1, F2, F3). Stock is not part of a product: webapp/inventory/api.py has that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from flask import Blueprint
from pydantic import AfterValidator, Field, StringConstraints

from webapp.accounts import audit, principal
from webapp.db import transact
from webapp.errors import Conflict, FieldError, Invalid
from webapp.products import commands, queries
from webapp.products.models import Product
from webapp.web import cursors, money, trace
from webapp.web.api import Answer, endpoint
from webapp.web.fields import BIGGEST, AmountText, Body, Given, Line, Text, View, label, one_line, plain

api = Blueprint("products_api", __name__, url_prefix="/api/v1")

Sku = Annotated[str, StringConstraints(max_length=64), AfterValidator(one_line)]
Currency = Annotated[str, StringConstraints(max_length=3), Field(description="The market's own.", examples=["EUR"])]
Category = Annotated[str, StringConstraints(max_length=80), AfterValidator(label)]
Maker = Annotated[str, StringConstraints(max_length=120), AfterValidator(label)]
Sought = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]


class NewProductBody(Body):
    """A product to be; it begins as active unless it says draft."""

    sku: Sku
    name: Line
    price: AmountText
    currency: Currency
    description: Text = ""
    category: Category = ""
    maker: Maker = ""
    status: Literal["draft", "active"] = "active"


class ProductChanges(Body):
    """What is to be different; what is left out stays as it is. A stale `expected_version` changes nothing (409)."""

    sku: Annotated[Sku | None, Given] = None
    name: Annotated[Line | None, Given] = None
    price: Annotated[AmountText | None, Given] = None
    currency: Annotated[Currency | None, Given] = None
    description: Annotated[Text | None, Given] = None
    category: Annotated[Category | None, Given] = None
    maker: Annotated[Maker | None, Given] = None
    status: Annotated[Literal["draft", "active", "archived"] | None, Given] = None
    expected_version: Annotated[int | None, Given, Field(ge=1, le=BIGGEST)] = None


class ProductSearch(cursors.Paging):
    """Which products: `q` looks into names and SKUs."""

    q: Sought = ""
    category: Sought = ""
    status: Annotated[Literal["draft", "active", "archived"] | None, Given] = None


class ProductView(View):
    """A product of a market."""

    id: int
    sku: str
    name: str
    slug: str
    description: str
    maker: str
    category: str
    price: str
    currency: str
    status: str
    version: int
    created_at: datetime
    updated_at: datetime


@api.post("/products")
@endpoint("products:write", body=NewProductBody, answers=ProductView, status=201, refusals=(409,))
def create_product(body: NewProductBody) -> Answer:
    """Put a product into the market (F1). Its inventory is made a moment later, empty."""
    me = principal.current()
    place = me.place
    fields = _stored(body.model_dump(), place.currency)

    def created() -> Answer:
        [product_id] = commands.create(place.id, place.currency, [commands.NewProduct(**fields)], trace.cause())
        audit.record("product.create", "product", product_id, None, fields, place.id, actor=me.actor)
        product = queries.product_of(place.id, product_id)
        return Answer(_show(product), headers={"Location": f"/api/v1/products/{product_id}"})

    return transact(created)


@api.get("/products")
@endpoint("products:read", query=ProductSearch, answers=cursors.Page[ProductView])
def list_products(query: ProductSearch) -> cursors.Page[ProductView]:
    """List the market's products, newest first."""
    found = queries.page_of(
        principal.current().market_id, query.limit, query.cursor, query.q.strip(), query.category, query.status or ""
    )
    return cursors.page(found, query.limit, _show)


@api.get("/products/<id:product_id>")
@endpoint("products:read", answers=ProductView)
def read_product(product_id: int) -> ProductView:
    """Read one product."""
    return _show(queries.product_of(principal.current().market_id, product_id))


@api.patch("/products/<id:product_id>")
@endpoint("products:write", body=ProductChanges, answers=ProductView, refusals=(409,))
def update_product(product_id: int, body: ProductChanges) -> ProductView:
    """Change a product (F2)."""
    me = principal.current()
    place = me.place
    changes = _stored(body.given(), place.currency)
    expected = changes.pop("expected_version", None)

    def updated() -> ProductView:
        before, after = commands.update(place.id, product_id, changes, trace.cause(), expected)
        if changed := [name for name in changes if before[name] != after[name]]:
            was, became = ({name: row[name] for name in changed} for row in (before, after))
            audit.record("product.update", "product", product_id, was, became, place.id, actor=me.actor)
        return _show(queries.product_of(place.id, product_id))

    try:
        return transact(updated)
    except sa.exc.IntegrityError as error:
        # Another product took the SKU between the command's look and its update; the unique index refused.
        message = "This market has a product with this SKU already."
        raise Conflict(message, FieldError("sku", "duplicate", message), kind="duplicate-sku") from error


@api.delete("/products/<id:product_id>")
@endpoint("products:write", status=204)
def delete_product(product_id: int) -> None:
    """Take a product off the market for good (F3). Orders keep what they noted of it."""
    me = principal.current()

    def deleted() -> None:
        [before] = commands.delete(me.market_id, [product_id], trace.cause())
        was = {name: before[name] for name in ("sku", "name", "price_minor", "status", "version")}
        audit.record("product.delete", "product", product_id, was, None, me.market_id, actor=me.actor)

    transact(deleted)


def _stored(given: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """What was given as the columns keep it: the price in minor units, and no currency, which is the market's."""
    fields = dict(given)
    if fields.pop("currency", currency) != currency:
        raise Invalid.field("currency", "wrong-currency", f"This market sells in {currency}.")
    if "price" in fields:
        fields["price_minor"] = money.to_minor(fields.pop("price"), currency, "price")
    return fields


def _show(product: Product) -> ProductView:
    return ProductView(
        id=product.id, sku=product.sku, name=product.name, slug=product.slug, description=product.description,
        maker=product.maker, category=product.category, price=money.decimal_text(product.price_minor, product.currency),
        currency=product.currency, status=product.status, version=product.version, created_at=product.created_at,
        updated_at=product.updated_at,
    )  # fmt: skip
