"""One row per causing event and kind, whatever happens to the message that asked for it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.notifications.conftest import completed, create_order, tell
from webapp import clock
from webapp.db import fetch, transact
from webapp.events import (
    CATALOGUE,
    Event,
    OrderCancelled,
    OrderCompleted,
    OrderInventoryPending,
    OrderInventoryRejected,
    OrderPaymentRejected,
    OrderRefunded,
    PaymentRefunded,
    StockReserved,
)
from webapp.notifications import commands, erasing, kinds
from webapp.notifications.mailer import Result
from webapp.notifications.models import ACCEPTED
from workers import notifications


def emails() -> list[Any]:
    return fetch("SELECT * FROM emails ORDER BY id")


@pytest.mark.parametrize(
    ("event", "values", "kind"),
    [
        (OrderCompleted, {}, "completed"),
        (OrderInventoryRejected, {}, "stock_refused"),
        (OrderPaymentRejected, {}, "payment_refused"),
        (OrderCancelled, {}, "cancelled"),
        (OrderRefunded, {}, "refunded"),
        (PaymentRefunded, {"reason": "late_success"}, "late_refund"),
    ],
)
def test_each_outcome_writes_its_kind_and_it_reaches_the_mailbox(
    app: Flask, event: type[Event], values: dict[str, Any], kind: str
) -> None:
    order = create_order()
    cause = tell(order, OrderInventoryPending, StockReserved, event, **values)
    notifications.notify([cause])
    (email,) = emails()
    assert (email["cause_id"], email["kind"], email["order_id"], email["market_id"]) == (
        cause,
        kind,
        order.id,
        order.market_id,
    )
    assert (email["recipient"], email["state"], email["answer"]) == (
        "ingrid@example.org",
        "SENT",
        "kept in the mailbox",
    )
    assert email["tries"] == 1
    assert email["sent_at"] >= email["queued_at"]
    assert str(order.number) in email["subject"]
    assert f"http://127.0.0.1:8000/o/{order.link}" in email["html"]
    assert f"http://127.0.0.1:8000/o/{order.link}" in email["text"]


def test_the_same_event_again_and_again_is_one_row_and_one_delivery(app: Flask) -> None:
    cause = completed(create_order())
    notifications.notify([cause, cause])
    notifications.notify([cause])
    assert len(emails()) == 1
    assert len(fetch("SELECT * FROM email_deliveries")) == 1


def test_a_refund_that_is_not_of_a_late_payment_is_told_by_its_order_alone(app: Flask) -> None:
    order = create_order()
    quiet = tell(order, PaymentRefunded, reason='asked, "reason":"late_success"')
    notifications.notify([quiet])
    assert emails() == []
    (parked,) = fetch("SELECT * FROM parked")
    assert parked["reason"] == "PAYMENT_REFUNDED writes no email"


def test_an_event_that_nobody_told_is_parked_and_the_next_is_written(app: Flask) -> None:
    cause = completed(create_order())
    notifications.notify(["no-such-event", cause])
    assert [email["cause_id"] for email in emails()] == [cause]
    (parked,) = fetch("SELECT * FROM parked")
    assert (parked["consumer"], parked["event_id"], parked["reason"]) == (
        "notifications",
        "no-such-event",
        "no such event in the log",
    )


def test_an_order_that_does_not_exist_is_parked(app: Flask) -> None:
    order = create_order()
    order.id = 10**9
    notifications.notify([tell(order, OrderCompleted)])
    assert emails() == []
    assert fetch("SELECT reason FROM parked")[0]["reason"] == "order 1000000000 does not exist"


def test_an_order_without_an_address_has_its_email_and_it_has_bounced(app: Flask) -> None:
    notifications.notify([completed(create_order(email=""))])
    (email,) = emails()
    assert (email["state"], email["answer"], email["next_try_at"]) == (
        "BOUNCED",
        "the order has no email address",
        None,
    )


def test_two_orders_in_one_list_get_each_their_own_words(app: Flask) -> None:
    ingrid, omar = create_order(), create_order(name="Omar", email="omar@example.org", market_name="Lantern Quay")
    notifications.notify([completed(ingrid), completed(omar)])
    first, second = emails()
    assert "All yours, Ingrid." in first["text"]
    assert "All yours, Omar." in second["text"]
    assert "Lantern Quay" in second["html"]
    assert "Lantern Quay" not in first["html"]


def test_a_fact_whose_message_was_lost_is_written_by_the_timer_and_then_asked_to_go_out(app: Flask) -> None:
    cause = completed(create_order())
    forgotten = commands.Forgotten()
    told = clock.now()
    assert forgotten.find(told) == [], "a young fact is left to its message"
    later = told + clock.seconds(100)
    assert forgotten.find(later) == [cause]
    assert forgotten.find(later) == [cause], "found again until somebody has written it"
    drafts = commands.draft([cause])
    assert len(transact(lambda: commands.write(drafts, later))) == 1
    assert forgotten.find(later) == []
    assert [(email["cause_id"], email["state"]) for email in emails()] == [(cause, "QUEUED")]
    due = later + commands.FIRST_GRACE
    assert transact(lambda: commands.ask_due(due)) == 1
    asked = fetch("SELECT channel, argument FROM outbox WHERE actor = 'deliver'")
    assert asked == [{"channel": "notifications", "argument": str(emails()[0]["id"])}]
    assert transact(lambda: commands.ask_due(due + clock.seconds(3600))) == 0, "it waits in the outbox already"
    notifications.deliver([asked[0]["argument"]])
    assert emails()[0]["state"] == "SENT"


def test_a_writer_that_dies_before_its_commit_has_written_nothing_and_the_next_writes_once(app: Flask) -> None:
    cause = completed(create_order())
    with pytest.raises(KeyboardInterrupt):
        transact(lambda: _write_and_die(cause))
    assert emails() == []
    notifications.notify([cause])
    assert len(emails()) == 1


def _write_and_die(cause: str) -> None:
    commands.write(commands.draft([cause]), clock.now())
    raise KeyboardInterrupt


def test_two_who_write_the_same_email_at_once_write_one(app: Flask) -> None:
    cause = completed(create_order())
    first, second = commands.draft([cause]), commands.draft([cause])
    (id,) = transact(lambda: commands.write(first, clock.now()))
    assert transact(lambda: commands.write(second, clock.now())) == [id]
    notifications.deliver([str(id), str(id)])
    notifications.deliver([str(id)])
    assert [(email["state"], email["tries"]) for email in emails()] == [("SENT", 1)]


def test_an_email_that_is_erased_while_it_goes_out_keeps_no_address(app: Flask) -> None:
    order = create_order()
    now = clock.now()
    drafts = commands.draft([completed(order)])
    [letter] = transact(lambda: commands.claim(commands.write(drafts, now), now))
    transact(lambda: erasing.erase([order.id], []))
    taken = Result(letter.email_id, letter.number, letter.recipient, ACCEPTED, "250 taken")
    transact(lambda: commands.settle([taken], now))
    (row,) = fetch(
        "SELECT d.recipient, d.outcome, e.state, e.html FROM email_deliveries d JOIN emails e ON e.id = d.email_id"
    )
    assert row == {"recipient": "", "outcome": ACCEPTED, "state": "BOUNCED", "html": ""}


def test_the_timer_does_both_by_itself(app: Flask) -> None:
    completed(create_order())
    remind = notifications.Reminder()
    with clock.set_to(clock.now() + clock.seconds(100)):
        assert remind() == 1
    with clock.set_to(clock.now() + clock.seconds(200)):
        assert remind() == 1
    assert [email["state"] for email in emails()] == ["QUEUED"]
    assert len(fetch("SELECT 1 FROM outbox WHERE actor = 'deliver'")) == 1


def test_the_table_and_its_sql_say_the_same_for_every_event(app: Flask) -> None:
    order = create_order()
    for kind in (
        OrderCompleted,
        OrderInventoryRejected,
        OrderPaymentRejected,
        OrderCancelled,
        OrderRefunded,
        OrderInventoryPending,
    ):
        tell(order, kind)
    tell(order, PaymentRefunded, reason="late_success")
    tell(order, PaymentRefunded, reason='"reason":"late_success"')
    found = fetch(f"SELECT type, payload, {kinds.kind_sql('e')} AS kind FROM events e")
    assert len(found) == 8
    for row in found:
        values = {"reason": "late_success"} if row["kind"] == "late_refund" else {}
        assert row["kind"] == kinds.kind_of(row["type"], values), row
    assert {rule.event.TYPE for rule in kinds.RULES} <= set(CATALOGUE)
