"""Icons: Lucide's drawings, read from the copies that set-up made, and given out as inline SVG.

Inline, because they take the colour of the word beside them; a page has a handful of them.
"""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

FOLDER = Path(__file__).resolve().parents[2] / "static" / "vendor" / "icons"


class UnknownIcon(LookupError):
    """A template asked for an icon that Lucide does not have (or set-up has not copied)."""


@cache
def drawing(name: str) -> str:
    """Return the shapes inside Lucide's SVG of that name; raises UnknownIcon."""
    file = FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise UnknownIcon(f"no icon {name!r}; run the set-up, or look at lucide.dev for its name")
    found = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
    if found is None:
        raise UnknownIcon(f"{file.name} holds no drawing")
    return re.sub(r"\s+", " ", found.group(1)).strip()


def icon(name: str, label: str = "", css: str = "") -> Markup:
    """Return an icon as inline SVG, 16 px wide.

    Without a label it is decoration beside a word; with one (only for close, menu and the like) it is named
    for screen readers. ``css`` adds a class.
    """
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    shapes = drawing(name)  # Lucide's own markup, found by a name that was just checked.
    return Markup(f'<svg class="icon {escape(css)}" viewBox="0 0 24 24" {named}>{shapes}</svg>')  # noqa: S704
