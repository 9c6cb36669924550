"""An owner changes what the market is called, says, wears and asks for; the shop, the emails and the console say so at once."""

from __future__ import annotations

import html
import itertools
import json
import random
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from tests.console.conftest import Desk, Trade
from tests.console.test_products_have_pictures import bomb, picture
from tests.people import SAME_ORIGIN, People, log_in
from webapp.accounts import colours, theme
from webapp.console.market_settings import MOST_BYTES
from webapp.console.settings_look import OWN, sides_of
from webapp.db import Row, from_json
from webapp.settings import ROOT

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


def test_a_logo_is_made_ready_and_worn(owner: Desk, trade: Trade) -> None:
    camera = Image.Exif()
    camera[0x010F] = "A secret camera"
    sent = save(owner, ("../../logo.jpg", picture(1000, 500, "JPEG", exif=camera, comment=b"a secret comment")))
    assert sent.status_code == 303, sent.text
    row = kept(trade)
    name, small = row["logo"], f"/{row['logo']}-320.webp"
    assert (row["logo_width"], row["logo_height"]) == (800, 400)
    assert f'<img class="sign-logo" src="{small}" alt="" width="800" height="400">' in owner.get(SHOP)
    assert f'<meta property="og:image" content="http://127.0.0.1:8000/{name}-800.jpg">' in owner.get(SHOP)
    assert f'<img class="crest crest-logo" src="{small}"' in owner.get("/console/products")
    for size, kind in itertools.product((320, 800), ("webp", "jpg")):
        shown = owner.client.get(f"/{name}-{size}.{kind}")
        assert shown.status_code == 200
        assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert b"secret" not in shown.data
        with Image.open(BytesIO(shown.data)) as made:
            assert made.size == (size, size // 2)
    assert owner.client.get(f"/{name}-1600.webp").status_code == 404
    [told] = trade.audited("market.change")
    assert (from_json(told["before"]), from_json(told["after"])) == ({"logo": None}, {"logo": name})
    assert save(owner).status_code == 303
    assert kept(trade)["logo"] == name, "a form without a file leaves the logo"
    assert save(owner, ("seen-through.png", _seen_through())).status_code == 303
    assert owner.client.get(small).status_code == 404
    other = kept(trade)["logo"]
    with Image.open(BytesIO(owner.client.get(f"/{other}-320.webp").data)) as made:
        assert made.mode == "RGBA"
    assert save(owner, remove_logo="yes").status_code == 303
    assert (kept(trade)["logo"], kept(trade)["logo_width"]) == (None, None)
    assert trade.row("SELECT count(*) AS files FROM market_logo_files")["files"] == 0
    assert "sign-logo" not in owner.get(SHOP)


def _seen_through() -> bytes:
    written = BytesIO()
    Image.new("RGBA", (64, 64), (200, 30, 30, 120)).save(written, "PNG")
    return written.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = [
    ("logo.svg", SVG, "no JPEG, PNG or WebP"), ("logo.png", SVG, "no JPEG, PNG or WebP"), ("logo.png", b"<!doctype html><script>", "no JPEG, PNG or WebP"),
    ("logo.gif", picture(10, 10, "GIF"), "no JPEG, PNG or WebP"), ("empty.png", b"", "no JPEG, PNG or WebP"), ("bomb.png", bomb(30_000, 30_000), "At most 40 million"),
    ("large.png", bomb(3_000, 3_000), "At most 4 million"), ("hollow.png", bomb(600, 600), "cannot be read to its end"),
    ("cut.jpg", picture(600, 600, "JPEG")[:700], "cannot be read to its end"), ("heavy.png", b"\x89PNG" + b"x" * MOST_BYTES, "larger than 2 MiB"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "says"), REFUSED, ids=[f"{name}-{index}" for index, (name, _, _) in enumerate(REFUSED)]
)
def test_what_is_no_logo_is_refused_and_changes_nothing(
    owner: Desk, trade: Trade, name: str, data: bytes, says: str
) -> None:
    before = kept(trade)
    sent = save(owner, (name, data), tagline="Kept as typed")
    assert sent.status_code == 422
    assert says in sent.text
    assert 'href="#logo"' in sent.text
    assert "Kept as typed" in sent.text
    assert kept(trade) == before
    assert trade.row("SELECT count(*) AS files FROM market_logo_files")["files"] == 0


def test_a_body_that_is_too_large_is_not_read(owner: Desk, trade: Trade) -> None:
    sent = save(owner, ("huge.png", b"x" * (MOST_BYTES + 2 * 1024 * 1024)))
    assert sent.status_code == 413
    assert "larger than 2 MiB" in sent.text
    assert kept(trade)["version"] == 1


def test_a_good_logo_beside_a_bad_field_has_to_be_chosen_again(owner: Desk, trade: Trade) -> None:
    sent = save(owner, ("logo.png", picture(60, 60)), name="")
    assert sent.status_code == 422
    assert "Choose the logo again." in sent.text
    assert kept(trade)["logo"] is None


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


def test_a_colour_is_tried_before_it_is_saved(owner: Desk, trade: Trade) -> None:
    tried = owner.get(f"{ADDRESS}/look?accent=%23ffcc00")
    assert 'fill="#ffcc00"' in tried
    assert 'id="look"' in tried
    assert "<script" not in tried
    for bad in ("?accent=", "?accent=red", "?accent=%23ffcc00%22onload", "?accent=%23ffcc00&accent=%23ffcc00"):
        assert owner.client.get(f"{ADDRESS}/look{bad}").status_code == 422
    assert kept(trade)["theme"] == "{}"


def test_every_colour_makes_a_theme_that_can_be_read() -> None:
    dice = random.Random(1)
    some = [f"#{dice.randrange(256**3):06x}" for _ in range(200)]
    corners = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product((0, 1, 127, 128, 254, 255), repeat=3)]
    for colour in (*some, *corners):
        made = theme.made_of(colour)
        assert len(theme.readable(made)) == 6, colour
        assert theme.picked(made) == colour
        assert all(side.contrast >= 4.5 for side in sides_of(made)), colour
        assert colours.contrast(colours.words_on(colour), colour) >= 4.5, colour


def test_marketflows_own_colour_is_no_theme_and_what_is_no_colour_makes_none() -> None:
    assert theme.made_of("#17594A") == "{}"
    assert theme.picked("{}") == "#17594a"
    assert theme.picked('{"picked": "url(x)"}') == "#17594a"
    with pytest.raises(ValueError, match="no colour"):
        theme.made_of("red")


def test_a_theme_of_twelve_colours_stays_while_its_colour_is_not_touched(app: Flask, owner: Desk, trade: Trade) -> None:
    made = json.loads(theme.made_of("#336699"))
    made.pop("picked")
    made["light"]["wash"] = "#f0f0f5"
    with app.app_context():
        from webapp.db import execute, transact

        transact(lambda: execute("UPDATE markets SET theme = :theme WHERE slug = 'alder-lane'", theme=json.dumps(made)))
    assert save(owner, name="Another").status_code == 303
    assert json.loads(kept(trade)["theme"]) == made


def test_the_page_knows_the_colours_that_the_style_sheet_has() -> None:
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text()
    for name in OWN["light"]:
        assert f"--{name.replace('_', '-')}: light-dark({OWN['light'][name]}, {OWN['dark'][name]});" in tokens
    assert OWN["light"]["accent"] == theme.OWN
