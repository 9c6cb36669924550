"""Keeping the sums: counting what is new, and counting a day anew.

Counting is exact, whatever dies or comes late. A batch's sums, its keys and the mark are written in one transaction, by a
writer who holds the mark's version that it read. A thing that commits with a time before the mark is found within OVERLAP
by its key; one that comes later still (a past that was told afterwards) makes its day's number differ from its source's,
and the day is counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webapp import clock
from webapp.console.rollups.counting import DAY, Sums
from webapp.console.rollups.sources import SOURCES, TOLD, Source
from webapp.db import Row, among, db, execute, fetch, insert, transact

BATCH = 2000

OVERLAP = clock.seconds(60)
"""How far before the mark things are looked for that committed late: longer than our transactions take."""

QUIET = clock.seconds(5)
"""How long counting pauses where nothing was new."""

A_DAY_EVERY = clock.seconds(15)
"""How often one of the past days is compared with its sources."""


@dataclass(slots=True)
class Counter:
    """The timer's part: counts what is new, and looks at one past day after the other, the newest first."""

    counted_at: int = 0
    looked_at: int = 0
    day: int | None = None
    full: bool = field(default=False)

    def __call__(self) -> int:
        """Do a piece of the work; returns how many things were counted."""
        now = clock.now()
        if not self.full and now - self.counted_at < QUIET:
            return 0
        self.counted_at = now
        numbers = [count_new(source, now) for source in SOURCES]
        self.full = max(numbers) == BATCH
        if self.full or now - self.looked_at < A_DAY_EVERY:
            return sum(numbers)
        self.looked_at = now
        return sum(numbers) + self._look_at_a_day()

    def _look_at_a_day(self) -> int:
        day = settled_until() - 1 if self.day is None else self.day
        first = min((one for source in SOURCES if (one := source.first_day()) is not None), default=day + 1)
        self.day = day - 1 if day > first else None
        return recount(day) if first <= day and differs(day) else 0


def count_new(source: Source, now: int, limit: int = BATCH) -> int:
    """Add a batch of what the sums do not have yet; returns how many things it was."""
    mark = _mark(source)
    found = source.fresh(mark["at"] - OVERLAP, limit)
    if not found and now - mark["at"] < OVERLAP // 2:
        return 0
    sums = Sums()
    if found:
        source.add(sums, found)
    # What is looked for next time begins before the mark, so the mark may be now: nothing is left between.
    at = found[-1]["at"] if len(found) == limit else max(now, mark["at"])
    db.session.rollback()
    return transact(lambda: _write(source, mark, max(at, mark["at"]), found, sums))


def differs(day: int) -> bool:
    """Whether a day's sums count another number of things than there are."""
    return _counted(day) != _numbers(day)


def recount(day: int) -> int:
    """Count a whole day anew, in place of its sums; returns how many things it has. Nothing is written when somebody else
    counted meanwhile: the next look finds the day again."""
    marks = [_mark(source) for source in SOURCES]
    sums, numbers = Sums(), {}
    for source in SOURCES:
        after: tuple[int, object] = (day * DAY - 1, 0 if source is TOLD else "")
        numbers[source.name] = 0
        while page := source.page_of(day, after, BATCH):
            source.add(sums, page)
            numbers[source.name] += len(page)
            after = (page[-1]["at"], page[-1]["id"])
    db.session.rollback()

    def replaced() -> int:
        if not all(_take(mark, mark["at"]) for mark in marks):
            return 0
        for table in ("rollup_days", "rollup_steps", "rollup_products", "rollup_counted"):
            execute(f"DELETE FROM {table} WHERE day = :day", day=day)
        _add(sums)
        _add_counted([{"source": name, "day": day, "things": things} for name, things in numbers.items()])
        return sum(numbers.values())

    return transact(replaced)


def settled_until() -> int:
    """The first day that counting may still add to: those before it can be compared with their sources."""
    return min((int(mark["at"]) - OVERLAP) // DAY for mark in map(_mark, SOURCES))


def _mark(source: Source) -> Row:
    found = fetch("SELECT source, at, version FROM rollup_marks WHERE source = :source", source=source.name)
    return found[0] if found else {"source": source.name, "at": 0, "version": 0}


def _take(mark: Row, at: int) -> bool:
    """Move the mark, as the only one who has read this version of it."""
    if mark["version"] == 0:
        made = insert(
            "rollup_marks", [{"source": mark["source"], "at": at, "version": 1}], on_conflict="ON CONFLICT (source) DO NOTHING",
            returning="source", source="text", at="bigint", version="bigint",
        )  # fmt: skip
        return bool(made)
    moved = execute(
        "UPDATE rollup_marks SET at = :at, version = version + 1 WHERE source = :source AND version = :version",
        at=at,
        source=mark["source"],
        version=mark["version"],
    )
    return int(moved.rowcount) == 1


def _write(source: Source, mark: Row, at: int, found: Sequence[Row], sums: Sums) -> int:
    if not _take(mark, at):
        return 0
    execute(
        "DELETE FROM rollup_seen WHERE source = :source AND at < :before", source=source.name, before=at - 2 * OVERLAP
    )
    insert(
        "rollup_seen",
        [{"source": source.name, "key": row["key"], "at": row["at"]} for row in found if row["at"] >= at - 2 * OVERLAP],
        source="text", key="text", at="bigint",
    )  # fmt: skip
    _add(sums)
    numbers: dict[int, int] = {}
    for row in found:
        numbers[row["at"] // DAY] = numbers.get(row["at"] // DAY, 0) + 1
    _add_counted([{"source": source.name, "day": day, "things": things} for day, things in numbers.items()])
    return len(found)


def _add(sums: Sums) -> None:
    insert(
        "rollup_days",
        [{"market_id": m, "day": d, "measure": what, "reason": why, "times": times, "amount_minor": amount}
         for (m, d, what, why), (times, amount) in sorted(sums.days.items())],
        on_conflict="ON CONFLICT (market_id, day, measure, reason) DO UPDATE SET times = rollup_days.times + excluded.times,"
        " amount_minor = rollup_days.amount_minor + excluded.amount_minor",
        market_id="bigint", day="bigint", measure="text", reason="text", times="bigint", amount_minor="bigint",
    )  # fmt: skip
    insert(
        "rollup_steps",
        [{"market_id": m, "day": d, "step": step, "bucket": bucket, "times": times}
         for (m, d, step, bucket), times in sorted(sums.steps.items())],
        on_conflict="ON CONFLICT (market_id, day, step, bucket) DO UPDATE SET times = rollup_steps.times + excluded.times",
        market_id="bigint", day="bigint", step="text", bucket="bigint", times="bigint",
    )  # fmt: skip
    insert(
        "rollup_products",
        [{"market_id": m, "day": d, "product_id": product_id, "units": units, "amount_minor": amount}
         for (m, d, product_id), (units, amount) in sorted(sums.products.items())],
        on_conflict="ON CONFLICT (market_id, day, product_id) DO UPDATE SET units = rollup_products.units + excluded.units,"
        " amount_minor = rollup_products.amount_minor + excluded.amount_minor",
        market_id="bigint", day="bigint", product_id="bigint", units="bigint", amount_minor="bigint",
    )  # fmt: skip


def _add_counted(records: Sequence[Row]) -> None:
    insert(
        "rollup_counted", records,
        on_conflict="ON CONFLICT (source, day) DO UPDATE SET things = rollup_counted.things + excluded.things",
        source="text", day="bigint", things="bigint",
    )  # fmt: skip


def _counted(day: int) -> Mapping[str, int]:
    found = fetch(
        f"SELECT source, things FROM rollup_counted WHERE day = :day AND {among('source', 'asked', 'text')}",
        day=day,
        asked=[source.name for source in SOURCES],
    )
    return {**dict.fromkeys((source.name for source in SOURCES), 0), **{row["source"]: row["things"] for row in found}}


def _numbers(day: int) -> Mapping[str, int]:
    return {source.name: source.number_on(day) for source in SOURCES}
