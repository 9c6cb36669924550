"""What a mail server does to us, and that every email reaches its end: a real server over a real socket."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.mail_server import Inbox
from tests.notifications.conftest import completed, create_order
from webapp import clock
from webapp.db import execute, fetch, transact, transaction
from webapp.notifications import commands, mailer
from workers import ending, notifications


def only_email() -> Any:
    (row,) = fetch("SELECT * FROM emails")
    return row


def tries() -> list[tuple[int, str, str]]:
    found = fetch("SELECT number, outcome, answer FROM email_deliveries ORDER BY number")
    return [(row["number"], row["outcome"], row["answer"]) for row in found]


def when_due() -> None:
    """Let the timer ask for what is due by then, and send what it asked for."""
    due = only_email()["next_try_at"]
    transact(lambda: commands.ask_due(due))
    asked = fetch("SELECT argument FROM outbox WHERE actor = 'deliver'")
    with transaction():
        execute("DELETE FROM outbox WHERE actor = 'deliver'")
    assert asked, "what is due must be asked for"
    notifications.deliver([row["argument"] for row in asked])


@pytest.fixture
def app(make_app: Callable[..., Flask], server: Inbox) -> Flask:
    return make_app(smtp_url=server.url, smtp_from="Marketflow <orders@market.example>")


def test_an_accepted_email_is_sent_and_says_the_servers_words(app: Flask, server: Inbox) -> None:
    order = create_order()
    notifications.notify([completed(order)])
    row = only_email()
    assert (row["state"], row["answer"], row["next_try_at"]) == ("SENT", "250 Message accepted for delivery", None)
    ((recipient, raw),) = server.taken
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert recipient == message["To"] == "ingrid@example.org"
    assert message["From"] == "Alder Lane <orders@market.example>", "the market's name, our address"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].strip() == f"<email-{row['id']}.{row['cause_id']}@market.example>"
    assert message["Date"].datetime.tzinfo is not None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "All yours, Ingrid." in text.get_content()
    assert "Tall pitcher, spruce glaze" in html.get_content()
    assert max(len(line) for line in raw.splitlines()) <= 998


def test_a_list_goes_over_one_connection(app: Flask, server: Inbox) -> None:
    notifications.notify([completed(create_order(email=f"shopper{n}@example.org")) for n in range(20)])
    assert sorted(to for to, _ in server.taken) == sorted(f"shopper{n}@example.org" for n in range(20))
    assert server.connections == 1


def test_a_recipient_refused_for_good_has_bounced_and_the_next_is_sent(app: Flask, server: Inbox) -> None:
    server.answers = ["550 5.1.1 no such user"]
    notifications.notify([completed(create_order(email="gone@example.org")), completed(create_order())])
    gone, ingrid = fetch("SELECT * FROM emails ORDER BY id")
    assert (gone["state"], gone["answer"], gone["next_try_at"]) == ("BOUNCED", "550 5.1.1 no such user", None)
    assert ingrid["state"] == "SENT"
    assert [to for to, _ in server.taken] == ["ingrid@example.org"]


def test_a_greylisted_email_waits_longer_each_time_and_then_arrives_once(app: Flask, server: Inbox) -> None:
    server.answers = ["451 4.7.1 try again later"] * 3
    now, waits = clock.now(), []
    # The clock stands still between two tries, however long the machine takes.
    with clock.set_to(now):
        notifications.notify([completed(create_order())])
        for _ in range(3):
            row = only_email()
            assert (row["state"], row["answer"]) == ("QUEUED", "451 4.7.1 try again later")
            waits.append((row["next_try_at"] - now) / clock.MICROS_PER_SECOND)
            when_due()
    assert waits == [2, 10, 60]
    assert (only_email()["state"], only_email()["tries"]) == ("SENT", 4)
    assert [outcome for _, outcome, _ in tries()] == ["LATER", "LATER", "LATER", "ACCEPTED"]
    assert len(server.taken) == 1


def test_a_server_that_hangs_up_at_one_letter_does_not_keep_the_next(app: Flask, server: Inbox) -> None:
    server.answers = ["421 4.3.2 shutting down"]
    notifications.notify([completed(create_order(email="first@example.org")), completed(create_order())])
    first, second = fetch("SELECT * FROM emails ORDER BY id")
    assert (first["state"], first["answer"]) == ("QUEUED", "421 4.3.2 shutting down")
    assert second["state"] == "SENT"


def test_content_that_is_refused_has_bounced_and_content_refused_for_now_waits(app: Flask, server: Inbox) -> None:
    server.data_answers = ["554 5.7.1 looks like spam", "452 4.3.1 no room"]
    notifications.notify([completed(create_order()), completed(create_order())])
    spam, room = fetch("SELECT * FROM emails ORDER BY id")
    assert (spam["state"], spam["answer"]) == ("BOUNCED", "554 5.7.1 looks like spam")
    assert (room["state"], room["answer"]) == ("QUEUED", "452 4.3.1 no room")


def test_a_server_that_hangs_costs_its_time_out_and_the_email_is_tried_again(
    app: Flask, server: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "TIMEOUT", 0.5)
    server.answers = ["hang"]
    notifications.notify([completed(create_order())])
    row = only_email()
    assert (row["state"], row["answer"]) == ("QUEUED", "no answer from the mail server within 0.5 s")
    # From now on it answers, and may take its time.
    monkeypatch.undo()
    server.answers = []
    when_due()
    assert only_email()["state"] == "SENT"


def test_a_server_that_says_nothing_at_all_delays_the_whole_list_by_one_time_out(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "TIMEOUT", 0.5)
    # The system takes connections in its stead, and it never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        make_app(smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        notifications.notify([completed(create_order()) for _ in range(5)])
        assert came(silent) == 1
    assert {(row["state"], row["answer"]) for row in fetch("SELECT state, answer FROM emails")} == {
        ("QUEUED", "no answer from the mail server within 0.5 s")
    }


def test_a_server_that_is_down_leaves_the_email_waiting_until_it_is_back(make_app: Callable[..., Flask]) -> None:
    with socket.socket() as down:
        down.bind(("127.0.0.1", 0))  # Nobody listens here, and nobody else can begin to.
        make_app(smtp_url=f"smtp://127.0.0.1:{down.getsockname()[1]}")
        notifications.notify([completed(create_order())])
    row = only_email()
    assert row["state"] == "QUEUED"
    assert "refused" in row["answer"].lower()
    assert fetch("SELECT status FROM orders")[0]["status"] == "INVENTORY_PENDING", "an email never changes an order"


def test_what_a_stopping_worker_gives_back_was_not_a_try(app: Flask, server: Inbox) -> None:
    stop = threading.Event()
    ending.stops(app, stop)
    stop.set()
    notifications.notify([completed(create_order())])
    row = only_email()
    assert (row["state"], row["tries"], row["answer"]) == ("QUEUED", 0, None)
    assert tries() == []
    stop.clear()
    when_due()
    assert (only_email()["state"], only_email()["tries"]) == ("SENT", 1)


def test_a_worker_that_is_told_to_end_gives_the_rest_of_its_list_back(app: Flask, server: Inbox) -> None:
    stop = threading.Event()
    ending.stops(app, stop)
    server.at_each = stop.set
    notifications.notify([completed(create_order()) for _ in range(3)])
    assert len(server.taken) == 1, "the letter that was being handed over arrives"
    told = fetch("SELECT state, tries FROM emails ORDER BY id")
    assert [(row["state"], row["tries"]) for row in told] == [("SENT", 1), ("QUEUED", 0), ("QUEUED", 0)]


def test_killed_between_the_servers_yes_and_our_note_it_goes_again_under_the_same_message_id(
    app: Flask, server: Inbox
) -> None:
    cause = completed(create_order())
    ids = transact(lambda: commands.write(commands.draft([cause]), clock.now()))
    letters = transact(lambda: commands.claim(ids, clock.now()))
    results = mailer.send(app.extensions["settings"], letters)
    assert len(server.taken) == 1
    # Here the process dies: nobody settles. Its claim keeps others away until it runs out.
    assert transact(lambda: commands.claim(ids, clock.now())) == []
    assert transact(lambda: commands.ask_due(clock.now())) == 0
    when_due()
    assert (only_email()["state"], only_email()["tries"]) == ("SENT", 2)
    first, second = (email.message_from_bytes(raw)["Message-ID"] for _, raw in server.taken)
    assert first == second
    # The dead one wakes up after all and tells what it knows: nothing changes.
    transact(lambda: commands.settle(results, clock.now()))
    assert (only_email()["state"], only_email()["tries"]) == ("SENT", 2)


def test_a_late_no_of_a_lost_claim_does_not_undo_a_later_yes(app: Flask, server: Inbox) -> None:
    cause = completed(create_order())
    ids = transact(lambda: commands.write(commands.draft([cause]), clock.now()))
    (letter,) = transact(lambda: commands.claim(ids, clock.now()))
    when_due()
    late = mailer.Result(letter.email_id, letter.number, letter.recipient, "REFUSED", "550 no")
    transact(lambda: commands.settle([late], clock.now()))
    assert only_email()["state"] == "SENT"


def test_after_five_days_of_not_now_the_email_has_bounced(app: Flask, server: Inbox) -> None:
    cause = completed(create_order())
    transact(lambda: commands.write(commands.draft([cause]), clock.now()))
    with transaction():
        execute("UPDATE emails SET tries = :tries", tries=commands.MOST_TRIES - 1)
    server.answers = ["451 4.7.1 try again later"]
    when_due()
    assert (only_email()["state"], only_email()["answer"]) == ("BOUNCED", "451 4.7.1 try again later")
    assert sum(commands.BACKOFF[min(n, len(commands.BACKOFF) - 1)] for n in range(commands.MOST_TRIES)) > 4.8 * 86_400


def test_an_order_with_an_address_that_is_none_bounces_without_asking_the_server(app: Flask, server: Inbox) -> None:
    none = ("two words@example.org", "a@example.org\r\nBcc: b@example.org", "nobody", "a@b@", "x, y@example.org")
    notifications.notify([completed(create_order(email=address)) for address in none])
    rows = fetch("SELECT * FROM emails")
    assert [row["state"] for row in rows] == ["BOUNCED"] * len(none)
    assert all(row["answer"].startswith("not an email address") for row in rows)
    assert server.taken == []


def test_an_address_beyond_ascii_arrives_where_the_server_can(app: Flask, server: Inbox) -> None:
    notifications.notify([completed(create_order(email="jürgen@example.org"))])
    assert only_email()["state"] == "SENT"
    assert [to for to, _ in server.taken] == ["jürgen@example.org"]


def test_a_domain_beyond_ascii_needs_no_special_server(app: Flask, server: Inbox) -> None:
    notifications.notify([completed(create_order(email=to)) for to in ("ada@bücher.example", "ada@straße.example")])
    assert [row["state"] for row in fetch("SELECT state FROM emails")] == ["SENT", "SENT"]
    # What the old codec would send to another domain goes as it was typed.
    assert sorted(to for to, _ in server.taken) == ["ada@straße.example", "ada@xn--bcher-kva.example"]
    assert {email.message_from_bytes(raw, policy=email.policy.SMTPUTF8)["To"] for _, raw in server.taken} == {
        to for to, _ in server.taken
    }


def came(listener: socket.socket) -> int:
    """How many have connected."""
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return 0
    return 1 + came(listener)
