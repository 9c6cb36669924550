"""All pages for shoppers: importing this gathers them on the one blueprint."""

from webapp.shop import finding, order, ordering, shelf
from webapp.shop.desk import bp

__all__ = ["bp", "finding", "order", "ordering", "shelf"]
