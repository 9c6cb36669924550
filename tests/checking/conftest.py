"""The small market of `world.py`, made once per module and database; its tests change it only in transactions that end
without a commit."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from bench import databases
from tests.checking import world as worlds
from tests.conftest import server_or_skip
from webapp.app import create_app
from webapp.db import db
from webapp.settings import load
from workers import release


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[worlds.World]:
    """A market in which everything has happened once, on each database; the test runs inside its app's context."""
    home = tmp_path_factory.mktemp("checked")
    name, url = f"marketflow_checked_{uuid.uuid4().hex[:12]}", None
    if request.param == "postgresql":
        server = server_or_skip("DATABASE_URL", "PostgreSQL")
        url = f"{server.rpartition('/')[0]}/{name}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
    else:
        shutil.copy(request.getfixturevalue("migrated_sqlite"), home / "market.db")
    app = create_app(
        load(
            market_home=home,
            database_url=url,
            provider_url="inprocess:",
            kafka_brokers=None,
            amqp_url=None,
            smtp_url=None,
        )
    )
    with app.app_context():
        release.migrate()
        yield worlds.build(app)
        db.session.remove()
        db.engine.dispose()
    if url:
        databases.drop(server_or_skip("DATABASE_URL", "PostgreSQL"), name)
