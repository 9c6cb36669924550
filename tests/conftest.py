"""Fixtures that every test may use: the app on each database, the people, and the saga driven by hand."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from webapp.app import create_app
from webapp.settings import Settings, load
from workers import release
from workers.draining import Pump

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
def postgresql_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL database with every migration applied, to copy; dropped at the end."""
    server = server_or_skip("DATABASE_URL", "PostgreSQL")
    name = f"marketflow_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
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
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


SettingsOn = Callable[[str], Settings]


@pytest.fixture
def settings_on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SettingsOn]:
    """Makes the settings of a fresh market on `sqlite` or `postgresql`; payments are answered in process."""
    made: list[tuple[str, str]] = []

    def make(database: str) -> Settings:
        url = None
        if database == "sqlite":
            shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "market.db")
        else:
            server, template = request.getfixturevalue("postgresql_template").rsplit("/", 1)
            name = f"marketflow_test_{uuid.uuid4().hex[:12]}"
            with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            made.append((server, name))
            url = f"{server}/{name}"
        return load(
            market_home=tmp_path, database_url=url, provider_url="inprocess:", provider_secret="tests share this secret",
            kafka_brokers=None, amqp_url=None, smtp_url=None, secret_key="for tests only: 0123456789abcdef",
        )  # fmt: skip

    yield make
    for server, name in made:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
    yield application
    with application.app_context():
        from webapp.db import db

        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def pump(app: Flask) -> Iterator[Pump]:
    """The saga, driven by hand; the test runs inside the app's context."""
    with app.app_context():
        driven = Pump()
        yield driven
        driven.close()
