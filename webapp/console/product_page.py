"""The page of one product: everything around its form, and what can be done with it by one button."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field

from webapp import clock
from webapp.accounts import audit, principal
from webapp.console import product_queries, queries
from webapp.console.desk import Undo, bp, done, not_done, show
from webapp.console.paging import ON_A_PAGE, Window
from webapp.console.product_words import history, standing
from webapp.db import begins, fetch, transact
from webapp.errors import Conflict
from webapp.products import batches, commands, images
from webapp.products.models import ACTIVE, ARCHIVED, DRAFT, Product
from webapp.products.queries import images_of, product_of
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Form, Query, WholeText
from webapp.web.reading import sentence

NEWEST_FIRST = Window(("m.id",), True)
DEEDS, PRICES = 6, 5


class HistoryList(Query):
    """Where in the history."""

    before: Annotated[WholeText, Field(ge=1, le=BIGGEST)] | None = None


class Standing(Form):
    """The status that a product had, and its version since it has another."""

    status: Literal["draft", "active", "archived"]
    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


def page(product: Product, status: int = 200, **names: Any) -> Response:
    """The page of a product; `names` are those of its form."""
    market_id = product.market_id
    stock = queries.shelf_state(market_id, product.id)
    pictures = images_of(product.id)
    deeds = product_queries.deeds(market_id, product.id, DEEDS)
    return show(
        "product.html", "products", status, product=product, stock=stock, held=queries.held(product.id),
        movements=queries.movements(market_id, product.id, NEWEST_FIRST)[:5], images=pictures,
        standing=standing(product, stock, bool(product.picture or product.image)),
        sales=product_queries.sales(product.id, clock.now()), prices=product_queries.prices(product.id)[:PRICES],
        deeds=history(deeds[:DEEDS], product.currency), more_deeds=len(deeds) > DEEDS,
        old_slugs=product_queries.old_slugs(product.id), product_id=product.id, **names,
    )  # fmt: skip


@bp.get("/products/<id:product_id>/history")
@works_for_market()
def product_history(product_id: int) -> Response:
    """Show who did what to a product, all of it, and what it cost when."""
    asked = reading.query(HistoryList)
    found = product_of(principal.current().market_id, product_id, with_deleted=True)
    deeds = product_queries.deeds(found.market_id, product_id, ON_A_PAGE, asked.before)
    address = f"/console/products/{product_id}/history"
    return show(
        "product_history.html", "products", product=found, deeds=history(deeds[:ON_A_PAGE], found.currency),
        prices=product_queries.prices(product_id), newest=address if asked.before else None,
        older=f"{address}?before={deeds[ON_A_PAGE - 1]['id']}" if len(deeds) > ON_A_PAGE else None,
    )  # fmt: skip


@bp.post("/products/<id:product_id>/archive")
@works_for_market()
def archive_product(product_id: int) -> ResponseReturnValue:
    """Take a product off the shelf, and keep it."""
    return _switch(product_id, ARCHIVED, "is archived: nobody but you sees it. Orders under way go on.")


@bp.post("/products/<id:product_id>/show")
@works_for_market()
def show_product(product_id: int) -> ResponseReturnValue:
    """Put a product on the shelf."""
    return _switch(product_id, ACTIVE, "is on the shelf.")


@bp.post("/products/<id:product_id>/duplicate")
@works_for_market()
def duplicate_product(product_id: int) -> ResponseReturnValue:
    """Make another product that is the same, as a draft: with its words, its price and its pictures, without its stock."""
    me = principal.current()

    def duplicated() -> int:
        before = product_of(me.market_id, product_id)
        fields: dict[str, Any] = {
            name: getattr(before, name) for name in ("description", "maker", "category", "price_minor", "picture")
        }
        fields |= {"name": f"{before.name[:193]} (copy)", "sku": _free_sku(me.market_id, before.sku), "status": DRAFT}
        [copy_id] = commands.create(me.market_id, me.place.currency, [commands.NewProduct(**fields)], trace.cause())
        images.copy(product_id, copy_id, me.market_id)
        audit.record(
            "product.duplicate", "product", copy_id, None, {**fields, "of": product_id}, me.market_id, actor=me.actor
        )
        return copy_id

    copy_id = transact(duplicated)
    return done("This is the copy, as a draft. Give it a name and an SKU of its own.", f"/console/products/{copy_id}")


@bp.post("/products/<id:product_id>/status")
@works_for_market()
def undo_status(product_id: int) -> ResponseReturnValue:
    """Give a product the status back that it had, if nothing else has happened to it since."""
    filled = reading.form(Standing)
    form = filled.data
    if form is None:
        return not_done(filled.problem, f"/console/products/{product_id}")
    said = {
        DRAFT: "is a draft again: nobody but you sees it.",
        ACTIVE: "is on the shelf again.",
        ARCHIVED: "is archived again.",
    }
    return _switch(product_id, form.status, said[form.status], form.version)


def _switch(product_id: int, status: str, said: str, version: int | None = None) -> ResponseReturnValue:
    me = principal.current()
    address = f"/console/products/{product_id}"

    def switched() -> tuple[str, Undo | None]:
        product_of(me.market_id, product_id)
        held = batches.lock(me.market_id, [product_id])
        if version is not None and held[product_id]["version"] != version:
            raise Conflict("this product has changed since, so nothing was undone", kind="stale-version")
        back = None
        for was, became in batches.update(held, {product_id: {"status": status}}, trace.cause()):
            before, after = ({"status": row["status"]} for row in (was, became))
            audit.record("product.update", "product", product_id, before, after, me.market_id, actor=me.actor)
            back = Undo(f"{address}/status", {"status": was["status"], "version": became["version"]})
        return str(held[product_id]["name"]), back

    try:
        name, back = transact(switched)
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    return done(f"{name} {said}", address, back)


def _free_sku(market_id: int, sku: str) -> str:
    """The SKU with the first number behind it that no product here has."""
    stem = sku[:58]
    taken = {
        row["sku"]
        for row in fetch(
            "SELECT sku FROM products WHERE market_id = :market_id AND deleted_at IS NULL AND lower(sku) LIKE :like ESCAPE '\\'",
            market_id=market_id, like=begins(f"{stem}-"),
        )
    }  # fmt: skip
    return next(name for number in range(2, 10**5) if (name := f"{stem}-{number}") not in taken)
