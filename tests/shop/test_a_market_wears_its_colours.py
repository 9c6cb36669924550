"""A market's own colours: only colours, only readable ones, and nothing else gets into the stylesheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from webapp.accounts import colours, theme
from webapp.demo.catalogue import MARKETS

LIGHT = {"accent": "#17594a", "accent_2": "#0f4337", "on_accent": "#fdfcf9", "wash": "#e4eee9", "flood": "#17594a", "on_flood": "#fdfcf9"}  # fmt: skip
DARK = {"accent": "#86cbb4", "accent_2": "#a6dcc9", "on_accent": "#0d211b", "wash": "#20352e", "flood": "#1d4a3e", "on_flood": "#f3f0e9"}  # fmt: skip


def test_a_theme_becomes_one_rule() -> None:
    css = theme.css(":root", json.dumps({"light": LIGHT, "dark": DARK}))
    assert css.startswith(":root { --accent: light-dark(#17594a, #86cbb4); --accent-2: light-dark(")
    assert css.count("light-dark(") == 6


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.slug)
def test_the_demos_themes_can_be_read(market: Any) -> None:
    sides = {"light": vars(market.light), "dark": vars(market.dark)}
    assert len(theme.readable(json.dumps(sides))) == 6


BAD: list[Any] = [
    "", "null", "[]", "{", "{}", '"x"', {"light": LIGHT}, {"light": LIGHT, "dark": "no"}, {"light": LIGHT, "dark": {}},
    {"light": LIGHT | {"accent": "red"}, "dark": DARK}, {"light": LIGHT | {"accent": "#fff"}, "dark": DARK},
    {"light": LIGHT | {"accent": "#17594a; } body { display: none"}, "dark": DARK}, {"light": LIGHT | {"wash": 7}, "dark": DARK},
    {"light": LIGHT | {"accent": "url(//evil)"}, "dark": DARK}, {"light": LIGHT | {"accent": "#f0f0f0"}, "dark": DARK},
    {"light": LIGHT | {"on_accent": "#17594a"}, "dark": DARK}, {"light": LIGHT, "dark": DARK | {"on_flood": "#1d4a3e"}},
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_what_is_no_readable_theme_sets_nothing(bad: Any) -> None:
    assert theme.css(":root", bad if isinstance(bad, str) else json.dumps(bad)) == ""


def test_contrast_is_what_wcag_says() -> None:
    assert round(colours.contrast("#000000", "#ffffff"), 2) == 21
    assert round(colours.contrast("#767676", "#ffffff"), 2) == 4.54
