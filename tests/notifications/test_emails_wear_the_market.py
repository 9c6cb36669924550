"""A market's name, logo and colour in its emails: on the buttons, in light and dark, and nothing but colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.notifications.conftest import completed, create_order
from webapp import clock
from webapp.accounts import theme
from webapp.db import execute, fetch, transact
from webapp.notifications import commands


def written(market_theme: str = "{}", size: tuple[int, int] | None = None) -> str:
    """The HTML of an order's email in a market of that theme, with a logo of that size."""
    order = create_order(market_name="Birch & Row")
    width, height = size or (None, None)
    transact(
        lambda: execute(
            "UPDATE markets SET theme = :theme, logo = :logo, logo_width = :width, logo_height = :height WHERE id = :id",
            theme=market_theme, logo=f"media/{'a' * 64}" if size else None, width=width, height=height, id=order.market_id,
        )
    )  # fmt: skip
    event = completed(order)
    drafts = commands.draft([event])
    transact(lambda: commands.write(drafts, clock.now()))
    return str(fetch("SELECT html FROM emails WHERE cause_id = :id", id=event)[0]["html"])


def test_the_button_has_the_markets_colour_in_light_and_dark(app: Flask) -> None:
    made = theme.made_of("#ffcc00")
    colours = theme.readable(made)
    html = written(made)
    assert "Birch &amp; Row" in html
    button = html.split('<a class="go"', 1)[1].split(">", 1)[0]
    assert colours["accent"][0] in button
    assert "#17594a" not in button
    assert f".go {{ background: {colours['accent'][1]} !important" in html
    assert "#17594a" in html, "the thread stays what it is everywhere"


def test_without_a_theme_or_with_an_evil_one_it_is_ours(make_app: Callable[..., Flask]) -> None:
    make_app()
    for market_theme in ("{}", "nonsense", '{"light": {"accent": "red;}</style><script>"}}'):
        html = written(market_theme)
        button = html.split('<a class="go"', 1)[1].split(">", 1)[0]
        assert "#17594a" in button
        assert "<script" not in html


@pytest.mark.parametrize(
    ("size", "shown"),
    [((320, 320), (40, 40)), ((320, 160), (80, 40)), ((320, 20), (132, 8)), ((20, 10), (20, 10)), ((1, 320), (1, 40)), ((320, 1), (132, 1))],
)  # fmt: skip
def test_its_logo_stands_beside_its_name_in_a_size_of_its_own(
    app: Flask, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    html = written(size=size)
    sign = html.split('<td class="sign"', 1)[1].split("</td>", 1)[0]
    assert f'src="{app.extensions["settings"].base_url}/media/{"a" * 64}-320.jpg"' in sign
    assert f' width="{shown[0]}"' in sign
    assert f' height="{shown[1]}"' in sign
    assert "Birch &amp; Row" in sign
    assert "<img" not in written().split('<td class="sign"', 1)[1].split("</td>", 1)[0]
