"""Charging: every test token, idempotency, and bad input."""

import json
from typing import Any

import httpx
import pytest

from tests.provider.running import Provider, at_once, eventually

BAD_AMOUNTS: list[Any] = [0, -1, 1.5, "1", None, True, 2**63, 10**400, [1], {}]
GOOD: dict[str, Any] = {"amount": 1250, "currency": "EUR", "token": "tok_success", "reference": "7"}


def test_a_good_card_is_charged_and_the_ledger_says_so(provider: Provider) -> None:
    answer = provider.charge("k")
    assert answer.status_code == 200
    charge = answer.json()
    assert (charge["status"], charge["amount"], charge["currency"], charge["reference"]) == ("taken", 1250, "EUR", "7")
    assert charge["card"] == {"last4": "4242"}
    ledger = provider.ledger()
    assert (ledger["taken"], ledger["refunded"], ledger["calls"]) == (1250, 0, {"k": 1})
    assert [row["id"] for row in ledger["charges"]] == [charge["id"]]


@pytest.mark.parametrize(
    ("token", "reason"), [("tok_declined", "card_declined"), ("tok_insufficient_funds", "insufficient_funds")]
)
def test_a_refused_card_is_declined_with_its_reason_and_nothing_is_taken(
    provider: Provider, token: str, reason: str
) -> None:
    answer = provider.charge("k", token)
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (402, "declined", reason)
    assert provider.ledger()["taken"] == 0
    assert provider.charge("k", token).json() == answer.json()
    assert provider.look_up("k").json()["status"] == "declined"


def test_a_charge_that_is_never_answered_is_taken_and_can_be_asked_about(provider: Provider) -> None:
    with pytest.raises(httpx.TimeoutException):
        provider.charge("k", "tok_timeout", patience=0.3)
    eventually(lambda: provider.look_up("k").status_code == 200)
    assert provider.look_up("k").json()["status"] == "taken"
    again = provider.charge("k", "tok_timeout")
    assert (again.status_code, again.json()["id"]) == (200, provider.look_up("k").json()["id"])
    assert provider.ledger()["taken"] == 1250


def test_a_provider_that_is_unavailable_twice_takes_the_money_at_the_third_call(provider: Provider) -> None:
    answers = []
    for _ in range(2):
        answers.append(provider.charge("k", "tok_unavailable_twice").status_code)
        assert provider.look_up("k").status_code == 404
    answers += [provider.charge("k", "tok_unavailable_twice").status_code for _ in range(2)]
    assert answers == [503, 503, 200, 200]
    ledger = provider.ledger()
    assert [call["outcome"] for call in ledger["requests"]] == ["unavailable", "unavailable", "taken", "repeated"]
    assert (ledger["taken"], len(ledger["charges"])) == (1250, 1)


def test_the_same_key_gives_the_same_charge_and_another_body_is_refused(provider: Provider) -> None:
    first = provider.charge("k")
    assert provider.charge("k").json() == first.json()
    assert provider.charge("k", callback_url="http://127.0.0.1:9/elsewhere").json() == first.json()
    for other in ({"amount": 1251}, {"currency": "GBP"}, {"reference": "8"}, {"token": "tok_declined"}):
        refused = provider.post("/v1/charges", {**GOOD, **other}, "k")
        assert (refused.status_code, refused.json()["error"]) == (422, "key_reused")
    assert provider.totals()["money"] == {"EUR": {"charges": 1, "taken": 1250, "refunded": 0}}


def test_fifty_calls_with_one_key_at_the_same_moment_charge_once(provider: Provider) -> None:
    answers = at_once(50, lambda _: provider.charge("k"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    ledger = provider.ledger()
    assert (ledger["taken"], ledger["calls"]) == (1250, {"k": 50})


def test_a_charge_can_be_looked_up_by_key_and_by_id(provider: Provider) -> None:
    charge = provider.charge("k/e?&").json()
    assert provider.look_up("k/e?&").json() == charge
    assert provider.get(f"/v1/charges/{charge['id']}").json() == charge
    assert provider.look_up("unknown").status_code == 404
    assert provider.get("/v1/charges/ch_unknown").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("amount", value) for value in BAD_AMOUNTS],
        *[("currency", value) for value in ("eur", "EU", "EURO", "", None, 1)],
        *[("token", value) for value in ("tok_unknown", "", None, 1, ["tok_success"])],
        *[("reference", value) for value in ("", "x" * 101, "a\nb", "\ud800", None, 7)],
        *[("callback_url", value) for value in ("ftp://x/", "/here", "http://", "http://x:99999/", "http://a b/", 1)],
        *[("notify", value) for value in ("always", 1, True)],
        ("amuont", 1),
    ],
)
def test_a_bad_value_is_refused_by_name_and_changes_nothing(untouched: Provider, field: str, value: Any) -> None:
    raw = json.dumps({**GOOD, field: value})
    answer = untouched.client.post(untouched.url("/v1/charges"), content=raw.encode(), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert_untouched(untouched)


@pytest.mark.parametrize("field", ["amount", "currency", "token", "reference"])
def test_a_missing_value_is_refused_by_name(untouched: Provider, field: str) -> None:
    answer = untouched.post("/v1/charges", {name: value for name, value in GOOD.items() if name != field}, "k")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert_untouched(untouched)


@pytest.mark.parametrize("raw", [b"", b"{", b'{"amount": 1', b"\xff", b"[" * 60_000])
def test_what_is_not_json_is_malformed(untouched: Provider, raw: bytes) -> None:
    answer = untouched.client.post(untouched.url("/v1/charges"), content=raw, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed_json")
    assert_untouched(untouched)


def test_json_that_is_no_object_is_refused(untouched: Provider) -> None:
    assert untouched.post("/v1/charges", [GOOD], "k").status_code == 422
    assert_untouched(untouched)


@pytest.mark.parametrize(("key", "status"), [(None, 400), ("", 422), ("a b", 422), ("x" * 256, 422)])
def test_a_charge_needs_a_sound_idempotency_key(untouched: Provider, key: str | None, status: int) -> None:
    answer = untouched.post("/v1/charges", GOOD, key)
    assert (answer.status_code, answer.json()["field"]) == (status, "Idempotency-Key")
    assert_untouched(untouched)


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic a2V5", "Bearer"])
@pytest.mark.parametrize(
    "path", ["/v1/charges", "/v1/voids", "/v1/refunds", "/v1/ledger", "/v1/ledger/7", "/v1/charges/x"]
)
def test_nothing_is_done_or_told_without_the_key(untouched: Provider, path: str, authorization: str | None) -> None:
    headers = {"Idempotency-Key": "k"} | ({} if authorization is None else {"Authorization": authorization})
    for method in ("GET", "POST"):
        assert httpx.request(method, untouched.url(path), headers=headers, json=GOOD).status_code == 401
    assert_untouched(untouched)


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused(untouched: Provider) -> None:
    headers = {"Idempotency-Key": "k"}
    large = untouched.client.post(untouched.url("/v1/charges"), content=b" " * 70_000, headers=headers)
    assert large.status_code == 413
    chunked = untouched.client.post(untouched.url("/v1/charges"), content=iter([b"{}"]), headers=headers)
    assert chunked.status_code == 411


def test_wrong_addresses_and_methods_are_refused(untouched: Provider) -> None:
    assert untouched.get("/v2/charges").status_code == 404
    assert untouched.get("/v1/voids").status_code == 405
    assert untouched.get("/healthz").json() == {"status": "ok"}


def test_the_ledger_comes_in_pages_with_the_totals_on_the_first(provider: Provider) -> None:
    for number in range(5):
        provider.charge(f"k{number}", reference=str(number))
    first = provider.get("/v1/ledger?limit=3").json()
    second = provider.get(f"/v1/ledger?limit=3&after={first['next']}").json()
    assert [charge["reference"] for charge in first["charges"] + second["charges"]] == ["0", "1", "2", "3", "4"]
    assert second["next"] is None
    assert first["totals"]["money"] == {"EUR": {"charges": 5, "taken": 6250, "refunded": 0}}
    for query in ("limit=0", "limit=1001", "limit=x", "after=-1"):
        assert provider.get(f"/v1/ledger?{query}").status_code == 422


def test_an_order_never_heard_of_has_nothing(provider: Provider) -> None:
    assert provider.ledger("unheard") == {
        "reference": "unheard",
        "charges": [],
        "refunds": [],
        "taken": 0,
        "refunded": 0,
        "calls": {},
        "requests": [],
        "events": [],
    }


def assert_untouched(provider: Provider) -> None:
    assert provider.totals() == {
        "charges": 0,
        "refunds": 0,
        "calls": 0,
        "late_successes_waiting": 0,
        "callbacks_waiting": 0,
        "money": {},
    }
