"""All pages for shoppers: importing this gathers them on the one blueprint."""

from webapp.shop import shelf
from webapp.shop.desk import bp

__all__ = ["bp", "shelf"]
