"""One's own settings: the name, the address, the password, the email, and where one is logged in."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.letters import inbox
from tests.meanwhile import while_written
from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in
from webapp import clock, db
from webapp.accounts import commands, keeping

WORDS, NEW = "a walk in the wet grass", "new@example.com"


def post(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data=data, headers=SAME_ORIGIN)


def test_the_pages_are_for_who_is_logged_in(client: FlaskClient, people: People) -> None:
    for path in ("/account/settings", "/account/sessions", "/account/data", "/account/data/export", "/account/email/x"):
        assert client.get(path).headers["Location"].startswith("/login?next="), path
    log_in(client, people.shopper)
    for path in ("/account", "/account/settings", "/account/sessions", "/account/data"):
        assert client.get(path).status_code == 200, path


def test_a_name_is_kept_and_shown_as_text(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    name = "<script>alert(1)</script> & Ada"
    assert post(client, "/account/settings/name", name=name).status_code == 303
    page = client.get("/account/settings").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Ada" in page
    for wrong in ("", "x" * 121, "A\r\nBcc: x", "  "):
        assert post(client, "/account/settings/name", name=wrong).status_code == 422, wrong
    with app.app_context():
        assert db.fetch("SELECT name FROM people WHERE id = :id", id=people.shopper.id) == [{"name": name}]


def test_an_address_for_parcels_is_saved_whole_or_not_at_all(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    assert post(client, "/account/settings/address", street="Møllestien 42").status_code == 422
    given = {"recipient": "Ada", "street": "Møllestien 42", "postcode": "8000", "city": "Aarhus C"}
    assert post(client, "/account/settings/address", **given).status_code == 303
    with app.app_context():
        saved = {"name": "Ada", "street": "Møllestien 42", "postcode": "8000", "city": "Aarhus C"}
        assert keeping.delivery_of(people.shopper.id) == saved
        assert keeping.delivery_of(people.owner.id) is None
        assert "Møllestien" not in db.as_json(db.fetch("SELECT * FROM audit"))
    assert 'value="Møllestien 42"' in client.get("/account/settings").text
    assert post(client, "/account/settings/address", street="").status_code == 303
    with app.app_context():
        assert keeping.delivery_of(people.shopper.id) is None


def test_a_new_password_wants_the_old_one_and_ends_the_other_sessions(
    app: Flask, client: FlaskClient, people: People
) -> None:
    other = app.test_client()
    log_in(other, people.shopper)
    log_in(client, people.shopper)
    for old, new in (("wrong password", WORDS), ("", WORDS), (PASSWORD, "short"), (PASSWORD, "password123456")):
        assert post(client, "/account/settings/password", password=old, new_password=new).status_code == 422
    assert other.get("/account/settings").status_code == 200
    assert post(client, "/account/settings/password", password=PASSWORD, new_password=WORDS).status_code == 303
    assert "1 other place was logged out" in client.get("/account/settings").text
    assert other.get("/account/settings").status_code == 303
    assert post(app.test_client(), "/login", email=people.shopper.email, password=WORDS).status_code == 303
    assert [got.kind for got in inbox(app, people.shopper.email)] == ["password_changed"]


def test_guessing_the_password_inside_is_slowed_down(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    rate = app.extensions["settings"].login_rate
    with clock.set_to(clock.now()):
        tries = [
            post(client, "/account/settings/password", password=f"guess {i}", new_password=WORDS).status_code
            for i in range(rate + 1)
        ]
    assert tries == [422] * rate + [429]


def test_an_email_moves_when_the_new_address_says_so_and_the_old_is_told(
    app: Flask, client: FlaskClient, people: People
) -> None:
    old = people.shopper.email
    post(app.test_client(), "/forgot", email=old)
    reset = inbox(app, old)[0].link
    log_in(client, people.shopper)
    assert post(client, "/account/settings/email", email=NEW, password="wrong password").status_code == 422
    assert post(client, "/account/settings/email", email=old, password=PASSWORD).status_code == 422
    assert (
        post(client, "/account/settings/email", email=NEW, password=PASSWORD).headers["Location"]
        == "/account/email/sent"
    )
    [letter] = inbox(app, NEW)
    assert app.test_client().get(letter.link).headers["Location"].startswith("/login?next=/account/email/")
    stranger = app.test_client()
    log_in(stranger, people.outsider)
    assert stranger.get(letter.link).status_code == 404
    assert post(stranger, letter.link).status_code == 404
    assert client.get(letter.link).status_code == 200
    assert client.get("/account/settings").text.count(NEW) == 0
    assert post(client, letter.link).status_code == 303
    assert NEW in client.get("/account/settings").text
    assert inbox(app, old)[-1].kind == "email_changed"
    assert post(client, letter.link).status_code == 404
    assert app.test_client().get(reset).status_code == 404
    assert post(app.test_client(), "/login", email=NEW, password=PASSWORD).status_code == 303
    assert post(app.test_client(), "/login", email=old, password=PASSWORD).status_code == 422


def test_moving_to_somebody_elses_address_answers_the_same_and_moves_nothing(
    app: Flask, client: FlaskClient, people: People
) -> None:
    log_in(client, people.shopper)
    answers = []
    for email in (NEW, people.owner.email):
        answer = post(client, "/account/settings/email", email=email, password=PASSWORD)
        answers.append((answer.status_code, client.get(answer.headers["Location"]).text.replace(email, "THEM")))
    assert answers[0] == answers[1]
    assert [got.kind for got in inbox(app, people.owner.email)] == ["has_account"]


def test_who_takes_the_address_at_the_same_moment_has_it(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    post(client, "/account/settings/email", email=NEW, password=PASSWORD)
    [letter] = inbox(app, NEW)
    answers: list[TestResponse] = []
    while_written(
        app,
        lambda: commands.create_person(NEW, "Nils", None, actor=TESTS),
        lambda: answers.append(post(client, letter.link)),
    )
    assert [answer.status_code for answer in answers] == [404]
    assert people.shopper.email in client.get("/account/settings").text


def test_who_took_the_address_first_has_it(app: Flask, client: FlaskClient, people: People) -> None:
    second = app.test_client()
    for browser, someone in ((client, people.shopper), (second, people.staff)):
        log_in(browser, someone)
        post(browser, "/account/settings/email", email=NEW, password=PASSWORD)
    first_link, second_link = (got.link for got in inbox(app, NEW))
    assert post(second, second_link).status_code == 303
    assert post(client, first_link).status_code == 404
    assert people.shopper.email in client.get("/account/settings").text


AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    "curl/8.0": "curl",
    "": "A browser",
    "<b>x</b>": "A browser",
}


def test_a_browser_is_called_by_its_name() -> None:
    assert {agent: keeping.device(agent) for agent in AGENTS} == AGENTS


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(app: Flask, people: People) -> None:
    browsers = []
    for agent in list(AGENTS)[:4]:
        browser = app.test_client()
        browser.environ_base["HTTP_USER_AGENT"] = agent
        log_in(browser, people.shopper)
        browsers.append(browser)
    page = browsers[0].get("/account/sessions").text
    assert all(words in page for words in list(AGENTS.values())[:4])
    assert page.index("Firefox on Linux") < page.index("Safari on iPhone")
    others = [int(found) for found in re.findall(r"/account/sessions/(\d+)/end", page)]
    stranger = app.test_client()
    log_in(stranger, people.outsider)
    assert post(stranger, f"/account/sessions/{others[1]}/end").status_code == 404
    assert post(browsers[0], f"/account/sessions/{others[1]}/end").status_code == 303
    assert [browser.get("/account/sessions").status_code for browser in browsers].count(303) == 1
    assert post(browsers[0], "/account/sessions/end-others").status_code == 303
    assert [browser.get("/account/sessions").status_code for browser in browsers] == [200, 303, 303, 303]
    assert stranger.get("/account/sessions").status_code == 200
    assert post(browsers[0], f"/account/sessions/{others[0]}/end").headers["Location"] == "/login"
    assert browsers[0].get("/account/sessions").status_code == 303


def test_nothing_is_changed_by_a_form_of_another_site(app: Flask, client: FlaskClient, people: People) -> None:
    log_in(client, people.shopper)
    rules = [
        re.sub(r"<[^>]+>", "1", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.methods
        and "POST" in rule.methods
        and rule.rule.startswith(
            ("/account", "/register", "/forgot", "/reset", "/confirm", "/invited", "/console/people")
        )
    ]
    assert len(rules) > 12
    for path in rules:
        assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, path
        assert client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403, path
