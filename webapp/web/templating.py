"""What every template may name without being given it: `current_user`, `market` on pages of a market's people,
`request_id`, and flashed messages that leave anonymous pages cacheable."""

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, g

from webapp.web import access
from webapp.web.trace import request_id


def init_app(app: Flask) -> None:
    """Give the app's templates our names."""
    app.jinja_env.globals["get_flashed_messages"] = flashed
    app.context_processor(_names)


def flashed(with_categories: bool = False, category_filter: tuple[str, ...] = ()) -> Any:
    """Flask's flashed messages, but none on public pages: looking for them would read the session, and the page could
    not be kept by a cache any more."""
    declared: access.Access | None = g.get("access")
    if declared is None or declared.to == "public":
        return []
    return flask.get_flashed_messages(with_categories, category_filter)


def _names() -> dict[str, Any]:
    declared: access.Access | None = g.get("access")
    if declared is None:
        return {"current_user": None, "request_id": request_id() if flask.has_request_context() else None}
    known = access.caller()
    names: dict[str, Any] = {"current_user": known, "request_id": request_id()}
    if declared.to == "market" and known is not None:
        names["market"] = known.market
    return names
