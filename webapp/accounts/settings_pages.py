"""One's own settings: each card is a form of its own, and what has weight asks for the password once more."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from flask import redirect, session
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, StringConstraints

from webapp import db
from webapp.accounts import keeping, letters, passwords, principal, sessions
from webapp.accounts.desk import Name, Password, bp, count_letter, prove, show
from webapp.accounts.joining_pages import SENT_TO
from webapp.errors import Conflict, Invalid, MarketError, NotFound, TooMany
from webapp.web import reading
from webapp.web.access import shopper
from webapp.web.fields import Email, Form, Line, label
from webapp.web.reading import Filled

SETTINGS = "/account/settings"


class Renamed(Form):
    """Another name."""

    name: Name


class OtherEmail(Form):
    """Another address, with the password that allows it."""

    email: Email
    password: Password


class OtherPassword(Form):
    """A new password, with the one before."""

    password: Password
    new_password: Password


class Delivery(Form):
    """Where parcels go to; all blank is none."""

    recipient: Annotated[str, StringConstraints(max_length=120), AfterValidator(label)] = ""
    street: Line | None = None
    postcode: Annotated[str, StringConstraints(max_length=20), AfterValidator(label)] = ""
    city: Annotated[str, StringConstraints(max_length=120), AfterValidator(label)] = ""


@bp.get("/account/settings")
@shopper
def settings() -> ResponseReturnValue:
    """Show what one may change about one's account."""
    return _page()


@bp.post("/account/settings/name")
@shopper
def rename() -> ResponseReturnValue:
    """Change the name."""
    me, filled = principal.current(), reading.form(Renamed)
    if filled.data is None:
        return _page(422, name=filled)
    name = filled.data.name
    db.transact(lambda: keeping.rename(me.person_id, name, actor=me.actor))
    return sessions.welcome("Name saved", SETTINGS)


@bp.post("/account/settings/address")
@shopper
def save_delivery() -> ResponseReturnValue:
    """Change the saved address."""
    me, filled = principal.current(), reading.form(Delivery)
    if filled.data is None:
        return _page(422, delivery=filled)
    wanted = filled.data
    parts = {"name": wanted.recipient, "street": wanted.street or "", "postcode": wanted.postcode, "city": wanted.city}
    given = {part: text for part, text in parts.items() if text}
    missing = {part: "This is required." for part in ("street", "postcode", "city") if given and part not in given}
    if missing:
        return _page(422, delivery=Filled(filled.values, None, missing))
    db.transact(lambda: keeping.save_delivery(me.person_id, given or None, actor=me.actor))
    return sessions.welcome("Address saved" if given else "Address removed", SETTINGS)


@bp.post("/account/settings/password")
@shopper
def change_password() -> ResponseReturnValue:
    """Change the password, and log every other browser out."""
    me, filled = principal.current(), reading.form(OtherPassword)
    if filled.data is None:
        return _page(422, password=filled)
    wanted = filled.data
    try:
        passwords.accept(wanted.new_password, "new_password", (me.name, me.email))
        prove(wanted.password)
    except (Invalid, TooMany) as error:
        return _page(error.status, error, password=filled.refused(error))
    made = passwords.hashed(wanted.new_password)
    ended = db.transact(lambda: keeping.change_password(me.person_id, me.email, made, me.session_id, actor=me.actor))
    others = f"; {ended} other {'place was' if ended == 1 else 'places were'} logged out" if ended else ""
    return sessions.welcome(f"Password changed{others}", SETTINGS)


@bp.post("/account/settings/email")
@shopper
def ask_email() -> ResponseReturnValue:
    """Write to the new address; until it is confirmed from there, nothing changes."""
    me, filled = principal.current(), reading.form(OtherEmail)
    if filled.data is None:
        return _page(422, email=filled)
    wanted = filled.data
    try:
        if wanted.email == me.email:
            raise Invalid.field("email", "the-same", "This is your address already.")
        prove(wanted.password)
        db.transact(lambda: count_letter(wanted.email))
    except (Invalid, TooMany) as error:
        return _page(error.status, error, email=filled.refused(error))
    db.transact(lambda: keeping.ask_email(me.person_id, wanted.email))
    session[SENT_TO] = wanted.email
    return redirect("/account/email/sent", 303)


@bp.get("/account/email/sent")
@shopper
def email_sent() -> ResponseReturnValue:
    """Say that a letter is on its way to the new address."""
    return show("sent.html", email=session.get(SENT_TO), again=SETTINGS, what="email")


@bp.get("/account/email/<token>")
@shopper
def change_email_page(token: str) -> ResponseReturnValue:
    """Ask whether this shall be the address from now on."""
    letter = _letter(token)
    if letter is None:
        return show("link_ended.html", 404, again=SETTINGS, what="go to your settings")
    return show("change_email.html", new=letter["email"], old=principal.current().email)


@bp.post("/account/email/<token>")
@shopper
def change_email(token: str) -> ResponseReturnValue:
    """Move the account to the confirmed address."""
    me, letter = principal.current(), _letter(token)
    if letter is None:
        return show("link_ended.html", 404, again=SETTINGS, what="go to your settings")
    try:
        db.transact(lambda: keeping.change_email(letter["id"], me.person_id, me.email, letter["email"], actor=me.actor))
    except (NotFound, Conflict, sa.exc.IntegrityError):
        # The address may have got an account between the command's look and its write; the unique index then refused.
        return show("link_ended.html", 404, again=SETTINGS, what="go to your settings")
    return sessions.welcome(f"Your address is {letter['email']} now", SETTINGS)


@bp.get("/account/sessions")
@shopper
def places() -> ResponseReturnValue:
    """List where one is logged in."""
    me = principal.current()
    return show("sessions.html", places=keeping.places(me.person_id, me.session_id, sessions.IDLE))


@bp.post("/account/sessions/<id:session_id>/end")
@shopper
def end_place(session_id: int) -> ResponseReturnValue:
    """Log one browser out; the one that asks goes to the log-in."""
    me = principal.current()
    db.transact(lambda: keeping.end_session(me.person_id, session_id, actor=me.actor))
    if session_id == me.session_id:
        sessions.end()
        return redirect("/login", 303)
    return sessions.welcome("Logged out there", "/account/sessions")


@bp.post("/account/sessions/end-others")
@shopper
def end_other_places() -> ResponseReturnValue:
    """Log every other browser out."""
    me = principal.current()
    ended = db.transact(lambda: keeping.end_others(me.person_id, me.session_id, actor=me.actor))
    said = (
        "You were logged in nowhere else"
        if ended == 0
        else f"Logged out in {ended} other {'place' if ended == 1 else 'places'}"
    )
    return sessions.welcome(said, "/account/sessions")


def _page(status: int = 200, error: MarketError | None = None, **sent: Filled[Any]) -> ResponseReturnValue:
    me = principal.current()
    saved = keeping.delivery_of(me.person_id) or {}
    forms: dict[str, Filled[Any]] = {
        "name": Filled({"name": me.name}),
        "email": Filled({}),
        "password": Filled({}),
        "delivery": Filled({**saved, "recipient": saved.get("name") or ""}),
    }
    late = error if isinstance(error, TooMany) else None
    return show("settings.html", status, late, me=me, forms={**forms, **sent})


def _letter(token: str) -> db.Row | None:
    # A link to somebody else's new address is none for who is logged in.
    try:
        letter = letters.behind(token, letters.NEW_EMAIL)
    except NotFound:
        return None
    return letter if letter["person_id"] == principal.current().person_id else None
