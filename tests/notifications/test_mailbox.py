"""The mailbox: who sees which email, and that an email's HTML can do nothing there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import people
from tests.mail_server import Inbox
from tests.notifications.conftest import completed, create_order
from tests.people import People
from webapp.app import create_app
from webapp.db import db, fetch
from webapp.notifications import queries
from webapp.settings import Settings
from workers import notifications


@pytest.fixture
def outside(settings: Settings) -> Iterator[Flask]:
    """A market that the test is not inside of, so that every request has a context of its own, as in life."""
    app = create_app(settings.model_copy(update={"demo": False}))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def everybody(outside: Flask) -> People:
    return people.settle(outside)


def one_email_each(outside: Flask, everybody: People) -> tuple[int, int]:
    """An email of the owner's market and one of the outsider's; returns their ids."""
    with outside.app_context():
        return _one_email_each(everybody)


def _one_email_each(everybody: People) -> tuple[int, int]:
    for market_id, name in ((everybody.owner.market_id, "Ingrid"), (everybody.outsider.market_id, "Omar")):
        notifications.notify([completed(create_order(market_id=market_id, name=name))])
    first, second = fetch("SELECT id FROM emails ORDER BY id")
    return first["id"], second["id"]


def test_people_of_a_market_see_its_emails_and_the_operator_sees_all(outside: Flask, everybody: People) -> None:
    mine, theirs = one_email_each(outside, everybody)
    seen = {}
    for who in ("owner", "staff", "outsider", "operator"):
        client = outside.test_client()
        people.log_in(client, getattr(everybody, who))
        page = client.get("/mailbox").text
        listed = [f"/mailbox/{id}" in page for id in (mine, theirs)]
        opened = [
            client.get(f"/mailbox/{id}{part}").status_code == 200 for id in (mine, theirs) for part in ("", "/html")
        ]
        assert opened == [listed[0]] * 2 + [listed[1]] * 2
        seen[who] = listed
    assert seen == {"owner": [True, False], "staff": [True, False], "outsider": [False, True], "operator": [True, True]}


def test_strangers_are_asked_to_log_in_and_shoppers_have_no_mailbox(outside: Flask, everybody: People) -> None:
    mine, _ = one_email_each(outside, everybody)
    stranger = outside.test_client()
    assert stranger.get("/mailbox").headers["Location"] == "/login?next=/mailbox"
    assert stranger.get(f"/mailbox/{mine}").status_code == 303
    assert stranger.get(f"/mailbox/{mine}/html").status_code == 404
    shopper = outside.test_client()
    people.log_in(shopper, everybody.shopper)
    assert [shopper.get(f"/mailbox{rest}").status_code for rest in ("", f"/{mine}", f"/{mine}/html")] == [404, 404, 404]


def test_with_the_demo_anybody_reads_what_they_would_have_got(make_app: Callable[..., Flask]) -> None:
    client = make_app(demo=True).test_client()
    assert "No email yet" in client.get("/mailbox").text
    notifications.notify([completed(create_order())])
    id = fetch("SELECT id FROM emails")[0]["id"]
    page = client.get(f"/mailbox/{id}").text
    assert "All yours, Ingrid." in page
    assert "kept in the mailbox" in page
    assert "Try 1, taken" in page
    assert client.get("/mailbox/999").status_code == 404


@pytest.mark.parametrize(
    ("chosen", "open_to_all"),
    [
        ({"demo": True, "public_url": "https://demo.example"}, True),
        ({"demo": None}, True),
        ({"demo": None, "public_url": "https://shop.example"}, False),
        ({"demo": None, "host": "0.0.0.0"}, False),
        ({"demo": False}, False),
    ],
)
def test_a_demo_that_nobody_chose_is_open_only_while_it_is_not_published(
    make_app: Callable[..., Flask], chosen: dict[str, Any], open_to_all: bool
) -> None:
    assert make_app(**chosen).test_client().get("/mailbox").status_code == (200 if open_to_all else 303)


def test_with_a_mail_server_there_is_no_mailbox(make_app: Callable[..., Flask], server: Inbox) -> None:
    client = make_app(smtp_url=server.url, demo=True).test_client()
    notifications.notify([completed(create_order())])
    id = fetch("SELECT id FROM emails")[0]["id"]
    assert [client.get(f"/mailbox{rest}").status_code for rest in ("", f"/{id}", f"/{id}/html")] == [404, 404, 404]


def test_the_html_part_is_shut_in(make_app: Callable[..., Flask]) -> None:
    client = make_app(demo=True).test_client()
    notifications.notify([completed(create_order(name="<script>alert(1)</script>"))])
    id = fetch("SELECT id FROM emails")[0]["id"]
    answer = client.get(f"/mailbox/{id}/html")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert not any(part.startswith(("script-src", "connect-src", "frame-src")) for part in policy)
    assert "<script" not in answer.text
    assert '<base target="_top">' in answer.text
    page = client.get(f"/mailbox/{id}")
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page.text
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_the_list_goes_on_page_by_page_without_a_gap(make_app: Callable[..., Flask]) -> None:
    client = make_app(demo=True).test_client()
    order = create_order()
    notifications.notify([completed(order) for _ in range(7)])
    seen, address = [], "/mailbox?limit=3"
    while address:
        page = client.get(address).text
        seen += [int(part.split('"')[0]) for part in page.split('href="/mailbox/')[1:]]
        address = "/mailbox?limit=3&" + page.split("/mailbox?")[1].split('"')[0] if "/mailbox?cursor=" in page else ""
    assert seen == sorted((row["id"] for row in fetch("SELECT id FROM emails")), reverse=True)
    assert len(seen) == 7
    assert client.get("/mailbox?cursor=nonsense").status_code == 422


def test_an_order_page_reads_its_emails(make_app: Callable[..., Flask], server: Inbox) -> None:
    make_app(smtp_url=server.url)
    order, other = create_order(), create_order()
    server.answers = ["550 no such user", "451 later"]
    notifications.notify([completed(order), completed(other)])
    (email,) = queries.of_order(order.id)
    assert (email.state, email.tries, email.answer) == ("BOUNCED", 1, "550 no such user")
    last = queries.last_of([order.id, other.id, 10**9])
    assert {id: row["state"] for id, row in last.items()} == {order.id: "BOUNCED", other.id: "QUEUED"}


def test_no_page_of_the_mailbox_sets_a_cookie_or_names_another_site(make_app: Callable[..., Flask]) -> None:
    client: FlaskClient = make_app(demo=True).test_client()
    notifications.notify([completed(create_order())])
    id = fetch("SELECT id FROM emails")[0]["id"]
    for path in ("/mailbox", f"/mailbox/{id}", f"/mailbox/{id}/html"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "http" not in answer.text.replace("http://127.0.0.1:8000/o/", "").replace(
            "http://www.w3.org/2000/svg", ""
        ), path
