"""All pages of the console: importing this gathers them on the one blueprint, and what of them moves by itself."""

from webapp.console import home, orders, people, products, refunds, stock, stock_forms
from webapp.console.desk import bp
from webapp.console.imports import routes as imports
from webapp.console.imports.showing import JOB
from webapp.console.order_page import ORDER

__all__ = ["JOB", "ORDER", "bp", "home", "imports", "orders", "people", "products", "refunds", "stock", "stock_forms"]
