"""What every page of the console shares: the blueprint, the numbers beside the navigation, and how a page is rendered.

Whoever works for a market keeps it here. Each route asks for things through the caller's market, so what belongs to
another one is a 404 like what does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import principal
from webapp.console import queries
from webapp.web.counting import few_text

bp = Blueprint("console", __name__, url_prefix="/console")


@bp.app_template_filter("moment")
def moment(micros: int) -> datetime:
    """A time as raw rows have it (microseconds UTC), for the macros that write times."""
    return clock.to_datetime(micros)


@bp.app_template_filter("actor_text")
def actor_text(actor: str) -> str:
    """Who acted, as it is read: a machine's name ("demo") begins like any other name, an address stays as it is."""
    return actor if "@" in actor else actor[:1].upper() + actor[1:]


def show(template: str, section: str, status: int = 200, **names: Any) -> Response:
    """A page of the console; `section` is the link of the navigation that is the current one."""
    wanting = queries.wanting(principal.current().market_id)
    counts = {name: few_text(count, queries.MOST_WANTING) for name, count in wanting.items() if count}
    names = {"now": clock.to_datetime(clock.now()), **names}
    page = render_template(f"console/{template}", section=section, nav_counts=counts, nav_hot=("stock",), **names)
    return make_response(page, status)


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back from a change: the form of one button that stands beside the message. What it sends must fit only what it
    undoes (a version, an entry of the ledger, a state), as it may be sent late or twice."""

    action: str
    fields: Mapping[str, str | int]


def done(message: str, address: str, undo: Undo | None = None) -> ResponseReturnValue:
    """Say that a change was made, with the way back where there is one, and go on to a page."""
    told = {"text": message, "action": undo.action, "fields": dict(undo.fields)} if undo else message
    flash(told, "done")  # type: ignore[arg-type]  # Whatever the session's JSON can say is kept.
    return redirect(address, 303)


def not_done(message: str, address: str) -> ResponseReturnValue:
    """Say that a change was not made and why, and go on to a page. The message stays until it is read."""
    flash(message, "stop")
    return redirect(address, 303)
