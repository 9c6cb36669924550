"""The database: one session, one committer, one SQL text for PostgreSQL and SQLite.

Commands are written in set-based SQL. A list of rows travels as ONE JSON parameter and is unpacked in the database by
:func:`rows`; rows are found by a list of ids with :func:`among`. Here the two databases' SQL differs, and hardly elsewhere.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase

from webapp import clock
from webapp.settings import ROOT, Settings

Row = Mapping[str, Any]
T = TypeVar("T")

RETRIED_SQLSTATES = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the transaction did nothing and may be done again (PostgreSQL, appendix A)."""

ATTEMPTS = 5


class Base(DeclarativeBase):
    """The base of every model. Constraint names are fixed so that migrations can name them on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": True})
migrate = Migrate(directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A 64-bit id; SQLite only numbers a column that is declared INTEGER."""

NEVER_REUSED = {"sqlite_autoincrement": True}
"""Table arguments: without AUTOINCREMENT, SQLite hands out an id again once its row is gone, and what was said about the
old row would be believed of the new one."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime in Python, microseconds since 1970 in the database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: sa.Dialect) -> int | None:
        """Store an aware datetime, or an instant that is already in microseconds."""
        return clock.from_datetime(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """Read the microseconds as an aware datetime."""
        return None if value is None else clock.to_datetime(value)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the database of `settings` to the app."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.sqlalchemy_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _postgresql_options() if settings.on_postgresql else _sqlite_options()
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _sqlite_connect)
            event.listen(db.engine, "begin", _sqlite_begin)


def _postgresql_options() -> dict[str, Any]:
    # Ten connections and five more, and three seconds to wait for one: then the caller hears 503 rather than hangs.
    timeouts = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
    return {
        "pool_size": 10,
        "max_overflow": 5,
        "pool_timeout": 3,
        "pool_pre_ping": True,
        "connect_args": {"options": timeouts, "connect_timeout": 5, "prepare_threshold": 3},
    }


def _sqlite_options() -> dict[str, Any]:
    return {
        "connect_args": {"timeout": 15, "check_same_thread": False},
        "pool_size": 40,
        "max_overflow": 60,
        "pool_timeout": 10,
    }


def _sqlite_connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # The driver must not open transactions by itself: `_sqlite_begin` does.
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: sa.Connection) -> None:
    # A read that turns into a write fails at once when somebody wrote in between, whatever the busy time-out:
    # a writer says so from the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


after_commit: list[Callable[[], None]] = []
"""Called after every commit of this process: how its other threads hear of it without polling. Only a hint."""

_sqlite_writer = threading.RLock()
"""SQLite has one writer. Queueing for it here is fair, and costs no busy waiting."""


@contextmanager
def transaction() -> Iterator[None]:
    """The only committer. Ends the read transaction that the request may have open, begins one that writes, commits it.

    What is raised inside rolls everything back and goes on. Not nested: the inner commit would publish half of the outer.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("transaction() inside transaction(): commands never commit, only their edge does")
    session.rollback()
    with _sqlite_writer if on_sqlite() else nullcontext():
        session.info["writing"] = True
        try:
            session.connection(execution_options={"writes": True})
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["writing"] = False
    for heard in after_commit:
        heard()


def transact(change: Callable[[], T]) -> T:
    """Run `change` in a transaction of its own and return its result, again with jitter when the database says it
    lost a race (deadlock, serialization failure). `change` must be safe to run again after a rollback."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction():
                return change()
        except DBAPIError as error:
            if attempt == ATTEMPTS or not lost_a_race(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (jitter is no secret)
    raise AssertionError("the loop returns or raises")


def lost_a_race(error: DBAPIError) -> bool:
    """Whether the database rolled the transaction back for the sake of another one."""
    return getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES


def is_unavailable(error: BaseException) -> bool:
    """Whether the database did not answer: a dropped connection, a server that is down, a pool that ran dry."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlite_errorname", None) == "SQLITE_ERROR":
        return False  # SQLite has one class for "not now" and for "your SQL is wrong"; this is the latter.
    return isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error, OperationalError))


def on_sqlite() -> bool:
    """Whether the bound database is SQLite."""
    return bool(db.engine.dialect.name == "sqlite")


def rows(name: str, /, **columns: str) -> str:
    """SQL for a FROM list: the JSON parameter `:name`, a list of objects, as a table `name` with typed columns.

    Types are those both databases know: bigint, text, boolean (as 0/1 integers on SQLite), double precision.
    """
    if on_sqlite():
        picked = ", ".join(f"value ->> '$.{column}' AS {column}" for column in columns)
        return f"(SELECT {picked} FROM json_each(:{name})) AS {name}"
    typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"json_to_recordset(CAST(:{name} AS json)) AS {name}({typed})"


def among(column: str, name: str, kind: str = "bigint") -> str:
    """SQL for a condition: that a column is one of the parameter `:name`, a list of whole numbers (or of texts, by `kind`).

    PostgreSQL gets an array, for which it looks in an index or goes through the rows once. A list in a FROM list or in a
    subquery it reads anew for each row where it believes that there is hardly any: of a queue that was empty when it last
    looked it believes that for a minute or longer, while the queue grows. So what joins `rows` to a queue says this too.
    """
    if on_sqlite():
        return f"{column} IN (SELECT value FROM json_each(:{name}))"
    return f"{column} = ANY(CAST(:{name} AS {kind}[]))"


def locked() -> str:
    """SQL that ends a SELECT whose rows will be changed. SQLite's writer already stands alone."""
    return "" if on_sqlite() else "FOR UPDATE"


def like(text: str) -> str:
    """A pattern (LIKE :pattern ESCAPE '\\') for texts in lower case that contain this one, its signs taken for what they are."""
    return "%" + begins(text)


def begins(text: str) -> str:
    """A pattern like `like`'s, for texts that begin with this one."""
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


_ARRAYS = re.compile(r"CAST\(:(\w+) AS \w+\[\]\)")
_LISTS = re.compile(r"SELECT value FROM json_each\(:(\w+)\)")


@dataclass(frozen=True, slots=True)
class _Statement:
    # One SQL text, and which of its parameters `among` takes: as PostgreSQL's arrays, or as JSON for SQLite.
    text: sa.TextClause
    arrays: frozenset[str]
    lists: frozenset[str]

    def bound(self, name: str, value: Any) -> Any:
        if name in self.arrays:
            return list(value)
        if name in self.lists:
            return as_json(list(value))
        return as_json(value) if isinstance(value, list | dict | tuple) else value


@cache
def _statement(sql: str) -> _Statement:
    return _Statement(sa.text(sql), frozenset(_ARRAYS.findall(sql)), frozenset(_LISTS.findall(sql)))


def execute(sql: str, **parameters: Any) -> sa.CursorResult[Any]:
    """Run one SQL text in the session's transaction. What `among` takes may be any collection; other lists and dicts
    travel as JSON."""
    statement = _statement(sql)
    bound = {name: statement.bound(name, value) for name, value in parameters.items()}
    return db.session.execute(statement.text, bound)  # type: ignore[return-value]


def fetch(sql: str, **parameters: Any) -> list[Row]:
    """Run one SQL text and return its rows as mappings."""
    found = execute(sql, **parameters)
    # SQLAlchemy's own mappings look each name up again for each row, which costs several times as much.
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def insert(
    table: str, records: Sequence[Row], /, returning: str = "", on_conflict: str = "", **columns: str
) -> list[Row]:
    """Insert many rows in one statement; `columns` names and types them. Returns what RETURNING gives, in no order."""
    if not records:
        return []
    names = ", ".join(columns)
    sql = f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows('records', **columns)} WHERE true"
    sql += f" {on_conflict}" if on_conflict else ""
    if not returning:
        execute(sql, records=records)
        return []
    return fetch(f"{sql} RETURNING {returning}", records=records)


def as_json(value: Any) -> str:
    """Compact JSON text, dataclasses included."""
    return orjson.dumps(value).decode()


def from_json(text: str | bytes) -> Any:
    """The value of a JSON text."""
    return orjson.loads(text)
