"""How the machine is, for those who watch it: alive, ready, and in figures."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from webapp import db, heartbeats, outbox
from webapp.settings import ROOT
from webapp.web.access import public
from webapp.web.api import respond

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__)

SERVERS = ("kafka", "rabbitmq", "smtp")
"""What is always listed, even if no worker has said a word of it; Stripe is where cards are taken."""

REQUESTS = Counter(
    "marketflow_http_requests_total", "Requests answered by this process.", ["method", "endpoint", "status"]
)
SECONDS = Histogram("marketflow_http_request_seconds", "Time to the answer's beginning, this process.", ["endpoint"])


def init_app(app: Flask) -> None:
    """Serve the three addresses and count every request."""
    app.register_blueprint(bp)
    app.before_request(_started)
    app.after_request(_counted)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers. Asks nothing else, so that a slow database restarts no web process."""
    return _fresh(respond({"status": "ok"}))


@bp.get("/readyz")
@public
def readyz() -> Response:
    """200 while the database answers and its migrations are current; the rest is told but does not count."""
    try:
        current = migrated()
        beats = heartbeats.read() if current else []
    except sa.exc.SQLAlchemyError as error:
        if not db.is_unavailable(error):
            raise
        log.warning("the database did not answer: %s", error)
        return _fresh(
            respond({"status": "unready", "database": "degraded", "migrations": "unknown", **_machines([])}, 503)
        )
    said = {
        "status": "ok" if current else "unready",
        "database": "ok",
        "migrations": "current" if current else "behind",
    }
    return _fresh(respond({**said, **_machines(beats)}, 200 if current else 503))


def _machines(beats: Sequence[db.Row]) -> dict[str, Any]:
    # Several workers may speak of one server: it is as well as the worst fresh word says.
    kinds = (*SERVERS, "stripe") if current_app.extensions["settings"].takes_cards else SERVERS
    servers = {kind: _worst([beat["state"] for beat in beats if beat["kind"] == kind]) for kind in kinds}
    return {**servers, "workers": {beat["name"]: beat["state"] for beat in beats if beat["kind"] not in kinds}}


def _worst(states: Sequence[str]) -> str:
    return next((state for state in ("degraded", "ok") if state in states), "unknown")


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus's text: this process's requests, and what waits in the database. For this machine only."""
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback or "X-Forwarded-For" in request.headers:  # noqa: S104
        abort(404)
    waiting = CollectorRegistry()
    waiting.register(_Waiting())
    return _fresh(Response(generate_latest(REGISTRY) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST))


def migrated() -> bool:
    """Whether the database's schema is the one that this code was written for."""
    if not sa.inspect(db.db.engine).has_table("alembic_version"):
        return not _heads()
    return {str(row["version_num"]) for row in db.fetch("SELECT version_num FROM alembic_version")} == _heads()


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(ROOT / "migrations")).get_heads())


class _Waiting(Collector):
    """What the whole house has still to do, read from the database when it is asked for."""

    def collect(self) -> list[GaugeMetricFamily]:
        rows = GaugeMetricFamily("marketflow_outbox_rows", "Rows that the relay has still to send.", labels=["channel"])
        oldest = GaugeMetricFamily("marketflow_outbox_oldest_seconds", "Age of the oldest of them.", labels=["channel"])
        for row in outbox.backlog():
            rows.add_metric([row["channel"]], row["waiting"])
            oldest.add_metric([row["channel"]], row["oldest_seconds"])
        parked = GaugeMetricFamily("marketflow_parked_messages", "Messages put aside, unresolved.", labels=["consumer"])
        for row in db.fetch("SELECT consumer, count(*) AS n FROM parked WHERE resolved_at IS NULL GROUP BY consumer"):
            parked.add_metric([row["consumer"]], row["n"])
        up = GaugeMetricFamily(
            "marketflow_machine_ok", "1 where a server or worker is well, by its own word.", labels=["name"]
        )
        for one in heartbeats.read():
            up.add_metric([one["name"]], 1.0 if one["state"] == "ok" else 0.0)
        return [rows, oldest, parked, up]


def _started() -> None:
    g.started = time.perf_counter()


def _counted(response: Response) -> Response:
    # The rule and not the address: an address would make one series per order.
    endpoint = request.endpoint or "none"
    REQUESTS.labels(request.method if request.url_rule else "any", endpoint, response.status_code).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
