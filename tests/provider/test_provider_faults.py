"""The fault knobs: off unless asked for, and each does what it says."""

import queue
import time
from typing import Any

import httpx
import pytest

from tests.provider.running import Provider, Receiver, eventually


def test_the_knobs_are_not_there_unless_asked_for(provider: Provider) -> None:
    assert provider.post("/v1/faults", {"mode": "garbage"}).status_code == 404
    assert provider.post("/v1/faults/callbacks", {}).status_code == 404


@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1250)])
@pytest.mark.parametrize("status", [409, 429, 500])
def test_a_wrong_status_comes_before_or_after_charging(faulty: Provider, status: int, when: str, taken: int) -> None:
    faulty.faults(mode="status", status=status, when=when)
    assert faulty.charge("k").status_code == status
    assert faulty.ledger()["taken"] == taken
    faulty.faults()
    assert faulty.charge("k").status_code == 200
    assert (faulty.ledger()["taken"], faulty.ledger()["calls"]) == (1250, {"k": 2})


@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1250)])
def test_a_call_times_out_before_or_after_charging(faulty: Provider, when: str, taken: int) -> None:
    faulty.faults(mode="timeout", when=when, count=1)
    with pytest.raises(httpx.TimeoutException):
        faulty.charge("k", patience=0.3)
    # It may not have begun yet; once the fault has struck, what comes before it is done.
    eventually(lambda: bool(faulty.get("/v1/faults").json()["count"] == 0))
    eventually(lambda: bool(faulty.ledger()["taken"] == taken))


def test_a_call_is_cut_off_or_answered_with_garbage(faulty: Provider) -> None:
    faulty.faults(mode="disconnect", when="after")
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.charge("k")
    faulty.faults(mode="garbage")
    with pytest.raises(ValueError, match="Unterminated"):
        faulty.charge("k").json()


def test_a_fault_befalls_only_the_calls_and_the_number_it_was_set_for(faulty: Provider) -> None:
    faulty.faults(mode="status", on=["lookup", "void", "refund"], count=3)
    charge = faulty.charge("k")
    assert charge.status_code == 200
    answers = [faulty.look_up("k"), faulty.void("k"), faulty.refund(charge.json()["id"], 1, "r"), faulty.look_up("k")]
    assert [answer.status_code for answer in answers] == [500, 500, 500, 200]
    assert answers[-1].json()["status"] == "taken"


def test_a_rate_strikes_some_and_the_same_seed_the_same_ones(faulty: Provider) -> None:
    def struck(run: str) -> list[int]:
        faulty.faults(mode="status", rate=0.5, seed=7)
        return [faulty.charge(f"{run}{number}").status_code for number in range(20)]

    first = struck("a")
    assert set(first) == {200, 500}
    assert struck("b") == first


def test_latency_makes_the_charge_slow(faulty: Provider) -> None:
    faulty.faults(latency_ms=400)
    began = time.monotonic()
    assert faulty.charge("k").status_code == 200
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "odd"),
        ("status", 200),
        ("when", "during"),
        ("rate", 2),
        ("count", -1),
        ("latency_ms", "1"),
        ("on", ["all"]),
        ("on", "charge"),
        ("callback_copies", 0),
        ("callback_forged", 1),
        ("callback_amount_off", 1.5),
        ("callback_jitter_ms", -1),
        ("odd", 1),
    ],
)
def test_a_bad_knob_is_refused_by_name(faulty: Provider, field: str, value: Any) -> None:
    answer = faulty.post("/v1/faults", {field: value})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert faulty.get("/v1/faults").json()["mode"] is None


def test_callbacks_come_twice_forged_and_of_a_wrong_amount(faulty: Provider, receiver: Receiver) -> None:
    faulty.faults(callback_copies=2, callback_amount_off=5)
    faulty.charge("k", callback_url=receiver.url, notify="all")
    first, second = receiver.next(), receiver.next()
    assert first.body == second.body
    assert first.body["charge"]["amount"] == 1255
    faulty.faults()
    true = told(faulty, receiver, signature="good")
    forged = told(faulty, receiver, signature="forged")
    assert true.split("v1=")[1] != forged.split("v1=")[1]


def test_a_callback_can_be_made_up_at_will(faulty: Provider, receiver: Receiver) -> None:
    faulty.charge("k", callback_url=receiver.url)
    answer = faulty.post(
        "/v1/faults/callbacks",
        {
            "idempotency_key": "k",
            "type": "charge.declined",
            "amount": 1,
            "id": "evt_same",
            "signature": "none",
            "copies": 2,
        },
    )
    assert answer.json()["errors"] == [None, None]
    for callback in (receiver.next(), receiver.next()):
        assert callback.signature is None
        assert (callback.body["id"], callback.body["type"], callback.body["charge"]["amount"]) == (
            "evt_same",
            "charge.declined",
            1,
        )
    with pytest.raises(queue.Empty):
        receiver.next(patience=0.2)
    assert faulty.post("/v1/faults/callbacks", {"idempotency_key": "unknown"}).status_code == 422


def told(faulty: Provider, receiver: Receiver, signature: str) -> str:
    """The signature of a made-up callback, sent always with the same id so that only the secret makes a difference."""
    body = {"idempotency_key": "k", "signature": signature, "id": "evt_same"}
    faulty.post("/v1/faults/callbacks", body).raise_for_status()
    callback = receiver.next()
    assert callback.signature is not None
    return callback.signature
