"""A small room of its own: endpoints and pages that show every rule of the web layer."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, Response, render_template_string
from pydantic import Field

from webapp import db
from webapp.accounts import principal
from webapp.errors import Conflict, Invalid
from webapp.web import cursors, idempotency, money
from webapp.web.access import operator, public, shopper, visitor, works_for_market
from webapp.web.api import Answer, endpoint
from webapp.web.fields import AmountText, Body, Given, Line, Quantity, Text, View

api = Blueprint("toys_api", __name__, url_prefix="/api/v1")
bp = Blueprint("toys", __name__)


class Piece(Body):
    """One line."""

    product_id: Annotated[int, Field(ge=1)]
    quantity: Quantity


class NewToy(Body):
    """A toy to be."""

    name: Line
    price: AmountText
    note: Annotated[Text | None, Given] = None
    on_hand: Annotated[int | None, Given, Field(ge=0, le=10**12)] = None
    status: Literal["draft", "active"] = "active"
    items: Annotated[list[Piece], Field(max_length=1000)] = []


class ToyView(View):
    """A toy."""

    id: int
    name: str


@api.post("/toys")
@endpoint("products:write", body=NewToy, answers=ToyView, status=201, refusals=(409,), idempotency="honoured")
def make(body: NewToy) -> Response:
    """Make a toy.

    It costs what it costs.
    """
    money.to_minor(body.price, principal.current().place.currency, "price")

    def change() -> Answer:
        if body.name == "taken":
            raise Conflict("there is such a toy already", kind="duplicate")
        [made] = db.fetch(
            "INSERT INTO throttle (key, empty_at) SELECT :name || count(*), count(*) FROM throttle RETURNING empty_at",
            name=body.name,
        )
        return Answer(
            ToyView(id=made["empty_at"] + 1, name=body.name), 201, {"Location": f"/api/v1/toys/{made['empty_at'] + 1}"}
        )

    return idempotency.once(change)


@api.get("/toys")
@endpoint("products:read", query=cursors.Paging, answers=cursors.Page[ToyView])
def toys(query: cursors.Paging) -> cursors.Page[ToyView]:
    """List the toys."""
    found = [{"id": number} for number in range(60, 0, -1) if query.cursor is None or number < query.cursor]
    return cursors.page(found[: query.limit + 1], query.limit, lambda row: ToyView(id=row["id"], name="toy"))


@api.get("/toys/<id:toy_id>")
@endpoint("orders:read", "orders:place", answers=ToyView)
def toy(toy_id: int) -> ToyView:
    """Show a toy."""
    return ToyView(id=toy_id, name="toy")


@bp.get("/toys")
@public
def shelf() -> str:
    """A page that is the same for all."""
    return render_template_string(
        "{{ get_flashed_messages() }}{{ current_user.email if current_user else 'stranger' }}"
    )


@bp.get("/toys/greeting")
@visitor
def greeting() -> str:
    """A page that knows who asks."""
    return render_template_string("{{ current_user.email if current_user else 'stranger' }}")


@bp.route("/toys/mine", methods=["GET", "POST"])
@shopper
def mine() -> str:
    """A page of somebody."""
    return principal.current().email


@bp.route("/toys/desk", methods=["GET", "POST"])
@works_for_market()
def desk() -> str:
    """A page of a market's people."""
    return render_template_string("{{ market.name }}")


@bp.get("/toys/till")
@works_for_market("owner")
def till() -> str:
    """A page of owners."""
    return "till"


@bp.get("/toys/machine")
@operator
def machine() -> str:
    """A page of the operator."""
    return "machine"


@bp.get("/toys/broken")
@public
def broken() -> str:
    """A page that fails."""
    raise ZeroDivisionError("a secret of the inside")


@bp.get("/toys/refused")
@public
def refused() -> str:
    """A page that refuses."""
    raise Invalid.field("name", "bad", "No.")
