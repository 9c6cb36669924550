"""Everybody, and a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import People


@pytest.fixture
def client(app: Flask, people: People) -> FlaskClient:
    """A browser or a program, from this machine."""
    return app.test_client()
