"""What the sweeper asks for again, however much else waits."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.saga.conftest import Saga
from tests.saga.driving import OverDatabase
from webapp import clock
from webapp.db import transact
from webapp.orders import sweeping
from webapp.orders.queries import to_pay
from webapp.payments import commands as payments


@pytest.fixture
def way() -> str:
    """The transport does not matter here."""
    return "embedded on SQLite"


def test_a_payment_never_begun_is_asked_for_however_many_wait_before_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST", 1)
    with app.app_context():
        driver = OverDatabase()
        _swept(Saga(app, driver))
        driver.close()


def _swept(saga: Saga) -> None:
    product_id = saga.product(stock=10)
    silent, lost = saga.place((product_id, 1)), saga.place((product_id, 1))
    saga.driver.settle_until_reserved(lost)
    saga.driver.drop_requests("charge")
    transact(lambda: payments.begin(to_pay([silent]), clock.now()))
    with clock.set_to(clock.now() + clock.seconds(sweeping.QUIET_SECONDS + 1)):
        assert transact(lambda: sweeping.ask_unbegun_payments(clock.now())) == 1
    assert [row["argument"] for row in saga.rows("outbox", actor="charge")] == [str(lost)]
    saga.driver.drop_requests("charge")
    saga.cancel(silent)
    saga.cancel(lost)
    saga.driver.drop_requests("void")
    with clock.set_to(clock.now() + clock.seconds(sweeping.QUIET_SECONDS + 1)):
        assert transact(lambda: sweeping.ask_unheard_cancellations(clock.now())) == 1
    assert [row["argument"] for row in saga.rows("outbox", actor="void")] == [str(lost)]
