"""Completed orders a second, embedded and on the servers, and the limit that plain SQL sets on the same PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench import databases
from bench.market import completed, open_market, place, wait_until
from webapp.app import create_app
from webapp.db import db
from webapp.settings import ROOT, load
from workers import release
from workers.embedded import Loops

PROCESSES = ("relay", "consume inventory", "consume orders", "tasks")
MARKET = str(Path(sys.executable).with_name("market"))
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
    with database(environment["DATABASE_URL"]) as url, processes(url, str(home), environment) as start:
        for line in PROCESSES:
            start([MARKET, *line.split()])
        app = create_app(
            load(market_home=home, database_url=url, kafka_brokers=None, amqp_url=None, provider_url="inprocess:")
        )
        with app.app_context():
            try:
                return _measured(orders, products)
            finally:
                db.session.remove()
                db.engine.dispose()


def has_servers() -> bool:
    """Whether the environment names all three."""
    return all(os.environ.get(name) for name in ("DATABASE_URL", "KAFKA_BROKERS", "AMQP_URL"))


Start = Callable[..., "subprocess.Popen[bytes]"]


@contextmanager
def processes(url: str, home: str, environment: Mapping[str, str]) -> Iterator[Start]:
    """Prepare a database and the topics, and give what starts a process of the market there (a command, and further settings). Whatever
    was started is ended."""
    settings = {
        **environment, "DATABASE_URL": url, "MARKET_HOME": home, "PROVIDER_URL": "inprocess:", "SECRET_KEY": SECRET,
    }  # fmt: skip
    subprocess.run([MARKET, "release"], env=settings, cwd=ROOT, check=True)
    running: list[subprocess.Popen[bytes]] = []

    def start(command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(command, env={**settings, **more}, cwd=ROOT))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            if process.poll() is None:
                process.terminate()
            else:
                print(f"{process.args!r} ended by itself, with status {process.returncode}", file=sys.stderr)
        for process in running:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force when it does not within 15 seconds."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)


def limit_script(environment: Mapping[str, str]) -> Path:
    """The limit script: what LIMIT_SCRIPT names, or the one beside the checkout."""
    return Path(environment.get("LIMIT_SCRIPT", ROOT.parent / "shared" / "bench" / "limit" / "limit.sh"))


def can_run(script: Path) -> bool:
    """Whether it is an executable file."""
    return script.is_file() and os.access(script, os.X_OK)


def limit(environment: Mapping[str, str], seconds: int) -> float | None:
    """Orders a second that plain SQL completes in batches of 100 over 4 connections, by the limit script that LIMIT_SCRIPT
    names; None without one."""
    script = limit_script(environment)
    if not can_run(script):
        return None
    with database(environment["DATABASE_URL"]) as url:
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
def database(server: str) -> Iterator[str]:
    """A database of its own on a server, by its address; dropped at the end."""
    name = f"marketflow_bench_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        databases.drop(server, name)


def run(orders: int, products: int, seconds: int) -> dict[str, float | None]:
    """All three in one run, so that their ratios hold on a machine whose speed drifts."""
    figures: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as home:
        figures["embedded"] = embedded(orders, products, Path(home))
    if has_servers():
        figures["limit"] = limit(dict(os.environ), seconds)
        with tempfile.TemporaryDirectory() as home:
            figures["servers"] = on_servers(orders, products, Path(home), dict(os.environ))
    return figures
