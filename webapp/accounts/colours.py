"""Colours as #rrggbb: how far apart two are for the eye, and the nearest one of a hue that can be read. Pure."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

STEPS = 400
"""Shades of a hue that are tried, from the colour itself to black or white."""

PAPER, INK = "#fdfcf9", "#1f1d1a"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 reckons it: 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def readable_on(colour: str, grounds: Sequence[str], least: float, darker: bool) -> str:
    """The shade nearest to a colour, of the same hue, whose contrast with each ground is at least so much; black or white
    when no other is."""
    hue, light, strength = colorsys.rgb_to_hls(*_parts(colour))
    for step in range(STEPS + 1):
        away = step / STEPS
        tried = _text(colorsys.hls_to_rgb(hue, light * (1 - away) if darker else light + (1 - light) * away, strength))
        if all(contrast(tried, ground) >= least for ground in grounds):
            return tried
    return "#000000" if darker else "#ffffff"


def words_on(ground: str) -> str:
    """What words on a ground are written in: paper or ink, and where neither can be read, white or black. One of them always
    has a contrast of 4.5 and more."""
    pairs = ((PAPER, INK), ("#ffffff", "#000000"))
    best = [max(pair, key=lambda words: contrast(words, ground)) for pair in pairs]
    return best[0] if contrast(best[0], ground) >= 4.5 else best[1]


def mixed(colour: str, ground: str, share: float) -> str:
    """So much of a colour (0 to 1) on a ground."""
    return _text([a * share + b * (1 - share) for a, b in zip(_parts(colour), _parts(ground), strict=True)])


def shade(colour: str, share: float) -> str:
    """A colour with so much (0 to 1) of its light."""
    hue, light, strength = colorsys.rgb_to_hls(*_parts(colour))
    return _text(colorsys.hls_to_rgb(hue, light * share, strength))


def _parts(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def _text(parts: Sequence[float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02x}" for part in parts)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
