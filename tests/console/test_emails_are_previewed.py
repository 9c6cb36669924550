"""Every kind of email with example data, in the market's name and colours; a test goes to the owner alone and is no order's email."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import SAME_ORIGIN, People, log_in
from webapp.accounts import letters, theme
from webapp.db import execute, transact
from webapp.notifications import examples, kinds
from workers.checking import INVARIANTS, looking
from workers.checking.asking import answer

ADDRESS = "/console/emails/preview"
ALL = [kind for _, group in examples.GROUPS for kind in group]


def test_every_kind_that_there_is_can_be_looked_at() -> None:
    assert set(ALL) == set(kinds.TITLES) - {letters.TEST}
    assert len(ALL) == len(set(ALL))


@pytest.mark.parametrize("kind", ALL)
def test_a_kind_is_shown_as_page_and_text_with_nothing_left_out(owner: Desk, trade: Trade, kind: str) -> None:
    page = owner.get(f"{ADDRESS}/{kind}")
    assert f'href="{ADDRESS}/{kind}" aria-current="page"' in page
    shown = owner.client.get(f"{ADDRESS}/{kind}/html")
    assert shown.status_code == 200
    policy = shown.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox"), "its links lead nowhere"
    assert "default-src 'none'" in policy
    for text in (shown.text, page):
        assert letters.PLACE not in text
        assert "/o/" not in text, "there is no order behind an example"
        assert "None" not in text
    assert trade.row("SELECT count(*) AS many FROM emails")["many"] == 0
    assert trade.row("SELECT count(*) AS many FROM account_letters")["many"] == 0


def test_the_examples_wear_the_market_and_its_goods(app: Flask, owner: Desk, trade: Trade) -> None:
    made = theme.made_of("#b00020")
    with app.app_context():
        transact(
            lambda: execute(
                "UPDATE markets SET name = 'Birch & Row', theme = :theme WHERE slug = 'alder-lane'", theme=made
            )
        )
    trade.product(name="Rye <loaf>", price_minor=750)
    shown = owner.get(f"{ADDRESS}/completed/html")
    assert "Birch &amp; Row" in shown
    assert "Rye &lt;loaf&gt;" in shown
    assert "€15.00" in shown
    assert "#b00020" in shown
    reset = owner.get(f"{ADDRESS}/reset/html")
    assert "Birch" not in reset, "that letter is the house's"
    assert "Birch &amp; Row" in owner.get(f"{ADDRESS}/invited/html")


def test_a_test_goes_to_its_owner_and_is_no_orders_email(owner: Desk, people: People, trade: Trade) -> None:
    trade.order((trade.product(stock=5), 1))
    for kind in ALL[:8]:
        sent = owner.post(f"{ADDRESS}/{kind}/test", to="somebody@example.org", email="somebody@example.org")
        assert (sent.status_code, sent.location) == (303, f"{ADDRESS}/{kind}")
    assert "A test goes to owner@test.market" in owner.get(ADDRESS)
    trade.settle()
    one = trade.row(
        "SELECT * FROM emails WHERE kind = 'test' AND subject LIKE 'Test: Your order 1042 at Alder Lane is paid'"
    )
    assert (one["recipient"], one["market_id"], one["order_id"], one["state"]) == (
        people.owner.email,
        people.owner.market_id,
        None,
        "SENT",
    )
    assert trade.row("SELECT count(*) AS many FROM emails WHERE recipient LIKE 'somebody%'")["many"] == 0
    assert trade.row("SELECT count(*) AS many FROM emails WHERE kind = 'test'")["many"] == 8
    log = owner.get("/console/emails?kind=test")
    assert "Test: Your order 1042" in log
    assert f"/console/emails/{one['id']}" in log
    assert "Test: Your order 1042" in owner.get(f"/console/emails/{one['id']}")
    [first, *_] = trade.audited("email.test")
    assert (first["object_type"], first["after"]) == ("market", '{"kind":"Completed","to":"owner@test.market"}')
    with trade.app.app_context(), looking(trade.app) as asking:
        asked = [answer(invariant, asking) for invariant in INVARIANTS if invariant.number in (17, 18)]
    assert [(one.invariant.number, one.examples) for one in asked if one.broken] == []


def test_a_test_that_comes_back_is_in_the_log_and_not_at_home(app: Flask, owner: Desk, trade: Trade) -> None:
    owner.post(f"{ADDRESS}/completed/test")
    trade.settle()
    with app.app_context():
        transact(lambda: execute("UPDATE emails SET state = 'BOUNCED', answer = '550 no'"))
    assert "550 no" in owner.get("/console/emails?state=bounced")
    assert "550 no" not in owner.get("/console/")
    [email] = [trade.row("SELECT id FROM emails")["id"]]
    assert owner.post(f"/console/emails/{email}/resend").status_code == 303
    [row] = trade.audited("email.resend")
    assert (row["object_type"], row["object_id"]) == ("email", email)


def test_ten_tests_an_hour_are_enough(owner: Desk, trade: Trade) -> None:
    for _ in range(10):
        assert owner.post(f"{ADDRESS}/completed/test").status_code == 303
    refused = owner.post(f"{ADDRESS}/completed/test")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "too often" in refused.text
    assert trade.row("SELECT count(*) AS many FROM account_letters WHERE kind = 'test'")["many"] == 10


@pytest.mark.parametrize("kind", ["test", "nobody", "nonsense", "completed2", "..", "%00"])
def test_there_is_no_other_kind(owner: Desk, trade: Trade, kind: str) -> None:
    owner.get(f"{ADDRESS}/{kind}", 404)
    owner.get(f"{ADDRESS}/{kind}/html", 404)
    assert owner.post(f"{ADDRESS}/{kind}/test").status_code == 404
    assert trade.row("SELECT count(*) AS many FROM account_letters")["many"] == 0


def test_they_are_the_owners_alone(app: Flask, people: People) -> None:
    for someone in (people.staff, people.shopper, people.operator):
        browser = app.test_client()
        log_in(browser, someone)
        for path in (ADDRESS, f"{ADDRESS}/completed", f"{ADDRESS}/completed/html"):
            assert browser.get(path).status_code == 403, (someone.email, path)
        assert browser.post(f"{ADDRESS}/completed/test", headers=SAME_ORIGIN).status_code == 403
    staff = app.test_client()
    log_in(staff, people.staff)
    assert ADDRESS not in staff.get("/console/emails").text
