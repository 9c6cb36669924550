"""A program that speaks to the market by REST, as any of the people, and the services that work for it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.people import People, Someone
from webapp.db import db
from workers.draining import Pump

V1 = "/api/v1"
MUG: dict[str, Any] = {"sku": "MUG", "name": "A mug", "price": "12.50", "currency": "EUR"}


class Answer:
    """What came back, read whole."""

    def __init__(self, response: TestResponse) -> None:
        self.status_code, self.headers = response.status_code, response.headers
        self.content_type, self.mimetype = response.content_type, response.mimetype
        self.data, self.text = response.data, response.text

    @property
    def json(self) -> Any:
        """The JSON in the body."""
        return json.loads(self.text)


class Desk:
    """Calls the API without a server. Every request has an app context of its own, as it has in life."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people
        self._keys = itertools.count(1)
        with app.app_context():
            self._pump = Pump()

    def close(self) -> None:
        """Stop the services."""
        with self.app.app_context():
            self._pump.close()

    def settle(self) -> None:
        """Let the services work until nothing is left to do."""
        with self.app.app_context():
            self._pump.drain()

    def step(self) -> None:
        """Let each service take one step."""
        with self.app.app_context():
            self._pump.step()

    def until(self, order_id: int, status: str) -> None:
        """Let the services work just until an order is in this status."""
        for _ in range(20):
            if self.rows("SELECT status FROM orders WHERE id = :id", id=order_id)[0]["status"] == status:
                return
            self.step()
        raise AssertionError(f"order {order_id} never was {status}")

    def call(self, method: str, path: str, who: Someone | None = None, **request: Any) -> Answer:
        """One request, as the owner unless somebody else is named."""
        headers = {**(who or self.people.owner).bearer, **request.pop("headers", {})}
        return Answer(self.app.test_client().open(V1 + path, method=method, headers=headers, **request))

    def get(self, path: str, who: Someone | None = None, **request: Any) -> Answer:
        """GET."""
        return self.call("GET", path, who, **request)

    def post(self, path: str, body: Any = None, who: Someone | None = None, **request: Any) -> Answer:
        """POST with a JSON body."""
        return self.call("POST", path, who, json=body, **request)

    def patch(self, path: str, body: Any, who: Someone | None = None, **request: Any) -> Answer:
        """PATCH with a JSON body."""
        return self.call("PATCH", path, who, json=body, **request)

    def product(self, stock: int = 0, who: Someone | None = None, **overrides: Any) -> int:
        """A product on the shelf with so many units; returns its id."""
        currency = "JPY" if who is self.people.outsider else "EUR"
        made = self.post(
            "/products",
            {**MUG, "price": "12", "currency": currency, "sku": f"SKU-{next(self._keys)}", **overrides},
            who,
        )
        assert made.status_code == 201, made.text
        product_id = int(made.json["id"])
        self.settle()
        if stock:
            stocked = self.post(
                f"/products/{product_id}/stock-adjustments", {"delta": stock, "reason": "received"}, who
            )
            assert stocked.status_code == 201, stocked.text
        return product_id

    def wish(self, *lines: tuple[int, int], token: str = "tok_success", **overrides: Any) -> dict[str, Any]:
        """The body of an order."""
        items = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in lines]
        return {"items": items, "payment": {"method": "test", "token": token}, **overrides}

    def place(self, body: Any, who: Someone | None = None, key: str | None = None) -> Answer:
        """Place an order, as the shopper unless somebody else is named, under a new key unless one is given."""
        headers = {"Idempotency-Key": key or f"key-{next(self._keys)}"}
        return self.post("/orders", body, who or self.people.shopper, headers=headers)

    def order(self, *lines: tuple[int, int], who: Someone | None = None, **overrides: Any) -> int:
        """An order that was taken on; returns its id. The services have not heard of it yet."""
        placed = self.place(self.wish(*lines, **overrides), who)
        assert placed.status_code == 202, placed.text
        return int(placed.json["id"])

    def completed(self, *lines: tuple[int, int], **overrides: Any) -> int:
        """An order that has come to its end; returns its id."""
        order_id = self.order(*lines, **overrides)
        self.settle()
        return order_id

    def story(self, order_id: int, who: Someone | None = None) -> dict[str, Any]:
        """The order as its shopper reads it."""
        read = self.get(f"/orders/{order_id}", who or self.people.shopper)
        assert read.status_code == 200, read.text
        return dict(read.json)

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """What the database has."""
        with self.app.app_context():
            return [dict(row) for row in db.session.execute(sa.text(sql), parameters).mappings()]

    def counts(self) -> dict[str, int]:
        """How many rows every table has."""
        with self.app.app_context():
            tables = sorted(db.metadata.tables)
            sql = " UNION ALL ".join(f"SELECT '{table}' AS name, count(*) AS n FROM {table}" for table in tables)
            return {row["name"]: row["n"] for row in db.session.execute(sa.text(sql)).mappings()}

    def audited(self, action: str) -> list[dict[str, Any]]:
        """What the audit says of an action, oldest first."""
        return self.rows("SELECT * FROM audit WHERE action = :action ORDER BY id", action=action)

    def told(self, **of: int) -> list[str]:
        """The types of the events of a product or an order, in the order in which they became true."""
        [(column, value)] = of.items()
        found = self.rows(f"SELECT type FROM events WHERE {column} = :value ORDER BY at, sequence", value=value)
        return [row["type"] for row in found]


def fields(refusal: Answer) -> list[str]:
    """The fields that a refusal names."""
    assert refusal.content_type == "application/problem+json", refusal.text
    return [error["field"] for error in refusal.json["errors"]]
