"""Completed orders a second, embedded and on the servers, and the limit that plain SQL sets on the same PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.market import completed, open_market, place, wait_until
from webapp.app import create_app
from webapp.db import db
from webapp.settings import ROOT, load
from workers import release
from workers.embedded import Loops

PROCESSES = ("relay", "consume inventory", "consume orders", "tasks")
SECRET = "only for measuring: 0123456789abcdef"  # noqa: S105


def embedded(orders: int, products: int, home: Path) -> float:
    """Orders a second in one process on SQLite, payments answered in process."""
    config = load(
        market_home=home, database_url=None, kafka_brokers=None, amqp_url=None, smtp_url=None, provider_url="inprocess:"
    )
    app = create_app(config)
    with app.app_context():
        release.migrate()
        loops = Loops(app, config)
        loops.start()
        try:
            return _measured(orders, products)
        finally:
            loops.stop()
            db.session.remove()
            db.engine.dispose()


def on_servers(orders: int, products: int, home: Path, environment: Mapping[str, str]) -> float:
    """Orders a second over PostgreSQL, Kafka and RabbitMQ, one process for each line of the Procfile that works on them."""
    with _database(environment["DATABASE_URL"]) as url:
        settings = {
            **environment,
            "DATABASE_URL": url,
            "MARKET_HOME": str(home),
            "PROVIDER_URL": "inprocess:",
            "SECRET_KEY": SECRET,
        }
        market = str(Path(sys.executable).with_name("market"))
        subprocess.run([market, "release"], env=settings, cwd=ROOT, check=True)
        running = [subprocess.Popen([market, *line.split()], env=settings, cwd=ROOT) for line in PROCESSES]
        try:
            app = create_app(
                load(market_home=home, database_url=url, kafka_brokers=None, amqp_url=None, provider_url="inprocess:")
            )
            with app.app_context():
                try:
                    return _measured(orders, products)
                finally:
                    db.session.remove()
                    db.engine.dispose()
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(15)


def limit(environment: Mapping[str, str], seconds: int) -> float | None:
    """Orders a second that plain SQL completes in batches of 100 over 4 connections, by the limit script that LIMIT_SCRIPT
    names; None without one."""
    script = Path(environment.get("LIMIT_SCRIPT", ROOT.parent / "shared" / "bench" / "limit" / "limit.sh"))
    if not script.exists():
        return None
    with _database(environment["DATABASE_URL"]) as url:
        server = urlsplit(url)
        ran = subprocess.run(
            [str(script)], check=True, capture_output=True, text=True,
            env={**environment, "MODES": "B", "CASES": "spread", "CLIENTS": "4", "BATCH": "100", "SECS": str(seconds),
                 "PGHOST": server.hostname or "", "PGPORT": str(server.port or 5432), "PGUSER": server.username or "",
                 "PGPASSWORD": server.password or "", "PGDATABASE": server.path[1:]},
        )  # fmt: skip
        return float(json.loads(ran.stdout)["runs"][0]["orders_per_s"])


def _measured(orders: int, products: int) -> float:
    ids = open_market(products)
    place(ids, 200)  # Warm caches, prepared statements and the groups' first assignment.
    wait_until(lambda: completed() == 200, 60)
    began = time.monotonic()
    place(ids, orders)
    wait_until(lambda: completed() == orders + 200, 300)
    return orders / (time.monotonic() - began)


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"marketflow_bench_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(orders: int, products: int, seconds: int) -> dict[str, float | None]:
    """All three in one run, so that their ratios hold on a machine whose speed drifts."""
    figures: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as home:
        figures["embedded"] = embedded(orders, products, Path(home))
    if all(os.environ.get(name) for name in ("DATABASE_URL", "KAFKA_BROKERS", "AMQP_URL")):
        figures["limit"] = limit(dict(os.environ), seconds)
        with tempfile.TemporaryDirectory() as home:
            figures["servers"] = on_servers(orders, products, Path(home), dict(os.environ))
    return figures
