"""All pages of the console: importing this gathers them on the one blueprint, and what of them moves by itself."""

from webapp.console import (
    audit_pages,
    email_previews,
    emails,
    find,
    home,
    market_settings,
    order_export,
    order_notes,
    orders,
    people,
    product_categories,
    product_deleting,
    product_form,
    product_images,
    product_page,
    products,
    refunds,
    sending,
    stock,
    stock_forms,
    stock_ledger,
    stock_live,
    stock_looks,
    stock_sheet_pages,
)
from webapp.console.bulk.order_routes import ORDER_CHANGE
from webapp.console.bulk.product_routes import CHANGE
from webapp.console.desk import bp
from webapp.console.imports import routes as imports
from webapp.console.imports.showing import JOB
from webapp.console.order_page import ORDER
from webapp.console.orders_live import ORDERS
from webapp.console.product_images import PICTURES
from webapp.console.stock_live import STOCK

__all__ = [
    "CHANGE",
    "JOB",
    "ORDER",
    "ORDERS",
    "ORDER_CHANGE",
    "PICTURES",
    "STOCK",
    "audit_pages",
    "bp",
    "email_previews",
    "emails",
    "find",
    "home",
    "imports",
    "market_settings",
    "order_export",
    "order_notes",
    "orders",
    "people",
    "product_categories",
    "product_deleting",
    "product_form",
    "product_images",
    "product_page",
    "products",
    "refunds",
    "sending",
    "stock",
    "stock_forms",
    "stock_ledger",
    "stock_live",
    "stock_looks",
    "stock_sheet_pages",
]
