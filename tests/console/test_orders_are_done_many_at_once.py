"""One thing is done to many orders in the background: sending, calling off, telling again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.conftest import Desk, Trade
from tests.console.test_orders_are_read import text_of
from webapp.db import db, execute, transact


def begun(desk: Desk, **fields: Any) -> str:
    """Choose in the list's bar and begin; returns the page's address."""
    chosen = desk.post("/console/orders/changes", **fields)
    assert "/orders/changes/" in chosen.location, desk.get(chosen.location)
    assert desk.post(f"{chosen.location}/begin").status_code == 303
    return chosen.location


def many(trade: Trade, count: int, first: int = 1) -> None:
    """Copies of the oldest order and its lines, never sent; nothing else hangs on them."""
    columns = (
        "market_id, status, version, email, name, delivery, currency, total_minor, refunded_minor, payment_method, payment_token,"
        " checkout_scope, checkout_hash, traceparent, placed_at, updated_at"
    )
    with trade.app.app_context():

        def copied() -> None:
            for number in range(first, first + count):
                execute(
                    f"INSERT INTO orders (number, link, checkout_key, {columns}) SELECT 5000 + :n, 'copy-' || :n, 'copy-' || :n, {columns}"
                    " FROM orders ORDER BY id LIMIT 1",
                    n=number,
                )
            execute(
                "INSERT INTO order_items (order_id, position, market_id, product_id, sku, name, unit_minor, quantity)"
                " SELECT o.id, i.position, i.market_id, i.product_id, i.sku, i.name, i.unit_minor, i.quantity FROM orders o"
                " JOIN order_items i ON i.order_id = (SELECT min(id) FROM orders)"
                " WHERE o.number > 5000 AND NOT EXISTS (SELECT 1 FROM order_items t WHERE t.order_id = o.id)"
            )

        transact(copied)
        db.session.remove()


def test_the_ticked_are_sent_and_each_other_says_why_not(owner: Desk, trade: Trade, bowl: int) -> None:
    good = [trade.order((bowl, 1), name=f"Good {n}") for n in range(2)]
    refused = trade.order((bowl, 1), token="tok_declined")
    short = trade.order((bowl, 999))
    already = trade.order((bowl, 1))
    left_alone = trade.order((bowl, 1))
    owner.post(f"/console/orders/{already}/send")
    address = owner.post(
        "/console/orders/changes", action="send", note="Post", id=[*good, refused, short, already]
    ).location
    page = owner.get(address)
    assert "Mark 5 orders as sent" in text_of(page)
    assert "with your words: Post" in text_of(page)
    assert trade.row("SELECT count(*) AS sent FROM orders WHERE sent_at IS NOT NULL")["sent"] == 1
    owner.post(f"{address}/begin")
    trade.settle()
    words = text_of(owner.get(address))
    assert "Marked as sent 2 Left as they were 3" in words
    for reason in ("1 It was never paid.", "1 The stock did not cover it.", "1 It is marked as sent already."):
        assert reason in words, reason
    assert "data-final" in owner.client.get(f"{address}/state").text
    rows = [trade.row("SELECT sent_note, sent_by FROM orders WHERE id = :id", id=order_id) for order_id in good]
    assert rows == [{"sent_note": "Post", "sent_by": "owner@test.market"}] * 2
    assert trade.row("SELECT sent_at FROM orders WHERE id = :id", id=left_alone)["sent_at"] is None
    assert trade.row("SELECT count(*) AS told FROM emails WHERE kind = 'sent'")["told"] == 3
    assert [row["object_id"] for row in trade.audited("order.send")] == [already, *good]
    assert len(trade.audited("orders.change")) == 1
    assert "marked it as sent" in owner.get(f"/console/orders/{good[0]}")


def test_all_that_match_are_sent_whatever_the_page_shows(owner: Desk, trade: Trade, bowl: int) -> None:
    other = trade.order((bowl, 1), name="Other", email="other@example.org")
    trade.order((bowl, 1))
    many(trade, 210)
    with trade.app.app_context():
        transact(lambda: execute("UPDATE orders SET name = 'Many' WHERE number > 5000"))
        db.session.remove()
    assert "with all 210 that match" in owner.get("/console/orders?q=many")
    address = begun(owner, action="send", all="true", q="many", id=[other])
    trade.settle()
    assert "Marked as sent 210 Left as they were 0" in text_of(owner.get(address))
    assert trade.row("SELECT sent_at FROM orders WHERE id = :id", id=other)["sent_at"] is None


def test_a_batch_asks_the_database_the_same_however_many_it_has(owner: Desk, trade: Trade, bowl: int) -> None:
    from webapp.console.bulk import working
    from webapp.console.bulk.orders import ORDERS

    trade.order((bowl, 1))
    counted: list[int] = []
    for number in (3, 120):
        many(trade, number, first=1 + sum(counted) * 1000)
        address = begun(owner, action="send", all="true", view="send")
        with trade.app.app_context(), trade.counted() as asked:
            transact(lambda: working.step(ORDERS, int(address.rsplit("/", 1)[1])))  # noqa: B023
            db.session.remove()
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_many_are_called_off_and_what_has_ended_says_so(owner: Desk, trade: Trade, bowl: int) -> None:
    paid = trade.order((bowl, 1))
    waiting = [trade.order((bowl, 1), settle=False) for _ in range(2)]
    address = owner.post("/console/orders/changes", action="cancel", id=[paid, *waiting]).location
    assert "the bank has the last word" in owner.get(address)
    owner.post(f"{address}/begin")
    trade.settle()
    words = text_of(owner.get(address))
    ended = [trade.row("SELECT status FROM orders WHERE id = :id", id=order_id)["status"] for order_id in waiting]
    assert set(ended) <= {"CANCELLED", "COMPLETED"}
    assert "It is paid: its money can be given back instead." in words
    asked = trade.row("SELECT count(*) AS asked FROM orders WHERE cancel_asked_by = 'market'")["asked"]
    assert len(trade.audited("order.cancel")) == asked
    assert f"Cancelled, or asked to be {asked} Left as they were {3 - asked}" in words
    again = begun(owner, action="cancel", id=[order_id for order_id, was in zip(waiting, ended, strict=True) if was == "CANCELLED"] or [paid])  # fmt: skip
    trade.settle()
    assert "Cancelled, or asked to be 0" in text_of(owner.get(again))


def test_the_last_email_of_many_goes_again(owner: Desk, trade: Trade, bowl: int) -> None:
    told = trade.order((bowl, 1))
    nobody = trade.order((bowl, 1), email="")
    waiting = trade.order((bowl, 1), settle=False)
    address = begun(owner, action="resend", id=[told, nobody, waiting])
    with trade.app.app_context():
        from workers import changing

        changing.change_orders([address.rsplit("/", 1)[1]])
        db.session.remove()
    words = text_of(owner.get(address))
    assert "On their way again 1 Left as they were 2" in words
    assert "1 It has no email address." in words
    assert "1 Nothing was written to its customer yet." in words
    trade.settle()
    assert trade.row("SELECT tries FROM emails WHERE order_id = :id", id=told)["tries"] == 2
    [audited] = trade.audited("email.resend")
    assert audited["object_id"] == told


@pytest.mark.parametrize(
    "fields",
    [{"action": "send"}, {"action": "send", "id": "x"}, {"action": "send", "id": "9" * 30}, {"action": "burn", "id": "1"}, {"id": "1"},
     {"action": "send", "all": "true", "note": "n" * 301}, {"action": "send", "all": "true", "note": "two\nlines"},
     {"action": "send", "all": "true", "note": "bell\x07"}, {"action": "send", "all": "perhaps"}, {"action": "send", "all": "true", "view": "lost"},
     {"action": "send", "all": "true", "since": "yesterday"}, {"action": "send", "all": "true", "q": "nobody at all"}],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_chooses_nothing(
    owner: Desk, trade: Trade, bowl: int, fields: dict[str, str]
) -> None:
    trade.order((bowl, 1))
    sent = owner.post("/console/orders/changes", **fields)
    assert sent.location.startswith("/console/orders")
    assert "/changes/" not in sent.location
    assert "notice" in owner.get(sent.location) or "toast" in owner.get(sent.location)
    assert trade.row("SELECT count(*) AS many FROM order_changes")["many"] == 0


def test_nothing_of_anothers_can_be_chosen_or_seen(owner: Desk, outsider: Desk, trade: Trade, bowl: int) -> None:
    ours = trade.order((bowl, 1))
    assert "/changes/" not in outsider.post("/console/orders/changes", action="send", id=[ours]).location
    chosen = owner.post("/console/orders/changes", action="send", id=[ours]).location
    for path in (chosen, f"{chosen}/state", f"/live?topics=order-change:{chosen.rsplit('/', 1)[1]}"):
        outsider.get(path, 404)
    for act in ("begin", "stop", "forget"):
        assert outsider.post(f"{chosen}/{act}").status_code == 404
    # A change of products and one of orders may have the same number, and are not the same.
    owner.get(chosen.replace("/orders/", "/products/"), 404)
    outsider.get(f"/live?topics=desk-orders:{trade.people.owner.market_id}", 404)


def test_a_change_is_stopped_or_never_begun(owner: Desk, trade: Trade, bowl: int) -> None:
    order_id = trade.order((bowl, 1))
    chosen = owner.post("/console/orders/changes", action="send", id=[order_id]).location
    assert owner.post(f"{chosen}/forget").location == "/console/orders"
    owner.get(chosen, 404)
    address = begun(owner, action="send", id=[order_id])
    assert owner.post(f"{address}/stop").status_code == 303
    assert "it was begun already" in owner.get(owner.post(f"{address}/begin").location).lower()
    trade.settle()
    assert trade.row("SELECT sent_at FROM orders")["sent_at"] is None
    assert "Not reached 1" in text_of(owner.get(address))
