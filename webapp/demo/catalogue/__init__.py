"""The demo's two markets. All names, makers and goods are invented."""

from webapp.demo.catalogue.alder_lane import ALDER_LANE
from webapp.demo.catalogue.entries import DemoColours, DemoMarket, DemoPerson, DemoProduct
from webapp.demo.catalogue.lantern_quay import LANTERN_QUAY

MARKETS: tuple[DemoMarket, ...] = (ALDER_LANE, LANTERN_QUAY)

__all__ = ["ALDER_LANE", "LANTERN_QUAY", "MARKETS", "DemoColours", "DemoMarket", "DemoPerson", "DemoProduct"]
