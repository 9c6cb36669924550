"""The market as a server of these tests runs it: with one page's topic that a room would bring, and a change made by the
server itself. As gunicorn's configuration it is the embedded market's way of serving, threads and no greenlets."""

import os
from typing import Any

from flask import Flask, render_template_string

from tests.live.orders import to_payment
from webapp import live
from webapp.app import create_app as create_market
from webapp.db import fetch, transact
from webapp.live import LiveState, Topic, hub
from webapp.orders import live as orders_live
from webapp.orders import queries
from webapp.web.access import public

worker_class = "gthread"
threads = 64
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """As workers/embedded.py does."""
    live.end_with(worker.wsgi, lambda: not worker.alive)


def create_app() -> Flask:
    """The market, and what these tests need of it. LOOK_EVERY says how many seconds lie between two looks of its hub."""
    hub.LOOK_EVERY = float(os.environ.get("LOOK_EVERY", hub.LOOK_EVERY))
    app = create_market()
    live.register(app, PAGE)

    @app.get("/test/to-payment/<int:order_id>")
    @public
    def moved(order_id: int) -> str:
        transact(lambda: to_payment([order_id]))
        return "moved"

    @app.get("/test/page/<link>")
    @public
    def page(link: str) -> str:
        order_id = queries.order_by_link(link).id
        return render_template_string(THE_PAGE, link=link, state=_render(order_id))

    @app.get("/test/page/<link>/state")
    @public
    def state(link: str) -> str:
        return _render(queries.order_by_link(link).id).text

    return app


PARTIAL = '<p id="order"{% if final %} data-final{% endif %}\n   data-status="{{ status }}">{{ status }}</p>'

THE_PAGE = """{% extends "layouts/plain.html" %}{% import "components/ui.html" as ui with context %}
{% block main %}{{ ui.live_word() }}
{% call ui.live("/live?topics=page:" ~ link, "/test/page/" ~ link ~ "/state", final=state.final) %}{{ state.text|safe }}{% endcall %}
{% endblock %}"""


def _render(order_id: int) -> LiveState:
    order = fetch("SELECT status FROM orders WHERE id = :id", id=order_id)[0]
    final = not order["status"].endswith("PENDING")
    return LiveState(render_template_string(PARTIAL, **order, final=final), final=final)


PAGE = Topic(
    kind="page",
    about="order",
    authorise=lambda link: queries.order_by_link(link).id,
    versions=orders_live.versions,
    render=_render,
)
