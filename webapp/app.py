"""`create_app`: the rooms put together. Everything above the rooms starts from it: gunicorn, the workers, the tests."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from webapp import db, live, settings
from webapp.accounts import api as accounts_api
from webapp.accounts import arriving, sessions, tokens
from webapp.accounts import routes as accounts_routes
from webapp.console import routes as console_routes
from webapp.inventory import api as inventory_api
from webapp.notifications import routes as notifications_routes
from webapp.orders import adopting
from webapp.orders import api as orders_api
from webapp.orders import live as orders_live
from webapp.payments import routes as payments_routes
from webapp.products import api as products_api
from webapp.products import media as products_media
from webapp.settings import ROOT, Settings
from webapp.shop import routes as shop_routes
from webapp.shop import watching as shop_watching
from webapp.web import look, wiring

MODELS = ("outbox", "inbox", "heartbeats", "leases", "web.throttle", "web.idempotency", "accounts.models", "products.models",
          "inventory.models", "payments.models", "orders.models", "notifications.models", "shop.models", "console.imports.models", "console.bulk.models",
          "console.rollups.models")  # fmt: skip
"""Every module that declares tables, so that migrations and checks see all of them."""

BLUEPRINTS = (
    accounts_routes.bp,
    accounts_api.api,
    products_api.api,
    products_media.bp,
    inventory_api.api,
    payments_routes.bp,
    orders_api.api,
    notifications_routes.bp,
    shop_routes.bp,
    console_routes.bp,
)
"""Every room's pages and endpoints, lowest room first."""

TOPICS = (orders_live.STATUS, console_routes.ORDER, console_routes.JOB, console_routes.PICTURES, console_routes.CHANGE, console_routes.ORDER_CHANGE, console_routes.ORDERS, console_routes.STOCK,
          shop_watching.ORDER, shop_watching.FOUND)  # fmt: skip
"""What moves by itself (webapp/live/README.md)."""


def create_app(chosen: Settings | None = None) -> Flask:
    """The market as a WSGI application. Raises SettingsError when a setting is missing or contradicts another."""
    config = chosen or settings.load()
    app = Flask(
        "webapp",
        root_path=str(ROOT / "webapp"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.extensions["settings"] = config
    app.config["SECRET_KEY"] = config.signing_key
    for module in MODELS:
        import_module(f"webapp.{module}")
    db.init_app(app, config)
    _register(app)
    return app


def _register(app: Flask) -> None:
    # Blueprints and hooks, lowest room first.
    wiring.init_app(app, app.extensions["settings"])
    look.init_app(app)
    sessions.init_app(app)
    arriving.on_arrival(app, adopting.adopt)
    tokens.init_app(app)
    live.init_app(app)
    live.register(app, *TOPICS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
