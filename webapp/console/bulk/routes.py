"""Changing many products: from the list's bar or a category to a page that says what would happen, does it in the background,
and says what became of it. It can be left meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator

from webapp import clock
from webapp.accounts import principal
from webapp.console import product_list as listing
from webapp.console.bulk import commands
from webapp.console.bulk import models as m
from webapp.console.desk import bp, done, not_done, show
from webapp.console.paging import href
from webapp.console.product_list import Which
from webapp.db import Row, as_json, fetch, from_json, rows, transact
from webapp.errors import MarketError, NotFound
from webapp.live import LiveState, Topic
from webapp.products import categories
from webapp.products.api import Category
from webapp.products.categories import path
from webapp.products.queries import picture_sql
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Form
from webapp.web.reading import sentence

MOST_CHOSEN = 200
SHOWN = 12
LEFT_SHOWN = 50


class Choice(Form, Which):
    """What the list's bar sends: what to do, with these products or with all that the list would show."""

    action: Literal["active", "draft", "archived", "category", "delete"]
    to: Annotated[Category, AfterValidator(path)] = ""
    all: bool = False


class Branch(Form):
    """Another path for a category."""

    was: Annotated[Category, AfterValidator(path)]
    becomes: Annotated[Category, AfterValidator(path)] = ""


@bp.post("/products/changes")
@works_for_market()
def choose_change() -> ResponseReturnValue:
    """Take what was chosen in the list, and show what it would mean."""
    filled = reading.form(Choice)
    choice = filled.data
    if choice is None:
        return not_done(next(iter(filled.errors.values())), listing.ADDRESS)
    market_id = principal.current().market_id
    where, given = listing.conditions(choice if choice.all else Which(), market_id, categories.names(market_id))
    if not choice.all:
        where += f" AND p.id IN (SELECT id FROM {rows('chosen', id='bigint')})"
        given["chosen"] = [{"id": product_id} for product_id in _chosen()]
    action, value = (m.STATUS, choice.action) if choice.action in listing.VIEWS else (choice.action, choice.to)
    return _choose(action, value, where, given, href(listing.ADDRESS, **choice.said()))


@bp.post("/products/categories/move")
@works_for_market()
def move_category() -> ResponseReturnValue:
    """Give a category another path, with all that is below it, and show what that would mean."""
    filled = reading.form(Branch)
    form = filled.data
    address = "/console/products/categories"
    if form is None:
        return not_done(next(iter(filled.errors.values())), address)
    becomes = form.becomes or form.was.rpartition(categories.BETWEEN)[0]
    if categories.is_within(becomes, form.was):
        return not_done("A category cannot be moved into itself, and this is its path already.", address)
    market_id = principal.current().market_id
    where, given = listing.conditions(Which(category=form.was), market_id, categories.names(market_id))
    return _choose(m.MOVE, as_json([form.was, becomes]), where, given, address)


@bp.get("/products/changes/<id:change_id>")
@works_for_market()
def product_change(change_id: int) -> ResponseReturnValue:
    """Show a change of many products: what it would do, how far it is, what became of it."""
    return show("bulk/change.html", "products", **_view(_of(principal.current().market_id, change_id)))


@bp.get("/products/changes/<id:change_id>/state")
@works_for_market()
def product_change_state(change_id: int) -> str:
    """The part of that page that moves."""
    return _state(_of(principal.current().market_id, change_id)["id"]).text


@bp.post("/products/changes/<id:change_id>/begin")
@works_for_market()
def begin_change(change_id: int) -> ResponseReturnValue:
    """Let it be done."""
    me = principal.current()
    return _moved(
        change_id,
        lambda: commands.begin(me.market_id, change_id, me.actor),
        "It goes on by itself; you can leave this page.",
    )


@bp.post("/products/changes/<id:change_id>/stop")
@works_for_market()
def stop_change(change_id: int) -> ResponseReturnValue:
    """Stop it where it is."""
    me = principal.current()
    return _moved(
        change_id, lambda: commands.stop(me.market_id, change_id, me.actor), "Stopped. What was changed so far stays."
    )


@bp.post("/products/changes/<id:change_id>/forget")
@works_for_market()
def forget_change(change_id: int) -> ResponseReturnValue:
    """Do not do it."""
    market_id = principal.current().market_id
    try:
        transact(lambda: commands.forget(market_id, change_id))
    except MarketError as error:
        return _refused(change_id, error)
    return done("Nothing was changed.", listing.ADDRESS)


def _chosen() -> list[int]:
    sent = [text for text in request.form.getlist("id") if text.isascii() and text.isdecimal() and len(text) < 20]
    return [product_id for product_id in map(int, sent[:MOST_CHOSEN]) if product_id <= BIGGEST]


def _choose(action: str, value: str, where: str, given: dict[str, Any], back: str) -> ResponseReturnValue:
    me = principal.current()
    try:
        change_id = transact(
            lambda: commands.choose(me.market_id, action, value, where, given, me.actor, trace.cause())
        )
    except MarketError as error:
        return not_done(sentence(error.detail), back)
    return done_quietly(f"/console/products/changes/{change_id}")


def done_quietly(address: str) -> ResponseReturnValue:
    """Go on to a page that says itself what has happened."""
    return "", 303, {"Location": address}


def _moved(change_id: int, change: Any, said: str) -> ResponseReturnValue:
    try:
        transact(change)
    except MarketError as error:
        return _refused(change_id, error)
    return done(said, f"/console/products/changes/{change_id}")


def _refused(change_id: int, error: MarketError) -> ResponseReturnValue:
    if error.status == NotFound.status:
        raise error
    return not_done(sentence(error.detail), f"/console/products/changes/{change_id}")


def _of(market_id: int, change_id: int) -> Row:
    found = fetch(
        "SELECT * FROM product_changes WHERE id = :id AND market_id = :market_id", id=change_id, market_id=market_id
    )
    if not found:
        raise NotFound("there is no such change in this market")
    return found[0]


def _view(change: Row) -> dict[str, Any]:
    some = fetch(
        f"SELECT p.id, p.name, p.sku, p.category, p.status, p.deleted_at, {picture_sql()} AS picture, r.outcome FROM product_change_rows r"
        " JOIN products p ON p.id = r.product_id WHERE r.change_id = :id"
        + (" AND r.step = :left" if change["status"] != m.CHOSEN else "")
        + " ORDER BY r.product_id LIMIT :limit",
        id=change["id"], limit=SHOWN if change["status"] == m.CHOSEN else LEFT_SHOWN,
        **({"left": m.LEFT} if change["status"] != m.CHOSEN else {}),
    )  # fmt: skip
    held = (
        fetch(
            "SELECT count(DISTINCT v.order_id) AS orders FROM reservations v JOIN product_change_rows r ON r.product_id = v.product_id"
            " WHERE r.change_id = :id AND v.state = 'HELD'",
            id=change["id"],
        )[0]["orders"]
        if (change["action"], change["status"]) == (m.DELETE, m.CHOSEN)
        else 0
    )
    was, becomes = from_json(change["value"]) if change["action"] == m.MOVE else ("", change["value"])
    return {
        "change": change, "act": _act(change), "products": some, "held": held, "was": was, "becomes": becomes, "moving": change["status"] == m.WORKING,
        "address": f"/console/products/changes/{change['id']}",
    }  # fmt: skip


def _act(change: Row) -> str:
    many = f"{change['total']:,} {'product' if change['total'] == 1 else 'products'}"
    words = {
        "active": f"Put {many} on the shelf",
        "draft": f"Make {'a draft' if change['total'] == 1 else 'drafts'} of {many}",
        "archived": f"Archive {many}",
    }
    if change["action"] == m.STATUS:
        return words[change["value"]]
    return f"{'Delete' if change['action'] == m.DELETE else 'Move'} {many}"


def _authorise(key: str) -> int:
    if not key.isascii() or not key.isdecimal() or len(key) > 18:
        raise NotFound("there is no such change in this market")
    return int(_of(principal.current().market_id, int(key))["id"])


def _versions(change_ids: Sequence[int]) -> Mapping[int, int]:
    found = fetch(
        f"SELECT id, version FROM product_changes WHERE id IN (SELECT id FROM {rows('asked', id='bigint')})",
        asked=[{"id": change_id} for change_id in change_ids],
    )
    return {row["id"]: row["version"] for row in found}


def _state(change_id: int) -> LiveState:
    [change] = fetch("SELECT * FROM product_changes WHERE id = :id", id=change_id)
    shown = _view(change)
    text = render_template("console/bulk/_change.html", now=clock.to_datetime(clock.now()), **shown)
    return LiveState(text, final=not shown["moving"])


CHANGE = Topic(kind="product-change", about=commands.ABOUT, authorise=_authorise, versions=_versions, render=_state)
