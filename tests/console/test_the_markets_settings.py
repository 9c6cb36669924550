"""An owner changes what the market is called, says and asks for; the shop, the emails and the console say so at once."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.console.conftest import Desk, Trade
from tests.people import SAME_ORIGIN, People, log_in
from webapp.db import Row, from_json

ADDRESS = "/console/settings"
SHOP = "/m/alder-lane"


def filled(page: str) -> dict[str, Any]:
    """The form as a browser would send it untouched."""
    values = {}
    for name in ("name", "tagline", "hero_title", "accent", "version"):
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
        assert found, name
        values[name] = html.unescape(found[1])
    text = re.search(r'<textarea[^>]*name="hero_text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert text
    wanted = {"wants_delivery": "yes"} if re.search(r'name="wants_delivery" value="yes" checked', page) else {}
    return {**values, "hero_text": html.unescape(text[1]), **wanted}


def save(desk: Desk, picked: tuple[str, bytes] | None = None, /, **changed: Any) -> TestResponse:
    """The form of the page, with these fields typed over."""
    data = {**filled(desk.get(ADDRESS)), **changed}
    if picked:
        data["logo"] = (BytesIO(picked[1]), picked[0])
    return desk.client.post(
        ADDRESS, data={name: value for name, value in data.items() if value is not None}, headers=SAME_ORIGIN
    )


def kept(trade: Trade) -> Row:
    """The market's row."""
    return trade.row("SELECT * FROM markets WHERE slug = 'alder-lane'")


def test_what_it_is_called_and_says_is_changed_everywhere_and_audited(
    owner: Desk, people: People, trade: Trade
) -> None:
    product = trade.product(stock=2)
    sent = save(
        owner,
        name="Birch & Row",
        tagline="Since <1802>",
        hero_title="Come in.",
        hero_text="Mind the\nstep.",
        accent="#b00020",
        wants_delivery=None,
    )
    assert sent.status_code == 303
    assert "The market is changed." in owner.get(ADDRESS)
    shop = owner.get(SHOP)
    for words in ("Birch &amp; Row", "Since &lt;1802&gt;", "Come in.", "Mind the step."):
        assert words in shop
    assert "Birch &amp; Row" in owner.get("/console/products")
    assert "--accent: light-dark(#b00020," in owner.get(f"{SHOP}/theme.css")
    trade.order((product, 1), delivery=None)
    email = trade.row("SELECT subject, html FROM emails")
    assert "at Birch & Row is paid" in email["subject"]
    [row] = trade.audited("market.change")
    assert (row["object_type"], row["object_id"], row["market_id"], row["actor"]) == (
        "market", people.owner.market_id, people.owner.market_id, "owner@test.market",
    )  # fmt: skip
    before, after = from_json(row["before"]), from_json(row["after"])
    assert (before["name"], after["name"]) == ("Alder Lane", "Birch & Row")
    assert (before["accent"], after["accent"]) == ("#17594a", "#b00020")
    assert (before["wants_delivery"], after["wants_delivery"]) == (True, False)
    assert set(before) == {"name", "tagline", "hero_title", "hero_text", "accent", "wants_delivery"}
    assert "<del>Alder Lane</del>" in owner.get("/console/audit?kind=market")
    assert kept(trade)["version"] == 2
    other = trade.row("SELECT name, version FROM markets WHERE slug = 'lantern-quay'")
    assert dict(other) == {"name": "Lantern Quay", "version": 1}


def test_delivery_is_asked_for_or_not(owner: Desk, trade: Trade) -> None:
    product = trade.product(stock=2, name="Jug")
    order_form = f"/p/{product}-jug/order"
    assert 'name="street"' in owner.get(order_form)
    save(owner, wants_delivery=None)
    assert 'name="street"' not in owner.get(order_form)
    assert "checked" not in re.search(r'<input type="checkbox" id="wants_delivery"[^>]*>', owner.get(ADDRESS))[0]  # type: ignore[index]


def test_what_is_the_same_is_no_change(owner: Desk, trade: Trade) -> None:
    sent = save(owner)
    assert sent.status_code == 303
    assert "Nothing was different" in owner.get(ADDRESS)
    assert trade.audited("market.change") == []
    assert kept(trade)["version"] == 1


def test_a_form_older_than_the_market_is_shown_again_with_what_changed(owner: Desk, trade: Trade) -> None:
    old = filled(owner.get(ADDRESS))
    assert save(owner, name="First").status_code == 303
    late = owner.post(ADDRESS, **{**old, "name": "Second", "tagline": "Late"})
    assert late.status_code == 409
    assert "Owner changed the market while you were writing" in late.text
    assert "is now “First”; you wrote “Second”" in late.text
    assert kept(trade)["name"] == "First"
    assert len(trade.audited("market.change")) == 1
    meant = owner.post(ADDRESS, **filled(late.text))
    assert meant.status_code == 303
    assert (kept(trade)["name"], kept(trade)["tagline"]) == ("Second", "Late")


BAD = [
    ("name", "", "required"), ("name", "   ", "required"), ("name", "x" * 121, "At most 120"), ("name", "two\nlines", "one line"),
    ("name", "bell\x07", "control characters"), ("name", "nul\x00", "control characters"), ("tagline", "x" * 201, "At most 200"),
    ("tagline", "two\r\nlines", "one line"), ("hero_title", "x" * 121, "At most 120"), ("hero_text", "x" * 401, "At most 400"),
    ("accent", "red", "like #17594a"), ("accent", "#12345", "like #17594a"), ("accent", "#1234567", "like #17594a"), ("accent", "", "required"),
    ("accent", "#17594a;}body{display:none", "like #17594a"), ("wants_delivery", "maybe", "Choose"), ("version", "x", "whole number"),
    ("version", "0", "1 or more"), ("version", str(2**63), ""), ("version", "", "required"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "says"), BAD, ids=[f"{field}-{index}" for index, (field, _, _) in enumerate(BAD)]
)
def test_bad_input_is_named_and_changes_nothing(owner: Desk, trade: Trade, field: str, value: str, says: str) -> None:
    before = kept(trade)
    sent = save(owner, None, **{"name": "Kept as typed", field: value})
    assert sent.status_code == 422
    assert f'href="#{field}"' in sent.text
    assert says in sent.text
    assert kept(trade) == before
    assert trade.audited("market.change") == []


@pytest.mark.parametrize("change", [{"name": "Another"}, {"accent": "#b00020"}, {"hero_title": "Hello."}], ids=str)
def test_a_cache_never_shows_the_market_as_it_was(
    app: Flask, owner: Desk, trade: Trade, change: dict[str, str]
) -> None:
    product = trade.product(stock=1, name="Jug")
    stranger = app.test_client()
    pages = (SHOP, f"/p/{product}-jug", "/")
    tags = {page: stranger.get(page).headers["ETag"] for page in pages}
    for page in pages:
        assert stranger.get(page, headers={"If-None-Match": tags[page]}).status_code == 304
    sheet = re.search(rf'href="({SHOP}/theme.css[^"]*)"', stranger.get(SHOP).text)
    assert sheet
    save(owner, None, **change)
    for page in pages:
        assert stranger.get(page, headers={"If-None-Match": tags[page]}).status_code == 200, page
    assert sheet[1] not in stranger.get(SHOP).text, "a sheet that is kept for a minute has another address"


def test_the_page_is_the_owners_alone(app: Flask, people: People) -> None:
    for someone in (people.staff, people.shopper, people.operator):
        browser = app.test_client()
        log_in(browser, someone)
        assert browser.get(ADDRESS).status_code == 403
        assert browser.get(f"{ADDRESS}/look?accent=%23b00020").status_code == 403
        assert (
            browser.post(
                ADDRESS, data={"name": "Mine", "accent": "#b00020", "version": "1"}, headers=SAME_ORIGIN
            ).status_code
            == 403
        )
    staff = app.test_client()
    log_in(staff, people.staff)
    assert ADDRESS not in staff.get("/console/products").text
    assert app.test_client().get(ADDRESS).status_code == 303


def test_the_page_takes_a_fixed_number_of_statements(owner: Desk, trade: Trade) -> None:
    with trade.counted() as asked:
        owner.get(ADDRESS)
    assert len(asked) <= 6
