"""Every route declares who may use it, and the declaration is what happens: for every kind of caller."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import SAME_ORIGIN, People, log_in
from webapp.web import access, throttle


def test_every_route_of_the_market_declares_who_may_use_it(app: Flask) -> None:
    holes = [endpoint for endpoint, declared in access.declarations(app).items() if declared is None]
    assert holes == []


def test_every_api_route_is_for_tokens_but_the_document_itself(app: Flask) -> None:
    declared = access.declarations(app)
    for rule in app.url_map.iter_rules():
        found = declared[rule.endpoint]
        assert found is not None
        if str(rule).startswith("/api/") and str(rule) != "/api/v1/openapi.json":
            assert found.to in ("api", "signed"), rule


def test_a_route_that_declares_nothing_answers_nobody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    app.testing = False
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 500
    assert b"open to all" not in answer.data


# Who reaches what: 200, 303 (to the log-in), or 403.
TABLE = {
    "/toys": (200, 200, 200, 200, 200),
    "/toys/greeting": (200, 200, 200, 200, 200),
    "/toys/mine": (303, 200, 200, 200, 200),
    "/toys/desk": (303, 403, 200, 200, 403),
    "/toys/till": (303, 403, 403, 200, 403),
    "/toys/machine": (303, 403, 403, 403, 200),
}


def test_a_page_opens_for_those_it_is_declared_for(app: Flask, people: People) -> None:
    browsers = [app.test_client() for _ in range(5)]
    for browser, someone in zip(
        browsers[1:], (people.shopper, people.staff, people.owner, people.operator), strict=True
    ):
        assert log_in(browser, someone).status_code == 303
    for address, expected in TABLE.items():
        assert tuple(browser.get(address).status_code for browser in browsers) == expected, address


def test_a_stranger_is_sent_to_the_log_in_and_back(client: FlaskClient) -> None:
    assert client.get("/toys/mine?a=1&b=2").headers["Location"] == "/login?next=/toys/mine%3Fa%3D1%26b%3D2"
    assert client.post("/toys/mine", headers=SAME_ORIGIN).headers["Location"] == "/login"
    answer = client.get("/toys/mine", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_a_token_without_the_scope_is_refused_and_told_which(client: FlaskClient, people: People) -> None:
    answer = client.post("/api/v1/toys", json={"name": "top", "price": "1.00"}, headers=people.shopper.bearer)
    assert answer.status_code == 403
    assert 'scope="products:write"' in answer.headers["WWW-Authenticate"]
    assert client.get("/api/v1/toys/1", headers=people.shopper.bearer).status_code == 200


BAD_HEADERS: list[dict[str, str]] = [{}] + [
    {"Authorization": said}
    for said in ("", "Bearer", "Bearer ", "Basic b3duZXI6eA==", "Bearer nonsense", "Bearer " + "x" * 5000, "Bearer ü")
]


def test_no_token_and_a_bad_one_are_401_before_anything_else_is_looked_at(client: FlaskClient) -> None:
    for headers in BAD_HEADERS:
        answer = client.post("/api/v1/toys", data="not json", headers=headers)
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), headers
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_opens_no_api_and_a_token_no_page(app: Flask, people: People) -> None:
    browser = app.test_client()
    log_in(browser, people.owner)
    assert browser.get("/api/v1/me").status_code == 401
    assert app.test_client().get("/toys/mine", headers=people.owner.bearer).status_code == 303


def test_a_token_that_asks_too_often_is_slowed_down(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a stopped clock nothing drains meanwhile, however long the requests take.
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    app.extensions["api_buckets"].rate = 5
    client = app.test_client()
    answers = [client.get("/api/v1/me", headers=people.owner.bearer) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert client.get("/api/v1/me", headers=people.shopper.bearer).status_code == 200
