"""Owners invite, change roles and end memberships; what a role may do is decided on the server at every request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.letters import inbox
from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in
from webapp import clock, db
from webapp.accounts import commands, members
from webapp.errors import Conflict

WORDS, NEW = "a walk in the wet grass", "new@example.com"


def post(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data=data, headers=SAME_ORIGIN)


@pytest.fixture
def owner(app: Flask, people: People) -> FlaskClient:
    """The owner's browser."""
    client = app.test_client()
    log_in(client, people.owner)
    return client


def test_the_page_is_the_owners_alone(app: Flask, people: People) -> None:
    for someone, status in ((people.staff, 403), (people.shopper, 403), (people.operator, 403), (people.owner, 200)):
        browser = app.test_client()
        log_in(browser, someone)
        assert browser.get("/console/people").status_code == status
        if status == 403:
            for path in (
                "invite",
                f"{people.staff.id}/role",
                f"{people.owner.id}/deactivate",
                f"{people.staff.id}/reactivate",
                "invitations/1/withdraw",
            ):
                assert post(browser, f"/console/people/{path}", email=NEW, role="owner").status_code == 403, path
    assert app.test_client().get("/console/people").status_code == 303


def test_members_are_listed_with_their_role_and_last_visit_and_nobody_elses(owner: FlaskClient, people: People) -> None:
    page = owner.get("/console/people").text
    assert people.staff.email in page
    assert people.owner.email in page
    assert people.outsider.email not in page
    assert "never" in page


def test_who_is_invited_joins_with_a_new_account_that_the_link_confirms(
    app: Flask, owner: FlaskClient, people: People
) -> None:
    assert post(owner, "/console/people/invite", email=NEW, role="staff").status_code == 303
    assert NEW in owner.get("/console/people").text
    [letter] = inbox(app, NEW)
    newcomer = app.test_client()
    assert "Work at Alder Lane" in newcomer.get(letter.link).text
    assert post(newcomer, letter.link + "/register", name="Nils", password="short").status_code == 422
    assert post(newcomer, letter.link + "/register", name="", password=WORDS).status_code == 422
    assert post(newcomer, letter.link + "/register", name="Nils", password=WORDS).headers["Location"] == "/console/"
    assert newcomer.get("/console/stock").status_code == 200
    assert newcomer.get("/console/people").status_code == 403
    assert app.test_client().get(letter.link).status_code == 404
    assert post(app.test_client(), letter.link + "/register", name="Again", password=WORDS).status_code == 404
    with app.app_context():
        [person] = db.fetch("SELECT id, confirmed_at FROM people WHERE email = :email", email=NEW)
        assert person["confirmed_at"] is not None
        actions = [
            row["action"]
            for row in db.fetch("SELECT action FROM audit WHERE market_id = :id ORDER BY id", id=people.owner.market_id)
        ]
    assert actions[-2:] == ["member.invite", "member.add"]


def test_who_has_an_account_joins_with_it_and_nobody_else_can(app: Flask, owner: FlaskClient, people: People) -> None:
    post(owner, "/console/people/invite", email=people.shopper.email, role="owner")
    [letter] = inbox(app, people.shopper.email)
    assert "Log in to take it" in app.test_client().get(letter.link).text
    assert post(app.test_client(), letter.link + "/register", name="X", password=WORDS).status_code == 422
    thief = app.test_client()
    log_in(thief, people.outsider)
    assert "for another address" in thief.get(letter.link).text
    assert post(thief, letter.link).status_code == 422
    browser = app.test_client()
    log_in(browser, people.shopper)
    assert browser.get("/console/people").status_code == 403
    assert post(browser, letter.link).status_code == 303
    assert browser.get("/console/people").status_code == 200


def test_an_invitation_can_be_withdrawn_and_a_newer_one_takes_its_place(
    app: Flask, owner: FlaskClient, people: People
) -> None:
    for role in ("owner", "staff"):
        post(owner, "/console/people/invite", email=NEW, role=role)
    older, newer = inbox(app, NEW)
    assert app.test_client().get(older.link).status_code == 404
    assert "as staff" in app.test_client().get(newer.link).text
    with app.app_context():
        [waiting] = members.invitations(people.owner.market_id)
    outsider = app.test_client()
    log_in(outsider, people.outsider)
    assert post(outsider, f"/console/people/invitations/{waiting['id']}/withdraw").status_code == 404
    assert app.test_client().get(newer.link).status_code == 200
    assert post(owner, f"/console/people/invitations/{waiting['id']}/withdraw").status_code == 303
    assert app.test_client().get(newer.link).status_code == 404
    assert "Withdrawn" in owner.get("/console/people").text
    assert NEW not in owner.get("/console/people").text
    post(owner, "/console/people/invite", email=NEW)
    assert f"Invited {NEW}" in owner.get("/console/people").text
    with clock.set_to(clock.now() + clock.seconds(8 * 86_400)):
        assert owner.get("/console/people").text.count(NEW) == 0


def test_who_works_here_cannot_be_invited_and_bad_forms_are_refused(
    app: Flask, owner: FlaskClient, people: People
) -> None:
    for fields in ({"email": people.staff.email}, {"email": "no email"}, {"email": NEW, "role": "king"}, {"email": ""}):
        assert post(owner, "/console/people/invite", **fields).status_code == 422, fields
    assert inbox(app, people.staff.email) == []


def test_a_role_counts_from_the_next_request_on(app: Flask, owner: FlaskClient, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.staff)
    assert browser.get("/console/people").status_code == 403
    assert post(owner, f"/console/people/{people.staff.id}/role", role="owner").status_code == 303
    assert browser.get("/console/people").status_code == 200
    assert post(browser, f"/console/people/{people.owner.id}/role", role="staff").status_code == 303
    assert owner.get("/console/people").status_code == 403
    assert owner.get("/console/stock").status_code == 200


def test_who_is_deactivated_loses_console_and_token_but_not_their_account(
    app: Flask, owner: FlaskClient, people: People
) -> None:
    browser = app.test_client()
    log_in(browser, people.staff)
    assert "Deactivate" in owner.get(f"/console/people/{people.staff.id}/deactivate").text
    assert browser.get("/console/stock").status_code == 200
    assert post(owner, f"/console/people/{people.staff.id}/deactivate").status_code == 303
    assert browser.get("/console/stock").status_code == 403
    assert browser.get("/account/settings").status_code == 200
    assert app.test_client().get("/api/v1/me", headers=people.staff.bearer).status_code == 401
    assert "Ended" in owner.get("/console/people").text
    assert post(owner, f"/console/people/{people.staff.id}/reactivate").status_code == 303
    assert browser.get("/console/stock").status_code == 200
    assert app.test_client().get("/api/v1/me", headers=people.staff.bearer).status_code == 200


def test_a_market_keeps_an_owner(app: Flask, owner: FlaskClient, people: People) -> None:
    for path, fields in ((f"{people.owner.id}/role", {"role": "staff"}), (f"{people.owner.id}/deactivate", {})):
        post(owner, f"/console/people/{path}", **fields)
        assert "needs an owner" in owner.get("/console/people").text
    with app.app_context():
        db.transact(lambda: commands.add_member(people.shopper.id, people.owner.market_id, "owner", actor=TESTS))
        db.transact(lambda: db.execute("UPDATE people SET deactivated_at = 1 WHERE id = :id", id=people.shopper.id))
    post(owner, f"/console/people/{people.owner.id}/deactivate")
    assert "needs an owner" in owner.get("/console/people").text


def test_two_owners_who_remove_each_other_leave_one(app: Flask, people: People) -> None:
    import threading

    market = people.owner.market_id
    with app.app_context():
        db.transact(lambda: members.change_role(market, people.staff.id, "owner", actor=TESTS))
    told: list[str] = []

    def remove(person_id: int, start: Callable[[], object]) -> None:
        with app.app_context():
            start()
            try:
                db.transact(lambda: members.deactivate(market, person_id, actor=TESTS))
                told.append("done")
            except Conflict:
                told.append("refused")
            finally:
                db.db.session.remove()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=remove, args=(one.id, barrier.wait)) for one in (people.owner, people.staff)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "refused"]


def test_people_of_another_market_are_not_there(app: Flask, owner: FlaskClient, people: People) -> None:
    for path in ("role", "deactivate", "reactivate"):
        assert post(owner, f"/console/people/{people.outsider.id}/{path}", role="staff").status_code == 404
    assert owner.get(f"/console/people/{people.outsider.id}/deactivate").status_code == 404
    assert post(app.test_client(), "/login", email=people.outsider.email, password=PASSWORD).status_code == 303


def test_an_invitation_that_did_not_arrive_says_so(app: Flask, owner: FlaskClient) -> None:
    post(owner, "/console/people/invite", email=NEW, role="staff")
    inbox(app, NEW)
    assert "people-answer" not in owner.get("/console/people").text
    become(app, state="QUEUED", tries=2, answer="451 later", next_try_at=1)
    assert "Trying again" in owner.get("/console/people").text
    become(app, state="BOUNCED", tries=2, answer="550 nobody of that name", next_try_at=None)
    page = owner.get("/console/people").text
    assert "Bounced" in page
    assert "550 nobody of that name" in page


def become(app: Flask, **fields: object) -> None:
    """Say what became of the invitation's email."""
    told = ", ".join(f"{name} = :{name}" for name in fields)
    with app.app_context():
        db.transact(lambda: db.execute(f"UPDATE emails SET {told} WHERE kind = 'invited'", **fields))


def test_the_page_asks_the_same_however_many_work_here(app: Flask, owner: FlaskClient, people: People) -> None:
    few = asked(app, owner)
    with app.app_context():
        db.transact(lambda: many(people.owner.market_id))
    assert asked(app, owner) == few <= 7


def many(market_id: int) -> None:
    """A dozen staff, and a dozen who are invited."""
    for number in range(12):
        person = commands.create_person(f"p{number}@example.com", "P", None, actor=TESTS)
        commands.add_member(person, market_id, "staff", actor=TESTS)
        members.invite(market_id, f"i{number}@example.com", "staff", "Owner", actor=TESTS)


def asked(app: Flask, owner: FlaskClient) -> int:
    """The statements that the page asks the database."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    owner.get("/console/people")
    sa.event.remove(engine, "before_cursor_execute", note)
    return len(statements)
