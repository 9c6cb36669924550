"""401, 403, 404, 405, 406 and 429, for every endpoint of the document."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.api.desk import MUG, Desk
from tests.people import settle
from webapp.accounts import commands
from webapp.accounts.actor import Actor
from webapp.accounts.scopes import ALL
from webapp.app import create_app
from webapp.db import transact
from webapp.settings import Settings
from webapp.web import throttle
from webapp.web.api import Spec, spec_of

Endpoint = tuple[str, str, Spec]


def endpoints(app: Flask) -> list[Endpoint]:
    """Every endpoint: its method, its path after /api/v1 with 1 for each id, and what it declares."""
    found = []
    for rule in app.url_map.iter_rules():
        spec = spec_of(app.view_functions[rule.endpoint])
        if spec is not None:
            path = str(rule.rule).removeprefix("/api/v1").replace("<id:product_id>", "1").replace("<id:order_id>", "1")
            found += [(method, path, spec) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_the_contract_is_there(app: Flask) -> None:
    assert {(method, path) for method, path, _ in endpoints(app)} >= {
        ("GET", "/me"), ("POST", "/products"), ("GET", "/products"), ("GET", "/products/1"), ("PATCH", "/products/1"),
        ("DELETE", "/products/1"), ("GET", "/products/1/inventory"), ("PATCH", "/products/1/inventory"),
        ("POST", "/products/1/stock-adjustments"), ("GET", "/products/1/stock-movements"), ("POST", "/orders"), ("GET", "/orders"),
        ("GET", "/orders/1"), ("POST", "/orders/1/cancellation"), ("POST", "/orders/1/refunds"), ("POST", "/orders/1/sending"), ("GET", "/orders/1/live"),
    }  # fmt: skip


NO_TOKENS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer nonsense",
    "Basic b3duZXI6",
    "Bearer mf_" + "x" * 43,
    "Bearer " + "x" * 9000,
    "Bearer \xff",
]


def test_without_a_good_token_nobody_gets_in(desk: Desk) -> None:
    before = desk.counts()
    stranger = desk.app.test_client()
    for method, path, _ in endpoints(desk.app):
        for sent in ({}, *({"Authorization": header} for header in NO_TOKENS)):
            refused = stranger.open(f"/api/v1{path}", method=method, headers=sent, json={} if method != "GET" else None)
            assert (refused.status_code, refused.content_type) == (401, "application/problem+json"), (
                f"{method} {path} {sent}"
            )
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert desk.counts() == before


def test_a_revoked_or_expired_token_is_no_token(desk: Desk) -> None:
    [row] = desk.rows("SELECT id FROM tokens WHERE person_id = :id", id=desk.people.owner.id)
    with desk.app.app_context():
        transact(
            lambda: commands.revoke_token(
                row["id"], actor=Actor(desk.people.owner.id, None, desk.people.owner.email, "127.0.0.1")
            )
        )
    assert desk.get("/me").status_code == 401


def test_a_token_needs_one_of_the_scopes_that_are_declared(desk: Desk) -> None:
    tokens = {}
    with desk.app.app_context():
        for scope in ALL:
            tokens[scope] = transact(lambda scope=scope: commands.issue_token(desk.people.owner.email, scopes=[scope]))  # type: ignore[misc]
    before = desk.counts()
    for method, path, spec in endpoints(desk.app):
        for scope, token in tokens.items():
            if not spec.scopes or scope in spec.scopes:
                continue
            headers = {"Authorization": f"Bearer {token}"}
            refused = desk.call(method, path, headers=headers, json={} if method != "GET" else None)
            assert (refused.status_code, refused.json["type"]) == (403, "urn:marketflow:problem:missing-scope"), (
                f"{method} {path} {scope}"
            )
            assert f'scope="{" ".join(spec.scopes)}"' in refused.headers["WWW-Authenticate"]
    assert desk.counts() == before


def test_what_is_not_there_is_404_as_a_problem(desk: Desk) -> None:
    bodies: dict[str, Any] = {"/products/1/stock-adjustments": {"delta": 1, "reason": "count"}, "/orders/1/refunds": {"reason": "x"},
                              "/products/1/inventory": {"on_hand": 1}, "/products/1": {"name": "x"}}  # fmt: skip
    for method, path, _ in endpoints(desk.app):
        if "/1" not in path:
            continue
        body = bodies.get(path, {}) if method != "GET" else None
        missing = desk.call(method, path, json=body)
        assert (missing.status_code, missing.content_type) == (404, "application/problem+json"), f"{method} {path}"
        assert missing.json["status"] == 404
    assert desk.get("/nothing").status_code == 404
    for method in ("GET", "PATCH", "DELETE"):  # No id is as large.
        assert (
            desk.call(method, "/products/9223372036854775808", json={} if method == "PATCH" else None).status_code
            == 404
        )


def test_a_method_that_is_not_taken_is_405(desk: Desk) -> None:
    for method, path in (("PUT", "/products/1"), ("DELETE", "/products"), ("POST", "/me"), ("DELETE", "/orders/1")):
        refused = desk.call(method, path)
        assert (refused.status_code, refused.content_type) == (405, "application/problem+json")
        assert refused.headers["Allow"]


def test_too_many_requests_are_429_and_do_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # With a stopped clock nothing drains meanwhile, however long the requests take.
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    app = create_app(settings.model_copy(update={"api_rate": 3}))
    desk = Desk(app, settle(app))
    answers = [desk.post("/products", {**MUG, "sku": f"S{n}"}) for n in range(12)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert len(late) == 12 - 3
    assert all(
        int(answer.headers["Retry-After"]) >= 1 and answer.content_type == "application/problem+json" for answer in late
    )
    made = desk.rows("SELECT count(*) AS n FROM products")[0]["n"]
    assert made == sum(answer.status_code == 201 for answer in answers) == 12 - len(late)
    assert desk.get("/me", desk.people.outsider).status_code == 200
    desk.close()


def test_five_hundred_requests_a_second_are_let_through_by_default(desk: Desk) -> None:
    assert desk.app.extensions["settings"].api_rate >= 500
