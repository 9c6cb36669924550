"""Reading a retailer's sales: one line for each article of an invoice, as in the UCI Online Retail data set."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from statistics import median
from typing import IO

from webapp.errors import MarketError
from webapp.orders.models import MOST_LINES, MOST_UNITS

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice", "CustomerID")

CANCELLED, NO_CODE, NOT_POSITIVE, UNREADABLE = "cancelled", "no code", "quantity or price not positive", "not a number"
TOO_LONG, TOO_MANY = f"over {MOST_LINES:,} lines", f"over {MOST_UNITS:,} of one product"

LONGEST_CODE, LONGEST_NAME = 64, 200


class NotSales(MarketError):
    """The file cannot be read as a retailer's sales; the sentence says why."""


@dataclass(slots=True)
class Article:
    """One stock code: how it was described and priced on its lines, and how much of it was asked for."""

    code: str
    names: Counter[str] = field(default_factory=Counter)
    prices: list[Decimal] = field(default_factory=list)
    demand: int = 0

    @property
    def name(self) -> str:
        """The most frequent description, the first by letters of those that tie; the code where there is none."""
        return min(self.names, key=lambda name: (-self.names[name], name), default=self.code)[:LONGEST_NAME]

    def price_minor(self, digits: int) -> int:
        """The median of the positive unit prices, in minor units of a currency with so many digits; at least one."""
        minor = Decimal(median(self.prices)).scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP)
        return max(int(minor), 1)


@dataclass(slots=True)
class Invoice:
    """One sale: units by stock code, lines of the same code added up, and how many lines of the file it is made of."""

    number: str
    customer: str
    units: dict[str, int] = field(default_factory=dict)
    lines: int = 0

    @property
    def email(self) -> str:
        """Whom it belongs to. Sales without a customer belong to one guest."""
        return f"customer-{self.customer or 'guest'}@example.invalid"


@dataclass(slots=True)
class Sales:
    """What a file holds: its sales in their order, its articles, and the lines that are no sale, by reason."""

    invoices: list[Invoice] = field(default_factory=list)
    articles: dict[str, Article] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    lines: int = 0

    @property
    def sold(self) -> int:
        """Lines that are part of a sale."""
        return sum(invoice.lines for invoice in self.invoices)


def read(path: Path, limit: int | None = None) -> Sales:
    """Read a file of sales, plain or compressed by gzip, at most `limit` lines of it. Raises NotSales."""
    sales = Sales(skipped=Counter(dict.fromkeys((CANCELLED, NOT_POSITIVE, NO_CODE, TOO_LONG), 0)))
    invoices: dict[str, Invoice] = {}
    try:
        with _opened(path) as text:
            for row in _rows(text):
                if limit is not None and sales.lines >= limit:
                    break
                sales.lines += 1
                _take(row, sales, invoices)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise NotSales(f"{path} cannot be read as a table of sales: {error}") from error
    for invoice in invoices.values():
        _keep(invoice, sales)
    return sales


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        raw = gzip.GzipFile(fileobj=file) if compressed else file
        with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            yield text


def _rows(text: IO[str]) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text, restval="")
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise NotSales(f"the file has no column {missing[0]}; it needs {', '.join(COLUMNS)}")
    yield from reader


def _take(row: dict[str, str], sales: Sales, invoices: dict[str, Invoice]) -> None:
    number, code = row["InvoiceNo"].strip(), row["StockCode"].strip()
    quantity, price = _number(row["Quantity"]), _number(row["UnitPrice"])
    readable = quantity is not None and price is not None and quantity == quantity.to_integral_value()
    if code and readable:
        # Every line tells what an article is called and costs, whether or not it is a sale.
        _note(sales, code, row["Description"].strip(), price or Decimal(0))
    if number.upper().startswith("C"):
        sales.skipped[CANCELLED] += 1
    elif not code or len(code) > LONGEST_CODE or not number:
        sales.skipped[NO_CODE] += 1
    elif not readable:
        sales.skipped[UNREADABLE] += 1
    elif quantity is None or price is None or quantity <= 0 or price <= 0:
        sales.skipped[NOT_POSITIVE] += 1
    else:
        invoice = invoices.setdefault(number, Invoice(number, row["CustomerID"].strip().removesuffix(".0")))
        invoice.units[code] = invoice.units.get(code, 0) + int(quantity)
        invoice.lines += 1


def _note(sales: Sales, code: str, name: str, price: Decimal) -> None:
    article = sales.articles.setdefault(code, Article(code))
    if name:
        article.names[name] += 1
    if price > 0:
        article.prices.append(price)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _keep(invoice: Invoice, sales: Sales) -> None:
    if invoice.lines > MOST_LINES:
        sales.skipped[TOO_LONG] += invoice.lines
    elif max(invoice.units.values()) > MOST_UNITS:
        sales.skipped[TOO_MANY] += invoice.lines
    else:
        sales.invoices.append(invoice)
        for code, units in invoice.units.items():
            sales.articles[code].demand += units
