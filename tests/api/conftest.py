"""A desk for every test, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.api.desk import Desk
from tests.people import People
from workers import checking


@pytest.fixture
def desk(app: Flask, people: People) -> Iterator[Desk]:
    """A program at work, and the services behind it. At the end everything comes to rest and every invariant holds."""
    at_work = Desk(app, people)
    yield at_work
    at_work.settle()
    at_work.close()
    with app.app_context():
        assert checking.run(app, drained=True, wait=5) == 0
