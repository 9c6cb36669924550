"""The people of every test: an owner, a shopper, and an outsider who owns another market; with a staff member and the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.accounts import commands, passwords
from webapp.accounts.actor import Actor
from webapp.accounts.models import OWNER, STAFF
from webapp.db import transact

PASSWORD = "a long enough password"
TESTS = Actor.system("tests")
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Someone:
    """A person with an account and a token; `market_id` is where they work, 0 for who works nowhere."""

    id: int
    email: str
    token: str
    market_id: int = 0

    @property
    def bearer(self) -> Mapping[str, str]:
        """The header that a program of theirs sends."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class People:
    """Everybody. The owner and the staff member keep alder-lane (EUR), the outsider keeps lantern-quay (JPY)."""

    owner: Someone
    staff: Someone
    outsider: Someone
    shopper: Someone
    operator: Someone


@cache
def password_hash() -> str:
    """PASSWORD's hash: it takes its time, so that once a run is enough."""
    return passwords.hashed(PASSWORD)


def settle(app: Flask) -> People:
    """Two markets and everybody in them, in a fresh database."""
    with app.app_context():
        people = transact(_settle)
    return people


def log_in(client: FlaskClient, someone: Someone) -> TestResponse:
    """Log a browser in through the form."""
    return client.post("/login", data={"email": someone.email, "password": PASSWORD}, headers=SAME_ORIGIN)


def _settle() -> People:
    alder = commands.create_market("alder-lane", "Alder Lane", "EUR", actor=TESTS)
    quay = commands.create_market("lantern-quay", "Lantern Quay", "JPY", actor=TESTS)
    return People(
        owner=_someone("owner@test.market", alder, OWNER),
        staff=_someone("staff@test.market", alder, STAFF),
        outsider=_someone("outsider@test.market", quay, OWNER),
        shopper=_someone("shopper@test.market"),
        operator=_someone("operator@test.market", operator=True),
    )


def _someone(email: str, market_id: int = 0, role: str = "", operator: bool = False) -> Someone:
    person_id = commands.create_person(
        email, email.split("@")[0].title(), password_hash(), actor=TESTS, is_operator=operator
    )
    if market_id:
        commands.add_member(person_id, market_id, role, actor=TESTS)
    return Someone(person_id, email, commands.issue_token(email), market_id)
