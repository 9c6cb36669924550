"""Whatever is wrong with a body, a query or an amount: a 4xx that names the field, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.people import People
from webapp import db
from webapp.errors import Invalid
from webapp.web import money, reading
from webapp.web.fields import Email, Form, Line, WholeText

GOOD = {"name": "top", "price": "1.00"}


def post(client: FlaskClient, people: People, body: object, **changed: Any) -> TestResponse:
    headers = {**people.owner.bearer, **changed.pop("headers", {})}
    if isinstance(body, bytes):
        return client.post(
            "/api/v1/toys", data=body, headers=headers, content_type=changed.pop("content_type", "application/json")
        )
    return client.post("/api/v1/toys", json=body, headers=headers)


def rows(app: Flask) -> int:
    with app.app_context():
        return int(
            db.fetch("SELECT (SELECT count(*) FROM throttle) + (SELECT count(*) FROM idempotency_keys) AS n")[0]["n"]
        )


def test_a_good_body_is_taken(client: FlaskClient, people: People) -> None:
    answer = post(client, people, {**GOOD, "on_hand": 0, "items": [{"product_id": 1, "quantity": 1_000_000}]})
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/v1/toys/1")


def test_what_is_no_json_is_400(app: Flask, client: FlaskClient, people: People) -> None:
    for body in (b"", b"{", b'{"name": }', b"\xff\xfe", b"[" * 100_000, b'{"name": "\\ud800"}', b"nonsense"):
        answer = post(client, people, body)
        assert (answer.status_code, answer.get_json()["title"]) == (400, "The request cannot be read"), body[:20]
    assert rows(app) == 0


def test_what_is_not_called_json_is_415(client: FlaskClient, people: People) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert post(client, people, b'{"name": "top", "price": "1.00"}', content_type=kind).status_code == 415, kind


def test_what_is_over_a_mebibyte_is_413(client: FlaskClient, people: People) -> None:
    answer = post(client, people, {**GOOD, "note": "x" * (1024 * 1024)})
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


NUMBERS = [0, -1, 1.5, 1.0, "1", None, 2**63, True, [1], {}, "", 1e300]


def test_what_is_no_quantity_is_named_by_its_path(app: Flask, client: FlaskClient, people: People) -> None:
    good = {"product_id": 1, "quantity": 1}
    for number in NUMBERS:
        answer = post(client, people, {**GOOD, "items": [good, {"product_id": 1, "quantity": number}]})
        problem = answer.get_json()
        assert (answer.status_code, set(problem)) == (422, {"type", "title", "status", "detail", "errors"}), number
        [error] = problem["errors"]
        assert error["field"] == "items[1].quantity", number
        assert error["code"] in {"too-small", "too-large", "not-an-integer"}, number
        assert error["message"].endswith("."), number
    assert rows(app) == 0


BAD_VALUES: list[tuple[dict[str, object], str, str]] = [
    ({"colour": "red"}, "colour", "unknown"),
    ({"items": [{"product_id": 1, "quantity": 1, "price": "1"}]}, "items[0].price", "unknown"),
    ({"name": None}, "name", "not-text"),
    ({"name": 5}, "name", "not-text"),
    ({"name": ""}, "name", "required"),
    ({"name": "   "}, "name", "required"),
    ({"name": "two\nlines"}, "name", "line-break"),
    ({"name": "bell\x07"}, "name", "control-character"),
    ({"name": "nul\x00"}, "name", "control-character"),
    ({"note": "nul\x00"}, "note", "control-character"),
    ({"name": "x" * 201}, "name", "too-long"),
    ({"note": None}, "note", "not-text"),
    ({"on_hand": None}, "on_hand", "not-an-integer"),
    ({"on_hand": -1}, "on_hand", "too-small"),
    ({"on_hand": "5"}, "on_hand", "not-an-integer"),
    ({"status": "sold"}, "status", "not-a-choice"),
    ({"items": {}}, "items", "not-a-list"),
    ({"items": [5]}, "items[0]", "not-an-object"),
    ({"items": [{"product_id": 1, "quantity": 1}] * 1001}, "items", "too-many"),
    ({"price": 1}, "price", "not-text"),
    ({"price": 12.5}, "price", "not-text"),
    ({"price": None}, "price", "not-text"),
    ({"price": "1.005"}, "price", "too-many-decimals"),
    ({"price": "0"}, "price", "not-positive"),
    ({"price": "0.00"}, "price", "not-positive"),
    ({"price": "-1.00"}, "price", "not-an-amount"),
    ({"price": "1e3"}, "price", "not-an-amount"),
    ({"price": "1,50"}, "price", "not-an-amount"),
    ({"price": " 1"}, "price", "not-an-amount"),
    ({"price": "NaN"}, "price", "not-an-amount"),
    ({"price": "١"}, "price", "not-an-amount"),
    ({"price": "1."}, "price", "not-an-amount"),
    ({"price": "9999999999999999"}, "price", "too-large"),
]


def test_each_bad_value_is_named(app: Flask, client: FlaskClient, people: People) -> None:
    for change, field, code in BAD_VALUES:
        answer = post(client, people, {**GOOD, **change})
        named = [(error["field"], error["code"]) for error in answer.get_json()["errors"]]
        assert (answer.status_code, named) == (422, [(field, code)]), change
    assert rows(app) == 0


def test_a_missing_field_and_a_body_of_another_shape_are_named(client: FlaskClient, people: People) -> None:
    assert [error["field"] for error in post(client, people, {}).get_json()["errors"]] == ["name", "price"]
    assert post(client, people, []).status_code == 422
    assert post(client, people, b"null").status_code == 422


def test_a_bad_limit_is_422(client: FlaskClient, people: People) -> None:
    for limit in ("0", "101", "x", "", "1.5", "1_0", "-1", "9" * 5000):
        answer = client.get(f"/api/v1/toys?limit={limit}", headers=people.owner.bearer)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "limit"), limit


def test_a_cursor_that_we_did_not_give_is_422(client: FlaskClient, people: People) -> None:
    for cursor in (
        "x",
        "",
        "MTIz",
        "YmVmb3JlOjA",
        "YmVmb3JlOi0x",
        "ü",
        "%00",
        "YmVmb3JlOjk5OTk5OTk5OTk5OTk5OTk5OTk",
        "=" * 9,
    ):
        answer = client.get(f"/api/v1/toys?cursor={cursor}", headers=people.owner.bearer)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "cursor"), cursor


def test_a_repeated_parameter_is_422_and_an_unknown_one_is_left_alone(client: FlaskClient, people: People) -> None:
    answer = client.get("/api/v1/toys?limit=1&limit=2", headers=people.owner.bearer)
    assert [(error["field"], error["code"]) for error in answer.get_json()["errors"]] == [("limit", "repeated")]
    assert client.get("/api/v1/toys?utm_source=x", headers=people.owner.bearer).status_code == 200


def test_pages_of_a_list_neither_repeat_nor_skip(client: FlaskClient, people: People) -> None:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            f"/api/v1/toys?limit=25{f'&cursor={cursor}' if cursor else ''}", headers=people.owner.bearer
        ).get_json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == list(range(60, 0, -1))


def test_what_is_no_id_is_an_address_where_nothing_is(client: FlaskClient, people: People) -> None:
    for toy_id in ("0", "-1", "1.5", "abc", str(2**63), "9" * 40, "01", "1%00"):
        answer = client.get(f"/api/v1/toys/{toy_id}", headers=people.owner.bearer)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), toy_id


def test_the_largest_id_is_one(client: FlaskClient, people: People) -> None:
    assert client.get(f"/api/v1/toys/{2**63 - 1}", headers=people.owner.bearer).status_code == 200


def test_money_goes_in_and_out_unharmed() -> None:
    for text, currency, minor in (
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0.01", "EUR", 1),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
    ):
        assert money.to_minor(text, currency, "price") == minor
    assert money.decimal_text(1250, "EUR") == "12.50"
    assert money.decimal_text(-5, "EUR") == "-0.05"
    assert money.decimal_text(500, "JPY") == "500"
    with pytest.raises(Invalid, match="no decimals"):
        money.to_minor("1.5", "JPY", "price")


class Contact(Form):
    name: Line
    email: Email
    pieces: WholeText = 1


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(app: Flask) -> None:
    filled = reading.form(Contact, MultiDict({"name": " ", "email": "ada", "pieces": "1.5", "send": "yes"}))
    assert filled.data is None
    assert filled.values["email"] == "ada"
    assert filled.errors == {
        "name": "This is required.",
        "email": "Write an email address, like ada@example.com.",
        "pieces": "Write a whole number.",
    }
    good = reading.form(Contact, MultiDict({"name": " Ada ", "email": "Ada@Example.com", "pieces": ""}))
    assert good.data == Contact(name="Ada", email="ada@example.com", pieces=1)
    assert reading.form(Contact, MultiDict({"name": "nul\0", "email": "ada@example.com"})).errors == {
        "name": "Leave out control characters."
    }
    assert good.refused(Invalid.field("name", "taken", "Taken.")).errors == {"name": "Taken."}
