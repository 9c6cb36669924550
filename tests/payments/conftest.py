"""The payments room on each database, alone or with the real provider process and the market's own web server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.payments.desk import SECRET, Bank, listening
from webapp.app import create_app
from webapp.db import db
from webapp.settings import Settings


@pytest.fixture
def room(app: Flask) -> Iterator[Flask]:
    """The app's context, with payments answered in process."""
    with app.app_context():
        yield app


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """The test provider as a process."""
    running = Bank(tmp_path / "provider")
    yield running
    running.close()


@pytest.fixture
def market(settings: Settings, bank: Bank) -> Iterator[Flask]:
    """The app's context, with the real provider, and the market's address listening for its callbacks."""
    listener = socket.create_server(("127.0.0.1", 0))
    here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # More patience than a market has by itself: a provider on a busy machine is not silent.
    chosen = {"provider_url": bank.url(""), "provider_secret": SECRET, "public_url": here, "payment_timeout": 8.0}
    app = create_app(settings.model_copy(update=chosen))
    app.testing = True
    with listener, listening(app, listener), app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    gateway = app.extensions.get("payment_gateway")
    if gateway is not None:
        gateway.close()


@pytest.fixture
def impatient(market: Flask) -> None:
    """That market as it is by itself, for a provider that does not answer."""
    usual = Settings.model_fields["payment_timeout"].default
    market.extensions["settings"] = market.extensions["settings"].model_copy(update={"payment_timeout": usual})
