"""CSRF by origin, and what every answer tells browsers."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.people import People, log_in

OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
]
NOT_OURS = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Referer": "http://localhost/"},
]


def test_a_change_from_our_pages_goes_through(app: Flask, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.shopper)
    assert [browser.post("/toys/mine", headers=headers).status_code for headers in OURS] == [200] * len(OURS)


def test_a_change_from_elsewhere_or_from_nowhere_is_refused(app: Flask, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.shopper)
    assert [browser.post("/toys/mine", headers=headers).status_code for headers in NOT_OURS] == [403] * len(NOT_OURS)
    assert browser.get("/toys/mine").status_code == 200


def test_logging_in_is_a_change_too(client: FlaskClient) -> None:
    answer = client.post(
        "/login", data={"email": "shopper@test.market", "password": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_a_program_with_a_token_needs_no_origin(client: FlaskClient, people: People) -> None:
    answer = client.post(
        "/api/v1/toys",
        json={"name": "top", "price": "1.00"},
        headers={**people.owner.bearer, "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 201


def test_every_answer_carries_the_policy(client: FlaskClient) -> None:
    for address in ("/toys", "/login", "/api/v1/me", "/nothing/here", "/static/icons/mark.svg", "/healthz"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        for rule in (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ):
            assert rule in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert len(headers["X-Request-Id"]) == 16


def test_a_public_page_reads_no_session_and_may_be_kept(app: Flask, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.shopper)
    for answer in (app.test_client().get("/toys"), browser.get("/toys")):
        assert answer.text == "[]stranger"
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers
        assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_a_page_that_knows_who_asks_is_kept_by_nobody(app: Flask, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.shopper)
    answer = browser.get("/toys/greeting")
    assert answer.text == "shopper@test.market"
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert browser.get("/toys/mine").headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/toys/greeting").text == "stranger"


def test_a_static_file_named_with_its_content_is_kept_for_ever(client: FlaskClient) -> None:
    assert "immutable" in client.get("/static/icons/mark.svg?v=abc").headers["Cache-Control"]
    assert "immutable" not in client.get("/static/icons/mark.svg").headers["Cache-Control"]
    assert "immutable" not in client.get("/static/nothing.svg?v=abc").headers.get("Cache-Control", "")
