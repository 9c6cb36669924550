"""Letters about accounts: shown to whom they may be, and held to the same promises as every other email."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.letters import inbox
from tests.conftest import SettingsOn
from tests.people import SAME_ORIGIN, People, log_in, settle
from webapp import db
from webapp.app import create_app
from webapp.web.access import public
from workers.checking import traces
from workers.checking.asking import Asking

WORDS = "a walk in the wet grass"


def ask(client: FlaskClient, people: People) -> None:
    """A letter to a newcomer, to a shopper, and to the owner."""
    client.post("/register", data={"email": "new@example.com", "name": "New", "password": WORDS}, headers=SAME_ORIGIN)
    for someone in (people.shopper, people.owner):
        client.post("/forgot", data={"email": someone.email}, headers=SAME_ORIGIN)


def listed(app: Flask, client: FlaskClient) -> set[str]:
    """To whom the letters go that the mailbox shows to this browser, in the list and one by one."""
    with app.app_context():
        rows = db.fetch("SELECT id, recipient, cause_id FROM emails")
        db.db.session.rollback()
    page = client.get("/mailbox").text
    seen = {row["recipient"] for row in rows if f'/mailbox/{row["id"]}"' in page}
    for part in ("", "/html"):
        assert seen == {
            row["recipient"] for row in rows if client.get(f"/mailbox/{row['id']}{part}").status_code == 200
        }
    return seen


def test_a_published_demo_shows_no_letter_that_opens_a_console(settings_on: SettingsOn) -> None:
    app = create_app(settings_on("sqlite").model_copy(update={"demo": True, "public_url": "http://demo.example"}))
    people = settle(app)
    owner = app.test_client()
    log_in(owner, people.owner)
    owner.post("/console/people/invite", data={"email": "nils@example.com"}, headers=SAME_ORIGIN)
    ask(app.test_client(), people)
    for address in ("new@example.com", people.shopper.email, people.owner.email, "nils@example.com"):
        assert len(inbox(app, address)) == 1
    assert listed(app, app.test_client()) == {"new@example.com", people.shopper.email}
    operator = app.test_client()
    log_in(operator, people.operator)
    assert len(listed(app, operator)) == 4


def test_without_a_demo_only_the_operator_reads_letters(settings_on: SettingsOn) -> None:
    app = create_app(settings_on("sqlite").model_copy(update={"demo": False}))
    people = settle(app)
    ask(app.test_client(), people)
    assert len(inbox(app, people.owner.email)) == 1
    owner, operator = app.test_client(), app.test_client()
    log_in(owner, people.owner)
    log_in(operator, people.operator)
    assert listed(app, owner) == set()
    assert listed(app, operator) == {"new@example.com", people.shopper.email, people.owner.email}
    assert app.test_client().get("/mailbox").status_code == 303


PLANTS: dict[str, tuple[int, str]] = {
    "a letter that nobody wrote": (17, "DELETE FROM emails WHERE kind = 'reset'"),
    "a letter to somebody else": (18, "UPDATE emails SET recipient = 'thief@example.com' WHERE kind = 'confirm'"),
    "a letter of another kind": (18, "UPDATE emails SET kind = 'invited' WHERE kind = 'confirm'"),
    "a letter that nobody asked for": (18, "UPDATE emails SET cause_id = 'letter:999999' WHERE kind = 'confirm'"),
}


@pytest.mark.parametrize("planted", PLANTS)
def test_the_check_finds_what_is_wrong_with_letters(
    app: Flask, client: FlaskClient, people: People, planted: str
) -> None:
    ask(client, people)
    inbox(app, people.owner.email)
    number, plant = PLANTS[planted]
    with app.app_context():
        assert broken(app) == set()
        db.transact(lambda: db.execute("DELETE FROM email_deliveries"))
        db.transact(lambda: db.execute(plant))
        assert number in broken(app)


def broken(app: Flask) -> set[int]:
    """The numbers of the invariants about emails that do not hold; needs the app's context."""
    with db.db.engine.connect() as connection:
        asking = Asking(connection, app.extensions["settings"])
        return {one.number for one in traces.INVARIANTS if list(one.question(asking))}


def test_a_failure_writes_no_link_into_the_log(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(token: str) -> str:
        raise RuntimeError("planted")

    view: Callable[[str], str] = public(fail)
    app.add_url_rule("/planted/<token>", "planted", view)
    app.testing = False
    assert client.get("/planted/a-secret-token").status_code == 500
    assert "planted" in caplog.text
    assert "a-secret-token" not in caplog.text


def test_no_server_writes_addresses_down() -> None:
    assert "accesslog = None" in (Path(__file__).parents[2] / "webapp" / "gunicorn.py").read_text()
