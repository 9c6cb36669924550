"""All pages for shoppers: importing this gathers them on the one blueprint."""

from webapp.shop import account_data, cart, checkout, finding, order, ordering, outside, searching, shelf
from webapp.shop.desk import bp

__all__ = ["account_data", "bp", "cart", "checkout", "finding", "order", "ordering", "outside", "searching", "shelf"]
