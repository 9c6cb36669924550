"""All pages of the console: importing this gathers them on the one blueprint."""

from webapp.console import home, products, stock
from webapp.console.desk import bp

__all__ = ["bp", "home", "products", "stock"]
