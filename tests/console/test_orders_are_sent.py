"""Marking completed orders as sent: who may, what the shopper hears, and that it moves no order."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.conftest import Desk, Trade
from tests.console.test_orders_are_read import text_of
from webapp.db import db, fetch
from workers.checking import INVARIANTS, looking
from workers.checking.asking import answer

FLAG = "SELECT status, sent_at, sent_by, sent_note FROM orders WHERE id = :id"


def emails(trade: Trade, order_id: int) -> list[str]:
    """The kinds of an order's emails, oldest first."""
    with trade.app.app_context():
        found = fetch("SELECT kind FROM emails WHERE order_id = :id ORDER BY id", id=order_id)
        db.session.remove()
    return [row["kind"] for row in found]


def broken(trade: Trade) -> list[tuple[int, tuple[str, ...]]]:
    """The invariants about orders, events and emails that do not hold."""
    with trade.app.app_context(), looking(trade.app) as asking:
        asked = [answer(one, asking) for one in INVARIANTS if one.number in (8, 12, 14, 15, 17, 18, 19, 21)]
    return [(one.invariant.number, one.examples) for one in asked if one.broken]


def test_who_is_told_once_more_is_said_before(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    path = f"/console/orders/{order_id}"
    assert "once more" not in owner.get(f"{path}/send")
    owner.post(f"{path}/send")
    trade.settle()
    sent = trade.row(FLAG, id=order_id)["sent_at"]
    owner.post(f"{path}/unsend", sent=sent)
    trade.settle()
    for page in (path, f"{path}/send"):
        assert "on its way, once more: they were told so" in text_of(owner.get(page))
    others = [trade.order((trade.product(stock=5), 1)) for _ in range(2)]
    owner.post(f"/console/orders/{others[0]}/send")  # It is told already, and stays as it is.
    many = owner.post("/console/orders/changes", action="send", id=[order_id, *others]).location
    assert "1 of them was told so before, and the mark was taken back: they are told once more." in text_of(
        owner.get(many)
    )
    none = owner.post("/console/orders/changes", action="send", id=others).location
    assert "once more" not in owner.get(none)


def test_a_completed_order_is_sent_and_its_shopper_told_once(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5, name="Bowl"), 2))
    path = f"/console/orders/{order_id}"
    assert "Mark as sent…" in owner.get(path)
    assert "ingrid@example.org is told by email" in owner.get(f"{path}/send")
    sent = owner.post(f"{path}/send", note=" PostNord 00 37 ")
    assert (sent.status_code, sent.location) == (303, path)
    trade.settle()
    row = trade.row(FLAG, id=order_id)
    assert (row["status"], row["sent_by"], row["sent_note"]) == ("COMPLETED", "owner@test.market", "PostNord 00 37")
    words = text_of(owner.get(path))
    assert "Owner marked it as sent" in words
    assert words.count("PostNord 00 37") == 2  # On its card and in the history.
    assert "Not sent after all…" in words
    assert "Mark as sent…" not in words
    assert "ORDER_SENT" in words
    assert all("</svg>Sent</span>" in owner.get(place) for place in ("/console/orders", "/console/", path))
    assert emails(trade, order_id) == ["completed", "sent"]
    letter = trade.row("SELECT subject, text, recipient FROM emails WHERE kind = 'sent'")
    assert letter["recipient"] == "ingrid@example.org"
    assert "is on its way" in letter["subject"]
    assert "Alder Lane says: PostNord 00 37" in letter["text"]
    [audited] = trade.audited("order.send")
    assert (audited["object_id"], audited["after"]) == (order_id, '{"note":"PostNord 00 37"}')
    link = trade.row("SELECT link FROM orders WHERE id = :id", id=order_id)["link"]
    shown = text_of(trade.app.test_client().get(f"/o/{link}").text)
    assert "It is on its way to you." in shown
    assert re.search(r"Sent \d+ \w+ 20\d\d", shown)
    assert "PostNord 00 37" in shown
    assert broken(trade) == []


def test_a_strip_is_the_flow_and_not_what_came_days_later(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    before = re.findall(r"[\d.]+ m?s from button to email", text_of(owner.get(f"/console/orders/{order_id}")))
    owner.post(f"/console/orders/{order_id}/send")
    trade.settle()
    page = owner.get(f"/console/orders/{order_id}")
    assert re.findall(r"[\d.]+ m?s from button to email", text_of(page)) == before
    assert before
    assert page.count('data-state="done"') == 5


def test_a_page_moves_while_the_email_of_the_sending_waits(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    owner.post(f"/console/orders/{order_id}/send")
    trade.step()
    with trade.app.app_context():
        waiting = fetch("SELECT id FROM emails WHERE kind = 'sent' AND next_try_at IS NOT NULL")
        db.session.remove()
    assert ("data-live=" in owner.get(f"/console/orders/{order_id}")) == bool(waiting)
    trade.settle()
    assert "data-live=" not in owner.get(f"/console/orders/{order_id}")


def test_it_is_taken_back_without_a_word_and_can_be_sent_anew(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    path = f"/console/orders/{order_id}"
    owner.post(f"{path}/send", note="the wrong parcel")
    trade.settle()
    first = trade.row(FLAG, id=order_id)["sent_at"]
    assert f'name="sent" value="{first}"' in owner.get(f"{path}/unsend")
    assert owner.post(f"{path}/unsend", sent=first).status_code == 303
    trade.settle()
    assert trade.row(FLAG, id=order_id) == {"status": "COMPLETED", "sent_at": None, "sent_by": None, "sent_note": None}
    assert emails(trade, order_id) == ["completed", "sent"]
    assert '"note":"the wrong parcel"' in trade.audited("order.unsend")[0]["before"]
    assert "said that it was not sent after all" in owner.get(path)
    again = owner.post(f"{path}/unsend", sent=first)
    assert again.status_code == 409
    assert "It is not marked as sent." in again.text
    owner.post(f"{path}/send")
    stale = owner.post(f"{path}/unsend", sent=first)
    assert stale.status_code == 409
    assert "marked as sent anew meanwhile" in stale.text
    assert trade.row(FLAG, id=order_id)["sent_at"] > first
    trade.settle()
    assert len(trade.audited("order.unsend")) == 1
    assert broken(trade) == []


def test_what_is_sent_twice_is_told_once(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    path = f"/console/orders/{order_id}"
    assert owner.post(f"{path}/send", note="first").status_code == 303
    twice = owner.post(f"{path}/send", note="second")
    assert twice.status_code == 409
    assert "It is marked as sent already." in twice.text
    trade.settle()
    assert trade.row(FLAG, id=order_id)["sent_note"] == "first"
    assert emails(trade, order_id) == ["completed", "sent"]
    assert len(trade.audited("order.send")) == 1
    assert owner.client.get(f"{path}/send").location == path


@pytest.mark.parametrize(
    ("token", "quantity", "says"),
    [("tok_declined", 1, "It was never paid."), ("tok_success", 9, "The stock did not cover it.")],
)
def test_what_is_not_paid_is_not_sent(owner: Desk, trade: Trade, token: str, quantity: int, says: str) -> None:
    order_id = trade.order((trade.product(stock=5), quantity), token=token)
    refused = owner.post(f"/console/orders/{order_id}/send", note="x")
    assert refused.status_code == 409
    assert says in refused.text
    assert "Mark as sent…" not in owner.get(f"/console/orders/{order_id}")
    assert trade.row(FLAG, id=order_id)["sent_at"] is None
    assert trade.audited("order.send") == []


def test_what_is_under_way_cancelled_or_given_back_is_not_sent(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=5, price_minor=2800)
    waiting = trade.order((bowl, 1), settle=False)
    assert "It is not paid yet." in owner.post(f"/console/orders/{waiting}/send").text
    owner.post(f"/console/orders/{waiting}/cancel")
    assert "It was cancelled." in owner.post(f"/console/orders/{waiting}/send").text
    trade.settle()
    back = trade.order((bowl, 1))
    owner.post(f"/console/orders/{back}/refund", amount="28.00", reason="chipped", left="2800")
    trade.settle()
    assert "All of its money went back." in owner.post(f"/console/orders/{back}/send").text
    assert trade.row("SELECT count(*) AS sent FROM orders WHERE sent_at IS NOT NULL")["sent"] == 0


@pytest.mark.parametrize(
    ("note", "says"),
    [("n" * 301, "At most 300"), ("two\nlines", "on one line"), ("bell\x07", "control"), ("nul\0", "control")],
)
def test_a_wrong_note_sends_nothing(owner: Desk, trade: Trade, note: str, says: str) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    refused = owner.post(f"/console/orders/{order_id}/send", note=note)
    assert refused.status_code == 422
    assert says in refused.text
    assert 'id="send-note-error"' in refused.text
    assert trade.row(FLAG, id=order_id)["sent_at"] is None
    assert trade.audited("order.send") == []


@pytest.mark.parametrize("fields", [{}, {"sent": "x"}, {"sent": "-1"}, {"sent": str(2**63)}])
def test_a_form_that_says_nothing_takes_nothing_back(owner: Desk, trade: Trade, fields: dict[str, Any]) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    owner.post(f"/console/orders/{order_id}/send")
    assert owner.post(f"/console/orders/{order_id}/unsend", **fields).status_code == 422
    assert trade.row(FLAG, id=order_id)["sent_at"] is not None
    assert trade.audited("order.unsend") == []


def test_another_markets_order_is_not_there(owner: Desk, outsider: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    for path in ("send", "unsend"):
        outsider.get(f"/console/orders/{order_id}/{path}", 404)
        assert outsider.post(f"/console/orders/{order_id}/{path}", sent="1").status_code == 404
    assert trade.row(FLAG, id=order_id)["sent_at"] is None


def test_what_goes_nowhere_is_handed_over(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1), delivery=None)
    path = f"/console/orders/{order_id}"
    assert "Hand over…" in owner.get(path)
    assert "To send 0" in text_of(owner.get("/console/orders"))
    owner.post(f"{path}/send")
    trade.settle()
    assert "Handed over on" in text_of(owner.get(path))
    assert "was handed over" in trade.row("SELECT subject FROM emails WHERE kind = 'sent'")["subject"]


def test_home_says_what_is_to_be_sent(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=9)
    first = trade.order((bowl, 1))
    number = trade.row("SELECT number FROM orders")["number"]
    assert f"Order {number} is to be sent" in text_of(owner.get("/console/"))
    trade.order((bowl, 1))
    page = owner.get("/console/")
    assert "2 orders are to be sent" in text_of(page)
    assert "/console/orders?view=send" in page
    assert f"order {number} has waited longest" in text_of(page)
    owner.post(f"/console/orders/{first}/send")
    assert "To send 1" in text_of(owner.get("/console/orders?view=send"))


def test_an_erased_shoppers_order_keeps_no_words_about_them(owner: Desk, trade: Trade) -> None:
    from webapp.db import transact
    from webapp.orders import erasing

    order_id = trade.order((trade.product(stock=5), 1), shopper_id=trade.people.shopper.id)
    owner.post(f"/console/orders/{order_id}/send", note="For Ingrid, PX 12")
    owner.post(f"/console/orders/{order_id}/notes", text="Ingrid has a dog")
    trade.settle()
    with trade.app.app_context():
        transact(lambda: erasing.erase_shopper(trade.people.shopper.id, "shopper@test.market"))
        db.session.remove()
    row = trade.row(FLAG, id=order_id)
    assert row["sent_at"] is not None
    assert row["sent_note"] is None
    assert trade.row("SELECT count(*) AS notes FROM order_notes")["notes"] == 0
    assert "dog" not in owner.get(f"/console/orders/{order_id}")
