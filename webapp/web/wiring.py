"""The web layer put together, in the order in which a request meets it."""

from __future__ import annotations

from flask import Flask

from webapp.settings import Settings
from webapp.web import access, api, health, htmx, openapi, packing, problem, reading, security, templating, trace


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app everything that routes stand on. The accounts room must set `app.extensions["callers"]` as well."""
    app.config["MAX_CONTENT_LENGTH"] = reading.MOST_BYTES
    packing.init_app(app)
    api.init_app(app)
    trace.init_app(app)
    health.init_app(app)
    access.init_app(app, settings)
    security.init_app(app, settings)
    problem.init_app(app)
    htmx.init_app(app)
    templating.init_app(app)
    app.register_blueprint(openapi.bp)
