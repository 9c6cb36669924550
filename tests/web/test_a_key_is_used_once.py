"""Idempotency keys: once per key, the same answer again, and never a second change."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people import People, Someone
from webapp import db

TOP = {"name": "top", "price": "1.00"}


def make(client: FlaskClient, who: Someone, key: str | None, body: object = TOP) -> TestResponse:
    return client.post("/api/v1/toys", json=body, headers={**who.bearer, **({"Idempotency-Key": key} if key else {})})


def made(app: Flask) -> int:
    with app.app_context():
        return int(db.fetch("SELECT count(*) AS n FROM throttle")[0]["n"])


def test_the_same_request_again_is_answered_and_not_done(app: Flask, client: FlaskClient, people: People) -> None:
    first = make(client, people.owner, "k1")
    again = client.post(
        "/api/v1/toys", data=b'{ "price":"1.00",  "name": "top"}', content_type="application/json",
        headers={**people.owner.bearer, "Idempotency-Key": "k1"},
    )  # fmt: skip
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert made(app) == 1


def test_without_a_key_each_request_is_done(app: Flask, client: FlaskClient, people: People) -> None:
    make(client, people.owner, None)
    make(client, people.owner, None)
    assert made(app) == 2


def test_a_key_with_another_body_is_refused(app: Flask, client: FlaskClient, people: People) -> None:
    make(client, people.owner, "k1")
    answer = make(client, people.owner, "k1", {**TOP, "name": "drum"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0] == {
        "field": "Idempotency-Key", "code": "key-reused", "message": "This key came with another request before; use a new one.",
    }  # fmt: skip
    assert made(app) == 1


def test_two_people_may_use_the_same_key(app: Flask, client: FlaskClient, people: People) -> None:
    make(client, people.owner, "k1")
    answer = make(client, people.staff, "k1")
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers
    assert made(app) == 2


def test_a_refused_change_leaves_its_key_free(app: Flask, client: FlaskClient, people: People) -> None:
    refused = make(client, people.owner, "k1", {**TOP, "name": "taken"})
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:marketflow:problem:duplicate")
    assert make(client, people.owner, "k1").status_code == 201
    assert made(app) == 1


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel"])
def test_what_is_no_key_is_refused(client: FlaskClient, people: People, key: str) -> None:
    assert make(client, people.owner, key).status_code == 422


def test_many_at_once_are_one(app: Flask, people: People) -> None:
    together = threading.Barrier(8)
    answers: list[TestResponse] = []

    def press() -> None:
        together.wait()
        answers.append(make(app.test_client(), people.owner, "k1"))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 7
    assert made(app) == 1


def test_a_key_whose_first_request_is_still_at_work_is_not_used_twice(app: Flask, people: People) -> None:
    """PostgreSQL waits a little and then says 409. SQLite has one writer: the second waits until the first one is done."""
    answers: list[TestResponse] = []
    second = threading.Thread(target=lambda: answers.append(make(app.test_client(), people.owner, "k1")))
    with app.app_context():
        scope = f"{people.owner.id}/{people.owner.market_id} POST /api/v1/toys"
        claim = "INSERT INTO idempotency_keys (scope, key, request_hash, created_at) VALUES (:scope, 'k1', 'x', 0)"

        def first() -> None:
            db.execute(claim, scope=scope)
            second.start()
            second.join(0.3 if db.on_sqlite() else 60)
            assert len(answers) == (0 if db.on_sqlite() else 1)
            raise InterruptedError("the first one fails after all")

        with pytest.raises(InterruptedError):
            db.transact(first)
        second.join(60)
        if db.on_sqlite():
            assert answers[0].status_code == 201
            return
    assert answers[0].status_code == 409
    assert answers[0].get_json()["type"] == "urn:marketflow:problem:key-in-progress"
    assert answers[0].headers["Retry-After"] == "1"
    assert made(app) == 0
