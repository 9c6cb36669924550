"""A market's own colours as custom properties. What could not be read, or is no colour, is left out: the shop then wears
Marketflow's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from webapp.accounts.colours import contrast, mixed, readable_on, shade, words_on
from webapp.db import Row, as_json

NAMES = ("accent", "accent_2", "on_accent", "wash", "flood", "on_flood")
GROUNDS = {"light": ("#fefdfb", "#f5f4f0"), "dark": ("#1e1c19", "#161512")}
"""Sheet and ground of each theme, on which an accent has to be read (static/css/tokens.css)."""

LEAST_CONTRAST = 4.5
"""Of words on their ground (WCAG 2.2, 1.4.3)."""

SOFT_CONTRAST = 6.5
"""What a dark page aims at: its accents are lighter than they need to be, as ours is."""

NEARLY = 3.0

OWN = "#17594a"
"""Marketflow's own accent (static/css/tokens.css): whoever picks it has no theme."""

PAPER, DARK_WORDS = "#fdfcf9", "#f3f0e9"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def css(selector: str, theme: str) -> str:
    """A market's theme, as its row keeps it (JSON: light and dark, each with the six names), as one rule for `selector`;
    empty when it sets nothing that can be used."""
    colours = readable(theme)
    if not colours:
        return ""
    said = " ".join(
        f"--{name.replace('_', '-')}: light-dark({light}, {dark});" for name, (light, dark) in colours.items()
    )
    return f"{selector} {{ {said} }}\n"


def of_all(markets: list[Row]) -> str:
    """The themes of many markets, each for the parts of a page that carry its name in `data-market`."""
    return "".join(css(f'[data-market="{market["slug"]}"]', market["theme"]) for market in markets)


def readable(theme: str) -> dict[str, tuple[str, str]]:
    """The colours of a theme as (light, dark), if both have all of them and their texts can be read on them; else none."""
    try:
        sides = orjson.loads(theme)
    except orjson.JSONDecodeError:
        return {}
    light, dark = (_side(sides, name) for name in ("light", "dark"))
    if not light or not dark:
        return {}
    return {name: (light[name], dark[name]) for name in NAMES}


def picked(theme: str) -> str:
    """The colour that an owner picked, or the one that stands for a theme; Marketflow's own where there is none."""
    colours = readable(theme)
    if not colours:
        return OWN
    said = orjson.loads(theme).get("picked")
    return said if isinstance(said, str) and _COLOUR.fullmatch(said) else colours["flood"][0]


def made_of(colour: str) -> str:
    """A whole theme of one colour, whatever it is, as a market's row keeps it: both sides can be read. Of Marketflow's own
    colour there is none to make. Raises ValueError for what is no colour."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"{colour!r} is no colour of the form #rrggbb")
    if colour.lower() == OWN:
        return "{}"
    made = as_json({"picked": colour.lower(), "light": _light(colour.lower()), "dark": _dark(colour.lower())})
    if not readable(made):
        raise AssertionError(f"a theme of {colour} that cannot be read")
    return made


def _light(colour: str) -> dict[str, str]:
    wash = mixed(colour, GROUNDS["light"][0], 0.12)
    accent = readable_on(colour, (*GROUNDS["light"], wash), LEAST_CONTRAST, darker=True)
    # Light words on a colour are what most signs have: a colour that nearly bears them is deepened a little.
    bears = contrast(colour, PAPER) >= NEARLY
    flood = readable_on(colour, (PAPER,), LEAST_CONTRAST, darker=True) if bears else colour
    return {
        "accent": accent, "accent_2": shade(accent, 0.75), "on_accent": PAPER, "wash": wash, "flood": flood, "on_flood": words_on(flood),
    }  # fmt: skip


def _dark(colour: str) -> dict[str, str]:
    wash = mixed(colour, GROUNDS["dark"][0], 0.2)
    accent = readable_on(colour, (*GROUNDS["dark"], wash), SOFT_CONTRAST, darker=False)
    flood = readable_on(colour, (DARK_WORDS,), SOFT_CONTRAST, darker=True)
    return {
        "accent": accent, "accent_2": mixed("#ffffff", accent, 0.3), "on_accent": words_on(accent), "wash": wash, "flood": flood,
        "on_flood": DARK_WORDS,
    }  # fmt: skip


def _side(sides: Any, which: str) -> Mapping[str, str]:
    given = sides.get(which) if isinstance(sides, dict) else None
    if not isinstance(given, dict):
        return {}
    found = {name: given.get(name) for name in NAMES}
    if not all(isinstance(colour, str) and _COLOUR.fullmatch(colour) for colour in found.values()):
        return {}
    colours = {name: str(colour) for name, colour in found.items()}
    pairs = [(colours["on_accent"], colours["accent"]), (colours["on_flood"], colours["flood"])]
    pairs += [(colours["accent"], ground) for ground in (*GROUNDS[which], colours["wash"])]
    return colours if all(contrast(*pair) >= LEAST_CONTRAST for pair in pairs) else {}
