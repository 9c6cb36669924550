"""The pages of a change of many things: what it would mean, how far it is, what became of it. They are the same for every kind
of thing; it can be left meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import principal
from webapp.console.bulk import commands
from webapp.console.bulk import models as m
from webapp.console.bulk.kinds import Kind
from webapp.console.desk import bp, done, not_done, show
from webapp.db import Row, among, fetch, transact
from webapp.errors import MarketError, NotFound
from webapp.live import LiveState, Topic, id_in
from webapp.web import trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST
from webapp.web.reading import sentence

MOST_CHOSEN = 200
SHOWN, LEFT_SHOWN = 12, 50
"""How many things are named before a change, and of those that were left as they were."""


def add_pages(kind: Kind) -> Topic:
    """Add the pages of one kind of change to the console; returns how they are watched."""

    @bp.get(f"{kind.path}/<id:change_id>", endpoint=f"{kind.thing}_change")
    @works_for_market()
    def change(change_id: int) -> ResponseReturnValue:
        """Show a change of many things: what it would do, how far it is, what became of it."""
        return show("bulk/change.html", kind.section, **_view(kind, _of(kind, change_id)))

    @bp.get(f"{kind.path}/<id:change_id>/state", endpoint=f"{kind.thing}_change_state")
    @works_for_market()
    def state(change_id: int) -> str:
        """The part of that page that moves."""
        return _state(kind, _of(kind, change_id)["id"]).text

    @bp.post(f"{kind.path}/<id:change_id>/begin", endpoint=f"begin_{kind.thing}_change")
    @works_for_market()
    def begin(change_id: int) -> ResponseReturnValue:
        """Let it be done."""
        me = principal.current()
        said = "It goes on by itself; you can leave this page."
        return _moved(kind, change_id, lambda: commands.begin(kind, me.market_id, change_id, me.actor), said)

    @bp.post(f"{kind.path}/<id:change_id>/stop", endpoint=f"stop_{kind.thing}_change")
    @works_for_market()
    def stop(change_id: int) -> ResponseReturnValue:
        """Stop it where it is."""
        me = principal.current()
        said = "Stopped. What was done so far stays."
        return _moved(kind, change_id, lambda: commands.stop(kind, me.market_id, change_id, me.actor), said)

    @bp.post(f"{kind.path}/<id:change_id>/forget", endpoint=f"forget_{kind.thing}_change")
    @works_for_market()
    def forget(change_id: int) -> ResponseReturnValue:
        """Do not do it."""
        market_id = principal.current().market_id
        return _moved(
            kind, change_id, lambda: commands.forget(kind, market_id, change_id), "Nothing was changed.", kind.home
        )

    return Topic(
        kind=kind.about, about=kind.about, authorise=lambda key: _authorised(kind, key), versions=lambda ids: _versions(kind, ids),
        render=lambda change_id: _state(kind, change_id),
    )  # fmt: skip


def chosen() -> list[int]:
    """The ids of the things whose boxes were ticked."""
    sent = [text for text in request.form.getlist("id") if text.isascii() and text.isdecimal() and len(text) < 20]
    return [one for one in map(int, sent[:MOST_CHOSEN]) if one <= BIGGEST]


def choose(kind: Kind, action: str, value: str, where: str, given: dict[str, Any], back: str) -> ResponseReturnValue:
    """Write down what was chosen, and go on to the page that says what it would mean; `back` is the list it was chosen in."""
    me = principal.current()
    try:
        change_id = transact(
            lambda: commands.choose(kind, me.market_id, action, value, where, given, me.actor, trace.cause())
        )
    except MarketError as error:
        return not_done(sentence(error.detail), back)
    # That page says itself what has happened.
    return "", 303, {"Location": f"/console{kind.path}/{change_id}"}


def _moved(
    kind: Kind, change_id: int, change: Callable[[], None], said: str, then: str | None = None
) -> ResponseReturnValue:
    address = f"/console{kind.path}/{change_id}"
    try:
        transact(change)
    except NotFound:
        raise
    except MarketError as error:
        return not_done(sentence(error.detail), address)
    return done(said, then or address)


def _of(kind: Kind, change_id: int) -> Row:
    found = fetch(
        f"SELECT * FROM {kind.changes} WHERE id = :id AND market_id = :market_id",
        id=change_id,
        market_id=principal.current().market_id,
    )
    if not found:
        raise NotFound("there is no such change in this market")
    return found[0]


def _view(kind: Kind, change: Row) -> dict[str, Any]:
    begun = change["status"] != m.CHOSEN
    some = fetch(
        f"SELECT {kind.key} AS id, outcome FROM {kind.rows} WHERE change_id = :id"
        + (f" AND step = {m.LEFT}" if begun else "")
        + f" ORDER BY {kind.key} LIMIT :limit",
        id=change["id"],
        limit=LEFT_SHOWN if begun else SHOWN,
    )
    reasons = fetch(
        f"SELECT outcome, count(*) AS many FROM {kind.rows} WHERE change_id = :id AND step = {m.LEFT} GROUP BY outcome ORDER BY 2 DESC, 1 LIMIT 12",
        id=change["id"],
    )
    return {
        "change": change, "kind": kind, "act": kind.act(change), "some": some, "reasons": reasons, "moving": change["status"] == m.WORKING,
        "address": f"/console{kind.path}/{change['id']}", **kind.show({**change, "some": some}),
    }  # fmt: skip


def _authorised(kind: Kind, key: str) -> int:
    return int(_of(kind, id_in(key))["id"])


def _versions(kind: Kind, change_ids: Sequence[int]) -> Mapping[int, int]:
    found = fetch(
        f"SELECT id, version FROM {kind.changes} WHERE {among('id', 'asked')}",
        asked=change_ids,
    )
    return {row["id"]: row["version"] for row in found}


def _state(kind: Kind, change_id: int) -> LiveState:
    [change] = fetch(f"SELECT * FROM {kind.changes} WHERE id = :id", id=change_id)
    shown = _view(kind, change)
    text = render_template("console/bulk/_change.html", now=clock.to_datetime(clock.now()), **shown)
    return LiveState(text, final=not shown["moving"])
