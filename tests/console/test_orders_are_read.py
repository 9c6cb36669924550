"""The owner's orders: the list with its views, and one order's page with all that happened to it."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.console.conftest import Desk, Trade
from webapp.console import story
from webapp.payments.decide import TIMED_OUT


def text_of(page: str) -> str:
    """The words of a page, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


def test_a_completed_order_tells_its_whole_story(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=5, name="Speckled bowl", sku="MH-BOW")
    order_id = trade.order((bowl, 2))
    page = owner.get(f"/console/orders/{order_id}")
    words = text_of(page)
    number = trade.row("SELECT number FROM orders")["number"]
    assert f"Order {number} Completed" in words
    stations = re.findall(r'data-key="(\w+)" data-state="(\w+)"', page)
    assert stations == [
        ("placed", "done"),
        ("reserved", "done"),
        ("paid", "done"),
        ("completed", "done"),
        ("told", "done"),
    ]
    assert len(re.findall(r'class="station-at"><time [^>]*>\d\d:\d\d:\d\d\.\d{3}<', page)) == 5
    assert re.search(r"from button to email", words)
    assert "No message came twice" in words
    for said in ("Speckled bowl", "MH-BOW", "€56.00", "Ingrid Solberg", "First order", "Møllestien 42", "Taken",
                 "2 pieces set aside", "PAYMENT_SUCCESS", "ORDER_COMPLETED", "placed the order as a guest"):  # fmt: skip
        assert said in words, said
    assert words.index("ORDER_COMPLETED") < words.index("STOCK_RESERVED") < words.index("placed the order")
    assert "data-live=" not in page  # Nothing will move any more.


def test_a_refused_order_says_which_line_and_how_many_are_left(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=2, name="Tall pitcher")
    order_id = trade.order((pitcher, 4))
    words = text_of(owner.get(f"/console/orders/{order_id}"))
    assert "Not reserved" in words
    assert "Tall pitcher: 2 of 4 left" in words
    assert "nothing held" in words
    assert "nobody was asked to pay" in words
    assert "Refund…" not in words
    assert "Cancel order…" not in words


def test_a_refused_payment_says_why_and_that_the_stock_is_free(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=2)
    order_id = trade.order((pitcher, 1), token="tok_insufficient_funds")
    words = text_of(owner.get(f"/console/orders/{order_id}"))
    assert "Not paid" in words
    assert "not enough money on the card" in words
    assert "stock released" in words


def test_an_order_under_way_is_watched_and_offers_to_cancel(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=2)
    order_id = trade.order((pitcher, 1), settle=False)
    page = owner.get(f"/console/orders/{order_id}")
    assert f'sse-connect="/live?topics=desk-order:{order_id}"' in page
    assert f'data-live="/console/orders/{order_id}/state"' in page
    assert "Reserving" in text_of(page)
    assert "Cancel order…" in text_of(page)
    assert f'id="order-{order_id}"' in owner.get(f"/console/orders/{order_id}/state").replace("<main", "")
    trade.settle()
    state = owner.client.get(f"/console/orders/{order_id}/state").text
    assert "data-final" in state
    assert "<html" not in state


def test_the_stream_gives_what_the_page_shows(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2), 1))
    streamed = owner.client.get(f"/live?topics=desk-order:{order_id}")
    assert streamed.status_code == 200
    first = b"".join(itertools.islice(streamed.iter_encoded(), 4))
    streamed.close()
    assert b"event: state" in first
    assert f'id="order-{order_id}"'.encode() in first


def test_the_list_has_views_with_counts(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=3)
    done = trade.order((pitcher, 1), name="Astrid Completed")
    trade.order((pitcher, 9), name="Bo Rejected")
    trade.order((pitcher, 1), token="tok_declined", name="Cleo Rejected")
    trade.order((pitcher, 1), settle=False, name="Dina Waiting")
    words = text_of(owner.get("/console/orders"))
    assert "All 4 In progress 1 Needs attention 0 To send 1 Completed 1 Rejected 2" in words
    assert "Dina Waiting" in text_of(owner.get("/console/orders?view=progress"))
    rejected = text_of(owner.get("/console/orders?view=rejected"))
    assert "Bo Rejected" in rejected
    assert "Astrid Completed" not in rejected
    assert "Nothing needs you." in owner.get("/console/orders?view=attention")
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=done)["number"]
    for sought in (str(number), f"%23{number}", "astrid", "INGRID@example"):
        assert "Astrid Completed" in owner.get(f"/console/orders?q={sought}"), sought
    assert "No order matches" in owner.get("/console/orders?q=999999999999999999999999")
    assert "Nobody" not in owner.get("/console/orders?q=%25")


def test_what_stands_still_or_bounces_needs_attention(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=3)
    still = trade.order((pitcher, 1), settle=False, name="Elsa Still")
    bounced = trade.order((pitcher, 1), name="Finn Bounced")
    with trade.app.app_context():
        from webapp.db import db, execute, transact

        def aged() -> None:
            execute(
                "UPDATE orders SET updated_at = updated_at - 120000000, placed_at = placed_at - 120000000 WHERE id = :id",
                id=still,
            )
            execute("UPDATE orders SET status = 'INVENTORY_PENDING' WHERE id = :id", id=still)
            execute("UPDATE emails SET state = 'BOUNCED', next_try_at = NULL WHERE order_id = :id", id=bounced)

        transact(aged)
        db.session.remove()
    words = text_of(owner.get("/console/orders?view=attention"))
    assert "Needs attention 2" in words
    assert "Elsa Still" in words
    assert "Finn Bounced" in words
    assert "Stuck" in words
    assert "Not told" in words
    assert "Not told" in text_of(owner.get(f"/console/orders/{bounced}"))


def test_an_email_is_opened_and_sent_again(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2), 1))
    email = trade.row("SELECT * FROM emails")
    path = f"/console/emails/{email['id']}"
    assert email["subject"] in owner.get(path)
    html = owner.client.get(f"{path}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert owner.post(f"{path}/resend").status_code == 303
    assert "goes to ingrid@example.org once more" in owner.get(f"/console/orders/{order_id}")
    assert owner.post(f"{path}/resend", to="nowhere").status_code == 422
    again = owner.post(f"{path}/resend")
    assert again.status_code == 303
    assert "on its way already" in owner.get(again.location)
    trade.settle()
    assert trade.row("SELECT tries FROM emails")["tries"] == 2
    assert len(trade.audited("email.resend")) == 1
    assert "Owner sent “" in text_of(owner.get(f"/console/orders/{order_id}")).replace("Owner  sent", "Owner sent")
    assert owner.post(f"{path}/resend", to="Bo@Example.org").status_code == 303
    trade.settle()
    assert trade.row("SELECT recipient, send_to, state FROM emails") == {
        "recipient": "ingrid@example.org", "send_to": "bo@example.org", "state": "SENT"
    }  # fmt: skip
    assert "again to bo@example.org" in text_of(owner.get(f"/console/orders/{order_id}"))
    owner.get("/console/emails/999", 404)


@pytest.mark.parametrize(
    "to", ["nobody", "a@b", "x" * 250 + "@example.org", "a@example.org\x07", "a@example.org\nBcc: b@example.org"]
)
def test_an_email_goes_to_no_address_that_is_none(owner: Desk, trade: Trade, to: str) -> None:
    trade.order((trade.product(stock=2), 1))
    email = trade.row("SELECT id FROM emails")["id"]
    refused = owner.post(f"/console/emails/{email}/resend", to=to)
    assert refused.status_code == 422
    assert 'id="to-error"' in refused.text
    assert trade.row("SELECT tries, send_to, state FROM emails") == {"tries": 1, "send_to": None, "state": "SENT"}
    assert trade.audited("email.resend") == []


def test_a_payments_attempts_say_what_was_asked_and_answered(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2, price_minor=2800), 1), token="tok_unavailable_twice")
    trade.settle()
    page = owner.get(f"/console/orders/{order_id}")
    attempt = trade.row("SELECT idempotency_key, answer FROM payment_attempts WHERE number = 1")
    assert f"→ charge €28.00, key …{attempt['idempotency_key'][-8:]}" in page
    assert attempt["idempotency_key"] not in page
    assert "tok_unavailable_twice" not in page


@pytest.mark.parametrize("address", ["?after=x", "?view=lost", "?q=" + "x" * 201])
def test_an_address_that_makes_no_sense_is_refused(owner: Desk, address: str) -> None:
    owner.get(f"/console/orders{address}", 422)


def test_the_list_is_paged_by_key(owner: Desk, trade: Trade) -> None:
    pitcher = trade.product(stock=100)
    ids = [trade.order((pitcher, 1), settle=False, name=f"Guest {n:02}") for n in range(27)]
    first = owner.get("/console/orders")
    assert "Guest 26" in first
    assert "Guest 01" not in first
    assert f"/console/orders?after={ids[2]}" in first
    assert "Guest 01" in owner.get(f"/console/orders?after={ids[2]}")
    assert "Guest 02" in owner.get(f"/console/orders?before={ids[1]}")


def test_a_page_asks_the_database_the_same_however_long_it_is(owner: Desk, trade: Trade) -> None:
    goods = [trade.product(stock=50) for _ in range(4)]
    small = trade.order((goods[0], 1))
    pages = ["/console/orders", f"/console/orders/{small}", f"/console/orders/{small}/state"]
    before = []
    for page in pages:
        with trade.counted() as asked:
            owner.get(page) if "/state" not in page else owner.client.get(page)
        before.append(len(asked))
    large = trade.order(*((product_id, 2) for product_id in goods))
    for _ in range(6):
        trade.order((goods[1], 1))
    after = []
    for page in (pages[0], f"/console/orders/{large}", f"/console/orders/{large}/state"):
        with trade.counted() as asked:
            owner.client.get(page)
        after.append(len(asked))
    assert after == before
    assert max(after) <= 16


def test_a_payment_that_nobody_answered_for_is_said_so() -> None:
    assert story.reason_text(TIMED_OUT) == "no answer in time"
