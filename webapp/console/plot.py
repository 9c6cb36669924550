"""The level of a stock over time as a drawing: pure figures for an SVG. A level is a step, never a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.db import Row

WIDTH, HEIGHT, LEFT, TOP = 340, 132, 28, 22
"""The drawing's size, and the room that the figures at the left and the word above the line take."""


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal help line: where it is and what it says."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with a word beside it; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn level: the line and the ground below it as SVG paths, the help lines, the threshold, the largest delivery."""

    path: str
    area: str
    grid: tuple[Line, ...]
    threshold: Line | None
    lead: Mark | None
    end: Mark


def level(moves: Sequence[Row], since: int, now: int, on_hand: int, threshold: int) -> Plot:
    """Draw units on hand from `since` to `now` (microseconds UTC), from movements in their order."""
    top = _round_up(max([on_hand, threshold, 1, *(row["after"] for row in moves), *(row["before"] for row in moves)]))

    def x(at: int) -> float:
        return round(LEFT + (WIDTH - LEFT - 8) * min(max((at - since) / max(now - since, 1), 0), 1), 1)

    def y(units: int) -> float:
        return round(TOP + (HEIGHT - TOP - 4) * (1 - units / top), 1)

    first = moves[0]["before"] if moves else on_hand
    path = f"M{LEFT} {y(first)}" + "".join(f"H{x(row['at'])}V{y(row['after'])}" for row in moves) + f"H{x(now)}"
    end = Mark(x(now), y(on_hand), "", "end")
    return Plot(
        path,
        f"{path}V{y(0)}H{LEFT}Z",
        tuple(Line(y(units), f"{units:,}") for units in dict.fromkeys((0, top // 2, top))),
        Line(y(threshold), f"threshold {threshold:,}") if threshold else None,
        _lead(moves, x, y),
        end,
    )


def _lead(moves: Sequence[Row], x: Callable[[int], float], y: Callable[[int], float]) -> Mark | None:
    """The largest delivery, with its word: what explains the picture."""
    brought = max((row for row in moves if row["kind"] == "received"), key=lambda row: int(row["delta"]), default=None)
    if brought is None:
        return None
    at = x(brought["at"])
    anchor = "start" if at < WIDTH / 3 else "end" if at > WIDTH * 2 / 3 else "middle"
    return Mark(at, y(brought["after"]) - 7, f"+{brought['delta']:,} received", anchor)


def _round_up(units: int) -> int:
    """The next figure that reads well at the top of a scale, and halves."""
    step = 1
    while True:
        for times in (2, 4, 6, 8, 10):
            if units <= times * step:
                return times * step
        step *= 10
