"""A small retailer's sales, written by us in the form of the real file: every kind of line that it has."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

from webapp.orders.models import MOST_LINES

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
WHEN = "2010-12-01T08:26:00"

SALES = [
    # Two customers; a product on two lines of one invoice, which are added up.
    ("536365", "85123A", "WHITE LANTERN", "6", "2.55", "17850"),
    ("536365", "71053", "BLUE MUG", "2", "3.39", "17850"),
    ("536365", "85123A", "WHITE LANTERN", "4", "2.55", "17850"),
    ("536366", "71053", "BLUE MUG, LARGE", "3", "4.25", "13047"),
    ("536366", "22633", "", "1", "1.85", "13047"),
    # Nobody is named; the same code in small letters is another product.
    ("536367", "85123a", "SMALL LANTERN", "10", "0.001", ""),
    ("536367", "71053", "BLUE MUG", "5", "3.39", ""),
    # No sale: a cancellation, a correction, a gift, a line without a code.
    ("C536368", "85123A", "WHITE LANTERN", "-6", "2.55", "17850"),
    ("536369", "85123A", "damaged", "-2", "0.0", ""),
    ("536370", "22633", "HAND WARMER", "2", "0.0", "13047"),
    ("536371", "", "HAND WARMER", "2", "1.85", "13047"),
    # One sale that stock cannot cover: 60 % of the demand for warmers is 12 of 21.
    ("536372", "22633", "HAND WARMER", "20", "2.10", "12583.0"),
]
"""Invoice, code, description, quantity, price, customer."""

PRICES = {"85123A": 255, "71053": 339, "22633": 198, "85123a": 1}
"""The median of the positive prices in minor units: 198 is 1.975 rounded, 1 is the least there is."""

IN_STOCK = {"85123A": 6, "71053": 6, "22633": 12, "85123a": 6}
"""60 % of 10, 10, 21 and 10, rounded down."""


def write(path: Path, lines: Sequence[tuple[str, ...]], compressed: bool = True) -> Path:
    """A file of these lines."""
    with gzip.open(path, "wt", newline="") if compressed else path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        table.writerows((invoice, code, name, quantity, WHEN, price, customer, "United Kingdom")
                        for invoice, code, name, quantity, price, customer in lines)  # fmt: skip
    return path


def long_invoice(lines: int = MOST_LINES + 1) -> list[tuple[str, ...]]:
    """An invoice of so many lines, each of a product of its own."""
    return [("600000", f"L{number}", f"THING {number}", "1", "1.00", "") for number in range(lines)]
