"""Choosing many products to change: in the list's bar, or by a category."""

from __future__ import annotations

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import AfterValidator

from webapp.accounts import principal
from webapp.console import product_list as listing
from webapp.console.bulk import models as m
from webapp.console.bulk import pages
from webapp.console.bulk.products import PRODUCTS, undo
from webapp.console.desk import bp, not_done
from webapp.console.paging import href
from webapp.console.product_list import Which
from webapp.db import among, as_json, transact
from webapp.errors import MarketError, NotFound
from webapp.products import categories
from webapp.products.api import Category
from webapp.products.categories import path
from webapp.web import reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import Form
from webapp.web.reading import sentence


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
def choose_product_change() -> ResponseReturnValue:
    """Take what was chosen in the list, and show what it would mean."""
    filled = reading.form(Choice)
    choice = filled.data
    if choice is None:
        return not_done(filled.problem, listing.ADDRESS)
    market_id = principal.current().market_id
    where, given = listing.conditions(choice if choice.all else Which(), market_id, categories.names(market_id))
    if not choice.all:
        where += f" AND {among('p.id', 'chosen')}"
        given["chosen"] = pages.chosen()
    action, value = (m.STATUS, choice.action) if choice.action in listing.VIEWS else (choice.action, choice.to)
    return pages.choose(PRODUCTS, action, value, where, given, href(listing.ADDRESS, **choice.said()))


@bp.post("/products/categories/move")
@works_for_market()
def move_category() -> ResponseReturnValue:
    """Give a category another path, with all that is below it, and show what that would mean."""
    filled = reading.form(Branch)
    form = filled.data
    address = "/console/products/categories"
    if form is None:
        return not_done(filled.problem, address)
    becomes = form.becomes or form.was.rpartition(categories.BETWEEN)[0]
    if categories.is_within(becomes, form.was):
        return not_done("A category cannot be moved into itself, and this is its path already.", address)
    market_id = principal.current().market_id
    where, given = listing.conditions(Which(category=form.was), market_id, categories.names(market_id))
    return pages.choose(PRODUCTS, m.MOVE, as_json([form.was, becomes]), where, given, address)


@bp.post("/products/changes/<id:change_id>/undo")
@works_for_market()
def undo_product_change(change_id: int) -> ResponseReturnValue:
    """Choose what a change has changed, to take it back, and show what that would mean."""
    me = principal.current()
    address = f"/console/products/changes/{change_id}"
    try:
        undoing = transact(lambda: undo(me.market_id, change_id, me.actor, trace.cause()))
    except NotFound:
        raise
    except MarketError as error:
        return not_done(sentence(error.detail), address)
    return "", 303, {"Location": f"/console/products/changes/{undoing}"}


CHANGE = pages.add_pages(PRODUCTS)
