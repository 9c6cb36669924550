"""An email is sent once more: a delivery of the row that was written, to its recipient or to another address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.mail_server import Inbox
from tests.notifications.conftest import completed, create_order
from tests.notifications.test_smtp import only_email, tries
from webapp import clock
from webapp.db import transact
from webapp.errors import Conflict, Invalid, NotFound
from webapp.notifications import resending
from workers import notifications


@pytest.fixture
def app(make_app: Callable[..., Flask], server: Inbox) -> Flask:
    return make_app(smtp_url=server.url, smtp_from="Marketflow <orders@market.example>")


def test_sending_again_is_a_delivery_of_the_same_row_and_may_go_elsewhere(app: Flask, server: Inbox) -> None:
    order = create_order(email="tpyo@example.org")
    server.answers = ["550 5.1.1 no such user"]
    notifications.notify([completed(order)])
    row = only_email()
    transact(lambda: resending.resend(order.market_id, row["id"], clock.now(), to="typo@example.org"))
    with pytest.raises(Conflict):
        transact(lambda: resending.resend(order.market_id, row["id"], clock.now()))
    notifications.deliver([str(row["id"])])
    after = only_email()
    assert (after["state"], after["recipient"], after["send_to"]) == ("SENT", "tpyo@example.org", "typo@example.org")
    assert [to for to, _ in server.taken] == ["typo@example.org"]
    assert [(number, outcome) for number, outcome, _ in tries()] == [(1, "REFUSED"), (2, "ACCEPTED")]


def test_sending_again_refuses_what_is_no_address(app: Flask) -> None:
    order = create_order()
    notifications.notify([completed(order)])
    before = only_email()
    for to in ("", "nobody", "a@b\r\nBcc: x@example.org", "a@example.org, b@example.org", "<a@example.org>"):
        with pytest.raises(Invalid) as refused:
            _resend(order.market_id, before["id"], to)
        assert refused.value.errors[0].field == "to"
    assert only_email() == before


def _resend(market_id: int, email_id: int, to: str) -> None:
    transact(lambda: resending.resend(market_id, email_id, clock.now(), to=to))


def test_another_markets_email_cannot_be_sent_again(app: Flask) -> None:
    order, other = create_order(), create_order()
    notifications.notify([completed(order)])
    with pytest.raises(NotFound):
        transact(lambda: resending.resend(other.market_id, only_email()["id"], clock.now()))
