"""Whether somebody works for this market; and if nobody does, our own loops in this process until the replay is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from webapp import clock
from webapp.db import Row, db, fetch
from workers.embedded import Loops
from workers.loops import holder
from workers.providing import ProviderChild
from workers.replay.shelves import PATIENCE, NobodyWorks
from workers.timers import TIMERS

REST_SECONDS = 0.2


@contextmanager
def working(app: Flask) -> Iterator[bool]:
    """Have the services work for the market. Where nobody does, and events need no broker, the loops run in this process,
    with a payment provider of their own where none is set; they end when everything has come to rest. Yields whether they do."""
    if app.extensions["settings"].with_brokers or _somebody_works():
        yield False
        return
    with _provider(app):
        loops = Loops(app, app.extensions["settings"])
        loops.start()
        try:
            yield True
            _come_to_rest()
        finally:
            loops.stop()


@contextmanager
def _provider(app: Flask) -> Iterator[None]:
    settings = app.extensions["settings"] = app.extensions["settings"].without_cards()
    if settings.provider_url is not None:
        yield
        return
    child = ProviderChild(settings)
    app.extensions["settings"] = settings.model_copy(update={"provider_url": child.start()})
    try:
        yield
    finally:
        child.stop()


def _somebody_works() -> bool:
    """Whether another process holds the timers' lease and renews it. One that was killed leaves a lease that runs out."""
    first = _lease()
    while (lease := _lease()) is not None:
        if first is None or lease["until"] != first["until"]:
            return True
        time.sleep(0.2)
    return False


def _lease() -> Row | None:
    found = fetch(
        "SELECT holder, until FROM leases WHERE name = :name AND until > :now AND holder <> :us",
        name=TIMERS, now=clock.now(), us=holder(),
    )  # fmt: skip
    db.session.rollback()
    return found[0] if found else None


def _come_to_rest() -> None:
    # The orders have ended; their emails and the last messages have not, perhaps.
    left, since = -1, time.monotonic()
    while True:
        found = fetch(
            "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM emails WHERE next_try_at IS NOT NULL) AS waiting"
        )[0]["waiting"]
        db.session.rollback()
        if not found:
            return
        if found != left:
            left, since = found, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise NobodyWorks(f"{found} messages and emails are left, and nothing has moved for {PATIENCE:g} s")
        time.sleep(REST_SECONDS)
