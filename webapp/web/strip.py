"""The flow strip: five stations on a thread, the one drawing of where an order is.

A page builds a Strip and includes ``components/_strip.html``; this file knows no order, only stations.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Key = Literal["placed", "reserved", "paid", "completed", "told"]
State = Literal["done", "now", "todo", "refused", "stuck", "skipped"]
Density = Literal["shopper", "owner", "operator", "micro"]

# What a screen reader hears after a station's name, and what the micro strip says in a sentence.
WORDS: dict[State, str] = {
    "done": "done",
    "now": "under way",
    "todo": "to come",
    "refused": "refused",
    "stuck": "stuck",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Station:
    """One stop on the thread.

    ``name`` is in the tense of the state ("Reserved", "Paying", "Not reserved"); ``since`` writes "since" before
    the time; ``instead`` stands where the time would ("never asked"). ``took`` is the time to the next station,
    written on the thread (owner's density), ``ids`` are event ids, offsets and the like (operator's).
    """

    key: Key
    state: State
    name: str
    at: datetime | None = None
    since: bool = False
    notes: tuple[str, ...] = ()
    took: str | None = None
    ids: tuple[str, ...] = ()
    instead: str = ""

    @property
    def mark(self) -> str:
        """The name of the mark that is drawn: a stuck station has the octagon of a refused one."""
        return "refused" if self.state == "stuck" else self.state

    @property
    def word(self) -> str:
        """The state in words, for who does not see the mark."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class LineBack:
    """The dashed return that a refusal draws: what went back, from which station and to which.

    ``text`` stands on the line and is two or three words; ``more`` follows it where the strip runs down.
    """

    text: str
    start: Key
    end: Key = "placed"
    more: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """Five stations in order, how densely they are written, and the line back if something was refused.

    ``id`` is the partial's one id on the page, ``label`` its name for screen readers.
    ``listening``: nothing is under way, and yet something may still come, so that a page should keep listening.
    """

    stations: tuple[Station, ...]
    density: Density = "shopper"
    line_back: LineBack | None = None
    id: str = "strip"
    label: str = "Where the order is"
    listening: bool = False

    def thread_after(self, index: int) -> str:
        """Return how the thread after a station is drawn: full, half, dashed, or "" (nothing has moved there yet)."""
        here = self.stations[index]
        if index + 1 == len(self.stations) or here.state in ("now", "todo"):
            return ""
        follows = self.stations[index + 1].state
        if here.state != "done" or follows == "skipped":
            return "dashed"
        return {"now": "half", "stuck": "half", "todo": ""}.get(follows, "full")

    def column(self, key: Key) -> int:
        """Return the column of a station, counted from one; raises ValueError when it is not on the strip."""
        return [station.key for station in self.stations].index(key) + 1

    @property
    def moving(self) -> bool:
        """Whether the order is still under way, so that a page should keep listening."""
        return self.listening or any(station.state in ("now", "stuck") for station in self.stations)

    @property
    def sentence(self) -> str:
        """The whole strip in one line of text, for the micro density and for logs."""
        return ", ".join(f"{station.name} {station.word}" for station in self.stations)
