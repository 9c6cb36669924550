"""A server on each database, and readers of its streams."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.live.serving import Readers, Server
from webapp.settings import Settings


@pytest.fixture
def server(settings: Settings, app: Flask) -> Iterator[Server]:
    """A server; the test runs inside the context of an app on the same database."""
    running = Server(settings)
    with app.app_context():
        yield running
    running.close()


@pytest.fixture
def readers(server: Server) -> Iterator[Readers]:
    """Readers of the server's streams."""
    reading = Readers(server)
    yield reading
    reading.close()
