"""Registering, confirming, and coming back without the password. No answer tells whether an address has an account."""

from __future__ import annotations

from flask import redirect, request, session
from flask.typing import ResponseReturnValue

from webapp import db
from webapp.accounts import commands, joining, letters, passwords, principal, sessions
from webapp.accounts.actor import Actor
from webapp.accounts.desk import Name, Password, bp, count_letter, count_try, show
from webapp.accounts.logging_in import agent
from webapp.errors import Conflict, Invalid, MarketError, NotFound, TooMany
from webapp.web import reading
from webapp.web.access import visitor
from webapp.web.fields import Email, Form
from webapp.web.reading import Filled

SENT_TO = "letter_sent_to"
"""Where the cookie keeps the address that was just written to, for the page that says so."""


class Register(Form):
    """The form of a new account."""

    name: Name
    email: Email
    password: Password


class Forgotten(Form):
    """Who wants a new password."""

    email: Email


class NewPassword(Form):
    """A password behind a link: the new one, or the one that was chosen."""

    password: Password


@bp.get("/register")
@visitor
def register_page() -> ResponseReturnValue:
    """Show the form of a new account; who is logged in has one."""
    if principal.maybe() is not None:
        return redirect("/account/settings", 303)
    return show("register.html", form=Filled({}))


@bp.post("/register")
@visitor
def register() -> ResponseReturnValue:
    """Write to the address, whether it has an account or not."""
    filled = reading.form(Register)
    if filled.data is None:
        return show("register.html", 422, form=_with_password(filled))
    wanted = filled.data
    try:
        passwords.accept(wanted.password, about=(wanted.name, wanted.email))
        db.transact(lambda: count_letter(wanted.email))
    except Invalid as error:
        return show("register.html", 422, form=filled.refused(error))
    except TooMany as error:
        return show("register.html", error=error, form=filled.refused(error))
    # The hash takes its time whether it will be needed or not: the answer must not come sooner for who has an account.
    password_hash = passwords.hashed(wanted.password)
    db.transact(lambda: joining.register(wanted.email, wanted.name, password_hash))
    session[SENT_TO] = wanted.email
    return redirect("/register/sent", 303)


@bp.get("/register/sent")
@visitor
def register_sent() -> ResponseReturnValue:
    """Say that a letter is on its way."""
    return show("sent.html", email=session.get(SENT_TO), again="/register", what="account")


@bp.get("/confirm/<token>")
@visitor
def confirm_page(token: str) -> ResponseReturnValue:
    """Ask for the chosen password: the link alone opens nothing, and a program that follows links uses none up."""
    letter = _letter(token, letters.CONFIRM)
    if letter is None:
        return show("link_ended.html", 404, again="/register", what="register")
    return show("confirm.html", form=Filled({}), email=letter["email"])


@bp.post("/confirm/<token>")
@visitor
def confirm(token: str) -> ResponseReturnValue:
    """Open the account, and log its person in."""
    letter = _letter(token, letters.CONFIRM)
    if letter is None:
        return show("link_ended.html", 404, again="/register", what="register")
    filled, email = reading.form(NewPassword), letter["email"]
    if filled.data is None:
        return show("confirm.html", 422, form=filled, email=email)
    try:
        count_try(f"try letter {letter['id']}")
    except TooMany as error:
        return show("confirm.html", error=error, form=filled.refused(error), email=email)
    if not passwords.matches(letter["password_hash"], filled.data.password):
        wrong = Invalid.field("password", "wrong", "This is not the password that was chosen with this address.")
        return show("confirm.html", 422, form=filled.refused(wrong), email=email)
    where = principal.address()

    def open_account() -> str:
        person_id = joining.confirm(letter["id"], email, letter["name"], letter["password_hash"], address=where)
        return commands.log_in(person_id, actor=Actor(person_id, None, email, where), agent=agent())

    try:
        token = db.transact(open_account)
    except (NotFound, Conflict):
        return show("link_ended.html", 404, again="/login", what="log in")
    sessions.begin(token)
    return sessions.welcome("Your address is confirmed, and you are logged in.", "/account")


@bp.get("/forgot")
@visitor
def forgot_page() -> ResponseReturnValue:
    """Ask for the address of who has lost the password."""
    return show("forgot.html", form=Filled({}))


@bp.post("/forgot")
@visitor
def forgot() -> ResponseReturnValue:
    """Write a link to the address, if it has an account; say the same if it has none."""
    filled = reading.form(Forgotten)
    if filled.data is None:
        return show("forgot.html", 422, form=filled)
    email = filled.data.email
    try:
        db.transact(lambda: count_letter(email))
    except TooMany as error:
        return show("forgot.html", error=error, form=filled.refused(error))
    db.transact(lambda: joining.ask_reset(email))
    session[SENT_TO] = email
    return redirect("/forgot/sent", 303)


@bp.get("/forgot/sent")
@visitor
def forgot_sent() -> ResponseReturnValue:
    """Say that a letter is on its way, if there is an account."""
    return show("sent.html", email=session.get(SENT_TO), again="/forgot", what="password")


@bp.get("/reset/<token>")
@visitor
def reset_page(token: str) -> ResponseReturnValue:
    """Ask for the new password."""
    letter = _letter(token, letters.RESET)
    if letter is None:
        return show("link_ended.html", 404, again="/forgot", what="ask for a new one")
    return show("reset.html", form=Filled({}), email=letter["email"])


@bp.post("/reset/<token>")
@visitor
def reset(token: str) -> ResponseReturnValue:
    """Set the new password, end every session, and ask for a log-in with it."""
    letter = _letter(token, letters.RESET)
    if letter is None:
        return show("link_ended.html", 404, again="/forgot", what="ask for a new one")
    filled = reading.form(NewPassword)
    if filled.data is None:
        return show("reset.html", 422, form=filled, email=letter["email"])
    try:
        passwords.accept(filled.data.password, about=(letter["email"],))
    except Invalid as error:
        return show("reset.html", 422, form=filled.refused(error), email=letter["email"])
    made, where = passwords.hashed(filled.data.password), principal.address()
    try:
        db.transact(lambda: joining.reset(letter["id"], letter["person_id"], letter["email"], made, address=where))
    except NotFound:
        return show("link_ended.html", 404, again="/forgot", what="ask for a new one")
    sessions.end()
    return sessions.welcome("Your password is set. Log in with it.", "/login")


def _with_password(filled: Filled[Register]) -> Filled[Register]:
    """The form with what is wrong with its password as well, so that nobody mends one thing to be told of the next."""
    password = request.form.get("password", "")
    if not password or "password" in filled.errors:
        return filled
    try:
        passwords.accept(password, about=(request.form.get("name", ""), request.form.get("email", "")))
    except Invalid as error:
        return filled.refused(error)
    return filled


def _letter(token: str, kind: str) -> db.Row | None:
    try:
        return letters.behind(token, kind)
    except MarketError:
        return None
    finally:
        # What follows takes its time with passwords; no transaction stays open for it.
        db.db.session.rollback()
