"""Lists that are read page by page in both directions, by the key of the first or last row shown: no row is repeated or
skipped when others come or go, and the last page costs what the first does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from webapp.db import Row, fetch
from webapp.web.counting import few
from webapp.web.fields import BIGGEST, Query, plain, refuse

Key = tuple[int, ...]

ON_A_PAGE = 25

_KEY = re.compile(r"[0-9]{1,19}(-[0-9]{1,19}){0,2}")


def _key(text: object) -> Key:
    if not _KEY.fullmatch(str(text)):
        refuse("bad-key", "Use the links to the next and the previous page.")
    key = tuple(int(part) for part in str(text).split("-"))
    if max(key) > BIGGEST:
        refuse("bad-key", "Use the links to the next and the previous page.")
    return key


Sought = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]


def _day(typed: object) -> object:
    if typed == "":
        return None
    try:
        return date.fromisoformat(str(typed).strip())
    except ValueError:
        refuse("not-a-date", "Write a date like 2026-11-22.")


Day = Annotated[date | None, BeforeValidator(_day)]
"""A whole day, UTC, that a list begins or ends with; blank for none."""


class Listed(Query):
    """What every list's address may say: what is looked for, and where the page lies, as a key of the list."""

    q: Sought = ""
    after: Annotated[Key | None, BeforeValidator(_key)] = None
    before: Annotated[Key | None, BeforeValidator(_key)] = None

    @property
    def sought(self) -> str:
        """What is looked for, without the spaces around it."""
        return self.q.strip()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows in the order shown, with the addresses of its neighbours, if there are any."""

    rows: Sequence[Row]
    previous: str | None
    following: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """The part of an ordered list that a page shows, as SQL: `columns` are the list's order, each ascending, or all of them
    descending. A key whose length does not fit the list counts as none."""

    columns: Sequence[str]
    descending: bool
    after: Key | None = None
    before: Key | None = None

    @property
    def backwards(self) -> bool:
        """Whether the rows are read from the end of the page to its beginning."""
        return self.before is not None

    @property
    def where(self) -> str:
        """The condition, beginning with AND; empty on the first page. Its parameters are `parameters`."""
        if self._key is None:
            return ""
        sign = "<" if self.descending != self.backwards else ">"
        return f" AND ({', '.join(self.columns)}) {sign} ({', '.join(f':key_{n}' for n in range(len(self.columns)))})"

    @property
    def order(self) -> str:
        """The ORDER BY, and the limit that tells whether more follow."""
        way = "DESC" if self.descending != self.backwards else "ASC"
        return f" ORDER BY {', '.join(f'{column} {way}' for column in self.columns)} LIMIT {ON_A_PAGE + 1}"

    @property
    def parameters(self) -> dict[str, int]:
        """What `where` names."""
        return {f"key_{n}": part for n, part in enumerate(self._key or ())}

    def page(self, found: Sequence[Row], key: Callable[[Row], Key], address: str, **view: Any) -> Page:
        """The page that was read; `address` and `view` make the addresses of its neighbours."""
        kept = list(found[:ON_A_PAGE])
        more = len(found) > ON_A_PAGE
        if self.backwards:
            kept.reverse()
        # Whoever came from a neighbour finds it where it was.
        has_previous, has_following = (more, True) if self.backwards else (self._key is not None, more)

        def at(name: str, row: Row) -> str:
            return href(address, **view, **{name: "-".join(map(str, key(row)))})

        return Page(
            kept,
            at("before", kept[0]) if kept and has_previous else None,
            at("after", kept[-1]) if kept and has_following else None,
        )

    @property
    def _key(self) -> Key | None:
        key = self.before or self.after
        return key if key is not None and len(key) == len(self.columns) else None


@dataclass(frozen=True, slots=True)
class SortedWindow(Window):
    """A window whose key is the id of a row of `table` alone: where that row stands is asked of the row itself, in the market, so
    that an address holds no name and another market's id tells nothing. The last of its columns is the id."""

    table: str = ""

    @property
    def where(self) -> str:
        """The condition, beginning with AND. Its parameters are `parameters` and `market_id`."""
        if self._key is None:
            return ""
        sign = "<" if self.descending != self.backwards else ">"
        values = [self._of(column) for column in self.columns]
        return f" AND ({', '.join(self.columns)}) {sign} ({', '.join(values)})"

    @property
    def _key(self) -> Key | None:
        key = self.before or self.after
        return key if key is not None and len(key) == 1 else None

    def _of(self, column: str) -> str:
        if column == self.columns[-1]:
            return ":key_0"
        return f"(SELECT k.{column.partition('.')[2]} FROM {self.table} k WHERE k.id = :key_0 AND k.market_id = :market_id)"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that a list may have: its words, the column that comes before the id, and the direction of both."""

    words: str
    column: str
    descending: bool


def capped(tabs: Mapping[str, str], **given: Any) -> Mapping[str, int]:
    """How many rows each of these SQL sources ("FROM … WHERE …") has, in one statement; one above `counting.MOST_COUNTED` stands
    for all that are more."""
    [found] = fetch(f"SELECT {', '.join(f'{few(source)} AS {name}_' for name, source in tabs.items())}", **given)
    return {name: found[f"{name}_"] for name in tabs}


def window(columns: Sequence[str], asked: Listed, descending: bool = False) -> Window:
    """The window that an address asks for."""
    return Window(columns, descending, asked.after, asked.before)


def href(address: str, **view: Any) -> str:
    """An address with those parameters that say something."""
    said = {name: value for name, value in view.items() if value not in (None, "", "all")}
    return f"{address}?{urlencode(said)}" if said else address
