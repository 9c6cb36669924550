"""A shopper's browser, two markets with goods, and the saga by hand, on each database."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.conftest import Trade
from tests.people import SAME_ORIGIN, People
from webapp.db import Row, execute, fetch, transact

ADDRESS = {"name": "Ingrid Solberg", "street": "Møllestien 42", "postcode": "8000", "city": "Aarhus C"}


class Shopper:
    """Somebody with a browser."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, status: int = 200) -> str:
        """The page at an address."""
        answer = self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:400]}"
        return answer.text

    def form(self, path: str, **changes: Any) -> dict[str, Any]:
        """The order form at an address, filled in: its hidden fields and quantities as they are, and an address."""
        page = self.get(path)
        fields: dict[str, Any] = {"email": "ingrid@example.org", "token": "tok_success", **ADDRESS}
        fields |= {name: hidden(page, name)[0] for name in ("key", "amount")}
        fields |= {"product": hidden(page, "product"), "quantity": hidden(page, "quantity")}
        return fields | changes

    def send(self, path: str, fields: dict[str, Any]) -> TestResponse:
        """A form, sent."""
        return self.client.post(path, data=fields, headers=SAME_ORIGIN)


def hidden(page: str, name: str) -> list[str]:
    """The values of the inputs of this name."""
    tags = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    return [html.unescape(found[1]) for tag in tags if (found := re.search(r'\bvalue="([^"]*)"', tag))]


def words(page: str) -> str:
    """A page as it is read."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def rows_of(app: Flask, table: str) -> list[Row]:
    """A table, oldest first."""
    with app.app_context():
        return fetch(f"SELECT * FROM {table} ORDER BY id")


def put(shopper: Shopper, product: int, quantity: object = 1) -> int:
    """Put something in; returns the status."""
    return shopper.send("/cart/lines", {"product": product, "quantity": quantity}).status_code


def checkout(shopper: Shopper, path: str = "/checkout", **changes: Any) -> dict[str, Any]:
    """The checkout's form, filled in."""
    page = shopper.get(path)
    fields: dict[str, Any] = {
        "email": "ingrid@example.org",
        "token": "tok_success",
        "key": hidden(page, "key")[0],
        **ADDRESS,
    }
    return fields | {name: hidden(page, name) for name in ("amount", "product", "quantity")} | changes


def change(app: Flask, sql: str, **parameters: Any) -> None:
    """What happens behind a shopper's back."""
    with app.app_context():
        transact(lambda: execute(sql, **parameters))


@pytest.fixture
def trade(app: Flask, people: People) -> Trade:
    """What happens without a browser."""
    return Trade(app, people)


@pytest.fixture
def shopper(app: Flask, people: People) -> Shopper:
    """A stranger with a browser."""
    return Shopper(app)
