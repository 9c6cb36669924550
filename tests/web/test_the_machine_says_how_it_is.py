"""/healthz, /readyz and /metrics."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from webapp import clock, db, heartbeats
from webapp.app import create_app
from webapp.settings import load

EMBEDDED: dict[str, object] = {"kafka_brokers": None, "amqp_url": None, "secret_key": None}


def test_ready_while_the_database_answers_and_tells_of_the_others(app: Flask, client: FlaskClient) -> None:
    fresh = client.get("/readyz")
    assert fresh.status_code == 200
    assert fresh.get_json() == {
        "status": "ok", "database": "ok", "migrations": "current", "kafka": "unknown", "rabbitmq": "unknown", "smtp": "unknown", "workers": {},
    }  # fmt: skip
    with app.app_context():
        db.transact(lambda: heartbeats.beat("kafka", "kafka", "degraded", {}))
        db.transact(lambda: heartbeats.beat("orders@1", "orders", "ok", {"pid": 1}))
        with clock.set_to(clock.now() - clock.seconds(60)):
            db.transact(lambda: heartbeats.beat("inventory@2", "inventory", "ok", {}))
    later = client.get("/readyz")
    assert later.status_code == 200
    assert later.get_json()["kafka"] == "degraded"
    assert later.get_json()["workers"] == {"inventory@2": "unknown", "orders@1": "ok"}


def test_not_ready_before_the_migrations_or_without_a_database(tmp_path: Path) -> None:
    empty = create_app(load(market_home=tmp_path, database_url=None, **EMBEDDED)).test_client().get("/readyz")
    assert (empty.status_code, empty.get_json()["migrations"]) == (503, "behind")
    away = create_app(
        load(market_home=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none", **EMBEDDED)
    ).test_client()
    assert (away.get("/readyz").status_code, away.get("/readyz").get_json()["database"]) == (503, "degraded")
    assert away.get("/healthz").get_json() == {"status": "ok"}


def test_figures_are_for_this_machine_only(client: FlaskClient) -> None:
    client.get("/toys")
    figures = client.get("/metrics")
    assert 'marketflow_http_requests_total{endpoint="toys.shelf",method="GET",status="200"}' in figures.text
    assert "marketflow_outbox_rows" in figures.text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
