"""Notes on orders: for the people of the market, and for nobody else."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.console.test_orders_are_read import text_of

CANARY = "the flat box & <b>a present</b>\nfor Jonas"


@pytest.fixture
def staff(app: Flask, trade: Trade) -> Desk:
    """Somebody who works for the owner, at their desk."""
    return Desk(app, trade.people.staff)


def notes(trade: Trade) -> int:
    """How many notes there are."""
    return int(trade.row("SELECT count(*) AS notes FROM order_notes")["notes"])


def test_a_note_stands_in_the_history_in_its_authors_words(owner: Desk, staff: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    path = f"/console/orders/{order_id}"
    written = staff.post(f"{path}/notes", text=f"  {CANARY}\r\n ")
    assert (written.status_code, written.location) == (303, f"{path}#history")
    page = owner.get(path)
    assert "the flat box &amp; &lt;b&gt;a present&lt;/b&gt;\nfor Jonas</blockquote>" in page
    assert "Staff</b> wrote a note" in page
    assert page.index("wrote a note") < page.index("ORDER_COMPLETED</code>")
    [audited] = trade.audited("order.note")
    assert audited["actor"] == "staff@test.market"
    assert "flat box" not in audited["after"]


def test_no_shopper_ever_sees_a_note(owner: Desk, trade: Trade) -> None:
    shopper = trade.people.shopper
    order_id = trade.order((trade.product(stock=5), 1), shopper_id=shopper.id, email=shopper.email)
    owner.post(f"/console/orders/{order_id}/notes", text="canary-4711")
    owner.post(f"/console/orders/{order_id}/send", note="PX 12")
    trade.settle()
    link = trade.row("SELECT link FROM orders")["link"]
    client = Desk(trade.app, shopper).client
    for path in (f"/o/{link}", f"/o/{link}/state", "/account", "/account/data/export"):
        seen = client.get(path)
        assert seen.status_code == 200, path
        assert "canary-4711" not in seen.text, path
    read = trade.app.test_client().get(f"/api/v1/orders/{order_id}", headers=shopper.bearer)
    assert read.status_code == 200
    assert read.json is not None
    assert read.json["sent_note"] == "PX 12"
    assert "canary-4711" not in read.text
    letters = trade.row("SELECT count(*) AS letters FROM emails WHERE html LIKE '%canary%' OR text LIKE '%canary%'")
    assert letters["letters"] == 0
    assert client.get(f"/console/orders/{order_id}").status_code in (302, 303, 403)


def test_whoever_wrote_it_and_the_owner_delete_it(owner: Desk, staff: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    path = f"/console/orders/{order_id}/notes"
    for desk in (staff, staff, owner):
        desk.post(path, text=f"by {desk.someone.email}")
    ids = [trade.row("SELECT min(id) + :n AS id FROM order_notes", n=n)["id"] for n in range(3)]
    staff.get(f"{path}/{ids[2]}/delete", 403)
    assert staff.post(f"{path}/{ids[2]}/delete").status_code == 403
    assert notes(trade) == 3
    assert "by staff@test.market" in staff.get(f"{path}/{ids[0]}/delete")
    assert staff.post(f"{path}/{ids[0]}/delete").status_code == 303
    assert owner.post(f"{path}/{ids[1]}/delete").status_code == 303
    assert owner.post(f"{path}/{ids[1]}/delete").status_code == 404
    assert notes(trade) == 1
    assert text_of(owner.get(f"/console/orders/{order_id}")).count("deleted a note") == 2
    assert [row["actor"] for row in trade.audited("order.note_delete")] == ["staff@test.market", "owner@test.market"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "required"), (" \n ", "required"), ("n" * 2001, "At most 2000"), ("bell\x07", "control"), ("nul\0", "control")],
)  # fmt: skip
def test_a_wrong_note_is_not_written(owner: Desk, trade: Trade, text: str, says: str) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    refused = owner.post(f"/console/orders/{order_id}/notes", text=text)
    assert refused.status_code == 422
    assert says in refused.text
    assert 'id="note-text-error"' in refused.text
    if text.strip():
        assert text.replace("\0", "") in refused.text  # Nothing of what was typed is lost.
    assert notes(trade) == 0
    assert trade.audited("order.note") == []


def test_another_markets_order_has_no_notes(owner: Desk, outsider: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1))
    other = trade.order((trade.product(stock=5), 1))
    owner.post(f"/console/orders/{order_id}/notes", text="ours")
    note_id = trade.row("SELECT id FROM order_notes")["id"]
    assert outsider.post(f"/console/orders/{order_id}/notes", text="x").status_code == 404
    assert outsider.post(f"/console/orders/{order_id}/notes/{note_id}/delete").status_code == 404
    owner.get(f"/console/orders/{other}/notes/{note_id}/delete", 404)
    assert owner.post(f"/console/orders/{other}/notes/{note_id}/delete").status_code == 404
    assert notes(trade) == 1
