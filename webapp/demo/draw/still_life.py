"""A still-life: one thing, its wall and its table, in a square of 326 units."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.demo.draw.sheet import Sheet, number

TABLE_AT = 322
"""The y on which things stand; scaling keeps it where it is."""


@dataclass(frozen=True)
class StillLife:
    """What to draw and on which ground: `name` is the file's, `wall` and `table` are colours, `scale` shrinks the thing."""

    name: str
    thing: Callable[[Sheet], None]
    wall: str
    table: str
    scale: float = 1.0
    shift: float = 0.0

    def svg(self) -> str:
        """Return the picture as the text of an SVG file, the same on every run."""
        sheet = Sheet()
        with sheet.moved(placed(self.scale, self.shift)):
            self.thing(sheet)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="38 48 326 326">'
            f'<rect width="400" height="400" fill="{self.wall}"/>'
            '<path d="M0 0H190L60 400H0Z" fill="#fff" opacity=".16"/>'
            f'<rect y="292" width="400" height="108" fill="{self.table}"/>{sheet}</svg>\n'
        )


def placed(scale: float, x: float = 0, y: float = 0) -> str:
    """Return the transform that scales a thing about the middle of the table's edge and then moves it."""
    dx, dy = 200 * (1 - scale) + x, TABLE_AT * (1 - scale) + y
    return f"translate({number(dx)} {number(dy)}) scale({scale:g})"
