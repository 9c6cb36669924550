"""The audit of a market: every change with who, from where, before and after; sieved, page by page, as CSV; the owners' alone."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask

from tests.accounts.letters import inbox
from tests.console.conftest import Desk, Trade
from tests.people import PASSWORD, SAME_ORIGIN, TESTS, People, log_in
from webapp.accounts import audit, members
from webapp.accounts.actor import Actor
from webapp.console.audit_words import cells
from webapp.db import fetch, transact

ADDRESS = "/console/audit"


def write(app: Flask, *changes: audit.Change, actor: Actor = TESTS) -> None:
    with app.app_context():
        transact(lambda: audit.record_all(changes, actor=actor))


def table(page: str) -> str:
    return page.split("<tbody>", 1)[1].split("</tbody>", 1)[0] if "<tbody>" in page else ""


def test_a_change_says_who_from_where_and_field_by_field_what(owner: Desk, trade: Trade) -> None:
    product = trade.product(name="Tall pitcher")
    version = re.search(r'name="version" value="(\d+)"', owner.get(f"/console/products/{product}"))
    assert version
    sent = owner.post(
        f"/console/products/{product}",
        name="Low pitcher",
        sku="SKU-1",
        price="31.50",
        status="active",
        version=version[1],
    )
    assert sent.status_code == 303
    rows = table(owner.get(ADDRESS)).split("<tr>")
    assert "Changed a product" in rows[1]
    assert "<del>Tall pitcher</del>" in rows[1]
    assert "<ins>Low pitcher</ins>" in rows[1]
    assert "<del>€28.00</del>" in rows[1]
    assert "<ins>€31.50</ins>" in rows[1]
    assert "127.0.0.1" in rows[1]
    assert ">Owner</a>" in rows[1]
    assert "owner@test.market" in rows[1]
    assert "Version" not in rows[1]
    assert "SKU" not in rows[1], "what stayed the same is no change"


def test_where_a_shopper_sat_is_not_said(app: Flask, owner: Desk, people: People) -> None:
    by = Actor(people.shopper.id, None, "shopper@test.market", "203.0.113.7")
    write(app, audit.Change("order.place", "order", 1, None, {"number": 1042}, people.owner.market_id), actor=by)
    assert "shopper@test.market" in owner.get(ADDRESS)
    assert "<ins>1042</ins>" in owner.get(ADDRESS)
    assert "203.0.113.7" not in owner.get(ADDRESS) + owner.get(f"{ADDRESS}.csv")


def test_it_is_sieved_by_person_kind_thing_and_day(app: Flask, owner: Desk, people: People, trade: Trade) -> None:
    staff = Desk(app, people.staff)
    one, other = trade.product(stock=5), trade.product(stock=5)
    staff.post(f"/console/stock/{one}/adjust", delta="2", reason="received", note="by staff")
    owner.post(f"/console/stock/{other}/pause")
    assert "by staff" not in owner.get(ADDRESS)
    by_staff = table(owner.get(f"{ADDRESS}?person={people.staff.id}"))
    assert by_staff.count("<tr>") == 1
    assert "Adjusted stock" in by_staff
    both = table(owner.get(f"{ADDRESS}?kind=inventory"))
    assert both.count("<tr>") == 2
    of_one = table(owner.get(f"{ADDRESS}?object=product-{one}"))
    assert of_one.count("<tr>") == 1
    assert "Adjusted stock" in of_one
    assert "opened the market" in table(owner.get(f"{ADDRESS}?person=0")).lower()
    assert "No change is like that" in owner.get(f"{ADDRESS}?until=2001-01-01")
    assert "Adjusted stock" in owner.get(f"{ADDRESS}?since=2001-01-01&kind=inventory")
    chips = owner.get(f"{ADDRESS}?person={people.staff.id}&kind=inventory")
    assert "By Staff" in chips
    assert f'href="{ADDRESS}?kind=inventory"' in chips


def test_pages_follow_each_other_without_a_gap_and_cost_the_same(
    app: Flask, owner: Desk, people: People, trade: Trade
) -> None:
    with trade.counted() as few:
        owner.get(ADDRESS)
    market = people.owner.market_id
    write(
        app,
        *(
            audit.Change("product.update", "product", 900 + n, {"name": f"was {n}"}, {"name": f"is {n}"}, market)
            for n in range(60)
        ),
    )
    with trade.counted() as many:
        page = owner.get(ADDRESS)
    assert len(many) == len(few) <= 6
    seen: list[str] = []
    while True:
        seen += re.findall(r"<ins>is (\d+)</ins>", table(page))
        older = re.search(r'href="(/console/audit\?after=[^"]+)" rel="next"', page)
        if older is None:
            break
        page = owner.get(older[1])
    assert seen == [str(n) for n in reversed(range(60))]
    newer = re.search(r'href="(/console/audit\?before=[^"]+)" rel="prev"', page)
    assert newer
    assert table(owner.get(newer[1])).count("<tr>") == 25


def test_as_csv_it_is_whole_streamed_and_harmless(app: Flask, owner: Desk, people: People, trade: Trade) -> None:
    market = people.owner.market_id
    evil = "=cmd|' /C calc'!A0"
    write(
        app,
        *(audit.Change("product.update", "product", 7, {"name": evil}, {"name": f"+{n}"}, market) for n in range(600)),
    )
    answer = owner.client.get(f"{ADDRESS}.csv?kind=product")
    assert answer.status_code == 200
    assert answer.is_streamed
    assert "alder-lane-audit.csv" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [line["After"] for line in lines] == [f"'+{n}" for n in range(600)]
    assert {line["Before"] for line in lines} == {f"'{evil}"}
    assert {line["Field"] for line in lines} == {"Name"}
    assert {line["Who"] for line in lines} == {"tests"}
    filtered = owner.client.get(f"{ADDRESS}.csv?kind=order").text
    assert filtered.count("\r\n") == 1


def test_it_is_the_owners_alone_and_nobody_elses_market(
    app: Flask, owner: Desk, outsider: Desk, people: People, trade: Trade
) -> None:
    theirs = trade.product(market_id=people.outsider.market_id, name="Zanzibar canary")
    outsider.post(f"/console/stock/{theirs}/pause")
    for address in (
        ADDRESS,
        f"{ADDRESS}?object=product-{theirs}",
        f"{ADDRESS}.csv",
        f"{ADDRESS}?person={people.outsider.id}",
    ):
        page = owner.get(address)
        assert "canary" not in page
        assert "utsider" not in page, "an address does not tell who has an account"
    assert "canary" in outsider.get(ADDRESS)
    for someone, status in ((people.staff, 403), (people.shopper, 403), (people.operator, 403)):
        browser = app.test_client()
        log_in(browser, someone)
        for address in (ADDRESS, f"{ADDRESS}.csv"):
            assert browser.get(address).status_code == status, (someone.email, address)
        assert b"Audit" not in browser.get("/console/products").data
    assert app.test_client().get(ADDRESS).status_code == 303


BAD = ["person=-1", "person=x", "person=99999999999999999999", "kind=nonsense", "object=product", "object=market-1", "object=product--1",
       "object=product-99999999999999999999", "since=yesterday", "until=2026-13-01", "after=x", "kind=order&kind=order", "object=%00"]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_an_address_that_makes_no_sense_is_refused(owner: Desk, bad: str) -> None:
    assert owner.client.get(f"{ADDRESS}?{bad}").status_code == 422
    assert owner.client.get(f"{ADDRESS}.csv?{bad}").status_code == 422


def test_pages_lead_to_their_own_audit(app: Flask, owner: Desk, people: People, trade: Trade) -> None:
    product = trade.product(stock=3)
    order = trade.order((product, 1))
    for page, link in (
        (f"/console/products/{product}", f"{ADDRESS}?object=product-{product}"),
        (f"/console/orders/{order}", f"{ADDRESS}?object=order-{order}"),
        ("/console/people", f"{ADDRESS}?person={people.staff.id}"),
    ):
        assert f'href="{link}"' in owner.get(page)
        owner.get(link)
    staff = Desk(app, people.staff)
    for page in (f"/console/products/{product}", f"/console/orders/{order}"):
        assert ADDRESS not in staff.get(page)


def test_no_secret_is_ever_written_down(app: Flask, people: People) -> None:
    """Everything that knows a secret happens once; then each secret is looked for in the whole audit."""
    known, words = [PASSWORD], "seven swans a swimming"
    browser = app.test_client()

    def post(address: str, **data: str) -> None:
        sent = browser.post(address, data=data, headers=SAME_ORIGIN)
        assert sent.status_code in (200, 303), (address, sent.status_code)

    post("/register", email="new@example.com", name="New", password=words)
    known.append(inbox(app, "new@example.com")[-1].link.rsplit("/", 1)[-1])
    log_in(browser, people.owner)
    post("/console/people/invite", email="nils@example.com", role="staff")
    known.append(inbox(app, "nils@example.com")[-1].link.rsplit("/", 1)[-1])
    post("/account/settings/password", password=PASSWORD, new_password=words)
    post("/forgot", email=people.staff.email)
    link = inbox(app, people.staff.email)[-1].link
    known.append(link.rsplit("/", 1)[-1])
    post(link, password=words + " again")
    with app.app_context():
        for column, name in (
            ("password_hash", "people"),
            ("token_hash", "sessions"),
            ("token_hash", "tokens"),
            ("token_hash", "account_letters"),
            ("nonce", "account_letters"),
        ):
            known += [
                row["secret"] for row in fetch(f"SELECT {column} AS secret FROM {name} WHERE {column} IS NOT NULL")
            ]
        written = fetch("SELECT action, coalesce(before, '') || coalesce(after, '') AS said FROM audit")
    known += [words, people.owner.token, people.staff.token]
    assert len(known) > 12
    assert {"token.issue", "member.invite", "person.change_password", "person.reset_password"} <= {
        row["action"] for row in written
    }
    for row in written:
        assert not [secret for secret in known if secret in row["said"]], row["action"]


def test_long_texts_show_what_differs_in_them() -> None:
    long = "word " * 200
    [cell] = cells({"description": f"{long}old{long}"}, {"description": f"{long}brand new{long}"}, "EUR")
    assert cell.was is not None
    assert cell.became is not None
    assert "old" in cell.was
    assert "brand new" in cell.became
    assert cell.became.startswith("…")
    assert len(cell.became) < 140
    [whole] = cells({"description": long}, {"description": long + "!"}, "EUR", shown=False)
    assert whole.became == long + "!"


@pytest.mark.parametrize(
    ("before", "after", "was", "became"),
    [
        ({"price_minor": 2800}, {"price_minor": 100}, "€28.00", "€1.00"),
        ({"active": True}, {"active": False}, "yes", "no"),
        ({"name": ""}, {"name": "x"}, "nothing", "x"),
        ({}, {"restock": [{"product_id": 7, "quantity": 2}]}, None, "product id: 7, quantity: 2"),
        ({"role": "owner"}, {}, "owner", None),
        ({"on_hand": 1000}, {"on_hand": 0}, "1,000", "0"),
    ],
)  # fmt: skip
def test_values_read_as_people_write_them(
    before: dict[str, object], after: dict[str, object], was: str | None, became: str | None
) -> None:
    [cell] = cells(before, after, "EUR")
    assert (cell.was, cell.became) == (was, became)


def test_a_person_who_left_can_still_be_asked_about(app: Flask, owner: Desk, people: People, trade: Trade) -> None:
    product = trade.product(stock=1)
    Desk(app, people.staff).post(f"/console/stock/{product}/pause")
    with app.app_context():
        transact(lambda: members.deactivate(people.owner.market_id, people.staff.id, actor=TESTS))
    page = owner.get(f"{ADDRESS}?person={people.staff.id}")
    assert "Set a stock&#39;s figures" in page
    assert "By Staff" in page
