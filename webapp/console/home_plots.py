"""Home's drawings as pure figures for SVG: sales over time, how orders ended, and the time in each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webapp.console.home_period import Period, day_text
from webapp.web.figures import DIGITS, SIGNS, money_text, span_text

FEW_BARS = 31
"""More days than these are drawn week by week."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text in a drawing; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing, where its ground lies, its help lines with their words, and the words of its days."""

    width: int
    height: int
    left: int
    floor: float
    grid: tuple[Word, ...]
    days: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Sales:
    """Money per day as a line, the days before as a dotted one; `best` is the best day's word, `end` the last point."""

    frame: Frame
    line: str
    area: str
    past: str
    best: Word | None
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a bar: which outcome, and where."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How orders ended, in bars of a day or a week each."""

    frame: Frame
    bars: tuple[Bar, ...]
    weekly: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the strip: where its bar begins, how far half of all and the slow twentieth reach, and the words."""

    x: float
    middle: float
    slow: float
    took: str
    words: str
    slow_text: str


def sales(now: Sequence[int], before: Sequence[int], period: Period, currency: str, width: int) -> Sales:
    """Draw the money of each day (minor units) against the days before."""
    height, left, top, floor = (212, 44, 24, 188.0) if width > 400 else (176, 40, 24, 150.0)
    unit: int = 10 ** DIGITS.get(currency, 2)
    step, lines = scale(max([1, *now, *before]) / unit)
    most = step * lines * unit

    def x(index: int) -> float:
        return round(left + (width - left - 8) * (index / (len(now) - 1) if len(now) > 1 else 1), 1)

    def y(minor: int) -> float:
        return round(floor - (floor - top) * max(minor, 0) / most, 1)

    def path(amounts: Sequence[int]) -> str:
        return "M" + "L".join(f"{x(i)} {y(amount)}" for i, amount in enumerate(amounts))

    grid = tuple(
        Word(left - 8, y(round(step * n * unit)), short_money(step * n, currency if n == lines else ""), "end")
        for n in range(lines + 1)
    )
    best_at = max(range(len(now)), key=lambda i: now[i])
    best = None
    if now[best_at] > 0:
        at = x(best_at)
        anchor = "start" if at < width / 3 else "end" if at > width * 2 / 3 else "middle"
        best = Word(
            at, y(now[best_at]) - 9,
            f"{money_text(now[best_at], currency)}, {day_text(period.first + best_at, period.today)}", anchor,
        )  # fmt: skip
    line = path(now)
    return Sales(
        Frame(width, height, left, floor, grid, _days(period, x, height - 4, 4 if width > 400 else 3)),
        line,
        f"{line}L{x(len(now) - 1)} {floor}L{x(0)} {floor}Z",
        path(before),
        best,
        tuple((x(i), y(now[i])) for i in dict.fromkeys((best_at, len(now) - 1)) if best),
    )


def outcomes(days: Mapping[int, Mapping[str, int]], kinds: Sequence[str], period: Period, width: int) -> Outcomes:
    """Draw how many orders ended how, each day or, where there are many, each week; `kinds` stand from the ground up."""
    height, left, top, floor = 186, 28, 8, 160.0
    weekly = period.length > FEW_BARS
    span = 7 if weekly else 1
    starts = list(range(period.first, period.last + 1, span))
    counts = [
        [sum(days.get(day, {}).get(kind, 0) for day in range(start, min(start + span, period.last + 1))) for kind in kinds]
        for start in starts
    ]  # fmt: skip
    step, lines = scale(max([1, *(sum(one) for one in counts)]))
    most = step * lines
    room = (width - left) / len(starts)
    thick = round(min(room * 0.72, 28), 1)

    def y(count: float) -> float:
        return round(floor - (floor - top) * count / most, 1)

    bars: list[Bar] = []
    for n, one in enumerate(counts):
        x, below = round(left + room * n + (room - thick) / 2, 1), 0
        for kind, count in zip(kinds, one, strict=True):
            if count:
                # A hair of ground between two pieces, so that they are told apart without their colours.
                tall = max(round(y(below) - y(below + count) - (1 if below else 0), 1), 0.8)
                bars.append(Bar(kind, x, y(below + count), thick, tall))
                below += count
    grid = tuple(Word(left - 8, y(step * n), f"{round(step * n):,}", "end") for n in range(lines + 1))
    words = _spread(len(starts), 4 if width > 400 else 3)
    texts = tuple(
        Word(
            round(left + room * (n + 0.5), 1), height - 4, day_text(starts[n], period.today),
            "start" if n == 0 and len(starts) > 8 else "end" if n == len(starts) - 1 and len(starts) > 8 else "middle",
        )
        for n in words
    )  # fmt: skip
    return Outcomes(Frame(width, height, left, floor, grid, texts), tuple(bars), weekly)


ROOM, FIRST, APART = 210, 32, 242
"""The strip of times: the length of a bar, where the first begins, and how far two are apart."""


def steps(times: Sequence[tuple[str, float | None, float | None]]) -> tuple[tuple[Step, ...], str]:
    """Draw the steps on one log scale from (words, half of all, slow twentieth; seconds); and the words of the scale."""
    known = [value for _, *both in times for value in both if value]
    low = math.pow(10, math.floor(math.log10(min([*known, 1]) * 0.999)))
    high = max(2 * max([*known, low * 10]), low * 10)

    def reach(seconds: float) -> float:
        share = math.log(max(seconds, low) / low) / math.log(high / low)
        return round(4 + (ROOM - 8) * min(max(share, 0), 1), 1)

    drawn = tuple(
        Step(
            FIRST + APART * n, reach(middle), reach(slow), short_span(middle), words, f"slow {short_span(slow)}"
        )
        for n, (words, middle, slow) in enumerate(times)
        if middle is not None and slow is not None
    )  # fmt: skip
    return drawn, f"{short_span(low)} to {short_span(high)}"


def scale(most: float) -> tuple[float, int]:
    """The step of a scale's lines and how many there are, three or four, so that the numbers read well."""
    step = math.pow(10, math.floor(math.log10(most / 4))) if most > 4 else 1.0
    while True:
        for times in (1, 2, 2.5, 4, 5, 10):
            one = step * times
            if (one >= 1 and one != int(one)) or most > one * 4:
                continue
            return one, max(math.ceil(most / one), 2)
        step *= 10


def short_money(whole: float, currency: str) -> str:
    """A sum of whole units on a scale: €1.2k; without a currency only the number."""
    mark = SIGNS.get(currency, "")
    if whole >= 1_000_000:
        return f"{mark}{whole / 1_000_000:g}m"
    return f"{mark}{whole / 1000:g}k" if whole >= 1000 else f"{mark}{whole:g}"


def short_span(seconds: float) -> str:
    """A duration in two digits: 2.4 ms, 0.18 s, 1.9 s, 40 s, 14 min."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 10 else span_text(seconds)


def _days(period: Period, x: Callable[[int], float], y: float, most: int) -> tuple[Word, ...]:
    picked = _spread(period.length, most)
    return tuple(
        Word(x(n), y, day_text(period.first + n, period.today), "start" if n == 0 and len(picked) > 1 else "end" if n == picked[-1] else "middle")
        for n in picked
    )  # fmt: skip


def _spread(length: int, most: int) -> list[int]:
    """At most so many of the positions, evenly, the first and the last among them."""
    if length <= most:
        return list(range(length))
    return sorted({round(n * (length - 1) / (most - 1)) for n in range(most)})
