"""The gateway alone: groups as they come, a bounded wait, answers read with suspicion, and the one that needs no network."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.payments.gateway import HttpGateway, InProcessGateway, chosen_by
from webapp.settings import SettingsError, load

Answering = Callable[[BaseHTTPRequestHandler, str], None]


def create_call(ask: Ask = Ask.CHARGE, number: int = 1, **overrides: Any) -> Call:
    """A call about 12.50 EUR for the order 7."""
    return Call(**{"ask": ask, "order_id": 7, "number": number, "idempotency_key": "order-7-ab", "amount_minor": 1250, "currency": "EUR",
                   "token": "tok_success", "refund_id": 4, "charge_id": "ch_1", **overrides})  # fmt: skip


@contextmanager
def provider(answering: Answering, timeout: float = 30.0) -> Iterator[HttpGateway]:
    """A gateway to a provider that answers as `answering` does, given the path and the request's body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            answering(self, body)

        do_GET = do_POST  # noqa: N815 - the library looks this name up

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    gateway = HttpGateway(
        f"http://127.0.0.1:{server.server_port}/", "secret", "http://market/payments/callback", timeout
    )
    try:
        yield gateway
    finally:
        gateway.close()
        server.shutdown()
        server.server_close()


def say(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    """Answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def charge(**overrides: Any) -> bytes:
    """A charge as the provider shows it."""
    return json.dumps({"id": "ch_1", "status": "taken", "amount": 1250, "currency": "EUR", "reason": None, "taken": "2026-01-01T00:00:00Z",
                       "idempotency_key": "order-7-ab", "card": {"last4": "4242"}, **overrides}).encode()  # fmt: skip


def outcome(gateway: Any, call: Call) -> Outcome:
    """What came of one call."""
    [[found]] = gateway.run([call])
    assert found.call is call
    return found  # type: ignore[no-any-return]


ANSWERS: list[tuple[Ask, int, bytes, Said]] = [
    (Ask.CHARGE, 200, charge(), Said.TAKEN),
    (Ask.CHARGE, 402, charge(status="declined", reason="card_declined", taken=None), Said.DECLINED),
    (Ask.CHARGE, 402, charge(status="voided", taken=None), Said.VOIDED),
    (Ask.LOOK_UP, 200, charge(), Said.TAKEN),
    (Ask.LOOK_UP, 200, charge(status="declined", taken=None), Said.DECLINED),
    (Ask.LOOK_UP, 404, b'{"error": "not_found"}', Said.NEVER_SEEN),
    (Ask.CHARGE, 404, b'{"error": "not_found"}', Said.REFUSED),
    (Ask.VOID, 200, charge(status="voided"), Said.VOIDED),
    (Ask.VOID, 200, charge(), Said.UNKNOWN),
    (Ask.REFUND, 200, json.dumps({"id": "re_1", "status": "refunded", "amount": 1250}).encode(), Said.REFUNDED),
    (Ask.REFUND, 200, json.dumps({"id": "re_1", "status": "refunded", "amount": 1}).encode(), Said.UNKNOWN),
    (Ask.REFUND, 200, charge(), Said.UNKNOWN),
    (Ask.REFUND, 422, b'{"error": "too_much", "message": "At most 0 can be given back."}', Said.REFUSED),
    (Ask.CHARGE, 200, json.dumps({"id": "re_1", "status": "refunded", "amount": 1250}).encode(), Said.UNKNOWN),
    (Ask.CHARGE, 422, b'{"error": "unknown_token"}', Said.REFUSED),
    (Ask.CHARGE, 400, b'{"error": "malformed_json"}', Said.REFUSED),
    *[(Ask.CHARGE, status, b'{"error": "x"}', Said.UNAVAILABLE) for status in (401, 403, 409, 429, 503)],
    *[(Ask.CHARGE, status, b'{"error": "x"}', Said.UNKNOWN) for status in (500, 502, 504, 201, 302)],
    *[(Ask.CHARGE, 200, body, Said.UNKNOWN) for body in (b'{"id": "ch_', b"", b"[]", b"null", b"{}", b"<html>", b"\xff", b"x" * 100_000)],
    *[(Ask.CHARGE, 200, charge(**wrong), Said.UNKNOWN) for wrong in ({"status": "x"}, {"status": None}, {"id": None}, {"id": 7}, {"id": "x" * 81})],
    (Ask.CHARGE, 503, b"<html>down for maintenance</html>", Said.UNKNOWN),
]  # fmt: skip


def test_every_answer_is_read_for_what_it_means() -> None:
    reply: list[tuple[int, bytes]] = []
    with provider(lambda handler, _: say(handler, *reply[-1])) as gateway:
        for ask, status, body, said in ANSWERS:
            reply.append((status, body))
            found = outcome(gateway, create_call(ask))
            assert (ask, status, body[:60], found.said) == (ask, status, body[:60], said)
            assert len(found.answer) <= 2000
            assert "order-7-ab" not in found.answer
            assert "tok_" not in found.answer


def test_a_taken_charge_says_how_much_in_what_and_from_which_card() -> None:
    with provider(lambda handler, _: say(handler, 200, charge())) as gateway:
        found = outcome(gateway, create_call())
    assert (found.amount_minor, found.currency, found.card, found.provider_id) == (1250, "EUR", "4242", "ch_1")
    assert {"http": 200, "status": "taken", "id": "ch_1"}.items() <= json.loads(found.answer).items()


@pytest.mark.parametrize("amount", [None, "1250", 12.5, True])
def test_an_amount_that_is_no_whole_number_is_never_taken_for_ours(amount: object) -> None:
    with provider(lambda handler, _: say(handler, 200, charge(amount=amount))) as gateway:
        assert outcome(gateway, create_call()).amount_minor is None


def test_a_void_says_whether_money_was_given_back() -> None:
    taken: list[str | None] = ["2026-01-01T00:00:00Z", None]
    with provider(lambda handler, _: say(handler, 200, charge(status="voided", taken=taken[0]))) as gateway:
        assert outcome(gateway, create_call(Ask.VOID)).reversed is True
        taken.pop(0)
        assert outcome(gateway, create_call(Ask.VOID)).reversed is False


def _waits(quiet: threading.Event) -> None:
    quiet.wait(30)


def test_silence_is_unknown_and_nobody_there_is_unavailable() -> None:
    quiet = threading.Event()
    with provider(lambda handler, _: _waits(quiet), timeout=0.5) as gateway:
        began = time.monotonic()
        assert outcome(gateway, create_call()).said is Said.UNKNOWN
        assert time.monotonic() - began < 20
        quiet.set()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = HttpGateway(f"http://127.0.0.1:{free.getsockname()[1]}", "secret", "http://m", 30.0)
        assert outcome(nobody, create_call()).said is Said.UNAVAILABLE
        nobody.close()


def test_a_provider_that_trickles_its_answer_is_cut_off() -> None:
    def trickle(handler: BaseHTTPRequestHandler, _: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _number in range(300):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True  # The gateway has had enough.

    with provider(trickle, timeout=0.5) as gateway:
        began = time.monotonic()
        assert outcome(gateway, create_call()).said is Said.UNKNOWN
        assert time.monotonic() - began < 20


def test_a_connection_that_breaks_is_unknown() -> None:
    def hang_up(handler: BaseHTTPRequestHandler, _: str) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    with provider(hang_up) as gateway:
        assert outcome(gateway, create_call()).said is Said.UNKNOWN


def test_quick_answers_come_before_slow_ones_and_each_comes_once() -> None:
    others_are_here = threading.Event()

    def answering(handler: BaseHTTPRequestHandler, body: str) -> None:
        if 'order-1"' in body:
            others_are_here.wait(20)
        say(handler, 200, charge())

    calls = [create_call(order_id=number, idempotency_key=f"k{number}") for number in range(1, 31)]
    came: list[int] = []
    with provider(answering) as gateway:
        for group in gateway.run(calls):
            came += [found.call.order_id for found in group]
            if len(came) == 29:
                others_are_here.set()
    assert others_are_here.is_set()
    assert sorted(came) == list(range(1, 31))
    assert came[-1] == 1


def test_what_breaks_in_a_thread_is_raised_where_the_batch_is_waited_for() -> None:
    with provider(lambda handler, _: say(handler, 200, charge())) as gateway, pytest.raises(TypeError):
        list(gateway.run([create_call(amount_minor=object())]))


def test_requests_carry_the_key_the_callback_address_and_the_order() -> None:
    seen: list[tuple[str, str, dict[str, str], str]] = []

    def answering(handler: BaseHTTPRequestHandler, body: str) -> None:
        seen.append((handler.command, handler.path, {k.lower(): v for k, v in handler.headers.items()}, body))
        say(handler, 200, charge())

    with provider(answering) as gateway:
        for ask in Ask:
            outcome(gateway, create_call(ask))
    assert [(method, path) for method, path, _, _ in seen] == [
        ("POST", "/v1/charges"), ("GET", "/v1/charges?idempotency_key=order-7-ab"), ("POST", "/v1/voids"), ("POST", "/v1/refunds"),
    ]  # fmt: skip
    assert json.loads(seen[0][3]) == {"amount": 1250, "currency": "EUR", "token": "tok_success", "reference": "order-7",
                                      "callback_url": "http://market/payments/callback"}  # fmt: skip
    assert [seen[index][2]["idempotency-key"] for index in (0, 3)] == ["order-7-ab"] * 2
    assert json.loads(seen[2][3]) == {"idempotency_key": "order-7-ab", "reference": "order-7"}
    assert json.loads(seen[3][3]) == {"charge": "ch_1", "amount": 1250}
    assert all(
        headers["authorization"].startswith("Bearer ") and "secret" not in headers["authorization"]
        for _, _, headers, _ in seen
    )


def test_in_process_each_token_answers_at_once_as_the_contract_says() -> None:
    gateway = InProcessGateway()
    assert list(gateway.run([])) == []

    def said(token: str, ask: Ask = Ask.CHARGE, number: int = 1) -> Said:
        return outcome(gateway, create_call(ask, number, token=token)).said

    assert said("tok_success") is Said.TAKEN
    assert said("tok_declined") is said("tok_insufficient_funds") is said("tok_late_success") is Said.DECLINED
    assert (said("tok_timeout"), said("tok_timeout", Ask.LOOK_UP, 2)) == (Said.UNKNOWN, Said.TAKEN)
    assert [said("tok_unavailable_twice", number=n) for n in (1, 2, 3)] == [
        Said.UNAVAILABLE,
        Said.UNAVAILABLE,
        Said.TAKEN,
    ]
    assert said("tok_success", Ask.VOID) is Said.VOIDED
    assert said("tok_success", Ask.REFUND) is Said.REFUNDED


def test_settings_choose_the_gateway(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"market_home": tmp_path, "database_url": None, "kafka_brokers": None, "amqp_url": None}
    assert isinstance(chosen_by(load(**plain, provider_url="inprocess:")), InProcessGateway)
    over_http = chosen_by(load(**plain, provider_url="http://127.0.0.1:9"))
    assert isinstance(over_http, HttpGateway)
    over_http.close()
    with pytest.raises(SettingsError, match="PROVIDER_URL"):
        chosen_by(load(**plain, provider_url=None))
