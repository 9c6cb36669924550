"""What stands between a new version and its start: migrations, and on servers the topics."""

from __future__ import annotations

import logging

import flask_migrate


def migrate() -> None:
    """Bring the bound database to the newest migration; does nothing when it is there. Needs an app context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()
