"""The pages of imports, and the export of all products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.accounts import principal
from webapp.console.desk import bp, done, not_done, show
from webapp.console.imports import commands, exporting, intake, queries, showing
from webapp.console.imports import models as m
from webapp.console.paging import ON_A_PAGE
from webapp.db import transact
from webapp.errors import MarketError
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Query, WholeText
from webapp.web.reading import sentence

ROOM_FOR_THE_FORM = 64 * 1024

Number = Annotated[WholeText, Field(ge=0, le=BIGGEST)]


class ImportList(Query):
    """Where in the list of imports."""

    before: Number | None = None


class RowList(Query):
    """Which rows of an import."""

    view: str = ""
    after: Number = 0
    before: Number | None = None


@bp.get("/imports")
@works_for_market()
def imports() -> Response:
    """List the market's imports, newest first, below the form for the next one."""
    return _list({})


@bp.post("/imports")
@works_for_market()
def upload() -> ResponseReturnValue:
    """Take a file in and begin its dry run."""
    # Only this route reads more than a form; the file is on a disk and not in memory before it gets here.
    request.max_content_length = intake.MOST_BYTES + ROOM_FOR_THE_FORM
    me = principal.current()
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            return _list({"file": "Choose a CSV file."}, 422)
        import_id = intake.take(file.stream, file.filename, me.market_id, me.actor, trace.cause())  # type: ignore[arg-type]
    except RequestEntityTooLarge:
        return _list(
            {"file": f"This file is larger than {intake.MOST_BYTES // 1024**2} MiB. Split it and upload its parts."},
            413,
        )
    except MarketError as error:
        return _list({"file": sentence(error.detail)}, error.status)
    return done(f"{file.filename} has arrived. Nothing is changed until you apply it.", f"/console/imports/{import_id}")


@bp.get("/imports/<id:import_id>")
@works_for_market()
def one_import(import_id: int) -> Response:
    """Show an import: what is going on, what it would change, what became of it."""
    asked = reading.query(RowList)
    return _page(import_id, asked=asked)


@bp.get("/imports/<id:import_id>/state")
@works_for_market()
def import_state(import_id: int) -> str:
    """The part of an import's page that moves."""
    return showing.state(queries.import_of(principal.current().market_id, import_id)["id"]).text


@bp.post("/imports/<id:import_id>/columns")
@works_for_market()
def map_columns(import_id: int) -> ResponseReturnValue:
    """Read the file again with other meanings of its columns."""
    me = principal.current()
    header = commands.columns_of(queries.import_of(me.market_id, import_id)).header
    chosen = [request.form.get(f"column-{place}", "") for place in range(len(header))]
    return _changed(
        import_id, lambda: commands.remap(me.market_id, import_id, chosen, me.actor), "The file is read again."
    )


@bp.post("/imports/<id:import_id>/apply")
@works_for_market()
def apply_import(import_id: int) -> ResponseReturnValue:
    """Let what the dry run showed be done."""
    me = principal.current()
    leave = request.form.get("leave_errors") == "yes"
    return _changed(import_id, lambda: commands.apply(me.market_id, import_id, me.actor, leave), "It is being applied.")


@bp.post("/imports/<id:import_id>/cancel")
@works_for_market()
def cancel_import(import_id: int) -> ResponseReturnValue:
    """Stop an import, or forget its dry run."""
    me = principal.current()
    try:
        after = transact(lambda: commands.cancel(me.market_id, import_id, me.actor))
    except MarketError as error:
        return _refused(import_id, error)
    if after == m.DISCARDED:
        return done("The import is discarded. It has changed nothing.", "/console/imports")
    return done(
        "The import was stopped. What it had done so far stays, and can be undone.", f"/console/imports/{import_id}"
    )


@bp.get("/imports/<id:import_id>/undo")
@works_for_market()
def undoing_import(import_id: int) -> Response:
    """Ask whether an import shall be undone, and say what that means."""
    found = queries.import_of(principal.current().market_id, import_id)
    return show("imports/undo.html", "imports", job=found, counts=queries.counts(found))


@bp.post("/imports/<id:import_id>/undo")
@works_for_market()
def undo_import(import_id: int) -> ResponseReturnValue:
    """Take an import back as one."""
    me = principal.current()
    return _changed(import_id, lambda: commands.undo(me.market_id, import_id, me.actor), "It is being undone.")


@bp.get("/imports/<id:import_id>/errors.csv")
@works_for_market()
def import_errors(import_id: int) -> Response:
    """Download the rows that need another look, each with what is to be said of it."""
    return exporting.errors_csv(queries.import_of(principal.current().market_id, import_id))


@bp.get("/products.csv")
@works_for_market()
def all_products_csv() -> Response:
    """Download the market's products, as they can be imported again."""
    place = principal.current().place
    return exporting.products_csv(exporting.all_products(place.id), f"{place.slug}-products")


def _changed(import_id: int, change: Callable[[], None], said: str) -> ResponseReturnValue:
    try:
        transact(change)
    except MarketError as error:
        return _refused(import_id, error)
    return done(said, f"/console/imports/{import_id}")


def _refused(import_id: int, error: MarketError) -> ResponseReturnValue:
    if error.status == 404:
        raise error
    return not_done(sentence(error.detail), f"/console/imports/{import_id}")


def _page(import_id: int, asked: RowList) -> Response:
    found = queries.import_of(principal.current().market_id, import_id)
    return show("imports/job.html", "imports", **showing.view(found, asked.view, asked.after, asked.before))


def _list(errors: dict[str, Any], status: int = 200) -> Response:
    asked = reading.query(ImportList)
    found = queries.newest(principal.current().market_id, ON_A_PAGE, asked.before)
    shown = [
        {**row, "badge": showing.BADGES[row["status"]], "figures": queries.counts(row)} for row in found[:ON_A_PAGE]
    ]
    older = f"/console/imports?before={shown[-1]['id']}" if len(found) > ON_A_PAGE else None
    return show(
        "imports/list.html", "imports", status, imports=shown, older=older, first=asked.before is None, errors=errors,
        most=intake.MOST_BYTES // 1024**2,
    )  # fmt: skip
