"""The sheet a still-life is drawn on: bodies with their light and shadow, and the few plain marks beside them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from webapp.demo.draw.palette import SHADOW, Tone

Point = tuple[float, float]

THIN = 60
"""Bodies lower than this (lids, rims) take their shadow straight; a bent one would look like a dent."""


def number(value: float) -> str:
    """Write a figure with at most one decimal, the precision a picture of 326 units can show."""
    return f"{value:.1f}".removesuffix(".0").replace("-0.0", "0")


def slab(x: float, y: float, width: float, height: float, round_by: float = 8) -> str:
    """Return the path of a rectangle with round corners."""
    right, bottom, r, k = x + width, y + height, round_by, round_by * 0.45
    points = (
        f"M{number(x + r)} {number(y)}H{number(right - r)}"
        f"C{number(right - k)} {number(y)} {number(right)} {number(y + k)} {number(right)} {number(y + r)}"
        f"V{number(bottom - r)}"
        f"C{number(right)} {number(bottom - k)} {number(right - k)} {number(bottom)} {number(right - r)} {number(bottom)}"
        f"H{number(x + r)}"
        f"C{number(x + k)} {number(bottom)} {number(x)} {number(bottom - k)} {number(x)} {number(bottom - r)}"
        f"V{number(y + r)}"
        f"C{number(x)} {number(y + k)} {number(x + k)} {number(y)} {number(x + r)} {number(y)}Z"
    )
    return points


def oval(cx: float, cy: float, rx: float, ry: float) -> str:
    """Return the path of an ellipse made of four curves."""
    kx, ky = rx * 0.552, ry * 0.552
    x0, x1, y0, y1 = (number(v) for v in (cx - rx, cx + rx, cy - ry, cy + ry))
    xa, xb, ya, yb = (number(v) for v in (cx - kx, cx + kx, cy - ky, cy + ky))
    mx, my = number(cx), number(cy)
    return (
        f"M{x0} {my}C{x0} {ya} {xa} {y0} {mx} {y0}C{xb} {y0} {x1} {ya} {x1} {my}"
        f"C{x1} {yb} {xb} {y1} {mx} {y1}C{xa} {y1} {x0} {yb} {x0} {my}Z"
    )


def extent(outline: str) -> tuple[float, float]:
    """Return the width and the height of a path written in absolute M, L, H, V, C, Q and Z only.

    Raises ValueError for any other command, whose numbers would mean something else.
    """
    xs: list[float] = []
    ys: list[float] = []
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", outline):
        figures = [float(figure) for figure in re.findall(r"-?\d*\.?\d+", text)]
        if command in "MLCQ":
            xs.extend(figures[::2])
            ys.extend(figures[1::2])
        elif command == "H":
            xs.extend(figures)
        elif command == "V":
            ys.extend(figures)
        elif command != "Z":
            raise ValueError(f"a body's outline knows no {command!r}: {outline}")
    return max(xs) - min(xs), max(ys) - min(ys)


class Sheet:
    """One picture in the making. Marks are laid one over the other in the order of the calls."""

    def __init__(self) -> None:
        self.marks: list[str] = []
        self._bodies = 0

    def body(self, outline: str, tone: Tone, split: float = 0.42, edge: float = 0.12) -> str:
        """Draw a body: its colour, darker from `split` of its width on, lighter on the leftmost `edge` of it.

        Returns the name of its clip for `inside`.
        """
        self._bodies += 1
        name = f"b{self._bodies}"
        width, height = extent(outline)
        drop = 8 if height > THIN else 0
        self.marks.append(
            f'<clipPath id="{name}"><path id="{name}p" d="{outline}"/></clipPath><use href="#{name}p" fill="{tone.fill}"/>'
        )
        with self.inside(name):
            self.marks.append(
                f'<use href="#{name}p" transform="translate({number(width * split)} {drop})" fill="{tone.dark}"'
                f' opacity="{tone.depth}"/>'
                f'<use href="#{name}p" transform="translate({number(width * (edge - 1))} 0)" fill="#fff"'
                f' opacity="{tone.glow}"/>'
            )
        return name

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Keep the marks drawn within this block inside the body of that name."""
        self.marks.append(f'<g clip-path="url(#{name})">')
        yield
        self.marks.append("</g>")

    @contextmanager
    def moved(self, transform: str) -> Iterator[None]:
        """Draw the marks of this block under an SVG transform."""
        self.marks.append(f'<g transform="{transform}">')
        yield
        self.marks.append("</g>")

    def fill(self, outline: str, colour: str, opacity: float = 1) -> None:
        """Fill a path with one plain colour."""
        self.marks.append(f'<path d="{outline}" fill="{colour}"{_opacity(opacity)}/>')

    def line(self, outline: str, colour: str, width: float = 3, opacity: float = 1, square: bool = False) -> None:
        """Draw along a path with a pen of that width, its ends round unless `square`."""
        cap = "" if square else ' stroke-linecap="round" stroke-linejoin="round"'
        self.marks.append(
            f'<path d="{outline}" fill="none" stroke="{colour}" stroke-width="{number(width)}"{cap}{_opacity(opacity)}/>'
        )

    def dot(self, cx: float, cy: float, r: float, colour: str, opacity: float = 1) -> None:
        """Draw a disc."""
        self.marks.append(
            f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" fill="{colour}"{_opacity(opacity)}/>'
        )

    def disc(self, cx: float, cy: float, rx: float, ry: float, colour: str, opacity: float = 1) -> None:
        """Draw a round surface seen from the side: an ellipse."""
        self.marks.append(
            f'<ellipse cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}"'
            f' fill="{colour}"{_opacity(opacity)}/>'
        )

    def block(
        self, x: float, y: float, width: float, height: float, colour: str, round_by: float = 0, opacity: float = 1
    ) -> None:
        """Draw a plain rectangle."""
        rx = f' rx="{number(round_by)}"' if round_by else ""
        self.marks.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{rx}'
            f' fill="{colour}"{_opacity(opacity)}/>'
        )

    def shadow(self, cx: float = 200, half: float = 100, y: float = 322) -> None:
        """Lay the oval shadow of a thing that stands at `cx` and is twice `half` wide; the light comes from the left."""
        self.disc(cx + half * 0.28, y, half, 11, SHADOW, 0.15)

    def specks(self, points: Sequence[Point], colour: str, radius: float = 2.1, opacity: float = 0.55) -> None:
        """Scatter small dots; every third is larger, so that they look strewn and not printed."""
        discs = "".join(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius if index % 3 else radius * 1.5)}"/>'
            for index, (x, y) in enumerate(points)
        )
        self.marks.append(f'<g fill="{colour}"{_opacity(opacity)}>{discs}</g>')

    def __str__(self) -> str:
        return "".join(self.marks)


def _opacity(opacity: float) -> str:
    return "" if opacity == 1 else f' opacity="{opacity}"'
