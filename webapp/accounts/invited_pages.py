"""Taking an invitation: with the account of its address, or with a new one, which the link itself confirms."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from webapp import db
from webapp.accounts import commands, letters, members, passwords, principal, queries, sessions
from webapp.accounts.actor import Actor
from webapp.accounts.desk import Name, Password, bp, show
from webapp.accounts.logging_in import agent
from webapp.errors import Conflict, Invalid, NotFound
from webapp.web import reading
from webapp.web.access import visitor
from webapp.web.fields import Form
from webapp.web.reading import Filled


class Newcomer(Form):
    """A new account for the invited address."""

    name: Name
    password: Password


@bp.get("/invited/<token>")
@visitor
def invited_page(token: str) -> ResponseReturnValue:
    """Say who invites to what, and ask for what is still needed."""
    return _page(token, Filled({}))


@bp.post("/invited/<token>")
@visitor
def accept(token: str) -> ResponseReturnValue:
    """Join the market, as who is logged in."""
    known = principal.maybe()
    try:
        letter = letters.behind(token, letters.INVITED)
        if known is None:
            return redirect(f"/login?next=/invited/{token}", 303)
        db.transact(lambda: members.accept(letter, known.person_id, known.email, actor=known.actor))
    except NotFound:
        return _page(token, Filled({}), 422)
    return sessions.welcome("Welcome: this is your desk", "/console/")


@bp.post("/invited/<token>/register")
@visitor
def accept_anew(token: str) -> ResponseReturnValue:
    """Open an account for the invited address, and join the market with it."""
    filled = reading.form(Newcomer)
    if filled.data is None:
        return _page(token, filled, 422)
    wanted, where = filled.data, principal.address()
    try:
        letter = letters.behind(token, letters.INVITED)
        email = letter["email"]
        db.db.session.rollback()
        made = passwords.hashed(passwords.accept(wanted.password, about=(wanted.name, email)))
    except NotFound:
        return _page(token, filled)
    except Invalid as error:
        return _page(token, filled.refused(error), 422)

    def join() -> str:
        person_id = commands.create_person(
            email, wanted.name, made, actor=Actor(None, None, email, where), confirmed=True
        )
        actor = Actor(person_id, None, email, where)
        members.accept(letter, person_id, email, actor=actor)
        return commands.log_in(person_id, actor=actor, agent=agent())

    try:
        begun = db.transact(join)
    except (NotFound, Conflict):
        return _page(token, Filled({}), 422)
    sessions.begin(begun)
    return sessions.welcome("Welcome: this is your desk", "/console/")


def _page(token: str, form: Filled[Newcomer], status: int = 200) -> ResponseReturnValue:
    try:
        letter = letters.behind(token, letters.INVITED)
    except NotFound:
        return show("link_ended.html", 404, again="", what="")
    return show(
        "invited.html", status, letter=letter, place=queries.market_by_id(letter["market_id"]), form=form, token=token,
        has_account=queries.credentials(letter["email"]) is not None,
    )  # fmt: skip
