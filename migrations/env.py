"""Alembic's entry: migrations run on the app's own engine, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from alembic import context
from flask import current_app

from workers import embedded_transport  # noqa: F401  (its queue is a table like the others)

database = current_app.extensions["migrate"].db


def run() -> None:
    """Apply the revisions that Alembic chose, each in a transaction."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # An index over a million rows takes longer than any page may.
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
