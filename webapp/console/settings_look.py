"""How a market's colours look, for the page on which they are chosen: both themes, and how well each pair is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.accounts import theme
from webapp.accounts.colours import contrast

OWN = {
    "light": {"accent": "#17594a", "on_accent": "#fdfcf9", "wash": "#e4eee9", "flood": "#17594a", "on_flood": "#fdfcf9"},
    "dark": {"accent": "#86cbb4", "on_accent": "#0d211b", "wash": "#20352e", "flood": "#1d4a3e", "on_flood": "#f3f0e9"},
}  # fmt: skip
"""What static/css/tokens.css says where a market says nothing."""

WORDS = {"light": "#1f1d1a", "dark": "#efece5"}


@dataclass(frozen=True, slots=True)
class Side:
    """One theme of a market: its colours by name, with ground, sheet and ink, and the least contrast of words on them."""

    name: str
    colours: dict[str, str]
    contrast: float

    @property
    def figure(self) -> str:
        """The contrast as it is written, never rounded up: 4.5 is where it can be read."""
        return f"{int(self.contrast * 10) / 10:.1f}"


def sides_of(kept: str) -> list[Side]:
    """Both sides of a theme as a market's row keeps it."""
    found = theme.readable(kept)
    return [
        _side(name, {key: found[key][place] for key in OWN[name]} if found else OWN[name])
        for place, name in enumerate(("light", "dark"))
    ]


def _side(name: str, colours: dict[str, str]) -> Side:
    sheet, ground = theme.GROUNDS[name]
    pairs = [(colours["on_accent"], colours["accent"]), (colours["on_flood"], colours["flood"])]
    pairs += [(colours["accent"], below) for below in (sheet, ground, colours["wash"])]
    return Side(
        name, {**colours, "sheet": sheet, "ground": ground, "ink": WORDS[name]}, min(contrast(*pair) for pair in pairs)
    )
