"""No question of `market check` goes through a table anew for each row of another: with a million orders it would never end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.app import create_app
from webapp.db import db
from webapp.settings import load
from workers import checking
from workers.checking import witness
from workers.checking.asking import answer


def test_no_table_is_read_whole_for_each_row_of_another(migrated_sqlite: Path, tmp_path: Path) -> None:
    """By the plans of SQLite, which hang on the text and its indexes alone."""
    shutil.copy(migrated_sqlite, tmp_path / "market.db")
    app = create_app(load(market_home=tmp_path, database_url=None, kafka_brokers=None, amqp_url=None, smtp_url=None, provider_url="inprocess:"))  # fmt: skip
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with app.app_context():
        with checking.looking(app) as asking:
            sa.event.listen(asking.connection, "before_cursor_execute", note)
            for invariant in checking.INVARIANTS:
                answer(invariant, asking)
            list(witness.compare(asking, []))
            sa.event.remove(asking.connection, "before_cursor_execute", note)
            assert len(asked) > len(checking.INVARIANTS)
            found = {
                (what, statement)
                for statement, parameters in asked
                for what in read_for_each(
                    asking.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                )
            }
        db.session.remove()
        db.engine.dispose()
    assert found == set()


def read_for_each(plan: Sequence[Sequence[Any]], node: int = 0, inner: bool = False) -> Iterator[str]:
    """The tables that a plan goes through inside the loop over another: below a row of it, or in a subquery asked for each row."""
    loop = inner
    for number, parent, _, detail in plan:
        if parent == node:
            if loop and detail.startswith("SCAN"):
                yield detail
            loop = loop or detail.startswith(("SCAN", "SEARCH"))
            yield from read_for_each(plan, number, inner or detail.startswith("CORRELATED"))
