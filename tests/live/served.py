"""The market as a server of these tests runs it: with one page's topic that a room would bring, and a change made by the
server itself. As gunicorn's configuration it is the embedded market's way of serving, threads and no greenlets."""

from typing import Any

from flask import Flask, render_template_string

from tests.live.orders import to_payment
from webapp import live
from webapp.app import create_app as create_market
from webapp.db import fetch, transact
from webapp.live import LiveState, Topic
from webapp.orders import live as orders_live
from webapp.orders import queries
from webapp.web.access import public

worker_class = "gthread"
threads = 64
graceful_timeout = 8
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """As workers/embedded.py does."""
    live.end_with(worker.wsgi, lambda: not worker.alive)


def create_app() -> Flask:
    """The market, and what these tests need of it."""
    app = create_market()
    live.register(app, PAGE)

    @app.get("/test/to-payment/<int:order_id>")
    @public
    def moved(order_id: int) -> str:
        transact(lambda: to_payment([order_id]))
        return "moved"

    return app


def _render(order_id: int) -> LiveState:
    order = fetch("SELECT status FROM orders WHERE id = :id", id=order_id)[0]
    partial = '<p id="order"\n   data-status="{{ status }}">{{ status }}</p>\n'
    return LiveState(render_template_string(partial, **order), final=not order["status"].endswith("PENDING"))


PAGE = Topic(
    kind="page",
    about="order",
    authorise=lambda link: queries.order_by_link(link).id,
    versions=orders_live.versions,
    render=_render,
)
