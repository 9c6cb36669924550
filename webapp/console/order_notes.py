"""Notes on an order's page: what people of a market tell each other about it."""

from __future__ import annotations

from typing import Annotated

from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, StringConstraints

from webapp.accounts import audit, principal
from webapp.accounts.models import OWNER
from webapp.accounts.principal import Principal
from webapp.console import order_queries
from webapp.console.desk import bp, done, show
from webapp.console.orders import whole_page
from webapp.db import Row, transact
from webapp.errors import Forbidden
from webapp.orders import notes
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import Form, plain, refuse


def _words(text: str) -> str:
    words = plain(text).replace("\r\n", "\n").strip()
    if not words:
        refuse("required", "Write something here.")
    return words


class NoteForm(Form):
    """A note: a few lines of plain text."""

    text: Annotated[str, StringConstraints(max_length=notes.LONGEST), AfterValidator(_words)]


@bp.post("/orders/<id:order_id>/notes")
@works_for_market()
def write_note(order_id: int) -> ResponseReturnValue:
    """Write a note on an order."""
    me = principal.current()
    order_queries.owned(me.market_id, order_id)
    filled = reading.form(NoteForm)
    form = filled.data
    if form is None:
        return whole_page(order_id, status=422, written=filled)

    def written() -> None:
        note_id = notes.write(me.market_id, order_id, me.person_id, form.text)
        # Its words stand in the note alone, so that they are gone with it.
        noted = {"note": note_id, "characters": len(form.text)}
        audit.record("order.note", "order", order_id, None, noted, me.market_id, actor=me.actor)

    transact(written)
    return done("The note is written. Only your market sees it.", f"/console/orders/{order_id}#history")


@bp.get("/orders/<id:order_id>/notes/<id:note_id>/delete")
@works_for_market()
def deleting_note(order_id: int, note_id: int) -> ResponseReturnValue:
    """Ask whether a note shall be deleted."""
    me = principal.current()
    order_queries.owned(me.market_id, order_id)
    note = _mine(me, notes.note_of(me.market_id, order_id, note_id))
    return show("order_note_delete.html", "orders", order=order_queries.order(order_id), note=note)


@bp.post("/orders/<id:order_id>/notes/<id:note_id>/delete")
@works_for_market()
def delete_note(order_id: int, note_id: int) -> ResponseReturnValue:
    """Delete a note: whoever wrote it may, and an owner."""
    me = principal.current()

    def deleted() -> None:
        order_queries.owned(me.market_id, order_id)
        note = _mine(me, notes.note_of(me.market_id, order_id, note_id))
        notes.delete(me.market_id, order_id, note_id)
        was = {"note": note_id, "by": note["email"], "characters": len(note["text"])}
        audit.record("order.note_delete", "order", order_id, was, None, me.market_id, actor=me.actor)

    transact(deleted)
    return done("The note is deleted.", f"/console/orders/{order_id}#history")


def _mine(me: Principal, note: Row) -> Row:
    if note["person_id"] != me.person_id and me.role != OWNER:
        raise Forbidden("only who wrote a note and the owner can delete it")
    return note
