"""Voids decide against charges that race them; refunds never exceed what was taken."""

from typing import Any

import pytest

from tests.provider.running import Provider, at_once


def test_a_key_that_is_voided_first_charges_nothing_ever(provider: Provider) -> None:
    voided = provider.void("k", reference="7").json()
    assert (voided["status"], voided["reversed"]) == ("voided", False)
    for _ in range(2):
        refused = provider.charge("k")
        assert (refused.status_code, refused.json()["status"], refused.json()["reason"]) == (402, "voided", "voided")
    assert provider.look_up("k").json()["status"] == "voided"
    assert provider.void("k").json() == voided
    assert (provider.ledger()["taken"], provider.ledger()["calls"]) == (0, {"k": 2})


def test_voiding_what_was_taken_gives_it_all_back_once(provider: Provider) -> None:
    charge = provider.charge("k").json()
    voided = provider.void("k").json()
    assert (voided["id"], voided["status"], voided["reversed"], voided["refunded"]) == (
        charge["id"],
        "voided",
        True,
        1250,
    )
    assert provider.void("k").json() == voided
    ledger = provider.ledger()
    assert (ledger["taken"], ledger["refunded"], [row["kind"] for row in ledger["refunds"]]) == (1250, 1250, ["void"])
    assert provider.charge("k").status_code == 402
    assert provider.refund(charge["id"], 1, "r").json()["error"] == "too_much"


def test_voiding_after_a_part_was_refunded_gives_back_the_rest(provider: Provider) -> None:
    charge = provider.charge("k").json()
    provider.refund(charge["id"], 250, "r").raise_for_status()
    provider.void("k").raise_for_status()
    assert [row["amount"] for row in provider.ledger()["refunds"]] == [250, 1000]


def test_voiding_a_declined_or_unavailable_charge_burns_its_key(provider: Provider) -> None:
    provider.charge("d", "tok_declined")
    provider.charge("u", "tok_unavailable_twice")
    for key in ("d", "u"):
        assert provider.void(key).json()["reversed"] is False
    assert provider.charge("d", "tok_declined").json()["status"] == "voided"
    assert [provider.charge("u", "tok_unavailable_twice").status_code for _ in range(3)] == [402, 402, 402]
    assert provider.ledger()["taken"] == 0


def test_a_void_racing_a_charge_leaves_nothing_kept_whoever_wins(provider: Provider) -> None:
    verdicts = set()
    for number in range(40):
        key = f"k{number}"
        charge, void = at_once(2, lambda index, key=key: provider.charge(key) if index else provider.void(key))[::-1]  # type: ignore[misc]
        assert (void.status_code, void.json()["status"]) == (200, "voided")
        # The void's own word must agree with what the charge was told.
        assert void.json()["reversed"] is (charge.status_code == 200)
        verdicts.add(charge.status_code)
    ledger = provider.ledger()
    assert verdicts <= {200, 402}
    assert ledger["taken"] == ledger["refunded"] == 1250 * sum(void["refunded"] > 0 for void in ledger["charges"])


def test_refunds_add_up_to_the_charge_and_no_further(provider: Provider) -> None:
    charge = provider.charge("k").json()
    first = provider.refund(charge["id"], 1000, "r1")
    assert (first.status_code, first.json()["status"], first.json()["amount"]) == (200, "refunded", 1000)
    too_much = provider.refund(charge["id"], 251, "r2")
    assert (too_much.status_code, too_much.json()["error"], too_much.json()["field"]) == (422, "too_much", "amount")
    assert provider.refund(charge["id"], 250, "r3").status_code == 200
    assert provider.refund(charge["id"], 1, "r4").status_code == 422
    assert provider.ledger()["refunded"] == 1250


def test_a_refunds_key_gives_the_same_refund_again(provider: Provider) -> None:
    charge = provider.charge("k").json()
    first = provider.refund(charge["id"], 1000, "r").json()
    assert provider.refund(charge["id"], 1000, "r").json() == first
    reused = provider.refund(charge["id"], 10, "r")
    assert (reused.status_code, reused.json()["error"]) == (422, "key_reused")
    assert provider.ledger()["refunded"] == 1000


def test_refunds_at_the_same_moment_never_exceed_the_charge(provider: Provider) -> None:
    charge = provider.charge("k").json()
    answers = at_once(20, lambda index: provider.refund(charge["id"], 200, f"r{index}"))
    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [422] * 14
    assert provider.ledger()["refunded"] == 1200


def test_only_what_was_taken_can_be_refunded(provider: Provider) -> None:
    declined = provider.charge("k", "tok_declined").json()
    assert provider.refund(declined["id"], 1, "r").json()["error"] == "not_taken"
    assert provider.refund("ch_unknown", 1, "r").json()["error"] == "unknown_charge"
    assert provider.totals()["refunds"] == 0


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1", None, True, 2**63])
def test_a_bad_refund_amount_is_refused_by_name(provider: Provider, amount: Any) -> None:
    charge = provider.charge("k").json()
    answer = provider.refund(charge["id"], amount, "r")
    assert (answer.status_code, answer.json()["field"]) == (422, "amount")
    assert provider.totals()["refunds"] == 0


def test_a_refund_and_a_void_need_sound_requests(provider: Provider) -> None:
    assert provider.post("/v1/refunds", {"charge": "ch_x", "amount": 1}).status_code == 400
    assert provider.post("/v1/refunds", {"charge": 5, "amount": 1}, "r").json()["field"] == "charge"
    assert provider.post("/v1/voids", {}).json()["field"] == "idempotency_key"
    assert provider.post("/v1/voids", {"idempotency_key": "k", "reference": 5}).json()["field"] == "reference"
    assert provider.totals()["charges"] == 0
