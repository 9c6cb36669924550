"""An order is found again: by its number and email without an account, and in the account it was placed with."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import Shopper


def test_orders_are_found_by_number_and_email(trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 2))
    number = str(trade.row("SELECT number FROM orders WHERE id = :id", id=order)["number"])
    for said in (number, f"#{number}", f" {number} ", f"Order {number}", f"order #{number}"):
        answer = shopper.send("/orders/find", {"number": said, "email": " Ingrid@Example.org "})
        assert answer.status_code == 303, said
        page = shopper.get(answer.headers["Location"])
        assert f"Order {number}" in page
        assert "All yours" in page
    wrong = [shopper.send("/orders/find", fields) for fields in (
        {"number": number, "email": "other@example.org"}, {"number": "999999", "email": "ingrid@example.org"})]  # fmt: skip
    assert [answer.status_code for answer in wrong] == [422, 422]
    # Both say the same, but for what was typed.
    shown = [re.sub(r'value="[^"]*"', "", answer.text) for answer in wrong]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_bad_questions_and_too_many_are_refused(trade: Trade, shopper: Shopper) -> None:
    trade.order((trade.product(stock=5), 2))
    for number in ("", "0", "-1", "1.5", "x", str(10**30), str(2**63), "1\0", "1' OR '1'='1"):
        assert shopper.send("/orders/find", {"number": number, "email": "a@b.org"}).status_code == 422, number
    for email in ("", "x", "a@b.org\r\nBcc: c@d.org", "a@b", "%"):
        assert shopper.send("/orders/find", {"number": "1001", "email": email}).status_code == 422, email
    answers = [shopper.send("/orders/find", {"number": "1001", "email": f"{n}@b.org"}) for n in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {422}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_account_shows_its_own_orders_only(people: People, trade: Trade, shopper: Shopper) -> None:
    answer = shopper.client.get("/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/account")
    trade.order((trade.product(stock=9, name="Mine"), 1), shopper_id=people.shopper.id)
    trade.order((trade.product(stock=9, name="Theirs"), 1), shopper_id=people.operator.id)
    log_in(shopper.client, people.shopper)
    page = shopper.get("/account")
    assert "Mine" in page
    assert "Theirs" not in page
    assert "nothing yet" in (log_in(shopper.client, people.staff), shopper.get("/account"))[1]
