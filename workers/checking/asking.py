"""How an invariant is asked: one query that returns no row, over a connection that streams, so that a million orders need
no more memory than one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from webapp.settings import Settings

Row = Mapping[str, Any]

EXAMPLES = 5
"""How many of the rows that break an invariant are shown."""

PAGE = 1000
"""Rows that travel from PostgreSQL at once."""


class CannotAsk(Exception):
    """The one who would know does not answer. `expected` says that there is nobody to ask in this set-up at all."""

    def __init__(self, reason: str, expected: bool) -> None:
        super().__init__(reason)
        self.expected = expected


@dataclass(frozen=True)
class Asking:
    """One look at the market: a connection, in a transaction of its own, and the settings."""

    connection: sa.Connection
    settings: Settings

    def rows(self, sql: str, **parameters: object) -> Iterator[Row]:
        """The rows of one query, as they come."""
        with self.connection.execute(sa.text(sql), parameters, execution_options={"yield_per": PAGE}) as result:
            for row in result.mappings():
                yield dict(row)

    def run(self, sql: str, **parameters: object) -> None:
        """Run one statement."""
        self.connection.execute(sa.text(sql), parameters)

    def value(self, sql: str, **parameters: object) -> Any:
        """The one value of one row."""
        return self.connection.execute(sa.text(sql), parameters).scalar_one()

    @cached_property
    def now(self) -> int:
        """The database's own clock, in microseconds UTC: the only question that the two databases are asked differently."""
        if self.connection.dialect.name == "sqlite":
            return int(self.value("SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS integer)"))
        return int(self.value("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"))


Question = Callable[[Asking], Iterable[str]]
"""Asks, and yields one sentence for each row that breaks the invariant."""


@dataclass(frozen=True)
class Invariant:
    """A promise by its number in the list of promises. The `drained` ones hold when nothing is under way any more."""

    number: int
    sentence: str
    question: Question
    drained: bool = False


@dataclass(frozen=True)
class Answer:
    """What came of asking: how many rows break the invariant, with the first of them; or why it could not be asked."""

    invariant: Invariant
    broken: int = 0
    examples: tuple[str, ...] = ()
    unasked: str = ""
    unasked_expected: bool = True


def query(*parts: str, **parameters: Any) -> Question:
    """The question that one query asks. Its parts, joined to one, each select a sentence for each row that breaks it;
    `:now` is the database's clock."""
    sql = " UNION ALL ".join(parts)

    def ask(asking: Asking) -> Iterator[str]:
        given = {**parameters, "now": asking.now} if ":now" in sql else parameters
        return (str(next(iter(row.values()))) for row in asking.rows(sql, **given))

    return ask


def parked(where: str) -> str:
    """SQL for a FROM list: the ids of the events that were parked, as far as this condition on `parked` chooses.

    One list for a LEFT JOIN, which both databases make once. A subquery that asks for each event is answered by SQLite, and for
    most conditions by PostgreSQL, with all that was ever parked gone through for each of some million events.
    """
    return f"(SELECT DISTINCT event_id FROM parked WHERE {where})"


def answer(invariant: Invariant, asking: Asking) -> Answer:
    """Ask one invariant. Whatever the question leaves behind in the database is taken back."""
    broken, examples = 0, []
    undone = asking.connection.begin_nested()
    try:
        for sentence in invariant.question(asking):
            broken += 1
            if broken <= EXAMPLES:
                examples.append(sentence)
    except CannotAsk as reason:
        return Answer(invariant, unasked=str(reason), unasked_expected=reason.expected)
    finally:
        undone.rollback()
    return Answer(invariant, broken, tuple(examples))
