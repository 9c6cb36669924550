"""A market's own colours as custom properties. What could not be read, or is no colour, is left out: the shop then wears
Marketflow's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from webapp.db import Row

NAMES = ("accent", "accent_2", "on_accent", "wash", "flood", "on_flood")
GROUNDS = {"light": ("#fefdfb", "#f5f4f0"), "dark": ("#1e1c19", "#161512")}
"""Sheet and ground of each theme, on which an accent has to be read (static/css/tokens.css)."""

LEAST_CONTRAST = 4.5

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


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 reckons it: 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


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


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
