"""One id per request, for log lines and error pages, and the trace that the facts of a change belong to."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

from webapp.outbox import Cause, fresh_cause

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def init_app(app: Flask) -> None:
    """Name every request, and tell its name in the answer."""
    app.before_request(_name_request)
    app.after_request(_tell_name)


def cause() -> Cause:
    """The cause of what this request changes: the caller's W3C trace where a valid one came along, else a new one."""
    given = request.headers.get("traceparent", "")
    return Cause(given) if _TRACEPARENT.fullmatch(given) else fresh_cause()


def request_id() -> str:
    """The name of this request."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    name: str = g.request_id
    return name


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)


def _tell_name(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", request_id())
    return response
