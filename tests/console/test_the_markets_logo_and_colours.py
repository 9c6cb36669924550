"""What a market wears: a logo, made ready or refused, and a colour from which a readable theme is made."""

from __future__ import annotations

import itertools
import json
import random
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from tests.console.conftest import Desk, Trade
from tests.console.test_products_have_pictures import bomb, picture
from tests.console.test_the_markets_settings import ADDRESS, SHOP, kept, save
from webapp.accounts import colours, theme
from webapp.console.market_settings import MOST_BYTES
from webapp.console.settings_look import OWN, sides_of
from webapp.db import from_json
from webapp.settings import ROOT


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
