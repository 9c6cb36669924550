"""All pages for shoppers: importing this gathers them on the one blueprint."""

from webapp.shop import account_data, browsing, cart, checkout, finding, order, ordering, outside, searching, shelf
from webapp.shop.desk import bp

__all__ = [
    "account_data",
    "bp",
    "browsing",
    "cart",
    "checkout",
    "finding",
    "order",
    "ordering",
    "outside",
    "searching",
    "shelf",
]
