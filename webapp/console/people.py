"""Who works for the market. Only owners see these pages; what they press is checked again where it is done."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask.typing import ResponseReturnValue

from webapp.accounts import members, principal
from webapp.accounts.desk import count_letter
from webapp.accounts.models import OWNER, STAFF
from webapp.console.desk import Undo, bp, done, not_done, show
from webapp.db import transact
from webapp.errors import Conflict, MarketError, TooMany
from webapp.notifications.queries import of_letters
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import Email, Form
from webapp.web.problem import timed
from webapp.web.reading import Filled, sentence

PEOPLE = "/console/people"


class Invitation(Form):
    """Whom to invite, and as what."""

    email: Email
    role: Literal["owner", "staff"] = "staff"


class Role(Form):
    """What somebody may do from now on."""

    role: Literal["owner", "staff"]


@bp.get("/people")
@works_for_market(OWNER)
def people() -> Response:
    """List who works here, who did, and who is invited."""
    return _page(Filled({"role": STAFF}))


@bp.post("/people/invite")
@works_for_market(OWNER)
def invite() -> ResponseReturnValue:
    """Write an invitation; sending it again ends the one before."""
    me, filled = principal.current(), reading.form(Invitation)
    if filled.data is None:
        return _page(filled, 422)
    wanted = filled.data

    def write() -> None:
        count_letter(wanted.email)
        members.invite(me.market_id, wanted.email, wanted.role, me.name or me.email, actor=me.actor)

    try:
        transact(write)
    except (Conflict, TooMany) as error:
        return timed(_page(filled.refused(error), 422 if isinstance(error, Conflict) else error.status), error)
    return done(f"Invited {wanted.email}: the link in the letter works for seven days", PEOPLE)


@bp.post("/people/invitations/<id:letter_id>/withdraw")
@works_for_market(OWNER)
def withdraw(letter_id: int) -> ResponseReturnValue:
    """End an invitation."""
    me = principal.current()
    email = transact(lambda: members.withdraw(me.market_id, letter_id, actor=me.actor))
    return done(f"Withdrawn: the link that {email} got opens nothing any more", PEOPLE)


@bp.post("/people/<id:person_id>/role")
@works_for_market(OWNER)
def change_role(person_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    me, filled = principal.current(), reading.form(Role)
    if filled.data is None:
        return not_done("Choose owner or staff.", PEOPLE)
    role = filled.data.role
    who = members.member(me.market_id, person_id)
    try:
        transact(lambda: members.change_role(me.market_id, person_id, role, actor=me.actor))
    except Conflict as error:
        return not_done(sentence(error.detail), PEOPLE)
    said = f"{who['name'] or who['email']} is {'an owner' if role == OWNER else 'staff'} now"
    if person_id == me.person_id:
        return done(said, PEOPLE if role == OWNER else "/console/orders")
    return done(said, PEOPLE, Undo(f"{PEOPLE}/{person_id}/role", {"role": who["role"]}))


@bp.get("/people/<id:person_id>/deactivate")
@works_for_market(OWNER)
def deactivate_page(person_id: int) -> Response:
    """Say what it means, before somebody works here no longer."""
    return show("people_deactivate.html", "people", who=members.member(principal.current().market_id, person_id))


@bp.post("/people/<id:person_id>/deactivate")
@works_for_market(OWNER)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Let somebody work here no longer."""
    me = principal.current()
    who = members.member(me.market_id, person_id)
    try:
        transact(lambda: members.deactivate(me.market_id, person_id, actor=me.actor))
    except Conflict as error:
        return not_done(sentence(error.detail), PEOPLE)
    if person_id == me.person_id:
        return done(f"You work for {me.place.name} no longer", "/account/settings")
    return done(
        f"{who['name'] or who['email']} works here no longer", PEOPLE, Undo(f"{PEOPLE}/{person_id}/reactivate", {})
    )


@bp.post("/people/<id:person_id>/reactivate")
@works_for_market(OWNER)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Let somebody work here again, as what they were."""
    me = principal.current()
    who = members.member(me.market_id, person_id)
    try:
        transact(lambda: members.reactivate(me.market_id, person_id, actor=me.actor))
    except MarketError as error:
        return not_done(sentence(error.detail), PEOPLE)
    return done(f"{who['name'] or who['email']} works here again", PEOPLE)


def _page(form: Filled[Invitation], status: int = 200) -> Response:
    me = principal.current()
    invitations = members.invitations(me.market_id)
    return show(
        "people.html", "people", status, me=me, members=members.members(me.market_id), invitations=invitations,
        sent=of_letters([row["id"] for row in invitations]), roles=members.ROLES, form=form,
    )  # fmt: skip
