"""Alder Lane: eleven workshops in one street, and what they make."""

from webapp.demo.catalogue.alder_lane_house import HOUSE
from webapp.demo.catalogue.alder_lane_table import TABLE
from webapp.demo.catalogue.entries import DemoColours, DemoMarket, DemoPerson

ALDER_LANE = DemoMarket(
    slug="alder-lane",
    name="Alder Lane",
    tagline="Eleven workshops, one street",
    hero_title="Good things from down the lane.",
    hero_text="Thrown, baked, woven and forged within a morning’s walk of each other. What you see is what is on the shelf right now.",
    hero_picture="hero-alder-lane.svg",
    currency="EUR",
    light=DemoColours("#17594a", "#0f4337", "#fdfcf9", "#e4eee9", "#17594a", "#fdfcf9"),
    dark=DemoColours("#86cbb4", "#a6dcc9", "#0d211b", "#20352e", "#1d4a3e", "#f3f0e9"),
    people=(
        DemoPerson("owner@demo.market", "Mira Holt", "owner"),
        DemoPerson("staff@demo.market", "Jonas Holt", "staff"),
    ),
    products=(*TABLE, *HOUSE),
)
