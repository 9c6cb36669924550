"""An account is opened by its address and its password together, and nobody learns from us who has one."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.letters import inbox
from tests.people import PASSWORD, SAME_ORIGIN, People
from webapp import clock, db

ADA, WORDS = "ada@example.com", "a walk in the wet grass"


def post(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data=data, headers=SAME_ORIGIN)


def register(client: FlaskClient, email: str = ADA, password: str = WORDS, name: str = "Ada Lovelace") -> TestResponse:
    return post(client, "/register", email=email, name=name, password=password)


def test_who_registers_confirms_with_the_link_and_the_password_and_is_logged_in(
    app: Flask, client: FlaskClient
) -> None:
    assert register(client).headers["Location"] == "/register/sent"
    assert ADA in client.get("/register/sent").text
    with app.app_context():
        assert db.fetch("SELECT id FROM people WHERE email = :email", email=ADA) == []
    [letter] = inbox(app, ADA)
    assert letter.kind == "confirm"
    assert "Nearly there, Ada." in letter.text
    form = client.get(letter.link)
    assert (form.status_code, ADA in form.text) == (200, True)
    answer = post(client, letter.link, password=WORDS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "Your address is confirmed" in client.get("/account").text
    with app.app_context():
        [person] = db.fetch("SELECT name, confirmed_at, is_operator FROM people WHERE email = :email", email=ADA)
        assert db.fetch("SELECT password_hash FROM account_letters WHERE password_hash IS NOT NULL") == []
    assert person["confirmed_at"] is not None
    assert (person["name"], bool(person["is_operator"])) == ("Ada Lovelace", False)
    assert post(app.test_client(), "/login", email=ADA, password=WORDS).status_code == 303


def test_the_answer_is_the_same_whether_the_address_has_an_account(app: Flask, people: People) -> None:
    for path, fields in (("/register", {"name": "Ada", "password": WORDS}), ("/forgot", {})):
        answers = []
        for email in (people.shopper.email, "nobody@test.market"):
            client = app.test_client()
            answer = post(client, path, email=email, **fields)
            said = client.get(answer.headers["Location"]).text.replace(email, "THEM")
            answers.append((answer.status_code, answer.text, re.sub(r"<code>[0-9a-f]+</code>", "", said)))
        assert answers[0] == answers[1], path


def test_the_same_statements_are_made_whether_the_address_has_an_account(app: Flask, people: People) -> None:
    import sqlalchemy as sa

    def statements(path: str, email: str) -> list[str]:
        made: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            made.append(statement)

        with app.app_context():
            sa.event.listen(db.db.engine, "before_cursor_execute", note)
            post(app.test_client(), path, email=email, name="Ada", password=WORDS)
            sa.event.remove(db.db.engine, "before_cursor_execute", note)
        return made

    for path in ("/register", "/forgot"):
        assert statements(path, people.shopper.email) == statements(path, "nobody@test.market")


def test_an_address_with_an_account_is_told_so_and_keeps_it(app: Flask, client: FlaskClient, people: People) -> None:
    register(client, people.shopper.email)
    [letter] = inbox(app, people.shopper.email)
    assert (letter.kind, letter.link) == ("has_account", "/login")
    assert post(client, "/login", email=people.shopper.email, password=WORDS).status_code == 422
    assert post(client, "/login", email=people.shopper.email, password=PASSWORD).status_code == 303


def test_a_stranger_cannot_prepare_an_account_for_somebody_else(app: Flask, client: FlaskClient) -> None:
    register(client, password="words of the stranger")
    register(client, password=WORDS)
    theirs, own = inbox(app, ADA)
    assert post(client, theirs.link, password=WORDS).status_code == 422
    assert post(client, own.link, password=WORDS).status_code == 303
    assert client.get(theirs.link).status_code == 404
    assert post(app.test_client(), theirs.link, password="words of the stranger").status_code == 404


def test_an_unconfirmed_account_opens_nothing_and_says_so_to_who_knows_its_password(
    app: Flask, client: FlaskClient
) -> None:
    register(client)
    told = post(client, "/login", email=ADA, password=WORDS)
    assert (told.status_code, "Confirm your address first" in told.text) == (422, True)
    assert client.get_cookie("marketflow") is None or client.get("/account/settings").status_code == 303
    silent = post(client, "/login", email=ADA, password="some other words")
    assert (silent.status_code, "Confirm your address first" in silent.text) == (422, False)


def test_a_link_works_once_and_for_two_days(app: Flask, client: FlaskClient) -> None:
    register(client)
    [letter] = inbox(app, ADA)
    with clock.set_to(clock.now() + clock.seconds(49 * 3600)):
        assert client.get(letter.link).status_code == 404
        assert post(client, letter.link, password=WORDS).status_code == 404
    assert post(client, letter.link, password=WORDS).status_code == 303
    again = post(app.test_client(), letter.link, password=WORDS)
    assert (again.status_code, "This link has ended" in again.text) == (404, True)


def test_looking_at_a_link_uses_nothing_up(app: Flask, client: FlaskClient) -> None:
    register(client)
    [letter] = inbox(app, ADA)
    for _ in range(3):
        assert app.test_client().get(letter.link).status_code == 200
        assert app.test_client().head(letter.link).status_code == 200
    assert post(client, letter.link, password=WORDS).status_code == 303


NO_LINKS = ["x", "a" * 43, "a" * 5000, "%00", "ü", "__one-time-link__", "' OR 1=1 --"]


def test_what_is_no_link_opens_nothing(client: FlaskClient) -> None:
    for path in ("/confirm", "/reset", "/invited"):
        for token in NO_LINKS:
            assert client.get(f"{path}/{token}").status_code == 404, (path, token)
            assert post(client, f"{path}/{token}", password=WORDS).status_code == 404, (path, token)


def test_a_link_for_one_thing_does_not_do_another(app: Flask, client: FlaskClient, people: People) -> None:
    register(client)
    post(client, "/forgot", email=people.shopper.email)
    confirm, reset = inbox(app, ADA)[0].link, inbox(app, people.shopper.email)[0].link
    assert client.get(confirm.replace("/confirm/", "/reset/")).status_code == 404
    assert client.get(reset.replace("/reset/", "/confirm/")).status_code == 404
    assert client.get(reset.replace("/reset/", "/invited/")).status_code == 404


WEAK = [
    "short",
    "password1234",
    "Passw0rd2026!",
    "aaaaaaaaaaaaaa",
    "abcdefghijklmn",
    "1234567890123",
    "qwertyuiop123",
    "ada-lovelace-ada",
    "x" * 300,
]


@pytest.mark.parametrize("password", WEAK)
def test_a_password_that_is_tried_first_is_refused_by_its_field(app: Flask, client: FlaskClient, password: str) -> None:
    answer = register(client, password=password)
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert f'value="{ADA}"' in answer.text
    assert f'value="{password}"' not in answer.text
    assert inbox(app, ADA) == []


def test_a_form_says_at_once_what_is_wrong_with_all_of_it(client: FlaskClient) -> None:
    answer = post(client, "/register", name="Ada", email="ada", password="short")
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'id="password-error"' in answer.text


BAD_FORMS = [
    {"email": "ada", "name": "Ada"}, {"email": ADA, "name": ""}, {"email": ADA, "name": "A\r\nBcc: all@example.com"}, {"email": "a@b.c\0", "name": "Ada"},
    {"email": "a" * 300 + "@example.com", "name": "Ada"}, {"email": ADA, "name": "x" * 121}, {},
]  # fmt: skip


@pytest.mark.parametrize("fields", BAD_FORMS)
def test_what_cannot_be_is_refused_by_its_field(app: Flask, client: FlaskClient, fields: dict[str, str]) -> None:
    assert post(client, "/register", password=WORDS, **fields).status_code == 422
    with app.app_context():
        assert db.fetch("SELECT id FROM account_letters") == []


def test_a_forgotten_password_is_set_anew_and_ends_every_session(
    app: Flask, client: FlaskClient, people: People
) -> None:
    elsewhere = app.test_client()
    post(elsewhere, "/login", email=people.shopper.email, password=PASSWORD)
    assert elsewhere.get("/login").status_code == 303
    post(client, "/forgot", email=people.shopper.email.upper())
    post(client, "/forgot", email=people.shopper.email)
    older, newer = inbox(app, people.shopper.email)
    assert post(client, newer.link, password="short").status_code == 422
    answer = post(client, newer.link, password=WORDS)
    assert answer.headers["Location"] == "/login"
    assert "Your password is set" in client.get("/login").text
    assert elsewhere.get("/login").status_code == 200
    assert client.get(older.link).status_code == 404
    assert post(client, newer.link, password=WORDS).status_code == 404
    assert post(client, "/login", email=people.shopper.email, password=PASSWORD).status_code == 422
    assert post(client, "/login", email=people.shopper.email, password=WORDS).status_code == 303
    assert inbox(app, people.shopper.email)[-1].kind == "password_changed"


def test_a_link_to_a_closed_account_or_to_an_address_before_opens_nothing(
    app: Flask, client: FlaskClient, people: People
) -> None:
    for change in ("deactivated_at = 1", "email = 'moved@test.market', deactivated_at = NULL"):
        post(client, "/forgot", email=people.staff.email)
        link = inbox(app, people.staff.email)[-1].link
        with app.app_context():
            db.transact(lambda: db.execute(f"UPDATE people SET {change} WHERE id = :id", id=people.staff.id))  # noqa: B023
        assert post(client, link, password=WORDS).status_code == 404
        with app.app_context():
            db.transact(lambda: db.execute("UPDATE people SET email = :email, deactivated_at = NULL WHERE id = :id", id=people.staff.id, email=people.staff.email))  # fmt: skip
    assert post(client, "/login", email=people.staff.email, password=PASSWORD).status_code == 303


def test_an_unknown_address_and_a_closed_account_get_no_letter(app: Flask, client: FlaskClient, people: People) -> None:
    with app.app_context():
        db.transact(lambda: db.execute("UPDATE people SET deactivated_at = 1 WHERE id = :id", id=people.staff.id))
    for email in ("nobody@test.market", people.staff.email):
        post(client, "/forgot", email=email)
        assert inbox(app, email) == []


def test_letters_are_slowed_down_for_their_reader_and_their_sender(app: Flask, people: People) -> None:
    def ask(path: str, email: str, address: str) -> int:
        data = {"email": email, "name": "Ada", "password": WORDS}
        return (
            app.test_client()
            .post(path, data=data, headers=SAME_ORIGIN, environ_base={"REMOTE_ADDR": address})
            .status_code
        )

    with clock.set_to(clock.now()):
        for email in (people.shopper.email, "nobody@test.market"):
            assert [ask(("/register", "/forgot")[i % 2], email, f"192.0.2.{i}") for i in range(6)] == [303] * 5 + [429]
        assert [ask("/forgot", f"p{i}@test.market", "198.51.100.1") for i in range(21)] == [303] * 20 + [429]


def test_guessing_behind_a_link_is_slowed_down(app: Flask, client: FlaskClient) -> None:
    register(client)
    [letter] = inbox(app, ADA)
    rate = app.extensions["settings"].login_rate
    with clock.set_to(clock.now()):
        guesses = [post(client, letter.link, password=f"guess number {i}").status_code for i in range(rate)]
        assert guesses == [422] * rate
        assert post(client, letter.link, password=WORDS).status_code == 429


def test_no_token_is_kept_anywhere(app: Flask, client: FlaskClient, people: People) -> None:
    register(client)
    post(client, "/forgot", email=people.shopper.email)
    links = [inbox(app, address)[0].link for address in (ADA, people.shopper.email)]
    with app.app_context():
        kept = "".join(
            db.as_json([{k: str(v) for k, v in row.items()} for row in db.fetch(f"SELECT * FROM {table}")])
            for table in ("account_letters", "emails", "audit", "outbox", "parked", "email_deliveries")
        )
    for link in links:
        assert link.rsplit("/", 1)[1] not in kept
        assert WORDS not in kept


def test_a_letter_whose_asking_was_lost_is_written_by_the_timer_once(app: Flask, client: FlaskClient) -> None:
    from workers.notifications import Reminder

    register(client)
    with app.app_context():
        db.transact(lambda: db.execute("DELETE FROM outbox"))
        reminder = Reminder()
        assert reminder() == 0
        with clock.set_to(clock.now() + clock.seconds(90)):
            assert reminder() == 1
        with clock.set_to(clock.now() + clock.seconds(180)):
            assert reminder.forgotten is not None
            reminder()
        db.db.session.rollback()
    assert [got.kind for got in inbox(app, ADA)] == ["confirm"]
