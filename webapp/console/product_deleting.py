"""Taking a product off the market, with what that means said before; and taking that back."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field

from webapp.accounts import audit, principal
from webapp.console import product_queries, queries
from webapp.console.desk import Undo, bp, done, not_done, show
from webapp.console.product_words import history
from webapp.db import transact
from webapp.errors import Conflict, NotFound
from webapp.products import commands
from webapp.products.models import ACTIVE, Product
from webapp.products.queries import product_of
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Form, WholeText
from webapp.web.reading import sentence

DEEDS = 6
TAKEN = "another product has its SKU now; give that one another first"


class Deletion(Form):
    """The version that a product has since it was deleted: an old form does not take a later deletion back."""

    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


@bp.get("/products/<id:product_id>/delete")
@works_for_market()
def deleting_product(product_id: int) -> Response:
    """Ask whether a product shall go, and say what that means."""
    found = product_of(principal.current().market_id, product_id)
    return show("product_delete.html", "products", product=found, held=queries.held(product_id))


@bp.post("/products/<id:product_id>/delete")
@works_for_market()
def delete_product(product_id: int) -> ResponseReturnValue:
    """Take a product off the market (F3)."""
    me = principal.current()

    def deleted() -> tuple[str, int]:
        [before] = commands.delete(me.market_id, [product_id], trace.cause())
        was = {name: before[name] for name in ("sku", "name", "price_minor", "status", "version")}
        audit.record("product.delete", "product", product_id, was, None, me.market_id, actor=me.actor)
        return str(before["name"]), int(before["version"]) + 1

    name, version = transact(deleted)
    undo = Undo(f"/console/products/{product_id}/restore", {"version": version})
    return done(f"{name} is deleted. Orders keep what they noted of it.", "/console/products", undo)


@bp.post("/products/<id:product_id>/restore")
@works_for_market()
def restore_product(product_id: int) -> ResponseReturnValue:
    """Take a deletion back: the product is what it was when it went."""
    me = principal.current()
    address = f"/console/products/{product_id}"
    product_of(me.market_id, product_id, with_deleted=True)
    filled = reading.form(Deletion)
    form = filled.data
    if form is None:
        return not_done(filled.problem, address)

    def restored() -> tuple[str, str]:
        back, kept = commands.restore(me.market_id, [product_id], trace.cause())
        if kept:
            raise Conflict(TAKEN, kind="duplicate-sku")
        if not back or back[0]["version"] != form.version + 1:
            raise Conflict("this product has changed since, so nothing was undone", kind="stale-version")
        [row] = back
        became = {name: row[name] for name in ("sku", "name", "price_minor", "status", "version")}
        audit.record("product.restore", "product", product_id, None, became, me.market_id, actor=me.actor)
        return str(row["name"]), str(row["status"])

    try:
        name, status = transact(restored)
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    except sa.exc.IntegrityError:
        # Another product took the SKU between the command's look and its write; the unique index refused.
        return not_done(sentence(TAKEN), address)
    return done(
        f"{name} is back{', on the shelf' if status == ACTIVE else ''}, with its pictures and its stock.", address
    )


def gone(product: Product) -> Response:
    """The page of a deleted product: nothing is there to change, but it can be brought back."""
    deeds = product_queries.deeds(product.market_id, product.id, DEEDS)
    return show(
        "product_gone.html", "products", NotFound.status, product=product, stock=queries.shelf_state(product.market_id, product.id),
        held=queries.held(product.id), deeds=history(deeds[:DEEDS], product.currency),
    )  # fmt: skip
