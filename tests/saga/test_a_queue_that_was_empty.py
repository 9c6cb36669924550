"""A queue is empty most of the time, and PostgreSQL's sums of it say so for a while after it has grown. What works on a batch of it must
not cost more for that: with a plan for hardly any rows, each row was compared with each id of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import SettingsOn
from webapp import clock, outbox
from webapp.app import create_app
from webapp.db import among, db, execute, fetch, rows, transact

WAITING, BATCH = 4000, 500


@pytest.fixture
def app(settings_on: SettingsOn) -> Iterator[Flask]:
    """The market on PostgreSQL, its queue analysed while it was empty and then filled."""
    application = create_app(settings_on("postgresql"))
    with application.app_context():
        # Nobody else may look at it between the two.
        transact(lambda: execute("ALTER TABLE outbox SET (autovacuum_enabled = false)"))
        _fill(WAITING)
        transact(lambda: execute("DELETE FROM outbox"))
        transact(lambda: execute("ANALYZE outbox"))
        _fill(WAITING)
        yield application
        transact(lambda: execute("ALTER TABLE outbox RESET (autovacuum_enabled)"))
        db.session.remove()
        db.engine.dispose()


@pytest.mark.server
def test_a_batch_of_a_queue_costs_no_more_than_its_rows(app: Flask) -> None:
    ids = [row["id"] for row in fetch("SELECT id FROM outbox ORDER BY id LIMIT :most", most=BATCH)]
    assert _looked_at(f"DELETE FROM outbox WHERE {among('id', 'ids')}", ids=ids) <= 2 * WAITING
    planted = f"DELETE FROM outbox WHERE id IN (SELECT id FROM {rows('ids', id='bigint')})"
    assert _looked_at(planted, ids=[{"id": id} for id in ids]) > 100 * WAITING, "the test sees what it is there to see"
    transact(lambda: outbox.settle(ids))
    assert len(fetch("SELECT id FROM outbox")) == WAITING - BATCH


def _fill(many: int) -> None:
    transact(lambda: outbox.ask(outbox.NOTIFICATIONS, "deliver", range(many), clock.now()))


def _looked_at(sql: str, **parameters: Any) -> int:
    [row] = fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", **parameters)
    db.session.rollback()
    [[plan]] = row.values()
    return _rows_of(plan["Plan"])


def _rows_of(node: dict[str, Any]) -> int:
    own = node["Actual Loops"] * (
        node["Actual Rows"] + node.get("Rows Removed by Join Filter", 0) + node.get("Rows Removed by Filter", 0)
    )
    return int(own) + sum(_rows_of(child) for child in node.get("Plans", ()))
