"""Everybody, and a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import People, settle


@pytest.fixture
def people(app: Flask) -> People:
    """Everybody, in a fresh database."""
    return settle(app)


@pytest.fixture
def client(app: Flask, people: People) -> FlaskClient:
    """A browser or a program, from this machine."""
    return app.test_client()
