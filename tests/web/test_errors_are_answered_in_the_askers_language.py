"""Problems for programs, pages for people; nothing of the inside in either."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.people import SAME_ORIGIN, People
from webapp import db
from webapp.web.access import public


def test_a_program_gets_a_problem_and_a_browser_a_page(client: FlaskClient, people: People) -> None:
    api, page = client.get("/api/v1/nothing"), client.get("/nothing")
    assert (api.status_code, api.content_type) == (404, "application/problem+json")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is nothing here" in page.text
    refused = client.get("/toys/refused")
    assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_an_address_that_does_not_fit_says_what_of_it(client: FlaskClient, people: People) -> None:
    page = client.get("/m/alder-lane?sort=upwards&price=<b>")
    assert page.status_code == 422
    for said in ("<code>sort</code>", "<code>price</code>: Choose one of the price ranges.", 'href="/m/alder-lane"'):
        assert said in page.text
    assert "look at the form" not in page.text
    assert "<b>" not in page.text
    assert client.get("/m/alder-lane?utm_source=x&utm_source=y").status_code == 200, "what others add is left alone"
    assert client.get("/m/alder-lane?sort=newest&sort=newest").status_code == 422


def test_a_slash_behind_an_address_leads_to_its_page_and_nowhere_else(client: FlaskClient, people: People) -> None:
    for typed, meant in (
        ("/cart/", "/cart"),
        ("/m/alder-lane/?sort=newest", "/m/alder-lane?sort=newest"),
        ("/login//", "/login"),
    ):
        answer = client.get(typed)
        assert (answer.status_code, answer.headers["Location"]) == (302, meant), typed
    for nowhere in ("/nothing/", "/\\evil.example/", "/api/v1/me/"):
        assert client.get(nowhere).status_code == 404, nowhere
    away = client.get("/", environ_overrides={"PATH_INFO": "//evil.example/"})
    assert not away.headers.get("Location", "").startswith("//")
    assert client.post("/cart/lines/", headers=SAME_ORIGIN).status_code == 404


def test_a_method_that_is_not_there_names_those_that_are(client: FlaskClient, people: People) -> None:
    answer = client.delete("/api/v1/toys", headers=people.owner.bearer)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_failure_of_ours_tells_its_number_and_nothing_else(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    with caplog.at_level(logging.ERROR):
        answer = client.get("/toys/broken")
    assert answer.status_code == 500
    assert "secret of the inside" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "a secret of the inside" in caplog.text
    assert answer.headers["X-Request-Id"] in caplog.text


class Gone(Exception):
    """What a driver raises when the server is away."""


def test_a_database_that_does_not_answer_is_503_and_when_to_ask_again(app: Flask, client: FlaskClient) -> None:
    @public
    def away() -> str:
        raise sa.exc.OperationalError("SELECT 1", {}, Gone("server closed the connection"))

    @public
    def dry() -> str:
        raise sa.exc.TimeoutError("QueuePool limit reached")

    app.add_url_rule("/api/v1/away", "away", away)
    app.add_url_rule("/dry", "dry", dry)
    api, page = client.get("/api/v1/away"), client.get("/dry")
    assert (api.status_code, api.headers["Retry-After"], api.content_type) == (503, "2", "application/problem+json")
    assert "server closed" not in api.text
    assert (page.status_code, page.headers["Retry-After"], page.mimetype) == (503, "2", "text/html")


def test_a_statement_of_ours_that_is_wrong_is_not_called_unavailable(app: Flask, client: FlaskClient) -> None:
    @public
    def wrong() -> str:
        db.fetch("SELECT nothing FROM nowhere")
        return "never"

    app.add_url_rule("/wrong", "wrong", wrong)
    app.testing = False
    assert client.get("/wrong").status_code == 500
