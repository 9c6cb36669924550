"""`market import`: a file of products into a market from a terminal, by the same steps as from the browser."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click
from flask import Flask

from webapp import settings
from webapp.accounts.actor import Actor
from webapp.console.imports import commands, intake, queries
from webapp.console.imports import models as m
from webapp.db import Row, db, fetch, transact
from webapp.errors import MarketError
from webapp.outbox import fresh_cause
from workers import importing
from workers.replay.at_work import working
from workers.replay.shelves import open_market

ACTOR = Actor.system("import")
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
"""How long nothing may move before whoever should make inventories is taken to be away."""

SHOWN = 20
"""Rows with errors that are written out; the rest are counted."""


def run(app: Flask, file: Path, market_slug: str, dry: bool, leave_errors: bool) -> int:
    """Read `file`, say what it would change in the market, and unless `dry` change it. Returns the exit status: 1 when some
    rows cannot be read (then nothing is changed, unless they shall be left out), or when rows were left as they were.

    Raises MarketError for a file that cannot be read at all, an unknown market, and when nobody makes inventories.
    """
    market = open_market(market_slug)
    with file.open("rb") as opened:
        import_id = intake.take(opened, file.name, market["id"], ACTOR, fresh_cause())
    try:
        read = _follow(import_id, (m.READY, m.REFUSED), "reading")
        if read["status"] == m.REFUSED:
            raise MarketError(read["problem"])
        counts = queries.counts(read)
        click.echo(_in_words("would be " if dry else "to be ", counts))
        _tell_errors(import_id, counts["error"])
        if dry or (counts["error"] and not leave_errors) or not counts["new"] + counts["changed"]:
            return _nothing(dry, leave_errors, counts)
        transact(lambda: commands.apply(market["id"], import_id, ACTOR, leave_errors))
        with nullcontext() if not _needs_loops(app) else working(app):
            done = _follow(import_id, (m.DONE, m.CANCELLED), "applying")
    finally:
        _discard(market["id"], import_id)
    return _report(import_id, done)


def _follow(import_id: int, ends: Sequence[str], label: str) -> Row:
    since, seen = time.monotonic(), None
    with click.progressbar(length=1000, label=f"{label:<9}", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        while True:
            # Whoever is free works on it: this process, or a worker that was quicker.
            importing.work(import_id, importing.SLICE_SECONDS)
            row = queries.row(import_id)
            db.session.rollback()
            bar.update(max(round(queries.share(row) * 1000) - bar.pos, 0))
            if row["status"] in ends:
                return row
            if row["status"] not in m.WORKED_ON:
                raise MarketError(f"the import was stopped meanwhile: it is {row['status']}")
            # Its version also moves when somebody takes it up and finds nothing to do.
            if (moved := (row["status"], row["rows"], row["done"])) != seen:
                since, seen = time.monotonic(), moved
            elif time.monotonic() - since > PATIENCE_SECONDS:
                raise MarketError(
                    "nothing moves: is `market consume inventory` running? The import goes on by itself once it does"
                )
            time.sleep(PAUSE_SECONDS)


def _needs_loops(app: Flask) -> bool:
    config: settings.Settings = app.extensions["settings"]
    return not config.with_brokers


def _nothing(dry: bool, leave_errors: bool, counts: dict[str, int]) -> int:
    if counts["error"] and not leave_errors:
        if not dry:
            click.echo("Nothing was changed. Mend these rows, or say --leave-errors to import the others.", err=True)
        return 1
    click.echo("Nothing was changed: this was a dry run." if dry else "Nothing is different, so nothing was changed.")
    return 0


def _report(import_id: int, done: Row) -> int:
    counts = queries.counts(done)
    if done["status"] == m.CANCELLED:
        raise MarketError(done["problem"] or "the import was cancelled")
    click.echo(f"Done. Import {import_id} can be undone as a whole in the console.")
    for row in queries.left(import_id, SHOWN):
        click.echo(f"row {row['line']}, SKU {row['sku']}: {row['outcome']}", err=True)
    if counts["left"]:
        click.echo(f"{counts['left']:,} rows were left as they were, or in part.", err=True)
    return 1 if counts["left"] else 0


def _in_words(begun: str, counts: dict[str, int]) -> str:
    return "\n".join(
        f"{counts[verdict]:>9,}  {words}"
        for verdict, words in (
            ("new", f"{begun}made"), ("changed", f"{begun}changed"), ("skipped", "skipped: nothing is different, or no product"),
            ("error", "with errors"),
        )
    )  # fmt: skip


def _tell_errors(import_id: int, count: int) -> None:
    for row in queries.errors(import_id, SHOWN):
        for problem in row["problems"]:
            where = f"row {row['line']}, {problem['column']}" if problem["column"] else f"row {row['line']}"
            click.echo(f"{where}: {problem['message']}", err=True)
    if count > SHOWN:
        click.echo(f"and {count - SHOWN:,} more rows with errors", err=True)
    db.session.rollback()


def _discard(market_id: int, import_id: int) -> None:
    # A dry run, a refusal and Ctrl+C leave nothing behind; what is being applied goes on, and what is done stays to be undone.
    found = fetch("SELECT status FROM imports WHERE id = :id", id=import_id)
    db.session.rollback()
    if found and found[0]["status"] in (m.WAITING, m.READING, m.READY, m.REFUSED):
        transact(lambda: commands.cancel(market_id, import_id, ACTOR))
