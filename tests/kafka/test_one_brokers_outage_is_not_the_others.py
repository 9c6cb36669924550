"""While one broker is away its rows fill the head of the outbox; the relay goes round them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from tests.kafka.conftest import cancelled
from webapp import clock, outbox
from webapp.db import Row, db, transact
from webapp.outbox import Fact, fresh_cause
from workers.relay import Relay
from workers.transport import Published


class HalfAway:
    """Kafka and RabbitMQ, one of which takes nothing."""

    def __init__(self, takes_facts: bool) -> None:
        self._takes_facts = takes_facts

    def publish(self, batch: Sequence[Row]) -> Published:
        assert not db.session.registry().in_transaction()
        return Published([row["outbox_id"] for row in batch if (row["actor"] is None) == self._takes_facts])


@pytest.mark.parametrize("takes_facts", [True, False], ids=["rabbitmq is away", "kafka is away"])
def test_rows_for_the_broker_that_is_there_go_out(app: Flask, takes_facts: bool) -> None:
    def tell() -> None:
        now = clock.now()
        for first in (not takes_facts, takes_facts):
            if first:
                outbox.emit([Fact(cancelled(order), now, fresh_cause()) for order in range(1, 21)])
            else:
                outbox.ask(outbox.PAYMENTS, "charge", range(20), now)

    with app.app_context():
        transact(tell)
        relay = Relay(HalfAway(takes_facts), batch=10)
        assert [relay.step() for _ in range(3)] == [10, 10, 0]
        assert {row["channel"] for row in outbox.backlog()} == {outbox.PAYMENTS if takes_facts else "orders.events"}
