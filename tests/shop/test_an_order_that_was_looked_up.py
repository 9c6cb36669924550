"""An order that was found by its number and email shows how it is, and no address: these two may be known to somebody else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import ADDRESS, Shopper, hidden
from tests.shop.test_an_orders_page import link_of
from webapp.shop import watching

GOES_TO: dict[str, Any] = {"name": "Ingrid Solberg", "delivery": ADDRESS}


def looked_up(trade: Trade, shopper: Shopper, order: int) -> str:
    """Where the look-up leads to."""
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=order)["number"]
    answer = shopper.send("/orders/find", {"number": number, "email": "ingrid@example.org"})
    assert answer.status_code == 303
    return answer.headers["Location"]


def tells_no_address(page: str) -> bool:
    """Whether nothing of the address stands in a page."""
    return not any(part in page for part in ADDRESS.values()) and "ingrid@example.org" not in page


def test_it_shows_no_address_anywhere(trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 2), token="tok_declined", **GOES_TO)
    whole = link_of(trade, order)
    assert "Møllestien 42" in shopper.get(whole)
    found = looked_up(trade, shopper, order)
    assert found != whole
    for path in (found, f"{found}/state", f"{found}/again"):
        page = shopper.get(path)
        assert tells_no_address(page), path
        assert whole not in page, "nor the link that shows it"
    assert "The bank said no to the card." in shopper.get(found)
    with trade.app.app_context():
        states = watching.FOUND.render(order).text, watching.FOUND.render_many([order])[order].text  # type: ignore[misc]
        assert [tells_no_address(state) and whole not in state for state in states] == [True, True]
        assert "Møllestien 42" in watching.ORDER.render(order).text


def test_it_moves_by_a_stream_of_its_own(trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 2), settle=False, **GOES_TO)
    found = looked_up(trade, shopper, order)
    page = shopper.get(found)
    assert f"/live?topics=order-found:{found.removeprefix('/o/')}" in page
    with trade.app.test_request_context():
        assert watching.authorise_found(found.removeprefix("/o/")) == order
    for key in (link_of(trade, order).removeprefix("/o/"), f"{order}-{'A' * 27}", f"{order + 1}{found[4:]}"):
        assert shopper.client.get(f"/live?topics=order-found:{key}").status_code == 404, key
    assert shopper.client.get(f"/live?topics=order:{found.removeprefix('/o/')}").status_code == 404


def test_it_is_called_off_and_paid_again_from_there(trade: Trade, shopper: Shopper) -> None:
    product = trade.product(stock=5)
    waiting = looked_up(trade, shopper, trade.order((product, 1), settle=False, **GOES_TO))
    assert "Cancel order" in shopper.get(f"{waiting}/cancellation")
    assert shopper.send(f"{waiting}/cancellation", {}).headers["Location"] == waiting
    trade.settle()
    assert "Your order is cancelled." in shopper.get(waiting)
    unpaid = looked_up(trade, shopper, trade.order((product, 1), token="tok_declined", **GOES_TO))
    form = shopper.form(f"{unpaid}/again", email="", street="Another 1")
    assert shopper.send(f"{unpaid}/again", form).status_code == 303
    assert "Another 1" in trade.row("SELECT delivery FROM orders ORDER BY id DESC LIMIT 1")["delivery"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_its_link_cannot_be_made_by_anybody_else(trade: Trade, shopper: Shopper) -> None:
    one, other = (trade.order((trade.product(stock=5), 1), **GOES_TO) for _ in range(2))
    signed = looked_up(trade, shopper, one).partition("-")[2]
    forged: list[Any] = [
        f"{other}-{signed}",
        f"{one}-{signed[:-1]}",
        f"0{one}-{signed}",
        str(one),
        f"{one}-",
        f"{10**30}-{signed}",
    ]
    for link in forged:
        for path in (f"/o/{link}", f"/o/{link}/state", f"/o/{link}/again", f"/o/{link}/cancellation"):
            shopper.get(path, 404)


def test_whose_order_it_is_sees_all_of_it(people: People, trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 1), shopper_id=people.shopper.id, **GOES_TO)
    log_in(shopper.client, people.shopper)
    assert looked_up(trade, shopper, order) == link_of(trade, order)


def test_an_order_names_the_one_it_stands_in_for_and_nobody_pays_twice(trade: Trade, shopper: Shopper) -> None:
    order = trade.order((trade.product(stock=5), 2), token="tok_declined", **GOES_TO)
    old = link_of(trade, order)
    tabs = [shopper.form(f"{old}/again") for _ in range(2)]
    answers = [shopper.send(f"{old}/again", tab) for tab in (*tabs, tabs[0])]
    assert len({answer.headers.get("Location") for answer in answers}) == 1, "two tabs and a second press are one order"
    trade.settle()
    new = answers[0].headers["Location"]
    page = shopper.get(new)
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=order)["number"]
    assert f'Stands in for <a href="/o/{order}-' in page
    assert f"order {number}</a>" in page
    page = shopper.get(old)
    assert "You have ordered anew:" in page
    assert "Try the payment again" not in page
    assert "You can try again" not in page
    later = trade.row("SELECT id FROM orders ORDER BY id DESC LIMIT 1")["id"]
    assert f'href="/o/{later}-' in page
    assert new not in page, "who reads the one order need not be whom the other goes to"
    assert shopper.client.get(f"{old}/again").headers["Location"] == old
    # Another wish in a form of before is asked about, and can still be had.
    answer = shopper.send(f"{old}/again", {**tabs[1], "street": "Elsewhere 2"})
    assert answer.status_code == 409
    once_more = {**tabs[1], "street": "Elsewhere 2", "key": hidden(answer.text, "key")[0]}
    assert shopper.send(f"{old}/again", once_more).headers["Location"] not in (old, new)


def test_of_two_markets_with_one_number_it_asks_which(people: People, trade: Trade, shopper: Shopper) -> None:
    here = trade.order((trade.product(stock=5), 1), **GOES_TO)
    there = trade.order(
        (trade.product(stock=5, market_id=people.outsider.market_id), 1), market_id=people.outsider.market_id, **GOES_TO
    )
    numbers = [trade.row("SELECT number FROM orders WHERE id = :id", id=order)["number"] for order in (here, there)]
    assert numbers[0] == numbers[1], "each market counts its own"
    answer = shopper.send("/orders/find", {"number": numbers[0], "email": "ingrid@example.org"})
    assert answer.status_code == 200
    assert tells_no_address(answer.text.replace('value="ingrid@example.org"', ""))
    found = re.findall(r'<a href="(/o/[^"]+)">([^<]+)</a>', answer.text)
    assert [name for _, name in found] == ["Lantern Quay", "Alder Lane"]
    for (path, name), order in zip(found, (there, here), strict=True):
        assert path.startswith(f"/o/{order}-")
        assert name in shopper.get(path)
