"""Sessions: begun by the right password, ended for good by a log-out, throttled, and silent about who has an account."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in
from webapp import clock, db
from webapp.accounts import commands, passwords, sessions

HOUR, DAY = 3600.0, 86_400.0


def test_an_owner_lands_at_their_desk_and_a_shopper_at_the_shelf(app: Flask, people: People) -> None:
    assert log_in(app.test_client(), people.owner).headers["Location"] == "/console/"
    assert log_in(app.test_client(), people.staff).headers["Location"] == "/console/"
    assert log_in(app.test_client(), people.shopper).headers["Location"] == "/"


def test_after_the_log_in_one_goes_on(client: FlaskClient, people: People) -> None:
    target = "/account?tab=orders"
    form = client.get("/login", query_string={"next": target})
    assert f'name="next" value="{target}"' in form.text
    answer = client.post(
        "/login", data={"email": people.owner.email, "password": PASSWORD, "next": target}, headers=SAME_ORIGIN
    )
    assert answer.headers["Location"] == target
    assert client.get("/login", query_string={"next": target}).headers["Location"] == target


ELSEWHERE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)",
    "evil", "", "/a\nb", "/a\\b",
]  # fmt: skip


def test_a_log_in_leads_to_no_foreign_page(client: FlaskClient, people: People) -> None:
    for target in ELSEWHERE:
        data = {"email": people.shopper.email, "password": PASSWORD, "next": target}
        assert client.post("/login", data=data, headers=SAME_ORIGIN).headers["Location"] == "/", target


def test_the_cookie_is_for_our_pages_alone_and_tells_nothing(app: Flask, people: People) -> None:
    cookie = log_in(app.test_client(), people.owner).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with app.app_context():
        [row] = db.fetch("SELECT token_hash, person_id, address FROM sessions")
    assert row["person_id"] == people.owner.id
    assert row["address"] == "127.0.0.1"
    assert row["token_hash"] not in cookie


def test_logging_out_ends_the_session_whatever_cookie_is_kept(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    kept = client.get_cookie("marketflow")
    assert kept is not None
    assert client.get("/login").status_code == 303
    answer = client.post("/logout", headers=SAME_ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/login").status_code == 200
    client.set_cookie("marketflow", kept.value)
    assert client.get("/login").status_code == 200
    with app.app_context():
        actions = [
            row["action"]
            for row in db.fetch("SELECT action FROM audit WHERE actor = :email ORDER BY id", email=people.shopper.email)
        ]
    assert actions == ["session.begin", "session.end"]
    assert client.post("/logout", headers=SAME_ORIGIN).status_code == 303


def test_logging_in_anew_ends_the_session_before(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    log_in(client, people.owner)
    with app.app_context():
        alive = db.fetch("SELECT person_id FROM sessions WHERE ended_at IS NULL")
    assert [row["person_id"] for row in alive] == [people.owner.id]


def test_a_session_ends_when_it_is_old_or_long_unseen(app: Flask, people: People) -> None:
    now = clock.now()
    for days_between_visits, days, alive in ((1.0, 31, False), (13.0, 26, True), (15.0, 15, False)):
        browser = app.test_client()
        with clock.set_to(now):
            log_in(browser, people.shopper)
        passed, answer = 0.0, None
        while passed < days:
            passed += days_between_visits
            with clock.set_to(now + clock.seconds(passed * DAY)):
                answer = browser.get("/login")
        assert answer is not None
        assert (answer.status_code == 303) is alive, days_between_visits


def test_a_closed_account_is_logged_out_and_cannot_come_back(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    with app.app_context():
        db.transact(lambda: db.execute("UPDATE people SET deactivated_at = 1 WHERE id = :id", id=people.shopper.id))
    assert client.get("/login").status_code == 200
    assert log_in(client, people.shopper).status_code == 422
    assert client.get("/api/v1/me", headers=people.shopper.bearer).status_code == 401


def test_the_answer_does_not_tell_whether_there_is_an_account(client: FlaskClient, people: People) -> None:
    def answer(email: str) -> str:
        got = client.post("/login", data={"email": email, "password": "wrong password"}, headers=SAME_ORIGIN)
        assert got.status_code == 422
        return re.sub(r'value="[^"]*"|<code>[0-9a-f]+</code>', "", got.text)

    assert answer(people.owner.email) == answer("nobody@test.market")


def test_what_was_typed_comes_back_but_the_password(client: FlaskClient) -> None:
    answer = client.post("/login", data={"email": "ada", "password": "my secret"}, headers=SAME_ORIGIN)
    assert answer.status_code == 422
    assert 'value="ada"' in answer.text
    assert "like ada@example.com" in answer.text
    assert "my secret" not in answer.text


def test_guessing_is_slowed_down_for_the_address_and_for_the_email(app: Flask, people: People) -> None:
    rate = app.extensions["settings"].login_rate

    def guess(email: str, address: str, password: str = "wrong") -> int:
        data = {"email": email, "password": password}
        return (
            app.test_client()
            .post("/login", data=data, headers=SAME_ORIGIN, environ_base={"REMOTE_ADDR": address})
            .status_code
        )

    # With one stopped clock nothing drains meanwhile.
    now = clock.now()
    with clock.set_to(now):
        assert [guess(people.owner.email, f"192.0.2.{i}") for i in range(rate)] == [422] * rate
        assert guess(people.owner.email, "192.0.2.200", PASSWORD) == 429
        assert guess(people.shopper.email, "192.0.2.200", PASSWORD) == 303
        assert [guess(f"someone{i}@test.market", "198.51.100.1") for i in range(rate)] == [422] * rate
        assert guess(people.shopper.email, "198.51.100.1", PASSWORD) == 429
    with clock.set_to(now + clock.seconds(900.0)):
        assert guess(people.owner.email, "198.51.100.1", PASSWORD) == 303


def test_right_passwords_are_never_too_many(app: Flask, people: People) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"login_rate": 2})
    assert [log_in(app.test_client(), people.shopper).status_code for _ in range(4)] == [303] * 4


def test_a_weaker_hash_is_made_anew_at_the_log_in(app: Flask, people: People) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with app.app_context():
        db.transact(
            lambda: db.execute(
                "UPDATE people SET password_hash = :weak WHERE id = :id", weak=weak, id=people.shopper.id
            )
        )
    assert log_in(app.test_client(), people.shopper).status_code == 303
    with app.app_context():
        [row] = db.fetch("SELECT password_hash FROM people WHERE id = :id", id=people.shopper.id)
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_account_without_a_password_cannot_log_in(app: Flask, people: People) -> None:
    with app.app_context():
        db.transact(lambda: commands.create_person("bare@test.market", "Bare", None, actor=TESTS))
    data = {"email": "bare@test.market", "password": "the password of nobody"}
    assert app.test_client().post("/login", data=data, headers=SAME_ORIGIN).status_code == 422


def test_a_secure_address_makes_a_secure_cookie(app: Flask, people: People) -> None:
    from webapp.app import create_app

    chosen = app.extensions["settings"].model_copy(update={"public_url": "https://shop.example"})
    secure = create_app(chosen).test_client()
    answer = secure.post(
        "/login",
        data={"email": people.shopper.email, "password": PASSWORD},
        headers={"Origin": "https://shop.example"},
        base_url="https://shop.example",
    )
    assert answer.headers["Set-Cookie"].startswith("__Host-marketflow=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_hashes_are_argon2id_of_nineteen_mebibytes() -> None:
    made = passwords.hashed(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(made, PASSWORD)
    assert not passwords.matches(made, PASSWORD + "x")
    assert not passwords.matches(None, PASSWORD)
    assert not passwords.matches("no hash at all", PASSWORD)
    assert not passwords.is_old(made)
    assert sessions.safe_next("/a", "/") == "/a"
