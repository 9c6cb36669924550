"""The ledger file: SQLite in WAL mode, one writer thread, and a commit that is on the disk before anyone is answered.

Writers hand their work to one thread, which carries out all that is waiting in one transaction. That makes every piece
of work atomic against every other (a void against a charge racing it), and shares the cost of a commit among them.
"""

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

LARGEST_BATCH = 200
VERSION = 1

SCHEMA = """
CREATE TABLE charges (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT,
    reference TEXT,
    amount INTEGER CHECK (amount > 0),
    currency TEXT,
    last4 TEXT,
    status TEXT NOT NULL CHECK (status IN ('taken', 'declined', 'voided')),
    reason TEXT,
    refunded INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    taken_at REAL,
    late_at REAL,
    callback_url TEXT,
    notify_all INTEGER NOT NULL DEFAULT 0,
    CHECK (refunded BETWEEN 0 AND CASE WHEN taken_at IS NULL THEN 0 ELSE amount END),
    CHECK (status <> 'taken' OR taken_at IS NOT NULL),
    CHECK (status = 'voided' OR amount IS NOT NULL)
);
CREATE INDEX charges_by_reference ON charges (reference);
CREATE INDEX charges_late ON charges (late_at) WHERE late_at IS NOT NULL;
CREATE TABLE refunds (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT UNIQUE,
    fingerprint TEXT,
    charge TEXT NOT NULL REFERENCES charges (id),
    kind TEXT NOT NULL CHECK (kind IN ('refund', 'void')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    created_at REAL NOT NULL
);
CREATE INDEX refunds_by_charge ON refunds (charge);
CREATE TABLE calls (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    token TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX calls_by_key ON calls (key);
CREATE INDEX calls_by_reference ON calls (reference);
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    charge TEXT NOT NULL REFERENCES charges (id),
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at REAL NOT NULL,
    due_at REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    delivered_at REAL,
    last_error TEXT
);
CREATE INDEX events_due ON events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_by_charge ON events (charge);
"""


class LedgerClosed(Exception):
    """The provider is stopping; nothing was written."""


class Ledger:
    """The ledger in `path`, made when it is not there. Raises sqlite3.Error when it cannot be opened or is not ours."""

    def __init__(self, path: Path) -> None:
        self._writer = _connect(path)
        self._reader = _connect(path)
        self._reader_lock = threading.Lock()
        self._prepare()
        self._work: queue.Queue[tuple[Work, Future[Any]] | None] = queue.Queue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._write_for_ever, name="ledger", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Carries out `work` in a transaction and returns its result once that is durable.

        Raises what `work` raises (then nothing of it is kept), sqlite3.Error when the commit fails, LedgerClosed at the end.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise LedgerClosed
            self._work.put((work, future))
        return future.result()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one committed state for as long as it is held."""
        with self._reader_lock:
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("ROLLBACK")

    def close(self) -> None:
        """Writes what is waiting, then closes the file."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._work.put(None)
        self._thread.join()
        with self._reader_lock:
            self._reader.close()
        self._writer.close()

    def _prepare(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"The ledger has version {version}, this provider knows version {VERSION}.")

    def _write_for_ever(self) -> None:
        try:
            ended = False
            while not ended:
                batch = [self._work.get()]
                with suppress(queue.Empty):
                    while len(batch) < LARGEST_BATCH:
                        batch.append(self._work.get_nowait())
                # Nothing is queued after the None that close() puts, so it can only be the last.
                ended = batch[-1] is None
                self._carry_out([item for item in batch if item is not None])
        except BaseException:
            # Without its writer the provider would leave every request waiting; a supervisor can only restart what has ended.
            logging.getLogger(__name__).critical("The ledger's writer failed.", exc_info=True)
            os._exit(70)

    def _carry_out(self, batch: list[tuple[Work, Future[Any]]]) -> None:
        if not batch:
            return
        settled: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                settled.append((future, *self._attempt(work)))
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            # A full disk may have ended the transaction already; then there is nothing to roll back.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            settled = [(future, None, error) for _, future in batch]
        for future, result, failure in settled:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _attempt(self, work: Work) -> tuple[Any, Exception | None]:
        self._writer.execute("SAVEPOINT attempt")
        try:
            result, failure = work(self._writer), None
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked for the work
            # One refused piece of work takes nothing with it from the others in its batch.
            self._writer.execute("ROLLBACK TO attempt")
            result, failure = None, error
        self._writer.execute("RELEASE attempt")
        return result, failure


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
