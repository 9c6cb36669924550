"""The market with a toy room in it, on each database, and its people."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import People, settle
from tests.web import toys


@pytest.fixture
def people(app: Flask) -> People:
    """Everybody, in a fresh database."""
    app.register_blueprint(toys.api)
    app.register_blueprint(toys.bp)
    return settle(app)


@pytest.fixture
def client(app: Flask, people: People) -> FlaskClient:
    """A browser or a program, from this machine."""
    return app.test_client()
