"""Every refusal and failure as its reader understands it: application/problem+json for the API, a page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Flask, Response, current_app, g, redirect, render_template, request
from jinja2 import TemplateNotFound
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

from webapp import db
from webapp.errors import FieldError, MarketError
from webapp.web import access
from webapp.web.reading import invalid, sentence
from webapp.web.trace import request_id

log = logging.getLogger(__name__)

KIND = "application/problem+json"
AGAIN_IN = 2
"""Seconds after which a client may ask again when the database did not answer."""


class Unavailable(MarketError):
    """We cannot answer at the moment; nothing was changed."""

    status = 503
    title = "Not available at the moment"


def init_app(app: Flask) -> None:
    """Answer every error of every route."""
    # Flask would log a failure with its address; `_http_error` logs it with its route, since some addresses are secrets.
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]
    app.register_error_handler(MarketError, answer)
    app.register_error_handler(ValidationError, lambda error: answer(invalid(error)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(sa.exc.DBAPIError, _database_error)
    app.register_error_handler(sa.exc.TimeoutError, _database_error)


def answer(error: MarketError) -> Response:
    """The answer that a refusal becomes."""
    if error.status == 401 and not wants_json():
        return access.to_log_in()
    if not wants_json():
        response = page(error.status, error.title, sentence(error.detail), error.retry_after, error.errors)
    else:
        response = problem(error.status, error.title, error.detail, error.errors, error.kind)
        if (challenge := access.challenge(error)) is not None:
            response.headers["WWW-Authenticate"] = challenge
    return timed(response, error)


def timed(page: Response, error: MarketError) -> Response:
    """An answer or a page that came back because of an error, with when it may be tried again where the error says so."""
    if error.retry_after is not None:
        page.headers["Retry-After"] = str(error.retry_after)
    return page


def problem(
    status: int, title: str, detail: str, errors: tuple[FieldError, ...] = (), kind: str | None = None
) -> Response:
    """RFC 9457. `kind` becomes the type's name, so that a program can tell one 409 from another."""
    said: dict[str, Any] = {
        "type": f"urn:marketflow:problem:{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [{"field": e.field, "code": e.code, "message": e.message} for e in errors],
    }
    return Response(orjson.dumps(said), status, content_type=KIND)


def page(
    status: int, title: str, detail: str, retry_after: int | None = None, errors: tuple[FieldError, ...] = ()
) -> Response:
    """The page of an error: the one drawn for its status, else the nearest one. It names what is wrong with which field."""
    # The page must not ask the database who is there: it may be the database that failed.
    g.caller = None
    shown = {
        "title": title,
        "detail": detail,
        "retry_after": retry_after,
        "status": status,
        "request_id": request_id(),
        "errors": errors,
    }
    for name in (status, 404 if status in (404, 405, 410) else 422 if status < 500 else 500):
        try:
            return Response(render_template(f"errors/{name}.html", **shown), status)
        except TemplateNotFound:
            continue
    raise LookupError(f"there is no page for {status}")


def wants_json() -> bool:
    """Whether whoever asks is a program, of the API or one that signs its requests, rather than a browser."""
    declared: access.Access | None = g.get("access")
    return request.path.startswith("/api/") or (declared is not None and declared.to == "signed")


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404 and (page_without_slash := _without_slash()) is not None:
        return page_without_slash
    if isinstance(error, InternalServerError):
        g.caller = None
        # The route and not its address: some addresses are secrets.
        log.error(
            "request %s failed: %s",
            request_id(),
            request.url_rule or request.path,
            exc_info=error.original_exception or error,
        )
    title = HTTPStatus(status).phrase.capitalize() if status in set(HTTPStatus) else "Error"
    detail = _too_large() if status == 413 else _DETAILS.get(status) or error.description or title
    response = problem(status, title, detail) if wants_json() else page(status, title, detail)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "location"):
            response.headers[name] = value
    return response


def _without_slash() -> Response | None:
    """The way to a page whose address was typed with a slash behind it; None where there is no such page."""
    path = request.path.rstrip("/")
    if path == request.path or not path or request.method not in ("GET", "HEAD") or wants_json():
        return None
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return None
    query = request.query_string.decode("ascii", "replace")
    return redirect(f"{path}?{query}" if query else path, 302)  # type: ignore[return-value]


_DETAILS = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    500: "something broke on our side; it is written down",
}


def _too_large() -> str:
    # Some routes read less than others, and some more.
    return f"the request is too large: at most {(request.max_content_length or 0) // 1024:,} KiB are read"


def _database_error(error: sa.exc.SQLAlchemyError) -> Response:
    if not db.is_unavailable(error):
        raise error
    # A lock or a statement that took too long is here as well: nothing was changed, and asking again is right.
    log.warning("request %s: the database did not answer: %s", request_id(), error)
    return answer(Unavailable("the database did not answer in time; nothing was changed", retry_after=AGAIN_IN))
