"""Many orders, several workers, every message doubled, a provider that fails a third of its calls: by its own ledger each
order is charged at most once, and what is kept is what the payments say."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.payments.desk import AMOUNT, Bank, asked, at_rest, payment, place, told, work
from webapp import clock
from webapp.db import db, transact
from webapp.payments import commands
from webapp.payments.gateway import HttpGateway, current
from webapp.payments.queries import opened

ENDS = {
    "tok_success": "TAKEN", "tok_declined": "DECLINED", "tok_insufficient_funds": "DECLINED", "tok_timeout": "TAKEN",
    "tok_unavailable_twice": "TAKEN", "tok_late_success": "REFUNDED",
}  # fmt: skip
TOKENS = tuple(ENDS)
WORKERS, PATIENCE = 3, 90.0


@pytest.mark.usefixtures("impatient")
def test_whatever_happens_no_order_is_charged_twice_and_the_books_agree(market: Flask, bank: Bank) -> None:
    bank.faults(
        on=["charge", "lookup", "void", "refund"], mode="status", status=500, when="after", rate=0.33, seed=7, callback_copies=3,
        callback_jitter_ms=300,
    )  # fmt: skip
    ids = place(*TOKENS * 4)
    messages = [("charge", str(id_)) for id_ in ids * 2]
    random.Random(7).shuffle(messages)

    def at_rest_for_good() -> bool:
        # In this order: what the bank has told stands in the payments.
        return not bank.has_more_to_tell and len(ids) == _opened(ids) and at_rest()

    errors = work_by_threads(market, [messages[number::WORKERS] for number in range(WORKERS)], at_rest_for_good)
    assert errors == []
    gateway = current()
    assert isinstance(gateway, HttpGateway)
    ledger: dict[int | None, list[tuple[int, int]]] = {}
    for line in gateway.testify():
        ledger.setdefault(line.order_id, []).append((line.taken_minor, line.refunded_minor))
    for order_id, token in zip(ids, TOKENS * 4, strict=True):
        [(taken, refunded)] = ledger[order_id]
        row = payment(order_id)
        assert (row["taken_minor"], row["refunded_minor"]) == (taken, refunded), token
        assert taken - refunded == (AMOUNT if row["state"] == "TAKEN" else 0), token
        assert sum(event["type"] in ("PAYMENT_SUCCESS", "PAYMENT_FAILURE") for event in told(order_id)) == 1
        # A payment whose questions all failed until it was overdue is voided, and then nothing of it is kept.
        ends = {"VOIDED", ENDS[token]}
        if token == "tok_late_success":
            ends.add("TAKEN")  # The decline was never heard, and when an answer came it was "taken".
        assert row["state"] in ends, token
        assert row["state"] != "VOIDED" or row["reason"] == "timed_out"


def work_by_threads(app: Flask, messages: list[list[tuple[str, str]]], over: Callable[[], bool]) -> list[BaseException]:
    """Let workers take their messages and then the queue's, beside a reconciler, until it is over."""
    errors: list[BaseException] = []
    done = threading.Event()

    def run(mine: list[tuple[str, str]]) -> None:
        try:
            with app.app_context():
                work(mine)
                while not done.is_set():
                    queue = asked()
                    work(queue * 2)
                    if not queue:
                        time.sleep(0.02)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(mine,)) for mine in messages]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    while not (ended := over()) and time.monotonic() < end and not errors:
        transact(lambda: commands.ask_due(clock.now()))
        time.sleep(0.1)
    done.set()
    for thread in threads:
        thread.join(30)
    assert ended or errors, "not at rest in time"
    return errors


def _opened(ids: list[int]) -> int:
    found = len(opened(ids))
    db.session.rollback()
    return found
