"""What emails say, and that nothing a shopper or an owner types can make them say or do something else."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.mail_server import Inbox
from tests.notifications.conftest import completed, create_order, tell
from webapp.db import as_json, fetch
from webapp.events import (
    OrderCancelled,
    OrderInventoryPending,
    OrderInventoryRejected,
    OrderPaymentRejected,
    OrderRefunded,
    PaymentRefunded,
    Shortage,
    StockReserved,
)
from webapp.notifications.facts import greeting_name, one_line
from webapp.payments.decide import TIMED_OUT
from workers import notifications

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 77777 * 3 }}{% raw %}",
    "</style><style>body{display:none}",
    "Ingrid\r\nBcc: everyone@example.org\r\n\r\nBuy now",
    "\u202egnp.exe\u2066",
    "' OR 1=1 --",
    "a" * 120,
]


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_what_people_type_stays_text_in_every_part(make_app: Callable[..., Flask], server: Inbox) -> None:
    make_app(smtp_url=server.url)
    usual, *hostile = [create_order(delivery=as_json({"line1": "Møllestien 42"}))] + [
        create_order(
            name=nasty, market_name=nasty, lines=[(nasty, 1, 100), (nasty, 1, 100)], delivery=as_json({"line1": nasty})
        )
        for nasty in NASTY
    ]
    notifications.notify([completed(order) for order in (usual, *hostile)])
    plain, *rows = fetch("SELECT * FROM emails ORDER BY id")
    # A paragraph may be missing: an address that reads like a link is left out.
    tags = [tag for tag, _ in Tags(plain["html"]).found if tag != "p"]
    for nasty, order, row, (recipient, raw) in zip(NASTY, hostile, rows, server.taken[1:], strict=True):
        found = Tags(row["html"]).found
        assert [tag for tag, _ in found if tag != "p"] == tags, f"no tag more, no tag less: {nasty!r}"
        assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
        links = [attributes["href"] for tag, attributes in found if tag == "a"]
        assert links == [f"http://127.0.0.1:8000/o/{order.link}"]
        assert "233331" not in row["subject"] + row["html"] + row["text"]
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert sorted(message.keys()) == HEADERS
        [sender] = message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == (one_line(nasty), "orders@marketflow.example")
        assert recipient == message["To"] == "ingrid@example.org"
        assert len(message["Subject"]) <= 200


HEADERS = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Ingrid Solberg", "Ingrid"),
        ("Jean-Luc", "Jean-Luc"),
        ("Ό Ξένος", "Ό"),
        ("", ""),
        ("www.win-now.example", ""),
        ("http://win.example Ingrid", ""),
        ("1234", ""),
        ("A" * 41, ""),
    ],
)
def test_the_greeting_repeats_one_word_of_letters_or_none(name: str, greeting: str) -> None:
    assert greeting_name(name) == greeting


def test_an_address_is_repeated_but_not_a_link_hidden_in_it(app: Flask) -> None:
    delivery = (
        '{"name": "Ingrid", "line1": "Møllestien 42", "note": "see http://win.example", "city": "Aarhus", "floor": 3}'
    )
    notifications.notify([completed(create_order(delivery=delivery))])
    (row,) = fetch("SELECT html, text FROM emails")
    for part in (row["html"], row["text"]):
        assert "To Ingrid, Møllestien 42, Aarhus." in part
        assert "win.example" not in part


def test_an_address_is_written_as_on_a_parcel(app: Flask) -> None:
    parts = {
        "name": "Ingrid Solberg",
        "street": "Møllestien 42",
        "postcode": "8000",
        "city": "Aarhus C",
        "country": "DK",
    }
    notifications.notify([completed(create_order(delivery=as_json(parts)))])
    (row,) = fetch("SELECT html, text FROM emails")
    for part in (row["html"], row["text"]):
        assert "To Ingrid Solberg, Møllestien 42, 8000 Aarhus C, DK." in part


def test_too_little_stock_says_of_what_and_how_much_is_left(app: Flask) -> None:
    cause = tell(
        create_order(), OrderInventoryPending, OrderInventoryRejected, shortages=(Shortage(1, 2, 1), Shortage(2, 1, 0))
    )
    notifications.notify([cause])
    (row,) = fetch("SELECT html, text FROM emails")
    assert "You asked for 2 × “Speckled breakfast bowl” and 1 is left." in row["text"]
    assert "You asked for 1 × “Tall pitcher, spruce glaze” and none is left." in row["text"]
    assert "Nothing is held and nothing was charged." in row["text"]
    assert "✕ Not reserved" in row["html"]
    assert "never asked" in row["html"]


def test_a_refused_payment_says_why_and_that_nothing_is_kept(app: Flask) -> None:
    reasons = {
        "declined": "Your bank declined the card.",
        "insufficient_funds": "There is not enough money on the card.",
        TIMED_OUT: "Your bank did not answer in time.",
        "something new": "The payment was not accepted.",
    }
    order = create_order()
    causes = [
        tell(order, OrderInventoryPending, StockReserved, OrderPaymentRejected, reason=reason) for reason in reasons
    ]
    notifications.notify(causes)
    for words, row in zip(reasons.values(), fetch("SELECT text FROM emails ORDER BY id"), strict=True):
        assert words in row["text"]
        assert "We keep no money" in row["text"]
        assert "✕ Not paid" in row["text"]
        assert "something new" not in row["text"]


def test_a_refund_says_how_much_and_what_stays(app: Flask) -> None:
    order = create_order()
    part = tell(order, OrderRefunded, amount_minor=5400, whole=False)
    whole = tell(order, OrderRefunded, amount_minor=5600, whole=True)
    late = tell(order, PaymentRefunded, reason="late_success", amount_minor=11000)
    notifications.notify([part, whole, late])
    first, second, third = fetch("SELECT subject, text FROM emails ORDER BY id")
    assert first["subject"].startswith("€54.00 of your order")
    assert "The rest of the order stays as it was." in first["text"]
    assert "Nothing of the payment is kept." in second["text"]
    assert third["subject"].startswith("€110.00 taken late")
    assert "You owe nothing" in third["text"]


def test_a_cancelled_order_says_whether_anything_had_been_set_aside(app: Flask) -> None:
    notifications.notify([tell(create_order(), OrderInventoryPending, OrderCancelled)])
    notifications.notify([tell(create_order(), OrderInventoryPending, StockReserved, OrderCancelled)])
    before, after = fetch("SELECT text FROM emails ORDER BY id")
    assert "– Reserved  not reached" in before["text"]
    assert "✓ Reserved  " in after["text"]
    assert "We keep no money" in before["text"]


def test_both_parts_say_the_same_words(app: Flask) -> None:
    order = create_order()
    notifications.notify(
        [
            tell(order, OrderInventoryPending, StockReserved, kind)
            for kind in (OrderPaymentRejected, OrderCancelled, OrderRefunded)
        ]
    )
    for row in fetch("SELECT html, text FROM emails"):
        body = row["html"].split("<body", 1)[1]
        spoken = " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#39;", "'").split())
        for line in filter(None, (" ".join(line.split()) for line in row["text"].split("\n"))):
            if line != "--" and "http" not in line and "=" not in line:
                for words in line.removesuffix(":").split(": "):
                    assert words in spoken, words


def test_a_thousand_lines_are_told_in_fifty_and_a_count(app: Flask) -> None:
    notifications.notify([completed(create_order(lines=[(f"Thing {n}", 1, 100) for n in range(1000)]))])
    (row,) = fetch("SELECT html, text FROM emails")
    assert "Thing 49" in row["text"]
    assert "Thing 50" not in row["text"]
    assert "and 950 more" in row["text"]
    assert len(row["html"]) < 100_000


def test_styles_stand_on_the_elements_and_only_the_screens_own_stay_a_sheet(app: Flask) -> None:
    notifications.notify([completed(create_order())])
    html = fetch("SELECT html FROM emails")[0]["html"]
    assert '<a class="go" href=' in html
    assert "background: #17594a" in html.split('class="go"')[1].split(">")[0]
    sheet = html.split("<style>")[1].split("</style>")[0]
    assert "prefers-color-scheme: dark" in sheet
    assert "max-width: 480px" in sheet
    assert ".sign" not in sheet
    assert "<img" not in html
    assert "<link" not in html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb", "a b"),
        ("a\x00b", "a b"),
        ("\u202eabc", "abc"),
        ("  a   b ", "a b"),
        ("x" * 300, "x" * 199 + "…"),
        ("a\u2028b", "a b"),
    ],
)
def test_one_line_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
