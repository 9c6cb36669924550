"""The market's log of emails: every state with what the mail server said, sieved and searched, opened, sent again; for its people alone."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.mail_server import Inbox, server
from tests.people import PASSWORD, People, log_in
from webapp import clock
from webapp.console import emails as pages
from webapp.db import execute, transact
from webapp.notifications import commands
from webapp.notifications.erasing import erase

__all__ = ["server"]

ADDRESS = "/console/emails"
SOON = 3_600_000_000


def set_email(trade: Trade, order_id: int, **fields: Any) -> int:
    """Say what became of an order's email; returns its id."""
    with trade.app.app_context():
        transact(
            lambda: execute(
                f"UPDATE emails SET {', '.join(f'{name} = :{name}' for name in fields)} WHERE order_id = :id",
                id=order_id,
                **fields,
            )
        )
    return int(trade.row("SELECT id FROM emails WHERE order_id = :id", id=order_id)["id"])


def rows_of(page: str) -> list[str]:
    """The rows of the list."""
    return page.split("<tbody>", 1)[1].split("</tbody>", 1)[0].split("<tr>")[1:] if "<tbody>" in page else []


@pytest.fixture
def four(trade: Trade) -> dict[str, int]:
    """An email in each state, by the state."""
    product = trade.product(stock=100)
    orders = {
        state: trade.order((product, 1), email=f"{state}@example.org")
        for state in ("waiting", "failing", "bounced", "sent")
    }
    later = clock.now() + SOON
    return {
        "waiting": set_email(
            trade, orders["waiting"], state="QUEUED", tries=0, answer=None, sent_at=None, next_try_at=later
        ),
        "failing": set_email(
            trade,
            orders["failing"],
            state="QUEUED",
            tries=3,
            answer="451 4.7.1 Greylisted",
            sent_at=None,
            next_try_at=later,
        ),
        "bounced": set_email(
            trade, orders["bounced"], state="BOUNCED", tries=1, answer="550 5.1.1 No such user", sent_at=None
        ),
        "sent": set_email(trade, orders["sent"], answer="250 Accepted"),
    }


def test_each_state_says_what_the_mail_server_said_and_what_comes_next(owner: Desk, four: dict[str, int]) -> None:
    sent, bounced, failing, waiting = rows_of(owner.get(ADDRESS))
    assert "Sent" in sent
    assert "250 Accepted" in sent
    assert "Bounced" in bounced
    assert "550 5.1.1 No such user" in bounced
    assert "Final: it is not tried again by itself" in bounced
    assert "Trying again" in failing
    assert "451 4.7.1 Greylisted" in failing
    assert "3 tries; the next at" in failing
    assert "On its way" in waiting
    assert "Nothing was said yet" in waiting
    for state, email in four.items():
        page = owner.get(f"{ADDRESS}?state={state}")
        assert re.findall(rf'href="{ADDRESS}/(\d+)"', page) == [str(email)], state
    tabs = owner.get(ADDRESS)
    for words in ("On their way", "Failing", "Bounced"):
        assert re.search(rf'{words} <span class="num">1</span>', tabs)


def test_one_that_fails_says_so_on_its_page_and_at_home(owner: Desk, four: dict[str, int]) -> None:
    failing = owner.get(f"{ADDRESS}/{four['failing']}")
    assert "tried again by itself" in failing
    assert "Next try" in failing
    assert "Send again" not in failing, "it is on its way already"
    bounced = owner.get(f"{ADDRESS}/{four['bounced']}")
    assert "refused for good" in bounced
    assert "Send again" in bounced
    home = owner.get("/console/")
    assert "550 5.1.1 No such user" in home
    assert "451 4.7.1 Greylisted" in home


def test_home_leads_to_those_that_fail(owner: Desk, trade: Trade) -> None:
    product = trade.product(stock=100)
    for _ in range(2):
        set_email(trade, trade.order((product, 1)), state="BOUNCED", answer="550 no", sent_at=None)
        set_email(
            trade,
            trade.order((product, 1)),
            state="QUEUED",
            tries=2,
            answer="451 later",
            sent_at=None,
            next_try_at=clock.now() + SOON,
        )
    home = owner.get("/console/")
    for state in ("bounced", "failing"):
        assert f'href="{ADDRESS}?state={state}"' in home
        assert len(rows_of(owner.get(f"{ADDRESS}?state={state}"))) == 2


def test_an_address_finds_its_emails_wherever_they_went(owner: Desk, trade: Trade) -> None:
    product = trade.product(stock=100)
    one = trade.order((product, 1), email="ada@example.org")
    other = trade.order((product, 1), email="ada_b@example.org")
    elsewhere = set_email(trade, other, send_to="bo@example.net")

    def found(sought: str) -> int:
        return len(rows_of(owner.client.get(ADDRESS, query_string={"q": sought}).text))

    assert found("ada@example.org") == 1
    assert found(" ADA@Example.org ") == 1
    assert found("ada") == 2
    assert found("ada_") == 1, "the signs of a pattern are taken for what they are"
    assert found("%") == 0
    assert found("bo@example.net") == 1
    assert str(elsewhere) in owner.get(f"{ADDRESS}?q=bo@example.net")
    assert "written for ada_b@example.org" in owner.get(ADDRESS)
    assert "beginning of one finds" in owner.get(f"{ADDRESS}?q=zoe")
    assert len(rows_of(owner.get(f"{ADDRESS}?kind=completed"))) == 2
    assert "No email is like that" in owner.get(f"{ADDRESS}?kind=refunded")
    assert one != other


def test_pages_follow_each_other_and_cost_the_same(owner: Desk, trade: Trade) -> None:
    product = trade.product(stock=100)
    first = trade.order((product, 1))
    with trade.counted() as few:
        owner.get(ADDRESS)
    with trade.app.app_context():
        transact(
            lambda: [
                execute(
                    "INSERT INTO emails (cause_id, kind, order_id, market_id, recipient, subject, html, text, state, tries, queued_at)"
                    " SELECT :cause, kind, order_id, market_id, recipient, :subject, html, text, state, tries, queued_at FROM emails WHERE order_id = :id"
                    " AND cause_id NOT LIKE 'more-%'",
                    cause=f"more-{n}", subject=f"Subject {n:02}", id=first,
                )
                for n in range(60)
            ]
        )  # fmt: skip
    with trade.counted() as many:
        page = owner.get(ADDRESS)
    assert len(many) == len(few) <= 6
    seen: list[str] = []
    while True:
        seen += re.findall(r"Subject (\d\d)", page)
        older = re.search(r'href="(/console/emails\?after=[^"]+)" rel="next"', page)
        if older is None:
            break
        page = owner.get(older[1])
    assert seen == [f"{n:02}" for n in reversed(range(60))]


BAD = ["state=lost", "kind=confirm", "kind=nonsense", "after=x", "q=" + "x" * 201, "q=a&q=b", "q=%00"]


@pytest.mark.parametrize("bad", BAD)
def test_an_address_that_makes_no_sense_is_refused(owner: Desk, bad: str) -> None:
    assert owner.client.get(f"{ADDRESS}?{bad}").status_code == 422


def test_the_kinds_that_can_be_asked_for_are_those_that_are_written() -> None:
    asked = pages.EmailLog.model_fields["kind"].annotation
    assert set(get_args(asked)) - {""} == set(pages.LOGGED)


def test_another_address_gets_five_an_hour_and_hears_no_more(app: Flask, owner: Desk, trade: Trade) -> None:
    order = trade.order((trade.product(stock=2), 1))
    email = set_email(trade, order, answer="250 ok")
    for _ in range(5):
        assert owner.post(f"{ADDRESS}/{email}/resend", to="bo@example.net").status_code == 303
        trade.settle()
    refused = owner.post(f"{ADDRESS}/{email}/resend", to="Bo@example.net")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "too often" in refused.text
    assert len(trade.audited("email.resend")) == 5
    assert owner.post(f"{ADDRESS}/{email}/resend").status_code == 303, "its own reader is not meant by that"


def test_an_email_that_goes_out_again_is_not_failing_meanwhile(owner: Desk, trade: Trade) -> None:
    email = set_email(trade, trade.order((trade.product(stock=2), 1)), answer="250 ok")
    owner.post(f"{ADDRESS}/{email}/resend")
    assert "On its way" in rows_of(owner.get(ADDRESS))[0]
    assert rows_of(owner.get(f"{ADDRESS}?state=failing")) == []
    assert len(rows_of(owner.get(f"{ADDRESS}?state=waiting"))) == 1


def test_an_erased_email_is_still_a_row(app: Flask, owner: Desk, trade: Trade) -> None:
    order = trade.order((trade.product(stock=2), 1))
    with app.app_context():
        transact(lambda: erase([order], []))
    assert "ingrid" not in owner.get(ADDRESS)
    assert "Erased" in owner.get(ADDRESS)


def test_staff_see_it_and_nobody_elses_market_does(
    app: Flask, people: People, owner: Desk, outsider: Desk, trade: Trade
) -> None:
    order = trade.order((trade.product(stock=2), 1), email="canary@example.org")
    email = set_email(trade, order, answer="250 ok")
    assert "canary@" in Desk(app, people.staff).get(ADDRESS)
    assert "canary@" not in outsider.get(ADDRESS)
    assert "canary@" not in outsider.get(f"{ADDRESS}?q=canary@example.org").replace("“canary@", "").replace(
        'value="canary@', ""
    )
    for path in (f"{ADDRESS}/{email}", f"{ADDRESS}/{email}/html"):
        owner.get(path)
        outsider.get(path, 404)
    assert outsider.post(f"{ADDRESS}/{email}/resend").status_code == 404
    assert trade.audited("email.resend") == []
    for someone in (people.shopper, people.operator):
        browser = app.test_client()
        log_in(browser, someone)
        assert browser.get(ADDRESS).status_code == 403


def test_what_a_real_mail_server_says_is_what_is_shown(app: Flask, owner: Desk, trade: Trade, server: Inbox) -> None:
    """4xx is tried again, 5xx is final, and the order is what it was."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"smtp_url": server.url})
    server.answers = ["451 4.7.1 Greylisted, come back later", "550 5.1.1 No such user here"]
    order = trade.order((trade.product(stock=2), 1))
    [failing] = rows_of(owner.get(f"{ADDRESS}?state=failing"))
    assert "451 4.7.1 Greylisted, come back later" in failing
    assert "1 try; the next at" in failing
    with app.app_context():
        transact(lambda: commands.ask_due(clock.now() + SOON))
    trade.settle()
    [bounced] = rows_of(owner.get(f"{ADDRESS}?state=bounced"))
    assert "550 5.1.1 No such user here" in bounced
    assert rows_of(owner.get(f"{ADDRESS}?state=failing")) == []
    email = trade.row("SELECT id FROM emails")["id"]
    page = owner.get(f"{ADDRESS}/{email}")
    assert page.index("Try 1, not now") < page.index("451 4.7.1") < page.index("Try 2, refused")
    assert "550 5.1.1 No such user here" in owner.get("/console/")
    assert trade.row("SELECT status FROM orders WHERE id = :id", id=order)["status"] == "COMPLETED"
    owner.post(f"{ADDRESS}/{email}/resend")
    trade.settle()
    assert "250 Message accepted" in rows_of(owner.get(f"{ADDRESS}?state=sent"))[0]


def test_who_is_erased_is_in_no_audit_of_an_email(app: Flask, owner: Desk, people: People, trade: Trade) -> None:
    order = trade.order((trade.product(stock=2), 1), email=people.shopper.email, shopper_id=people.shopper.id)
    email = trade.row("SELECT id FROM emails WHERE order_id = :id", id=order)["id"]
    assert owner.post(f"{ADDRESS}/{email}/resend").status_code == 303
    trade.settle()
    assert people.shopper.email in trade.audited("email.resend")[0]["after"]
    shopper = Desk(app, people.shopper)
    assert shopper.post("/account/erase", password=PASSWORD).status_code == 303
    [row] = trade.audited("email.resend")
    assert (row["before"], row["after"]) == (None, None)
    assert people.shopper.email not in "".join(rows_of(owner.get("/console/audit")))
