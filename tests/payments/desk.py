"""The payments room driven by hand: orders that wait for their payment, the queue's tasks run one after another, and the
test provider as a process of its own whose ledger is the witness."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from tests.provider import running
from webapp import clock
from webapp.db import Row, db, execute, fetch, from_json, insert, transact
from webapp.payments import commands
from webapp.payments.calls import Call, Outcome, Said
from webapp.payments.commands import PaymentRequest
from webapp.payments.gateway.own import _key_of
from workers import payments as tasks

SECRET = "tests share this secret"
TRACE = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
AMOUNT = 1250


def create_request(order_id: int = 7, token: str = "tok_success", **overrides: Any) -> PaymentRequest:
    """A request for 12.50 EUR."""
    values = {
        "order_id": order_id, "market_id": 1, "amount_minor": AMOUNT, "currency": "EUR", "method": "test", "token": token,
        "traceparent": TRACE, **overrides,
    }  # fmt: skip
    return PaymentRequest(**values)


def place(*tokens: str) -> list[int]:
    """Orders that wait for their payment, one for each token, and the requests for it in the outbox. Returns their ids."""
    now = clock.now()

    def write() -> list[int]:
        execute(
            "INSERT INTO markets (id, slug, name, currency, created_at) VALUES (1, 'm', 'M', 'EUR', :now) ON CONFLICT DO NOTHING",
            now=now,
        )
        first = int(fetch("SELECT coalesce(max(id), 0) + 1 AS id FROM orders")[0]["id"])
        ids = list(range(first, first + len(tokens)))
        insert(
            "orders",
            [
                {"id": id_, "market_id": 1, "number": id_, "link": f"link-{id_}", "status": "PAYMENT_PENDING", "version": 2,
                 "email": "a@example.com", "currency": "EUR", "total_minor": AMOUNT, "payment_method": "test", "payment_token": token,
                 "checkout_scope": "s", "checkout_key": f"k-{id_}", "checkout_hash": "h", "traceparent": TRACE, "placed_at": now,
                 "updated_at": now}
                for id_, token in zip(ids, tokens, strict=True)
            ],
            id="bigint", market_id="bigint", number="bigint", link="text", status="text", version="bigint", email="text",
            currency="text", total_minor="bigint", payment_method="text", payment_token="text", checkout_scope="text",
            checkout_key="text", checkout_hash="text", traceparent="text", placed_at="bigint", updated_at="bigint",
        )  # fmt: skip
        return ids

    return transact(write)


def payment(order_id: int) -> Row:
    """An order's payment, as the database has it."""
    found = fetch("SELECT * FROM payments WHERE order_id = :id", id=order_id)[0]
    db.session.rollback()
    return found


def attempts(order_id: int) -> list[tuple[str, str | None]]:
    """An order's attempts: what was called and what came of it."""
    found = fetch("SELECT kind, outcome FROM payment_attempts WHERE order_id = :id ORDER BY number", id=order_id)
    db.session.rollback()
    return [(row["kind"], row["outcome"]) for row in found]


def told(order_id: int) -> list[dict[str, Any]]:
    """The payment events of an order in sequence, each with its `type`."""
    found = fetch(
        "SELECT type, sequence, at, payload FROM events WHERE order_id = :id AND source = 'payments' ORDER BY sequence",
        id=order_id,
    )
    db.session.rollback()
    assert [row["sequence"] for row in found] == list(range(1, len(found) + 1))
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    return [{"type": row["type"], **from_json(row["payload"])} for row in found]


def kinds(order_id: int) -> list[str]:
    """The types of the payment events of an order in sequence."""
    return [event["type"] for event in told(order_id)]


def asked() -> list[tuple[str, str]]:
    """Take what the payments queue was asked for: actors and ids."""

    def take() -> list[Row]:
        return fetch("DELETE FROM outbox WHERE channel = 'payments' RETURNING actor, argument")

    return sorted((row["actor"], row["argument"]) for row in transact(take))


def work(requests: Sequence[tuple[str, str]] | None = None) -> int:
    """Run the tasks that the queue was asked for; returns how many ids they were given."""
    todo = asked() if requests is None else list(requests)
    for actor, task in (("charge", tasks.charge), ("void", tasks.void), ("refund", tasks.refund)):
        ids = [id_ for name, id_ in todo if name == actor]
        if ids:
            task(ids)
    return len(todo)


def work_until(done: Callable[[], bool], patience: float = 90.0) -> None:
    """Be the queue and the reconciler until `done`."""
    end = time.monotonic() + patience
    while not done():
        assert time.monotonic() < end, (
            f"not done in time: {fetch('SELECT order_id, state, next_call, attempts FROM payments')}"
        )
        transact(lambda: commands.ask_due(clock.now()))
        if not work():
            time.sleep(0.02)


def at_rest() -> bool:
    """Whether nothing is left to call."""
    found = fetch(
        "SELECT (SELECT count(*) FROM payments WHERE next_try_at IS NOT NULL)"
        " + (SELECT count(*) FROM refunds WHERE next_try_at IS NOT NULL) AS waiting"
    )
    db.session.rollback()
    return bool(found[0]["waiting"] == 0)


class Scripted:
    """A provider for tests of the commands: says what it is told to, and checks that no transaction is open meanwhile."""

    def __init__(self, *said: Said, **fields: Any) -> None:
        self.said = list(said)
        self.fields = fields
        self.calls: list[Call] = []

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """One group for each call; the last word is repeated."""
        for call in calls:
            assert not db.session().in_transaction(), "a transaction is open during a call"
            self.calls.append(call)
            said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
            yield [answer(call, said, **self.fields)]


def answer(call: Call, said: Said, **fields: Any) -> Outcome:
    """What a provider may have said to a call."""
    amounts = {"amount_minor": call.amount_minor, "currency": call.currency} if said is Said.TAKEN else {}
    return Outcome(call, said, "{}", **{"provider_id": "ch_1", **amounts, **fields})


class Bank(running.Provider):
    """The test provider, with its fault knobs, for a market that shares SECRET with it."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "--faults")
        self.client.headers["Authorization"] = f"Bearer {_key_of(SECRET)}"

    def start(self) -> None:
        """Starts the process, on the same port each time."""
        self.process = running.start_process(
            ["--port", str(self.port), "--home", str(self.home), *self.options],
            PROVIDER_SECRET=SECRET, PROVIDER_KEY=_key_of(SECRET),
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == f"Provider is ready at http://127.0.0.1:{self.port}\n", line

    @property
    def has_more_to_tell(self) -> bool:
        """Whether a late success or a callback is still to come."""
        totals = self.totals()
        return bool(totals["late_successes_waiting"] or totals["callbacks_waiting"])

    def of(self, order_id: int) -> Any:
        """What the ledger testifies about an order."""
        return self.ledger(f"order-{order_id}")

    def charges_and_refunds(self, order_id: int) -> tuple[int, int]:
        """How often money of an order was taken, and how often it was given back."""
        ledger = self.of(order_id)
        return sum(charge["taken"] is not None for charge in ledger["charges"]), len(ledger["refunds"])


@contextmanager
def listening(app: Flask, at: int | socket.socket) -> Iterator[None]:
    """The market's web server for the provider's callbacks, at a port, or on a socket that listens already: nobody else can take that."""
    port, fd = (at, None) if isinstance(at, int) else (0, at.fileno())
    server = make_server("127.0.0.1", port, app, threaded=True, fd=fd)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
