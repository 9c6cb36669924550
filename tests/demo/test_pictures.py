"""The pictures in static/art are the ones the code draws, small and sound."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from webapp.demo.catalogue import MARKETS
from webapp.demo.draw.gallery import ART, pictures, write
from webapp.demo.draw.sheet import extent, oval, slab

SVG = "{http://www.w3.org/2000/svg}"


def test_the_committed_files_are_current() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in ART.glob("*.svg")}
    drawn = pictures()
    assert committed.keys() == drawn.keys(), "run `python -m webapp.demo.draw`"
    stale = [name for name in drawn if committed[name] != drawn[name]]
    assert not stale, "run `python -m webapp.demo.draw`"


def test_every_picture_is_of_something_for_sale_or_a_hero() -> None:
    wanted = {product.picture for market in MARKETS for product in market.products}
    wanted |= {market.hero_picture for market in MARKETS}
    assert pictures().keys() == wanted


def test_no_two_pictures_are_the_same() -> None:
    drawn = list(pictures().values())
    assert len(drawn) == len(set(drawn))


@pytest.mark.parametrize("name", sorted(pictures()))
def test_a_picture_is_small_and_sound(name: str) -> None:
    svg = pictures()[name]
    hero = name.startswith("hero-")
    assert len(svg.encode()) < (30_000 if hero else 6_000)
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == ("0 0 1040 520" if hero else "38 48 326 326")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    named = {f"#{id_}" for id_ in ids}
    assert all(element.get("href") in named for element in root.iter(f"{SVG}use"))
    clips = [
        clip.removeprefix("url(").removesuffix(")") for element in root.iter() if (clip := element.get("clip-path"))
    ]
    assert set(clips) <= named


@pytest.mark.parametrize("name", sorted(pictures()))
def test_a_picture_needs_no_exception_from_the_content_policy(name: str) -> None:
    for element in ElementTree.fromstring(pictures()[name]).iter():
        assert element.tag not in {f"{SVG}script", f"{SVG}style", f"{SVG}image", f"{SVG}foreignObject"}
        assert not [key for key in element.attrib if key == "style" or key.startswith("on")]


def test_writing_takes_away_what_is_drawn_no_longer(tmp_path: Path) -> None:
    (tmp_path / "gone.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert write(tmp_path) == len(pictures())
    assert {path.name for path in tmp_path.iterdir()} == pictures().keys() | {"notes.txt"}


def test_outlines_are_measured() -> None:
    assert extent(slab(10, 20, 30, 40)) == (30, 40)
    assert extent(oval(0, 0, 5, 7)) == (10, 14)


def test_an_outline_with_relative_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no 'h'"):
        extent("M0 0h10V5Z")
