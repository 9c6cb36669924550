"""Many open order pages following a burst of orders, against a real server: the servers, and the embedded market.

A page may be late by what its stream takes. It is wrong when, two seconds after an order moved, it still shows an earlier status.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from bench import saga
from bench.market import open_market, place, wait_until
from bench.open_pages import Followed, follow, stream
from webapp.app import create_app
from webapp.db import db, fetch
from webapp.settings import ROOT, load
from workers import release

PAGES = 500
EMBEDDED_PAGES = 40
"""Streams that the embedded market keeps (webapp/live/hub.py): its other pages ask every two seconds."""


def on_servers(pages: int, environment: Mapping[str, str]) -> Followed:
    """Against gunicorn's gevent workers, PostgreSQL, Kafka and RabbitMQ. The services begin to work once the pages are open, so that all
    of their orders move at once."""
    with (
        tempfile.TemporaryDirectory() as home,
        saga.database(environment["DATABASE_URL"]) as url,
        saga.processes(url, home, environment) as start,
    ):
        port = _free_port()
        web = start(
            [sys.executable, "-m", "gunicorn", "-c", "webapp/gunicorn.py", "webapp.app:create_app()"], PORT=str(port), HOST="127.0.0.1"
        )  # fmt: skip
        _await(port)
        app = create_app(
            load(market_home=Path(home), database_url=url, kafka_brokers=None, amqp_url=None, provider_url="inprocess:")
        )
        with app.app_context():
            running = [start([saga.MARKET, *line.split()]) for line in saga.PROCESSES]
            ids = open_market(20)
            # The services pause while the pages are opened: SIGTERM ends them cleanly, and they begin again for the burst.
            for process in running:
                saga.end(process)
            place(ids, pages, batch=pages)
            _warm(port, min(_links().values()))
            try:
                return follow(
                    port, web.pid, _links(), lambda: [start([saga.MARKET, *line.split()]) for line in saga.PROCESSES]
                )
            finally:
                db.session.remove()
                db.engine.dispose()


def embedded(pages: int) -> Followed:
    """Against the embedded market, threads on SQLite, whose loops work all the while: the orders are placed as their pages are opened."""
    with tempfile.TemporaryDirectory() as name:
        home, port = Path(name), _free_port()
        config = load(
            market_home=home, database_url=None, kafka_brokers=None, amqp_url=None, smtp_url=None, provider_url="inprocess:"
        )  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "PYTHONPATH")}
        settings = {
            "MARKET_HOME": name,
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "PROVIDER_URL": "inprocess:",
            "DEMO": "false",
        }
        app = create_app(config)
        with app.app_context():
            release.migrate()
            process = subprocess.Popen(
                [sys.executable, "-m", "workers.embedded"],
                env={**kept, **settings},
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
            )
            try:
                _await(port)
                ids = open_market(20)
                place(ids, 1)
                _warm(port, min(_links().values()))
                known = set(_links())
                place(ids, pages, batch=pages)
                fresh = {order_id: link for order_id, link in _links().items() if order_id not in known}
                return follow(port, process.pid, fresh, lambda: None)
            finally:
                saga.end(process)
                db.session.remove()
                db.engine.dispose()


def run(pages: int) -> dict[str, Followed]:
    """Both, as far as there are servers."""
    _allow_files(4 * pages + 500)
    figures = {"embedded": embedded(min(pages, EMBEDDED_PAGES))}
    if saga.has_servers():
        figures["servers"] = on_servers(pages, dict(os.environ))
    return figures


def _links() -> dict[int, str]:
    found = {row["id"]: row["link"] for row in fetch("SELECT id, link FROM orders ORDER BY id")}
    db.session.rollback()
    return found


def _warm(port: int, link: str, at_once: int = 100) -> None:
    """More requests at once than a server has threads: what it keeps from now on, threads and connections, it will have kept before."""
    with ThreadPoolExecutor(at_once) as pool:
        for answer in pool.map(
            lambda _: httpx.get(f"http://127.0.0.1:{port}/o/{link}", timeout=60), range(at_once * 4)
        ):
            answer.raise_for_status()
    # Each worker keeps one connection to hear of news from its first stream on.
    streams = [stream(port, link) for _ in range(8)]
    time.sleep(1)
    for one in streams:
        one.close()
    time.sleep(6)  # Connections that are kept alive are closed by then.


def _await(port: int) -> None:
    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, 60)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
