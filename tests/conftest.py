"""Fixtures that every test may use: the app on each database, the people, and the saga driven by hand."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from bench import databases
from tests.live.serving import until
from tests.people import People, settle
from webapp import live
from webapp.app import create_app
from webapp.db import Base
from webapp.settings import Settings, load
from workers import release
from workers.draining import Pump

metadata = Base.metadata

REQUIRED = os.environ.get("REQUIRE_SERVERS") == "1"


def server_or_skip(variable: str, what: str) -> str:
    """The address of a server from the environment. Without it the test skips with the reason, or fails where servers are
    required."""
    address = os.environ.get(variable)
    if address:
        return address
    reason = f"{what} is not there: {variable} is not set (`make services` prints it)"
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@sa.event.listens_for(sa.engine.Engine, "connect")
def rows_without_an_order_come_in_another(connection: Any, record: Any) -> None:
    """What is asked for without ORDER BY has no order, and SQLite can show it: here such rows come backwards. So neither the
    code nor a test leans on how rows happen to lie; on PostgreSQL that changes when an update moves them."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON").close()


MEMORY = Path("/dev/shm")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' files in memory where the machine can: a database there is as real, and its disk does not make
    thousands of tests wait for it. And take away the Stripe keys of whoever runs them: no test may reach the real one."""
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"):
        os.environ.pop(name, None)
    if config.option.basetemp is None and os.access(MEMORY, os.W_OK) and not hasattr(config, "workerinput"):
        config.option.basetemp = str(MEMORY / f"marketflow-tests-{os.getpid()}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing in memory behind."""
    if not hasattr(config, "workerinput") and str(config.option.basetemp).startswith(f"{MEMORY}/marketflow-tests-"):
        shutil.rmtree(config.option.basetemp, ignore_errors=True)


ONE_AFTER_THE_OTHER = {
    "browser": ("tests/browser/",),
    "live": ("tests/live/",),
    "brokers": ("tests/kafka/", "tests/rabbit/", "tests/saga/", "tests/checking/", "tests/replay/"),
}
"""Tests that share something: one browser and its market, a stopwatch, the brokers' topics and queues."""


class OneAfterTheOther(LoadScopeScheduling):  # type: ignore[misc]
    """Deals the tests out to pytest-xdist's processes one by one, but those that share something to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        for shared, folders in ONE_AFTER_THE_OTHER.items():
            if nodeid.startswith(folders):
                return shared
        return nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneAfterTheOther:
    """pytest-xdist asks how to deal out. Its own groups do not reach pytest 9, which keeps a test's name."""
    return OneAfterTheOther(config, log)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every migration applied, to copy."""
    home = tmp_path_factory.mktemp("migrated")
    app = create_app(load(market_home=home, database_url=None, kafka_brokers=None, amqp_url=None))
    with app.app_context():
        release.migrate()
        from webapp.db import db

        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return home / "market.db"


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL database with every migration applied, for one test after the other; dropped at the end."""
    server = server_or_skip("DATABASE_URL", "PostgreSQL")
    name = f"marketflow_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        # What a crash of the server would lose is not what these tests are about; the campaigns make their own databases.
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    app = create_app(
        load(market_home=tmp_path_factory.mktemp("template"), database_url=url, kafka_brokers=None, amqp_url=None)
    )
    with app.app_context():
        release.migrate()
        from webapp.db import db

        db.session.remove()
        db.engine.dispose()
    yield url
    databases.drop(server, name)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of a process: Playwright cannot be begun twice in one. CHROMIUM names it, or it is the
    system's."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium"))
    path = os.environ.get("CHROMIUM") or next(filter(None, found), None) or server_or_skip("CHROMIUM", "Chromium")
    # A page that is right is right after a while too, on a machine that has others to serve.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


SettingsOn = Callable[[str], Settings]


@pytest.fixture
def settings_on(request: pytest.FixtureRequest, tmp_path: Path) -> SettingsOn:
    """Makes the settings of a fresh market on `sqlite` or `postgresql`; payments are answered in process."""

    def make(database: str) -> Settings:
        url = None
        if database == "sqlite":
            shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "market.db")
        else:
            url = request.getfixturevalue("migrated_postgresql")
            _empty(url)
        return load(
            market_home=tmp_path, database_url=url, provider_url="inprocess:", provider_secret="tests share this secret",
            kafka_brokers=None, amqp_url=None, smtp_url=None, secret_key="for tests only: 0123456789abcdef",
        )  # fmt: skip

    return make


def _empty(url: str) -> None:
    """Cut off whoever a test has left connected, and delete every row: in milliseconds what a new database takes a second
    for. Ids go on counting, so that no test can rely on them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
        connection.execute("; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def settings(request: pytest.FixtureRequest, settings_on: SettingsOn) -> Settings:
    """Settings of a fresh market on each database."""
    return settings_on(request.param)


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """In place of pytest-flask's fixture of this name, which keeps one request open around the whole test: every request
    of the test would share its `g` and its database session, as no two real requests do."""


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The market on a fresh database."""
    application = create_app(settings)
    application.testing = True
    over = threading.Event()
    live.end_with(application, over.is_set)
    yield application
    over.set()
    # What still looks for a test's live pages must not find the database gone.
    until(lambda: not application.extensions["live"].awake)
    with application.app_context():
        from webapp.db import db

        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def people(app: Flask) -> People:
    """Everybody, in a fresh database."""
    return settle(app)


@pytest.fixture
def pump(app: Flask) -> Iterator[Pump]:
    """The saga, driven by hand; the test runs inside the app's context."""
    with app.app_context():
        driven = Pump()
        yield driven
        driven.close()
