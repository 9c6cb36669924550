"""Callbacks: the late success, its signature, and that it arrives whatever happens to provider or receiver."""

import hashlib
import hmac
import queue
import time

import pytest

from tests.provider.running import SECRET, Callback, Provider, Receiver, eventually


def assert_signed(callback: Callback) -> None:
    assert callback.signature is not None
    stamp, digest = (part.split("=", 1)[1] for part in callback.signature.split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + callback.raw, hashlib.sha256).hexdigest()
    assert digest == expected
    assert abs(int(stamp) - time.time()) < 30


def test_a_late_success_declines_then_takes_the_money_and_calls_back_once(
    provider: Provider, receiver: Receiver
) -> None:
    began = time.monotonic()
    declined = provider.charge("k", "tok_late_success", callback_url=receiver.url)
    assert (declined.status_code, declined.json()["status"]) == (402, "declined")
    assert provider.ledger()["taken"] == 0
    callback = receiver.next()
    assert time.monotonic() - began > 2.9
    assert_signed(callback)
    assert callback.body["type"] == "charge.taken"
    charge = callback.body["charge"]
    assert (charge["status"], charge["idempotency_key"], charge["reference"]) == ("taken", "k", "7")
    assert (charge["amount"], charge["currency"], charge["id"]) == (1250, "EUR", declined.json()["id"])
    assert provider.look_up("k").json() == charge
    eventually(lambda: provider.ledger()["events"][0]["delivered"] is not None)
    with pytest.raises(queue.Empty):
        receiver.next(patience=1.5)
    assert provider.ledger()["taken"] == 1250


def test_a_late_success_survives_kill_9_and_is_taken_after_the_restart(provider: Provider, receiver: Receiver) -> None:
    provider.charge("k", "tok_late_success", callback_url=receiver.url)
    provider.kill()
    with pytest.raises(queue.Empty):
        receiver.next(patience=3.5)
    provider.start()
    assert receiver.next().body["charge"]["idempotency_key"] == "k"
    assert provider.ledger()["taken"] == 1250


def test_a_callback_that_was_not_accepted_is_sent_again_with_the_same_id(
    provider: Provider, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 404]
    provider.charge("k", callback_url=receiver.url, notify="all")
    callbacks = [receiver.next() for _ in range(4)]
    assert len({callback.body["id"] for callback in callbacks}) == 1
    for callback in callbacks:
        assert_signed(callback)
    eventually(lambda: provider.ledger()["events"][0]["delivered"] is not None)
    assert provider.ledger()["events"][0]["attempts"] == 4


def test_a_callback_refused_before_kill_9_is_sent_after_the_restart(provider: Provider, receiver: Receiver) -> None:
    receiver.answers = [500]
    provider.charge("k", callback_url=receiver.url, notify="all")
    refused = receiver.next()
    provider.kill()
    provider.start()
    assert receiver.next().body == refused.body


def test_a_receiver_that_is_away_holds_up_no_other(provider: Provider, receiver: Receiver) -> None:
    for number in range(20):
        provider.charge(f"away{number}", callback_url="http://127.0.0.1:9/", notify="all")
    provider.charge("k", callback_url=receiver.url, notify="all")
    assert receiver.next().body["charge"]["idempotency_key"] == "k"
    assert provider.totals()["callbacks_waiting"] >= 20


def test_every_result_is_told_where_all_are_asked_for(provider: Provider, receiver: Receiver) -> None:
    charge = provider.charge("k", callback_url=receiver.url, notify="all").json()
    assert receiver.next().body["type"] == "charge.taken"
    provider.charge("d", "tok_declined", callback_url=receiver.url, notify="all")
    assert receiver.next().body["type"] == "charge.declined"
    provider.refund(charge["id"], 50, "r")
    refunded = receiver.next().body
    assert (refunded["type"], refunded["refund"]["amount"], refunded["charge"]["refunded"]) == ("refund.done", 50, 50)
    provider.void("k")
    assert receiver.next().body["refund"]["kind"] == "void"


def test_nobody_is_called_who_did_not_ask(provider: Provider, receiver: Receiver) -> None:
    provider.charge("k", callback_url=receiver.url)
    provider.charge("d", "tok_declined", callback_url=receiver.url)
    with pytest.raises(queue.Empty):
        receiver.next(patience=0.5)


def test_a_void_ends_a_late_success_that_has_not_come(provider: Provider, receiver: Receiver) -> None:
    provider.charge("k", "tok_late_success", callback_url=receiver.url)
    provider.void("k")
    with pytest.raises(queue.Empty):
        receiver.next(patience=3.5)
    assert provider.ledger()["taken"] == 0


def test_a_late_success_without_an_address_is_taken_all_the_same(provider: Provider) -> None:
    provider.charge("k", "tok_late_success")
    eventually(lambda: bool(provider.ledger()["taken"] == 1250))
