"""GET /api/v1/orders/{id}/live, read as a program reads it."""

from __future__ import annotations

import json

from flask import Flask

from tests import people
from tests.live import orders
from tests.live.serving import Readers, Server, until
from webapp.db import db, execute, transact


def test_a_program_hears_every_status_once_and_then_the_end(server: Server, readers: Readers, app: Flask) -> None:
    everybody = people.settle(app)
    [row] = orders.place(1)
    transact(
        lambda: execute(
            "UPDATE orders SET shopper_id = :id WHERE id = :order", id=everybody.shopper.id, order=row["id"]
        )
    )
    path = f"/api/v1/orders/{row['id']}/live"
    followed = readers.open(path, everybody.shopper.bearer)
    until(lambda: followed.shows("INVENTORY_PENDING"))
    assert "content-type: text/event-stream" in followed.head
    assert "cache-control: no-store" in followed.head
    transact(lambda: orders.to_payment([row["id"]]))
    until(lambda: followed.shows("PAYMENT_PENDING"))
    transact(lambda: orders.complete([row["id"]]))
    until(lambda: followed.closed)

    assert followed.events[-1] == ("end", "{}")
    told = [json.loads(data) for name, data in followed.events if name == "status"]
    assert [(one["id"], one["status"], one["version"]) for one in told] == [
        (row["id"], "INVENTORY_PENDING", 1), (row["id"], "PAYMENT_PENDING", 2), (row["id"], "COMPLETED", 3)
    ]  # fmt: skip
    assert all(one["at"].endswith("Z") for one in told)
    db.session.remove()


def test_somebody_elses_order_is_not_found(server: Server, readers: Readers, app: Flask) -> None:
    everybody = people.settle(app)
    [row] = orders.place(1)
    answers = [
        readers.open(f"/api/v1/orders/{row['id']}/live", someone.bearer)
        for someone in (everybody.outsider, everybody.shopper, everybody.owner)
    ]
    until(lambda: all(reader.closed for reader in answers))
    assert [reader.status for reader in answers] == [404, 404, 404]
