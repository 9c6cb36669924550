"""An import as its page shows it: one view for the page, the answer to a script and the live push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template

from webapp import clock
from webapp.accounts import principal
from webapp.console.imports import columns, decide, queries
from webapp.console.imports import models as m
from webapp.console.imports.commands import columns_of
from webapp.console.imports.dry_run import form_of, pieces
from webapp.console.imports.records import Place, Unreadable, records
from webapp.console.imports.sniffing import DELIMITERS
from webapp.console.imports.sniffing import WORDS as ENCODINGS
from webapp.console.paging import ON_A_PAGE
from webapp.db import Row, among, fetch, from_json
from webapp.live import LiveState, Topic, id_in
from webapp.web.figures import count_text, money_text

TABS = (
    ("new", "New"),
    ("changed", "Changed"),
    ("skipped", "Skipped"),
    ("error", "Errors"),
    ("left", "Left as it was"),
    ("kept", "Kept"),
)
SAMPLES = 3
BADGES = {
    m.WAITING: ("go", "Waiting"), m.READING: ("go", "Reading"), m.READY: ("new", "Dry run"), m.REFUSED: ("stop", "Refused"),
    m.APPLYING: ("go", "Applying"), m.DONE: ("done", "Applied"), m.CANCELLED: ("wait", "Stopped"), m.DISCARDED: ("off", "Discarded"),
    m.UNDOING: ("go", "Undoing"), m.UNDONE: ("off", "Undone"), m.UPLOADING: ("go", "Arriving"),
}  # fmt: skip


def view(found: Row, tab: str = "", after: int = 0, before: int | None = None) -> dict[str, Any]:
    """Everything that the import's partial names."""
    counts = queries.counts(found)
    moving = found["status"] in m.WORKED_ON
    tabs = [(key, word, counts[key]) for key, word in TABS if counts[key] or key in ("new", "changed", "error")]
    chosen = (
        tab
        if tab in dict(TABS)
        else next((key for key, _, count in reversed(tabs) if key in ("kept", "left", "error") and count), "")
    )
    chosen = chosen or next((key for key, _, count in tabs if count), "new")
    shows_rows = not moving and found["status"] not in (m.REFUSED, m.DISCARDED, m.UPLOADING)
    address = f"/console/imports/{found['id']}"
    return {
        "job": found, "counts": counts, "moving": moving, "badge": BADGES[found["status"]], "address": address, "share": queries.share(found),
        "about": _about(found), "tab": chosen, "shows_rows": shows_rows,
        "tabs": [(word, f"{address}?view={key}", count, key == chosen) for key, word, count in tabs] if shows_rows else [],
        "page": _page(found, chosen, after, before, address) if shows_rows else None,
        "mapping": _mapping(found) if found["status"] in (m.READY, m.REFUSED) else None,
        "meanings": [("", "Leave it out"), *columns.MEANINGS.items()],
        "has_errors_file": bool(counts["error"] + counts["left"] + counts["kept"]) and shows_rows and _has_file(found["id"]),
        "changes_something": bool(counts["new"] + counts["changed"]),
    }  # fmt: skip


def _about(found: Row) -> str:
    form, chosen = form_of(found), columns_of(found)
    size = found["bytes"]
    weight = f"{count_text(size // 1024)} KiB" if size >= 1024 else f"{size} bytes"
    return f"{columns.SOURCES[chosen.source].capitalize()}, {ENCODINGS[form.encoding]}, {DELIMITERS[form.delimiter]} between cells, {weight}"


def _page(found: Row, tab: str, after: int, before: int | None, address: str) -> dict[str, Any]:
    read = queries.rows_of(found["id"], tab, ON_A_PAGE, after, before)
    more = len(read) > ON_A_PAGE
    read = read[:ON_A_PAGE]
    if before is not None:
        read.reverse()
    has_before = bool(after) if before is None else more
    has_after = more if before is None else True
    [market] = fetch("SELECT currency FROM markets WHERE id = :id", id=found["market_id"])
    return {
        "rows": [{**row, "cells": _cells(row["changes"], market["currency"])} for row in read],
        "previous": f"{address}?view={tab}&before={read[0]['number']}" if read and has_before else None,
        "following": f"{address}?view={tab}&after={read[-1]['number']}" if read and has_after else None,
    }


def _cells(changes: Mapping[str, Sequence[Any]], currency: str) -> list[tuple[str, str | None, str]]:
    """Each cell that is different: its label, what it was (None where there was nothing), and what it shall be."""
    cells = []
    for name, label in decide.WORDS.items():
        if name not in changes:
            continue
        was, became = changes[name]
        if was is None and (became == "" or name == "name"):
            continue
        cells.append((label, None if was is None else _text(name, was, currency), _text(name, became, currency)))
    return cells


def _text(name: str, value: Any, currency: str) -> str:
    if name == "price_minor":
        return money_text(int(value), currency)
    if name == decide.STOCK:
        return count_text(int(value))
    text = " ".join(str(value).split())
    return f"{text[:120]}…" if len(text) > 120 else text or "nothing"


def _mapping(found: Row) -> list[dict[str, Any]]:
    chosen = columns_of(found)
    by_place = {place: meaning for meaning, place in chosen.meaning.items()}
    start = from_json(found["form"])["rows_at"]
    samples: list[list[str]] = []
    try:
        for record in records(
            lambda offset: pieces(found["id"], offset), form_of(found), Place(**start), chosen.header
        ):
            samples.append(record.cells)
            if len(samples) == SAMPLES:
                break
    except Unreadable:
        pass  # What cannot be read is said on the page already; the columns are shown without samples then.
    return [
        {"place": place, "name": name, "meaning": by_place.get(place, ""),
         "samples": [cells[place][:60] for cells in samples if place < len(cells) and cells[place].strip()]}
        for place, name in enumerate(chosen.header) if name
    ]  # fmt: skip


def _has_file(import_id: int) -> bool:
    return bool(fetch("SELECT 1 AS one FROM import_pieces WHERE import_id = :id AND number = 0", id=import_id))


def _authorise(key: str) -> int:
    return int(queries.import_of(principal.current().market_id, id_in(key))["id"])


def _versions(import_ids: Sequence[int]) -> Mapping[int, int]:
    found = fetch(
        f"SELECT id, version FROM imports WHERE {among('id', 'asked')}",
        asked=import_ids,
    )
    return {row["id"]: row["version"] for row in found}


def state(import_id: int) -> LiveState:
    """The part of an import's page that moves. Raises NotFound."""
    shown = view(queries.row(import_id))
    text = render_template("console/imports/_job.html", now=clock.to_datetime(clock.now()), **shown)
    return LiveState(text, final=not shown["moving"])


JOB = Topic(kind="import", about="import", authorise=_authorise, versions=_versions, render=state)
