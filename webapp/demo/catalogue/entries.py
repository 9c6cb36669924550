"""What a demo market is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPerson:
    """Someone who works for a market; `role` is owner or staff."""

    email: str
    name: str
    role: str


@dataclass(frozen=True)
class DemoColours:
    """A market's own colours on one theme, as #rrggbb: those that its theme.css sets."""

    accent: str
    accent_2: str
    on_accent: str
    wash: str
    flood: str
    on_flood: str


@dataclass(frozen=True)
class DemoProduct:
    """One thing for sale.

    `price_minor` is in the market's minor units, `stock` what the shelf holds once the demo's story is told, `threshold`
    where low begins, `status` draft, active or archived, `active` whether its inventory takes orders, and `picture` the
    file under static/art.
    """

    sku: str
    name: str
    maker: str
    category: str
    description: str
    price_minor: int
    stock: int
    threshold: int
    picture: str
    status: str = "active"
    active: bool = True

    @property
    def orderable(self) -> bool:
        """Whether a shopper may order it, if there is any left."""
        return self.status == "active" and self.active


@dataclass(frozen=True)
class DemoMarket:
    """A market with its people, its look and its goods; `currency` has two decimals, `hero_picture` is under static/art."""

    slug: str
    name: str
    tagline: str
    hero_title: str
    hero_text: str
    hero_picture: str
    currency: str
    light: DemoColours
    dark: DemoColours
    people: tuple[DemoPerson, ...]
    products: tuple[DemoProduct, ...]
