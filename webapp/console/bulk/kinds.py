"""What can be changed many at once: the tables of such changes, and what the things' own modules say about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.db import Row

Outcomes = Mapping[int, tuple[int, str]]
"""How far each thing is (one of models.CHANGED, SAME, LEFT), and why where it was left as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Things that can be changed many at once. `changes` and `rows` are the tables, `key` names a thing in the second;
    `source` is the SQL list of things to choose from and `id` a thing's id in it. `actor` works on them, by `work`: a batch
    of a change, in the caller's transaction. `act` says in words what a change does, `show` what its page names beside it;
    `path` is the pages' address and `home` the list's, under `section` of the navigation."""

    thing: str
    things: str
    changes: str
    rows: str
    key: str
    source: str
    id: str
    actor: str
    path: str
    home: str
    section: str
    work: Callable[[Row, Sequence[int]], Outcomes]
    act: Callable[[Row], str]
    show: Callable[[Row], dict[str, Any]]

    @property
    def about(self) -> str:
        """What live pages and the audit call such a change."""
        return f"{self.thing}-change"

    def many(self, count: int) -> str:
        """So many of them in words."""
        return f"{count:,} {self.thing if count == 1 else self.things}"
