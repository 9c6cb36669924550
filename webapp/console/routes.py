"""All pages of the console: importing this gathers them on the one blueprint, and what of them moves by itself."""

from webapp.console import home, orders, products, refunds, stock
from webapp.console.desk import bp
from webapp.console.order_page import ORDER

__all__ = ["ORDER", "bp", "home", "orders", "products", "refunds", "stock"]
