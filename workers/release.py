"""What stands between a new version and its start: migrations, and on servers the topics."""

from __future__ import annotations

import logging

import flask_migrate
from flask import Flask

from webapp.settings import Settings


def run(app: Flask) -> None:
    """Migrate, and create the topics where there are brokers. Needs an app context; safe to run again."""
    migrate()
    config: Settings = app.extensions["settings"]
    if config.with_brokers:
        from workers import topics

        topics.create(config)


def migrate() -> None:
    """Bring the bound database to the newest migration; does nothing when it is there. Needs an app context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()
