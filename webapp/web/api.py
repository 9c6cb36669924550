'''How an endpoint of the REST API is written. One declaration says who may call it, what it reads and what it answers;
the request is parsed by it, and the OpenAPI document is built from it, so that the two cannot differ.

    api = Blueprint("products_api", __name__, url_prefix="/api/v1")

    class StockChange(Body):                                   # strict; unknown fields are refused by name
        delta: Annotated[int, Field(ge=-10**12, le=10**12)]
        reason: Literal["received", "damaged"]
        note: Annotated[Line | None, Given] = None             # may be left out, not null

    @api.post("/products/<id:product_id>/stock-adjustments")   # <id:…> is a positive 64-bit integer, else 404
    @endpoint("inventory:write", body=StockChange, answers=InventoryView, status=201, idempotency="honoured")
    def adjust_stock(product_id: int, body: StockChange) -> Response:
        """Add to or take from the stock of a product, with the reason."""
        me = principal.current()                               # webapp.accounts.principal: person, market, actor, scopes
        def change() -> Answer:                                # one command; runs in a transaction
            after = commands.adjust(me.market_id, product_id, body.delta, ..., me.actor, trace.cause())
            return Answer(show(after), 201)
        return idempotency.once(change)                        # or: return db.transact(change)

A view may return a View model, a mapping, an Answer (with status and headers), None (204), or a Response. Refusals are
raised (webapp.errors) and become problem+json. Lists take `query=Paging` (or a subclass) and return
`cursors.page(rows, query.limit, show)`.
'''

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

import orjson
from flask import Flask, Response
from pydantic import BaseModel
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from webapp.web import reading
from webapp.web.access import Access, declare
from webapp.web.fields import BIGGEST

Idempotency = Literal["none", "honoured", "required"]
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view answers: a model or a mapping, and the status and headers where they are not the usual ones."""

    value: BaseModel | Mapping[str, Any] | None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spec:
    """What an endpoint declared, for the OpenAPI document."""

    scopes: tuple[str, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answers: type[BaseModel] | None
    status: int
    media: str
    refusals: tuple[int, ...]
    idempotency: Idempotency


def endpoint(
    *scopes: str,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    answers: type[BaseModel] | None = None,
    status: int = 200,
    media: str = "application/json",
    refusals: tuple[int, ...] = (),
    idempotency: Idempotency = "none",
) -> Callable[[View], View]:
    """Declare an endpoint: open to a token with one of `scopes` (none given: any token). `body` and `query` are read
    before the view runs and reach it as keyword arguments. `refusals` names statuses beyond the usual ones (409)."""

    def around(view: View) -> View:
        @wraps(view)
        def answered(**arguments: Any) -> Response:
            if query is not None:
                arguments["query"] = reading.query(query)
            if body is not None:
                arguments["body"] = reading.body(body)
            return respond(view(**arguments), status)

        answered.__spec__ = Spec(scopes, body, query, answers, status, media, refusals, idempotency)  # type: ignore[attr-defined]
        return declare(answered, Access("api", scopes=scopes))

    return around


def spec_of(view: View) -> Spec | None:
    """What an endpoint declared, or None for a view that is no endpoint."""
    return getattr(view, "__spec__", None)


def respond(result: Any, status: int = 200) -> Response:
    """What a view returned, as a response."""
    if isinstance(result, Response):
        return result
    said = result if isinstance(result, Answer) else Answer(result)
    chosen = said.status or (204 if said.value is None else status)
    content = b"" if said.value is None else to_json(said.value)
    response = Response(content, chosen, content_type="application/json" if content else None)
    response.headers.update(said.headers)
    return response


def to_json(value: BaseModel | Mapping[str, Any]) -> bytes:
    """A model or mapping as JSON."""
    return value.model_dump_json().encode() if isinstance(value, BaseModel) else orjson.dumps(value)


class IdConverter(BaseConverter):
    """`<id:product_id>`: an id that a row could have. Anything else is an address where nothing is (404)."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """The id. Raises werkzeug's NotFound for one that no database column holds: a ValidationError would become a 405
        where the address takes other methods as well."""
        if int(value) > BIGGEST:
            raise NotFound
        return int(value)


def init_app(app: Flask) -> None:
    """Teach the app's addresses what an id is."""
    app.url_map.converters["id"] = IdConverter
