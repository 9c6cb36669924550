"""Stock for programs (F4, F5): the figures, the counts and adjustments, the ledger."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint, Response
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from webapp.accounts import audit, principal
from webapp.db import Row, db, transact
from webapp.errors import Conflict, Invalid
from webapp.inventory import commands, queries
from webapp.inventory.models import Inventory, StockMovement
from webapp.products import queries as products
from webapp.web import cursors, idempotency, trace
from webapp.web.api import Answer, endpoint
from webapp.web.fields import BIGGEST, MOST_ON_HAND, Body, Given, View, one_line, refuse

api = Blueprint("inventory_api", __name__, url_prefix="/api/v1")

PATIENCE, PAUSE = 2.0, 0.02
"""Seconds that a call waits for a product's inventory to be made, and between two looks."""

Units = Annotated[int, Field(ge=0, le=MOST_ON_HAND)]
Note = Annotated[str, StringConstraints(max_length=500), AfterValidator(one_line)]


def _not_zero(delta: int) -> int:
    return delta or refuse("zero", "The change must not be zero.")


class InventoryChanges(Body):
    """Figures to set, at least one of the three. `on_hand` is what was counted on the shelf, reserved units included. A stale
    `expected_version` changes nothing (409)."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [n]} for n in ("on_hand", "low_stock_threshold", "active")]}
    )

    on_hand: Annotated[Units | None, Given] = None
    low_stock_threshold: Annotated[Units | None, Given] = None
    active: Annotated[bool | None, Given] = None
    expected_version: Annotated[int | None, Given, Field(ge=1, le=BIGGEST)] = None


class StockAdjustment(Body):
    """Units put in (above zero) or taken out (below), and why."""

    delta: Annotated[int, Field(ge=-MOST_ON_HAND, le=MOST_ON_HAND), AfterValidator(_not_zero)]
    reason: Literal["received", "count", "damaged", "loss", "return", "correction", "promotion"]
    note: Annotated[Note | None, Given] = None


class InventoryView(View):
    """How much there is of a product. `available` is what can still be promised; `version` rises with what people set."""

    product_id: int
    on_hand: int
    reserved: int
    available: int
    low_stock_threshold: int
    active: bool
    version: int


class MovementView(View):
    """One entry of the ledger of units on hand."""

    id: int
    product_id: int
    kind: str
    delta: int
    before: int
    after: int
    actor: str
    note: str | None
    order_id: int | None
    at: datetime


@api.get("/products/<id:product_id>/inventory")
@endpoint("inventory:read", answers=InventoryView, refusals=(409,))
def read_inventory(product_id: int) -> InventoryView:
    """Read the figures of a product, also of a deleted one."""
    return _show(_ready(principal.current().market_id, product_id))


@api.patch("/products/<id:product_id>/inventory")
@endpoint("inventory:write", body=InventoryChanges, answers=InventoryView, refusals=(409,))
def set_inventory(product_id: int, body: InventoryChanges) -> InventoryView:
    """Set the counted figure, the threshold, or whether the product takes orders (F4): all of it or nothing."""
    me = principal.current()
    given = body.given()
    if not given.keys() - {"expected_version"}:
        raise Invalid.field("on_hand", "required", "Give at least one of on_hand, low_stock_threshold and active.")
    _ready(me.market_id, product_id)

    def was_set() -> InventoryView:
        # The inventory hears of the deletion a moment later than the product: until then the product tells.
        if products.product_of(me.market_id, product_id, with_deleted=True).deleted_at is not None:
            raise Conflict("this product is deleted; its inventory can no longer be changed", kind="product-deleted")
        before, after = commands.set_figures(me.market_id, product_id, me.email, trace.cause(), **given)
        was, became = commands.audited(before), commands.audited(after)
        audit.record("inventory.set", "inventory", product_id, was, became, me.market_id, actor=me.actor)
        return _show_row(after)

    return transact(was_set)


@api.post("/products/<id:product_id>/stock-adjustments")
@endpoint(
    "inventory:write", body=StockAdjustment, answers=InventoryView, status=201, refusals=(409,), idempotency="honoured"
)
def adjust_stock(product_id: int, body: StockAdjustment) -> Response:
    """Add to or take from the stock of a product, with the reason (F5). The answer has the new figures."""
    me = principal.current()
    _ready(me.market_id, product_id)

    def adjusted() -> Answer:
        before, after = commands.adjust(
            me.market_id, product_id, body.delta, body.reason, body.note, me.email, trace.cause()
        )
        became = {**commands.audited(after), "delta": body.delta, "reason": body.reason}
        audit.record(
            "stock.adjust", "inventory", product_id, commands.audited(before), became, me.market_id, actor=me.actor
        )
        return Answer(_show_row(after), 201, {"Location": f"/api/v1/products/{product_id}/stock-movements"})

    return idempotency.once(adjusted)


@api.get("/products/<id:product_id>/stock-movements")
@endpoint("inventory:read", query=cursors.Paging, answers=cursors.Page[MovementView], refusals=(409,))
def list_movements(product_id: int, query: cursors.Paging) -> cursors.Page[MovementView]:
    """Read the ledger of a product, newest first."""
    market_id = principal.current().market_id
    _ready(market_id, product_id)
    return cursors.page(
        queries.movements_of(market_id, product_id, query.limit, query.cursor), query.limit, _show_movement
    )


def _ready(market_id: int, product_id: int) -> Inventory:
    """The inventory of the market's product, waited for while the inventory service makes it. Raises NotFound, or Conflict
    when it is not there after PATIENCE seconds. No transaction stays open between two looks."""
    products.product_of(market_id, product_id, with_deleted=True)
    deadline = time.monotonic() + PATIENCE
    while (inventory := queries.inventory_of(market_id, product_id)) is None:
        db.session.rollback()
        if time.monotonic() >= deadline:
            raise Conflict(
                "the inventory of this product is being created; try again in a moment",
                kind="inventory-not-ready",
                retry_after=1,
            )
        time.sleep(PAUSE)
    return inventory


def _show(inventory: Inventory) -> InventoryView:
    return _show_row({name: getattr(inventory, name) for name in InventoryView.model_fields if name != "available"})


def _show_row(row: Row) -> InventoryView:
    return InventoryView(
        product_id=row["product_id"], on_hand=row["on_hand"], reserved=row["reserved"], available=row["on_hand"] - row["reserved"],
        low_stock_threshold=row["low_stock_threshold"], active=bool(row["active"]), version=row["version"],
    )  # fmt: skip


def _show_movement(movement: StockMovement) -> MovementView:
    return MovementView(**{name: getattr(movement, name) for name in MovementView.model_fields})
