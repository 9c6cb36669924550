"""The style guide renders, the guide's text names every macro, and the colours can be read."""

import re

import pytest
from flask import Flask, get_template_attribute
from flask.testing import FlaskClient

from webapp.settings import ROOT
from webapp.web import look, styleguide
from webapp.web.icons import FOLDER, UnknownIcon, drawing

needs_icons = pytest.mark.skipif(not FOLDER.is_dir(), reason="set-up has not copied the icons to static/vendor")
# The emails' own styles are inlined into letters and are no part of the pages' stylesheet.
SHEETS = [file for file in (ROOT / "static/css").rglob("*.css") if file.parent.name != "emails"]
ADDRESSES = [
    "/styleguide",
    "/styleguide?theme=dark",
    *(f"/styleguide/layouts/{name}" for name in styleguide.LAYOUTS),
    *(f"/styleguide/errors/{status}" for status in styleguide.ERRORS),
]


@needs_icons
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_of_the_guide_renders_with_one_heading(visitor: FlaskClient, address: str) -> None:
    """One h1, no id twice, no label without its field."""
    answer = visitor.get(address)
    assert answer.status_code == 200
    html = answer.text
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert html.count("<h1") == 1
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'\sfor="([^"]*)"', html)) <= set(ids)
    assert set(" ".join(re.findall(r'aria-describedby="([^"]*)"', html)).split()) <= set(ids)


def test_the_text_names_every_macro(drawn: Flask) -> None:
    """Who writes a page reads only docs/look.md."""
    text = (ROOT / "docs" / "look.md").read_text()
    names = re.findall(r"{% set (\w+) = \w+_\.", (ROOT / "templates/components/ui.html").read_text())
    shown_by_others = {"mark", "person", "error_text", "lost"}
    assert [name for name in names if f"ui.{name}(" not in text and name not in shown_by_others] == []
    for name in names:
        assert get_template_attribute("components/ui.html", name) is not None


def test_the_stylesheet_is_whole_layered_and_kept(visitor: FlaskClient) -> None:
    """One request for everything; a page's rule wins over a component's."""
    address = look.stylesheet_address()
    answer = visitor.get(address)
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.text.startswith("@layer tokens, base, components, pages;")
    assert answer.text.count("\n@layer ") == len(SHEETS)
    assert "immutable" not in visitor.get("/look/000000000000.css").headers["Cache-Control"]


def test_components_name_colours_only_by_token() -> None:
    """A market's theme and dark mode reach everything."""
    found = {
        file.name: re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", re.sub(r"light-dark\([^)]*\)", "", file.read_text()))
        for file in SHEETS
        if file.name != "tokens.css"
    }
    assert {name: colours for name, colours in found.items() if colours} == {}


@needs_icons
def test_an_unknown_icon_is_told_at_once() -> None:
    """Not an empty box on the page; and no name leaves the folder."""
    assert "<path" in drawing("printer")
    for name in ("no-such-thing", "../../../etc/passwd", "Printer"):
        with pytest.raises(UnknownIcon):
            drawing(name)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3", "accent", "thread", "stop") for ground in ("ground", "sheet")),
    *((text, "sunk") for text in ("ink", "ink-2", "ink-3")),
    *((text, "wash") for text in ("ink", "ink-2", "ink-3", "accent")),
    ("on-accent", "accent"), ("on-flood", "flood"), ("wait", "wait-wash"), ("stop", "stop-wash"), ("wait", "sheet"), ("sheet", "stop"),
]  # fmt: skip
MARK_ON = [(mark, "sheet") for mark in ("edge", "wait-mark", "stop-mark", "plot-1", "plot-2", "plot-3", "plot-0")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_and_mark_can_be_read(theme: str) -> None:
    """4.5 for text, 3 for marks and edges, in both themes."""
    pairs = re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", (ROOT / "static/css/tokens.css").read_text()
    )
    colours = {name: light if theme == "light" else dark for name, light, dark in pairs}
    poor = [(text, ground) for text, ground in TEXT_ON if _contrast(colours[text], colours[ground]) < 4.5]
    poor += [(mark, ground) for mark, ground in MARK_ON if _contrast(colours[mark], colours[ground]) < 3]
    assert poor == []
