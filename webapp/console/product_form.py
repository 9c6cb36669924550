"""The form of a product: adding one, and changing it. Stock is no part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import sqlalchemy as sa
from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from webapp.accounts import audit, principal
from webapp.accounts.principal import Principal
from webapp.console import product_deleting, product_page, queries
from webapp.console.desk import bp, done, show
from webapp.console.product_words import LABELS
from webapp.db import db, transact
from webapp.errors import Conflict, FieldError, MarketError, NotFound
from webapp.products import categories, commands
from webapp.products.api import Category, Maker, Sku
from webapp.products.categories import path
from webapp.products.models import Product
from webapp.products.queries import product_of
from webapp.web import money, reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, AmountText, Form, Line, Text, WholeText, label, refuse
from webapp.web.reading import Filled

T = TypeVar("T")

STATUSES = (
    ("draft", "Draft: nobody sees it"),
    ("active", "Active: on the shelf"),
    ("archived", "Archived: off the shelf"),
)


def _path(text: str) -> str:
    tidy = path(text)
    return tidy if len(tidy) <= 80 else refuse("too-long", "At most 80 characters fit here, with the levels above.")


class ProductForm(Form):
    """What a product is; the price is decimal text in the market's currency."""

    name: Line
    sku: Sku
    price: Annotated[AmountText, BeforeValidator(lambda typed: typed.strip() if isinstance(typed, str) else typed)]
    # Browsers send line ends as CR LF; kept so, the first save would count as a change.
    description: Annotated[Text, AfterValidator(lambda text: text.replace("\r\n", "\n"))] = ""
    maker: Maker = ""
    category: Annotated[Category, AfterValidator(_path)] = ""
    status: Literal["draft", "active", "archived"]

    def stored(self, currency: str) -> dict[str, Any]:
        """The product's columns. Raises Invalid for an amount that the currency cannot say."""
        fields = self.model_dump(exclude={"price", "version"}, exclude_none=True)
        return {**fields, "price_minor": money.to_minor(self.price, currency, "price")}


class EditedForm(ProductForm):
    """The same of a product that is there; `version` is the one that was edited, `slug` what its address ends with."""

    slug: Annotated[str, StringConstraints(max_length=80), AfterValidator(label)] | None = None
    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


@bp.get("/products/new")
@works_for_market()
def new_product() -> Response:
    """Show an empty form."""
    return _page(Filled({"status": "active"}))


@bp.post("/products/new")
@works_for_market()
def create_product() -> ResponseReturnValue:
    """Put a product into the market (F1)."""
    filled = reading.form(ProductForm)
    form = filled.data
    if form is None:
        return _page(filled, status=422)
    try:
        product_id = _changed(lambda: _create(principal.current(), form))
    except MarketError as error:
        return _page(filled.refused(error), status=422)
    return done(f"{form.name} was added. Its stock begins at none.", f"/console/products/{product_id}")


@bp.get("/products/<id:product_id>")
@works_for_market()
def product(product_id: int) -> Response:
    """Show one product, to read and to change; of one that was deleted, that it was, and the way back."""
    found = product_of(principal.current().market_id, product_id, with_deleted=True)
    if found.deleted_at is not None:
        return product_deleting.gone(found)
    return _page(Filled(_values(found)), found)


@bp.post("/products/<id:product_id>")
@works_for_market()
def update_product(product_id: int) -> ResponseReturnValue:
    """Change a product (F2). A form that is older than the product is shown again with what changed meanwhile."""
    me = principal.current()
    before = product_of(me.market_id, product_id, with_deleted=True)
    if before.deleted_at is not None:
        return product_deleting.gone(before)
    filled = reading.form(EditedForm)
    form = filled.data
    if form is None:
        return _page(filled, before, status=422)
    try:
        changed = _changed(lambda: _update(me, product_id, form))
    except Conflict as error:
        if error.kind != "stale-version":
            return _page(filled.refused(error), _again(product_id), status=422)
        return _stale(filled, product_id)
    except MarketError as error:
        if error.status == NotFound.status:
            raise
        return _page(filled.refused(error), _again(product_id), status=422)
    said = f"{form.name} is saved." if changed else "Nothing was different, so nothing was changed."
    return done(said, f"/console/products/{product_id}")


def _create(me: Principal, form: ProductForm) -> int:
    fields = form.stored(me.place.currency)
    [product_id] = commands.create(me.market_id, me.place.currency, [commands.NewProduct(**fields)], trace.cause())
    audit.record("product.create", "product", product_id, None, fields, me.market_id, actor=me.actor)
    return product_id


def _update(me: Principal, product_id: int, form: EditedForm) -> bool:
    before, after = _written(me, product_id, form.stored(me.place.currency), form.version)
    return before is not after


def _written(me: Principal, product_id: int, changes: dict[str, Any], version: int | None) -> tuple[Any, Any]:
    before, after = commands.update(me.market_id, product_id, changes, trace.cause(), version)
    if changed := [name for name in dict.fromkeys((*changes, "slug")) if before[name] != after[name]]:
        was, became = ({name: row[name] for name in changed} for row in (before, after))
        audit.record("product.update", "product", product_id, was, became, me.market_id, actor=me.actor)
    return before, after


def _changed(change: Callable[[], T]) -> T:
    try:
        return transact(change)
    except sa.exc.IntegrityError as error:
        # Another product took the SKU between the command's look and its write; the unique index refused.
        message = "This market has a product with this SKU already."
        raise Conflict(message, FieldError("sku", "duplicate", message), kind="duplicate-sku") from error


def _stale(filled: Filled[EditedForm], product_id: int) -> Response:
    # What was typed stays in the form, which now stands on the present version: saving it again is then meant. A field that
    # only the others have changed follows them, so that saving does not undo what they did.
    current = _again(product_id)
    now = _values(current)
    was, who = queries.changed_since(product_id, int(filled.values["version"]))
    if "price_minor" in was:
        was["price"] = money.decimal_text(was.pop("price_minor"), current.currency)
    values = {**filled.values, "version": now["version"]}
    changes = []
    for name in was.keys() & now.keys():
        typed = filled.values.get(name, "").replace("\r\n", "\n").strip()
        if typed == str(was[name]).strip():
            values[name] = now[name]
        changes.append((LABELS[name], now[name], values[name]))
    again: Filled[EditedForm] = Filled(values)
    return _page(again, current, status=409, changes=sorted(changes), who=who)


def _again(product_id: int) -> Product:
    db.session.rollback()
    found = product_of(principal.current().market_id, product_id)
    db.session.refresh(found)
    return found


def _values(product: Product) -> dict[str, str]:
    return {
        "name": product.name, "sku": product.sku, "price": money.decimal_text(product.price_minor, product.currency),
        "description": product.description, "maker": product.maker, "category": product.category, "status": product.status,
        "slug": product.slug, "version": str(product.version),
    }  # fmt: skip


def _page(filled: Filled[Any], product: Product | None = None, status: int = 200, **names: Any) -> Response:
    names |= {
        "form": filled,
        "labels": LABELS,
        "statuses": STATUSES,
        "categories": categories.names(principal.current().market_id),
    }
    if product is None:
        return show("product_new.html", "products", status, product=None, **names)
    return product_page.page(product, status, **names)
