"""What an owner may do about an order: cancel it while it is under way, give money back when it is completed."""

from __future__ import annotations

import pytest

from tests.console.conftest import Desk, Trade


def test_an_order_is_called_off_while_its_stock_is_asked_for(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2), 1), settle=False)
    number = trade.row("SELECT number FROM orders")["number"]
    assert f"Cancel order {number}?" in owner.get(f"/console/orders/{order_id}/cancel")
    sent = owner.post(f"/console/orders/{order_id}/cancel")
    assert sent.location == f"/console/orders/{order_id}"
    page = owner.get(sent.location)
    assert "Nothing was charged" in page
    assert "cancelled the order" in page
    [audited] = trade.audited("order.cancel")
    assert audited["after"] == '{"status":"CANCELLED","cancel_asked_by":"market"}'
    trade.settle()
    assert trade.row("SELECT reserved FROM inventories")["reserved"] == 0
    again = owner.post(f"/console/orders/{order_id}/cancel")
    assert "It is cancelled already." in owner.get(again.location)
    assert owner.client.get(f"/console/orders/{order_id}/cancel").status_code == 303
    assert len(trade.audited("order.cancel")) == 1


def test_while_it_is_being_paid_the_wish_is_recorded(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2), 1), settle=False)
    for _ in range(6):
        if trade.row("SELECT status FROM orders")["status"] == "PAYMENT_PENDING":
            break
        trade.step()
    if trade.row("SELECT status FROM orders")["status"] != "PAYMENT_PENDING":
        pytest.fail("the order was never waiting for its payment")
    owner.post(f"/console/orders/{order_id}/cancel")
    assert "Cancelling" in owner.get(f"/console/orders/{order_id}")
    trade.settle()
    assert trade.row("SELECT status FROM orders")["status"] in ("CANCELLED", "COMPLETED")


def test_a_cancellation_that_came_too_late_is_told_as_that(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=2), 1), settle=False)
    path = f"/console/orders/{order_id}"
    while not trade.row("SELECT count(*) AS calls FROM payment_attempts")["calls"]:
        trade.step()
    # The money is taken, and the order has not heard of it yet.
    assert owner.post(f"{path}/cancel").status_code == 303
    page = owner.get(path)
    assert "asked to cancel the order" in page
    assert "cancelled the order" not in page
    trade.settle()
    page = owner.get(path)
    assert "Your market wanted this order cancelled, but the bank had the money by then" in page
    assert f'<a href="{path}/refund">Refund it</a>' in page
    number = trade.row("SELECT number FROM orders")["number"]
    assert f"Order {number} was to be cancelled, and the bank had the money by then" in owner.get("/console/")
    waiting = owner.get("/console/orders?view=attention")
    assert "Too late" in waiting
    assert f'href="{path}"' in waiting
    again = owner.get(owner.post(f"{path}/cancel").location)
    assert "It is paid: its money can be given back instead." in again
    assert "COMPLETED cannot" not in again
    owner.post(f"{path}/send")
    assert "wanted this order cancelled" not in owner.get(path)
    assert "was to be cancelled" not in owner.get("/console/")
    assert "Nothing needs you." in owner.get("/console/orders?view=attention")


def test_money_goes_back_in_part_and_whole_and_goods_apart(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=5, price_minor=2800, name="Bowl")
    order_id = trade.order((bowl, 3))
    path = f"/console/orders/{order_id}/refund"
    assert 'value="84.00"' in owner.get(path)
    part = owner.post(path, amount="28.00", reason="One was chipped", left="8400", **{f"restock-{bowl}": "0"})
    assert part.status_code == 303
    trade.settle()
    assert trade.row("SELECT refunded_minor, status FROM orders") == {"refunded_minor": 2800, "status": "COMPLETED"}
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 2
    assert 'value="56.00"' in owner.get(path)
    whole = owner.post(path, amount="56.00", reason="All came back", left="5600", **{f"restock-{bowl}": "2"})
    assert whole.status_code == 303
    trade.settle()
    assert trade.row("SELECT status FROM orders")["status"] == "REFUNDED"
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 4
    page = owner.get(f"/console/orders/{order_id}")
    assert "All came back" in page
    assert "money given back" in page
    assert "Refund…" not in page
    assert len(trade.audited("order.refund")) == 2
    assert owner.client.get(path).status_code == 303


def test_the_same_form_sent_twice_gives_back_once(owner: Desk, trade: Trade) -> None:
    bowl = trade.product(stock=5, price_minor=2800)
    order_id = trade.order((bowl, 3))
    fields = {"amount": "10.00", "reason": "chipped", "left": "8400"}
    assert owner.post(f"/console/orders/{order_id}/refund", **fields).status_code == 303
    twice = owner.post(f"/console/orders/{order_id}/refund", **fields)
    assert twice.status_code == 409
    assert "perhaps by this very form" in twice.text
    assert "€74.00 is left" in twice.text
    trade.settle()
    assert trade.row("SELECT refunded_minor FROM orders")["refunded_minor"] == 1000


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"amount": ""}, "amount", "required"),
        ({"amount": "0"}, "amount", "more than zero"),
        ({"amount": "84.01"}, "amount", "At most €84.00"),
        ({"amount": "1.001"}, "amount", "at most 2 decimals"),
        ({"amount": "-1"}, "amount", "with a point"),
        ({"amount": "all"}, "amount", "with a point"),
        ({"reason": ""}, "reason", "required"),
        ({"reason": "r" * 201}, "reason", "At most 200"),
        ({"reason": "late_success"}, "reason", "kept for refunds"),
        ({"restock": "4"}, "restock", "At most 3"),
        ({"restock": "-1"}, "restock", "0 or more"),
        ({"restock": "x"}, "restock", "whole number"),
        ({"left": ""}, "", "another look"),
        ({"left": "x"}, "", "another look"),
    ],
)
def test_a_wrong_refund_gives_nothing_back(
    owner: Desk, trade: Trade, fields: dict[str, str], field: str, says: str
) -> None:
    bowl = trade.product(stock=5, price_minor=2800)
    order_id = trade.order((bowl, 3))
    sent = {"amount": "28.00", "reason": "chipped", "left": "8400", **fields}
    if "restock" in sent:
        sent[f"restock-{bowl}"] = sent.pop("restock")
        field = f"restock-{bowl}"
    answer = owner.post(f"/console/orders/{order_id}/refund", **sent)
    assert answer.status_code == 422
    assert says in answer.text
    if field:
        assert f'id="{field}-error"' in answer.text
    assert trade.row("SELECT count(*) AS refunds FROM refunds")["refunds"] == 0
    assert trade.audited("order.refund") == []


def test_what_was_never_paid_is_not_given_back(owner: Desk, trade: Trade) -> None:
    order_id = trade.order((trade.product(stock=5), 1), token="tok_declined")
    assert owner.client.get(f"/console/orders/{order_id}/refund").status_code == 303
    sent = owner.post(f"/console/orders/{order_id}/refund", amount="28.00", reason="x", left="2800")
    assert sent.status_code in (303, 422)
    assert trade.row("SELECT count(*) AS refunds FROM refunds")["refunds"] == 0
