"""What can happen in the demo's story, each with its instant (aware, UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class DemoOrder:
    """A shopper's order: `items` are (SKU, quantity), each SKU once; `key` is its own and serves as Idempotency-Key.

    `short` says that it asks for more than there is at that instant, so nothing is reserved. `cancelled` says that the
    shopper takes it back before anything was reserved. Only tokens whose verdict comes at once are used.
    """

    at: datetime
    market_slug: str
    key: str
    email: str
    customer: str
    delivery: Mapping[str, str]
    items: tuple[tuple[str, int], ...]
    token: str
    short: bool = False
    cancelled: bool = False

    @property
    def sells(self) -> bool:
        """Whether its goods leave the shelf."""
        return self.token == "tok_success" and not self.short and not self.cancelled  # noqa: S105 - a test card's name


@dataclass(frozen=True)
class DemoDelivery:
    """A change of stock by hand: `reason` is one of the ledger's (received, damaged, count, …), `note` a person's words."""

    at: datetime
    market_slug: str
    sku: str
    delta: int
    reason: str
    note: str


@dataclass(frozen=True)
class DemoRefund:
    """Money back for the order of that `order_key`: the whole of it, or the given (SKU, quantity) lines alone.

    `restock` says which goods return to the shelf.
    """

    at: datetime
    market_slug: str
    order_key: str
    items: tuple[tuple[str, int], ...]
    whole: bool
    restock: tuple[tuple[str, int], ...]
    reason: str


@dataclass(frozen=True)
class DemoParcels:
    """The parcels of a day: orders of a market that leave together, and what their shoppers are told of it."""

    at: datetime
    market_slug: str
    order_keys: tuple[str, ...]
    note: str


Happening = DemoOrder | DemoDelivery | DemoRefund | DemoParcels
