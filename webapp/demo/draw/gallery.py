"""All pictures of the demo, by the name of their file."""

from pathlib import Path

from webapp.demo.draw.alder_lane import STILL_LIFES as ALDER_LANE
from webapp.demo.draw.heroes import HEROES
from webapp.demo.draw.lantern_quay import STILL_LIFES as LANTERN_QUAY

ART = Path(__file__).resolve().parents[3] / "static" / "art"


def pictures() -> dict[str, str]:
    """Return file name → text of the SVG, for every still-life and hero."""
    drawn = {f"{still.name}.svg": still.svg() for still in (*ALDER_LANE, *LANTERN_QUAY)}
    drawn.update({f"{name}.svg": hero() for name, hero in HEROES.items()})
    return drawn


def write(folder: Path) -> int:
    """Write every picture into `folder`, take away SVG files that are drawn no longer, and return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures()
    for old in folder.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for name, svg in drawn.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return len(drawn)
