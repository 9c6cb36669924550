"""Telling every hub that something moved, so that it looks at once and not only within the second. Only a hint: it is
told after the commit and outside of any transaction (a NOTIFY inside one takes a lock of the whole server at commit), and
when it is lost the hubs see the change at their next look."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from flask import current_app

from webapp.db import as_json, db, from_json, on_sqlite

log = logging.getLogger(__name__)

CHANNEL = "marketflow_live"
MOST_IDS = 300
"""Ids in one NOTIFY: twenty digits each stay below PostgreSQL's 8,000 bytes."""

_MOVED = "live_moved"


def announce(about: str, ids: Iterable[int]) -> None:
    """Say, in the transaction under way, that these things moved; it is told once the transaction has committed."""
    db.session.info.setdefault(_MOVED, {}).setdefault(about, set()).update(ids)


def tell() -> None:
    """Tell what was announced in the transaction that this thread has just committed."""
    # What a transaction announced before it was rolled back is told with the next one: a look too many harms nobody.
    moved: Mapping[str, set[int]] = db.session.info.pop(_MOVED, {})
    if not any(moved.values()):
        return
    if on_sqlite():
        current_app.extensions["live"].hear(moved)
        return
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for text in _texts(moved):
                connection.execute(sa.text("SELECT pg_notify(:channel, :text)"), {"channel": CHANNEL, "text": text})
    except sa.exc.SQLAlchemyError as error:
        # The change is committed: its caller must not hear that it failed. The hubs look by themselves.
        log.warning("could not tell the live pages: %s", error)


def heard(text: str) -> tuple[str, list[int]]:
    """What one NOTIFY says. Raises ValueError when it is none of ours."""
    said = from_json(text)
    if not (isinstance(said, list) and len(said) == 2 and isinstance(said[0], str) and isinstance(said[1], list)):
        raise ValueError("not an announcement")
    if not all(type(id) is int for id in said[1]):
        raise ValueError("not an announcement of ids")
    return said[0], said[1]


def _texts(moved: Mapping[str, Iterable[int]]) -> Iterator[str]:
    for about, ids in moved.items():
        ordered: Sequence[int] = sorted(ids)
        for start in range(0, len(ordered), MOST_IDS):
            yield as_json([about, ordered[start : start + MOST_IDS]])
