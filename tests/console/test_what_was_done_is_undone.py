"""The way back stands beside the message: a form of one button, that fits what it undoes and nothing that came later."""

from __future__ import annotations

import html
import re

from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.console.test_products_have_pictures import picture, upload
from tests.people import People


def undo_of(page: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of the page's undo button."""
    found = re.search(r'<form class="notice-undo" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page)
    assert found, "nothing to undo"
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', found[2])
    return found[1], {name: html.unescape(value) for name, value in fields}


def undo(desk: Desk, page: str) -> str:
    """Press it; the page that follows."""
    action, fields = undo_of(page)
    sent = desk.post(action, **fields)
    assert sent.status_code == 303
    return desk.get(sent.location.partition("#")[0])


def after(desk: Desk, path: str, **fields: str) -> str:
    """The page after a change."""
    sent = desk.post(path, **fields)
    assert sent.status_code == 303, sent.text
    return desk.get(sent.location.partition("#")[0])


def test_an_adjustment_is_taken_back_by_a_correction_once(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    page = f"/console/stock/{product_id}"
    told = after(owner, f"{page}/adjust", delta="12", reason="received")
    # Meanwhile something was sold: what is undone is the change and not the figure.
    trade.order((product_id, 1))
    assert "Undone: there were 16, now there are 4." in undo(owner, told)
    again = undo(owner, told)
    assert "This change is undone already." in again
    newest = trade.row("SELECT * FROM stock_movements WHERE undoes_id IS NOT NULL")
    assert (newest["kind"], newest["delta"], newest["after"], newest["actor"]) == (
        "correction",
        -12,
        4,
        "owner@test.market",
    )
    assert [row["action"] for row in trade.audited("stock.adjust")] == ["stock.adjust", "stock.adjust"]


def test_what_is_set_aside_cannot_be_undone_away(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    told = after(owner, f"/console/stock/{product_id}/adjust", delta="1", reason="received")
    trade.order((product_id, 1), settle=False)
    trade.step()
    assert "set aside for orders" in undo(owner, told)
    assert trade.row("SELECT on_hand FROM inventories")["on_hand"] == 1


def test_a_count_and_a_threshold_are_undone(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    page = f"/console/stock/{product_id}"
    told = after(owner, f"{page}/count", on_hand="3", expected="5", version="1", seen="0")
    assert "now there are 5." in undo(owner, told)
    told = after(owner, f"{page}/threshold", low_stock_threshold="4", version="2")
    assert "Low begins at 0 now." in undo(owner, told)
    # Sent again it is older than what is there.
    action, fields = undo_of(told)
    assert owner.post(action, **fields).status_code == 409
    told = after(owner, f"{page}/pause")
    assert "It takes orders again." in undo(owner, told)


def test_a_count_that_found_what_was_expected_has_nothing_to_undo(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=5)
    told = after(owner, f"/console/stock/{product_id}/count", on_hand="5", expected="5", version="1", seen="0")
    assert "notice-undo" not in told


def test_an_archived_product_comes_back_as_what_it_was(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(status="draft")
    page = f"/console/products/{product_id}"
    told = after(owner, f"{page}/archive")
    assert "is a draft again" in undo(owner, told)
    assert trade.row("SELECT status FROM products")["status"] == "draft"
    assert "has changed since, so nothing was undone" in undo(owner, told)
    assert [row["action"] for row in trade.audited("product.update")] == ["product.update"] * 2
    told = after(owner, f"{page}/show")
    assert "is a draft again" in undo(owner, told)


def test_a_picture_goes_back_to_its_place(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    upload(owner, product_id, *[(f"{name}.png", picture(60 + at, 60)) for at, name in enumerate("abc")])
    trade.settle()

    def order() -> list[str]:
        return re.findall(r'id="picture-(\d+)"', owner.get(f"/console/products/{product_id}/pictures"))

    before = order()
    last = int(before[-1])
    assert len(before) == 3
    told = after(owner, f"/console/products/{product_id}/pictures/{last}", alt="A jug", go="first")
    assert order() != before
    undo(owner, told)
    assert order() == before
    assert trade.row("SELECT alt FROM product_images WHERE id = :id", id=last)["alt"] == "A jug"
    assert owner.post(f"/console/products/{product_id}/pictures/{last}/place", place="0").status_code == 303
    assert order() == before


def test_a_colleague_gets_role_and_work_back(owner: Desk, trade: Trade, people: People) -> None:
    base = f"/console/people/{people.staff.id}"
    assert "is staff now" in undo(owner, after(owner, f"{base}/role", role="owner"))
    assert "works here again" in undo(owner, after(owner, f"{base}/deactivate"))


def test_only_entries_of_people_are_undone(app: Flask, owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=2)
    trade.order((product_id, 1))
    sold = trade.row("SELECT id FROM stock_movements WHERE kind = 'sold'")["id"]
    for entry, status in ((sold, 404), (10**9, 404), ("x", 303)):
        assert owner.post(f"/console/stock/{product_id}/undo", movement=str(entry)).status_code == status
    assert trade.row("SELECT count(*) AS many FROM stock_movements")["many"] == 2
