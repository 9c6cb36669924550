"""How a hub hears of announcements between two looks: within the process, or by PostgreSQL's LISTEN."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from typing import Protocol

import psycopg

from webapp.live import announcing

log = logging.getLogger(__name__)

Moved = dict[str, set[int]]


class Ear(Protocol):
    """Waits for announcements."""

    def hear(self, moved: Mapping[str, set[int]]) -> None:
        """Something moved, says this very process."""

    def wait(self, seconds: float) -> Moved:
        """Return what was announced, as soon as something is; nothing after so many seconds."""

    def close(self) -> None:
        """Stop listening."""


class OwnEar:
    """Hears the commits of its own process. On SQLite nearly all commits are."""

    def __init__(self) -> None:
        self._moved: Moved = {}
        self._told = threading.Condition()

    def hear(self, moved: Mapping[str, set[int]]) -> None:
        """Something moved: wake the hub."""
        with self._told:
            for about, ids in moved.items():
                self._moved.setdefault(about, set()).update(ids)
            self._told.notify_all()

    def wait(self, seconds: float) -> Moved:
        """What was announced since the last call."""
        with self._told:
            self._told.wait_for(lambda: self._moved, timeout=seconds)
            moved, self._moved = self._moved, {}
            return moved

    def close(self) -> None:
        """There is nothing to close."""


class PostgresEar:
    """Hears every process's NOTIFY over one connection of its own, which it opens again, with patience, when it breaks."""

    LONGEST_PAUSE = 15.0

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: psycopg.Connection | None = None
        self._pause = 0.0
        self._again_at = 0.0

    def hear(self, moved: Mapping[str, set[int]]) -> None:
        """The announcement of this process comes back by NOTIFY like those of all others."""

    def wait(self, seconds: float) -> Moved:
        """What was announced since the last call; only waits while the server does not answer."""
        moved: Moved = {}
        if self._connection is None and time.monotonic() >= self._again_at:
            self._open()
        if self._connection is None:
            time.sleep(seconds)
            return moved
        try:
            for note in self._connection.notifies(timeout=seconds, stop_after=1):
                self._note(note.payload, moved)
        except psycopg.Error as error:
            self._failed(error)
        return moved

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> None:
        try:
            self._connection = psycopg.connect(
                self._address, autocommit=True, connect_timeout=3, application_name="marketflow live",
                keepalives_idle=20, keepalives_interval=5, keepalives_count=3,
            )  # fmt: skip
            self._connection.execute(f"LISTEN {announcing.CHANNEL}")
            self._pause = 0.0
        except psycopg.Error as error:
            self._failed(error)

    def _failed(self, error: psycopg.Error) -> None:
        self.close()
        self._pause = min(max(self._pause * 2, 0.5), self.LONGEST_PAUSE)
        self._again_at = time.monotonic() + self._pause * random.uniform(0.5, 1.0)  # noqa: S311  (jitter is no secret)
        log.warning("live pages listen no more and only look each second; again in %.1f s: %s", self._pause, error)

    @staticmethod
    def _note(text: str, moved: Moved) -> None:
        try:
            about, ids = announcing.heard(text)
        except ValueError:
            log.warning("a NOTIFY on %s that is none of ours: %.80r", announcing.CHANNEL, text)
            return
        moved.setdefault(about, set()).update(ids)
