"""API tokens: bound to a market, scoped, expiring, shown once; and who am I."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import TESTS, People
from webapp import clock, db
from webapp.accounts import commands
from webapp.accounts.actor import Actor
from webapp.accounts.scopes import ALL
from webapp.errors import Invalid, MarketError, NotFound


def issue(app: Flask, email: str, market: str | None = None, scopes: tuple[str, ...] = (), days: int = 90) -> str:
    with app.app_context():
        return db.transact(lambda: commands.issue_token(email, market, scopes, days))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_me_tells_person_roles_scopes_and_market(client: FlaskClient, people: People) -> None:
    assert client.get("/api/v1/me", headers=people.owner.bearer).get_json() == {
        "email": "owner@test.market",
        "roles": ["owner", "shopper"],
        "scopes": list(ALL),
        "market": {"id": people.owner.market_id, "slug": "alder-lane", "name": "Alder Lane", "currency": "EUR"},
    }
    assert client.get("/api/v1/me", headers=people.shopper.bearer).get_json() == {
        "email": "shopper@test.market", "roles": ["shopper"], "scopes": ["orders:read", "orders:place"], "market": None,
    }  # fmt: skip
    assert client.get("/api/v1/me", headers=people.staff.bearer).get_json()["roles"] == ["staff", "shopper"]
    assert client.get("/api/v1/me", headers=people.operator.bearer).get_json()["roles"] == ["operator", "shopper"]


def test_a_token_may_have_less_than_its_person(app: Flask, client: FlaskClient, people: People) -> None:
    token = issue(app, people.owner.email, "alder-lane", ("orders:read", "products:read"))
    assert client.get("/api/v1/me", headers=bearer(token)).get_json()["scopes"] == ["products:read", "orders:read"]


REFUSED: list[tuple[str, str | None, tuple[str, ...], int, str]] = [
    ("nobody@test.market", None, (), 90, "no account"),
    ("owner@test.market", "lantern-quay", (), 90, "works for no market lantern-quay"),
    ("shopper@test.market", "alder-lane", (), 90, "works for no market"),
    ("owner@test.market", None, ("products:burn",), 90, "no scope products:burn"),
    ("shopper@test.market", None, ("products:write",), 90, "does not allow products:write"),
    ("owner@test.market", None, (), 0, "3650 days"),
]


def test_a_token_that_cannot_be_is_refused_with_a_sentence(app: Flask, people: People) -> None:
    for email, market, scopes, days, said in REFUSED:
        with pytest.raises(MarketError, match=said):
            issue(app, email, market, scopes, days)
    with app.app_context():
        assert db.fetch("SELECT count(*) AS n FROM tokens")[0]["n"] == 5


def test_who_works_for_two_markets_names_one(app: Flask, client: FlaskClient, people: People) -> None:
    with app.app_context():
        db.transact(lambda: commands.add_member(people.owner.id, people.outsider.market_id, "staff", actor=TESTS))
    with pytest.raises(Invalid, match="alder-lane, lantern-quay"):
        issue(app, people.owner.email)
    token = issue(app, people.owner.email, "lantern-quay")
    me = client.get("/api/v1/me", headers=bearer(token)).get_json()
    assert (me["market"]["slug"], me["roles"][0]) == ("lantern-quay", "staff")


def test_a_token_ends_with_its_time_its_membership_or_its_revocation(
    app: Flask, client: FlaskClient, people: People
) -> None:
    with clock.set_to(clock.now() + clock.seconds(91 * 86_400)):
        assert client.get("/api/v1/me", headers=people.owner.bearer).status_code == 401
    with app.app_context():
        db.transact(lambda: db.execute("DELETE FROM memberships WHERE person_id = :id", id=people.staff.id))
        assert client.get("/api/v1/me", headers=people.staff.bearer).status_code == 401
        [row] = db.fetch("SELECT id FROM tokens WHERE person_id = :id", id=people.owner.id)
        owner = Actor(people.owner.id, None, people.owner.email)
        outsider = Actor(people.outsider.id, None, people.outsider.email)
        with pytest.raises(NotFound):
            db.transact(lambda: commands.revoke_token(row["id"], actor=outsider))
        assert client.get("/api/v1/me", headers=people.owner.bearer).status_code == 200
        db.transact(lambda: commands.revoke_token(row["id"], actor=owner))
        db.transact(lambda: commands.revoke_token(row["id"], actor=owner))
        assert client.get("/api/v1/me", headers=people.owner.bearer).status_code == 401
        revoked = db.fetch("SELECT actor FROM audit WHERE action = 'token.revoke'")
    assert [entry["actor"] for entry in revoked] == [people.owner.email]


def test_a_scope_that_the_role_no_longer_allows_is_gone_from_the_token(
    app: Flask, client: FlaskClient, people: People
) -> None:
    with app.app_context():
        db.transact(
            lambda: db.execute(
                "UPDATE tokens SET scopes = 'products:write orders:read' WHERE person_id = :id", id=people.shopper.id
            )
        )
    assert client.get("/api/v1/me", headers=people.shopper.bearer).get_json()["scopes"] == ["orders:read"]


def test_only_hashes_are_kept_and_every_change_is_audited(app: Flask, people: People) -> None:
    with app.app_context():
        kept = db.as_json(
            [*db.fetch("SELECT * FROM tokens"), *db.fetch("SELECT * FROM audit"), *db.fetch("SELECT * FROM sessions")]
        )
        audited = {row["action"] for row in db.fetch("SELECT action FROM audit")}
        [issued] = db.fetch(
            "SELECT * FROM audit WHERE action = 'token.issue' AND market_id = :id AND after LIKE '%owner%'",
            id=people.owner.market_id,
        )
    assert people.owner.token.startswith("mf_")
    assert people.owner.token not in kept
    assert audited == {"person.create", "market.create", "member.add", "token.issue"}
    assert (issued["actor"], issued["person_id"]) == ("market token", None)


def test_commands_refuse_what_cannot_be(app: Flask, people: People) -> None:
    refused = [
        lambda: commands.create_person("no email", "X", None, actor=TESTS),
        lambda: commands.create_person("OWNER@test.market", "X", None, actor=TESTS),
        lambda: commands.create_market("Alder Lane", "X", "EUR", actor=TESTS),
        lambda: commands.create_market("alder-lane", "X", "EUR", actor=TESTS),
        lambda: commands.create_market("new", "X", "euro", actor=TESTS),
    ]
    with app.app_context():
        before = db.fetch(
            "SELECT (SELECT count(*) FROM people) AS p, (SELECT count(*) FROM markets) AS m, (SELECT count(*) FROM audit) AS a"
        )
        for change in refused:
            with pytest.raises(MarketError) as refusal:
                db.transact(change)
            assert refusal.value.errors[0].field in ("email", "slug", "currency")
        with pytest.raises(Invalid):
            db.transact(lambda: commands.add_member(people.shopper.id, people.owner.market_id, "king", actor=TESTS))
        after = db.fetch(
            "SELECT (SELECT count(*) FROM people) AS p, (SELECT count(*) FROM markets) AS m, (SELECT count(*) FROM audit) AS a"
        )
    assert before == after
