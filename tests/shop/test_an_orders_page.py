"""An order's page behind its link: what it says in every state, calling it off, and ordering anew."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import Shopper, hidden
from webapp import clock
from webapp.db import db, execute, fetch, transact
from webapp.live import LiveState
from webapp.orders import refunding
from webapp.shop import watching


def link_of(trade: Trade, order_id: int) -> str:
    """The address of an order's page."""
    return f"/o/{trade.row('SELECT link FROM orders WHERE id = :id', id=order_id)['link']}"


def says(page: str) -> str:
    """The page's text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


ENDS = {
    "tok_success": ("COMPLETED", "All yours. It is being packed.", "Order the same again"),
    "tok_declined": ("PAYMENT_REJECTED", "The bank said no to the card.", "Try the payment again"),
    "tok_insufficient_funds": ("PAYMENT_REJECTED", "There is not enough on the card.", "Try the payment again"),
}


@pytest.mark.parametrize("token", ENDS)
def test_the_page_tells_how_it_ended(trade: Trade, shopper: Shopper, token: str) -> None:
    status, sentence, following = ENDS[token]
    link = link_of(trade, trade.order((trade.product(stock=5), 2), token=token))
    if status == "PAYMENT_REJECTED":
        # A bank may change its mind: the page listens a moment longer.
        assert "/live?topics" in shopper.get(link)
        with trade.app.app_context():
            transact(lambda: execute("UPDATE orders SET updated_at = updated_at - 16000000"))
    page = shopper.get(link)
    assert f'data-status="{status}" data-final' in page
    assert sentence in says(page)
    assert following in page
    assert "/live?topics" not in page, "nothing is listened to that will not move"
    assert "i•••@example.org" in page
    assert "ingrid@example.org" not in page
    assert "Cancel this order" not in page


def test_a_moment_later_an_unpaid_order_looks_new_to_the_hub(trade: Trade) -> None:
    order = trade.order((trade.product(stock=5), 1), token="tok_declined")
    with trade.app.app_context():
        before = watching.versions([order])[order]
        transact(lambda: execute("UPDATE orders SET updated_at = updated_at - 16000000"))
        moved = watching.versions([order])[order]
        assert before != moved
        assert watching.versions([order])[order] == moved


def test_faster_were_only_those_who_were(app: Flask, trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    alone = link_of(trade, trade.order((product, 9)))
    assert "There is not enough left." in shopper.get(alone)
    trade.order((product, 3))
    assert "Someone was faster." in shopper.get(link_of(trade, trade.order((product, 4))))
    assert "There is not enough left." in shopper.get(link_of(trade, trade.order((product, 9))))
    assert "There is not enough left." in shopper.get(alone)
    with app.app_context():
        transact(lambda: execute("UPDATE reservations SET held_at = held_at - 700000000"))
    assert "Someone was faster." not in shopper.get(link_of(trade, trade.order((product, 4))))


def test_the_page_moves_with_the_order(trade: Trade, shopper: Shopper) -> None:
    link = link_of(trade, trade.order((trade.product(stock=5), 2), settle=False))
    page = shopper.get(link)
    assert "Your things are being set aside" in page
    assert f"/live?topics=order:{link[3:]}" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    seen = [shopper.get(f"{link}/state")]
    for _ in range(12):
        trade.step()
        seen.append(shopper.get(f"{link}/state"))
    told = [found[1] for state in seen if (found := re.search(r'data-status="([A-Z_]+)"', state))]
    assert list(dict.fromkeys(told)) == ["INVENTORY_PENDING", "PAYMENT_PENDING", "COMPLETED"]
    assert "data-final" in seen[-1]
    assert "<html" not in seen[-1]


def test_a_line_that_is_short_says_how_many_are_left_and_goes_on_from_there(
    app: Flask, trade: Trade, shopper: Shopper
) -> None:
    pitcher, bowl = trade.product(stock=2, name="Tall pitcher", price_minor=5400), trade.product(stock=9, name="Bowl")
    first = trade.order((pitcher, 4), (bowl, 2))
    link = link_of(trade, first)
    text = says(shopper.get(link))
    assert "You asked for 4 × “Tall pitcher” and 2 are left" in text
    assert "2 of 4 left" in text
    assert "Nothing is held and nothing was charged" in text
    page = shopper.get(f"{link}/again?product={pitcher}&quantity=2&product={bowl}&quantity=0")
    assert hidden(page, "quantity") == ["2", "0"]
    page = shopper.get(
        f"{link}/again?product=x&quantity=7&product={'9' * 5000}&quantity=8&product={pitcher}&quantity=1"
    )
    assert hidden(page, "quantity") == ["1", "2"], "what names no product is left out with its number"
    form = shopper.form(f"{link}/again", email="", quantity=["2", "0"], amount="10800")
    answer = shopper.send(f"{link}/again", form)
    assert answer.status_code == 303
    trade.settle()
    anew = trade.row("SELECT * FROM orders ORDER BY id DESC LIMIT 1")
    assert (anew["replaces_id"], anew["total_minor"], anew["email"], anew["status"]) == (
        first,
        10800,
        "ingrid@example.org",
        "COMPLETED",
    )
    with app.app_context():
        assert len(fetch("SELECT * FROM order_items WHERE order_id = :id", id=anew["id"])) == 1


def test_paying_again_stands_in_for_the_order_that_was_not_paid(trade: Trade, shopper: Shopper) -> None:
    first = trade.order((trade.product(stock=5), 2), token="tok_declined")
    again = f"{link_of(trade, first)}/again"
    page = shopper.get(again)
    assert "i•••@example.org" in page
    assert "ingrid@example.org" not in page, "the link does not tell the address"
    answer = shopper.send(again, shopper.form(again, email=""))
    trade.settle()
    assert "All yours" in shopper.get(answer.headers["Location"])
    assert trade.row("SELECT replaces_id FROM orders ORDER BY id DESC LIMIT 1")["replaces_id"] == first


def test_the_same_again_replaces_nothing_and_a_pending_one_waits(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=9)
    done = f"{link_of(trade, trade.order((product, 1)))}/again"
    shopper.send(done, shopper.form(done))
    assert trade.row("SELECT replaces_id FROM orders ORDER BY id DESC LIMIT 1")["replaces_id"] is None
    pending = link_of(trade, trade.order((product, 1), settle=False))
    answer = shopper.client.get(f"{pending}/again")
    assert (answer.status_code, answer.headers["Location"]) == (303, pending)


def test_an_order_is_called_off_once_and_says_so(people: People, trade: Trade, shopper: Shopper) -> None:
    link = link_of(trade, trade.order((trade.product(stock=5), 2), settle=False))
    page = shopper.get(link)
    assert "Cancel this order" in page
    assert "Nothing is held for you any more" in says(shopper.get(f"{link}/cancellation"))
    log_in(shopper.client, people.shopper)
    for _ in range(2):
        answer = shopper.send(f"{link}/cancellation", {})
        assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert len(trade.audited("order.cancel")) == 1
    trade.settle()
    text = says(shopper.get(link))
    assert "Your order is cancelled." in text
    assert "You called it off before it was paid. Nothing was charged" in text
    assert shopper.client.get(f"{link}/cancellation").status_code == 303


def test_what_is_settled_cannot_be_called_off_any_more(trade: Trade, shopper: Shopper) -> None:
    link = link_of(trade, trade.order((trade.product(stock=5), 2)))
    shopper.send(f"{link}/cancellation", {})
    assert "could not be called off any more" in shopper.get(link)
    assert trade.row("SELECT status FROM orders")["status"] == "COMPLETED"


def test_being_called_off_while_the_bank_is_asked_says_who_decides(trade: Trade, shopper: Shopper) -> None:
    link = link_of(trade, trade.order((trade.product(stock=5), 2), settle=False))
    while trade.row("SELECT status FROM orders")["status"] == "INVENTORY_PENDING":
        trade.step()
    assert trade.row("SELECT status FROM orders")["status"] == "PAYMENT_PENDING"
    shopper.send(f"{link}/cancellation", {})
    page = shopper.get(link)
    assert "We are calling it off with the bank." in page
    assert "Cancel this order" not in page


def test_money_that_goes_back_is_told(app: Flask, trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 2))
    link = link_of(trade, order)
    with app.app_context():
        transact(lambda: refunding.ask(order, 1000, [], "a crack", "owner@test.market"))
    assert "comes back to you" in shopper.get(link)
    assert "/live?topics" in shopper.get(link), "the refund is still under way"
    trade.settle()
    assert "€10.00 sent back" in says(shopper.get(link))
    with app.app_context():
        transact(lambda: refunding.ask(order, None, [], "all of it", "owner@test.market"))
    trade.settle()
    assert "€56.00 is on its way back to you." in says(shopper.get(link))


def test_an_unknown_link_is_nothing(trade: Trade, shopper: Shopper) -> None:
    trade.order((trade.product(stock=5), 2))
    for link in ("x", "1", "1001", "a" * 32, "%00", "..", "a" * 4000, "' OR 1=1"):
        for path in ("", "/state", "/again", "/cancellation"):
            assert shopper.client.get(f"/o/{link}{path}").status_code == 404, link
    assert shopper.client.get("/live?topics=order:1001").status_code == 404
    assert shopper.client.get("/live?topics=order:" + "a" * 32).status_code == 404


def test_the_page_is_kept_by_nobody_and_listed_nowhere(trade: Trade, shopper: Shopper) -> None:
    answer = shopper.client.get(link_of(trade, trade.order((trade.product(stock=5), 2))))
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


def test_a_page_asks_a_fixed_number_of_things(trade: Trade, shopper: Shopper) -> None:
    def asked(path: str) -> int:
        with trade.counted() as statements:
            shopper.get(path)
        return len([one for one in statements if one.startswith("SELECT")])

    one = link_of(trade, trade.order((trade.product(stock=5), 2)))
    many = link_of(trade, trade.order(*[(trade.product(stock=5), 1) for _ in range(9)]))
    for path in ("", "/state", "/again"):
        assert asked(one + path) == asked(many + path)
    assert asked(many) == 10
    assert asked(f"{many}/again") == 4


def test_the_pages_of_many_orders_are_drawn_together_and_as_each_by_itself(app: Flask, trade: Trade) -> None:
    mug, bowl = trade.product(stock=50), trade.product(stock=3)
    placed = [
        trade.order((mug, 1)),
        trade.order((bowl, 9)),
        trade.order((mug, 2), (bowl, 1), token="tok_declined"),
        trade.order((mug, 3)),
    ]

    now = clock.now()

    def drawn(order_ids: list[int]) -> tuple[dict[int, LiveState], int]:
        with trade.counted() as asked, clock.set_to(now), app.test_request_context("/live"):
            states = watching.render_many(order_ids)
            db.session.remove()
        return states, len(asked)

    with clock.set_to(now), app.test_request_context("/live"):
        alone = {order_id: watching.render(order_id) for order_id in placed}
        db.session.remove()
    together, asked = drawn([*placed, 10**9])
    assert together == alone
    of_two, fewer = drawn([placed[0], placed[3]])
    assert len(of_two) == 2
    assert asked - fewer <= 1, "one more for who was faster, of the order that was short"


def test_what_is_watched_is_new_whenever_it_looks_new(app: Flask, trade: Trade) -> None:
    order = trade.order((trade.product(stock=5), 2), settle=False)
    looks: dict[str, object] = {}
    for _ in range(14):
        with app.app_context():
            looks.setdefault(watching.render(order).text, watching.versions([order])[order])
        trade.step()
    assert len(looks) >= 3
    assert len(set(looks.values())) == len(looks), "no two looks share a version"
    with app.app_context():
        assert watching.versions([10**6]) == {}
