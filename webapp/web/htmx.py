"""The only module that knows the htmx extension. It gives `request.htmx`; what is missing there is added here."""

from __future__ import annotations

from flask import Flask, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx

FRAGMENT = frozenset({"text/html"})


def init_app(app: Flask) -> None:
    """Recognise htmx, and let caches know that its answers differ from a browser's."""
    Htmx(app)
    app.after_request(_vary)


def asked() -> bool:
    """Whether htmx asks for a part of a page. A boosted link or a restored page wants the whole one."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def go_to(address: str) -> ResponseReturnValue:
    """Send the browser to another page after a change, with htmx or without."""
    if not asked():
        return redirect(address, 303)
    response = make_response("", 204)
    response.headers["HX-Redirect"] = address
    return response


def _vary(response: Response) -> Response:
    if response.mimetype in FRAGMENT:
        response.vary.add("HX-Request")
    return response
