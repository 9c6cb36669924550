"""What one record of a file wants of the market, as a pure function of it and of the rows above it: a product by its SKU with
its fields, or what is wrong with it, each problem with the column that it stands in.

A variant becomes a product of its own, with its options in the name. Shopify writes what all variants share in the first
row only, so the rows below are read with that first row (`Group`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from webapp.console.imports import columns as c
from webapp.console.imports.columns import Columns
from webapp.console.imports.formulas import unquoted
from webapp.console.imports.plain_text import of_html
from webapp.errors import Invalid
from webapp.products.api import Category, Maker, Sku
from webapp.products.commands import slug_of
from webapp.products.models import ACTIVE, ARCHIVED, DRAFT
from webapp.web import money
from webapp.web.fields import MOST_ON_HAND, AmountText, Line, Text
from webapp.web.reading import field_errors

STATUSES = (DRAFT, ACTIVE, ARCHIVED)
WITHOUT_OPTION = "Default Title"
SHARED = (c.NAME, c.HTML, c.DESCRIPTION, c.MAKER, c.CATEGORY, c.PUBLISHED, c.STATUS)
"""What Shopify writes in the first row of a product's variants only."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with the row where `column` is empty."""

    column: str
    message: str


@dataclass(slots=True)
class Group:
    """The first row of the product whose variants are being read: its handle and what it shares, as the file has it."""

    handle: str = ""
    shared: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Wanted:
    """What a row asks for. `fields` holds the columns of a product that the row speaks of, and `stock` as units on hand;
    `only_picture` marks a row that has nothing but one more picture."""

    sku: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    note: str = ""
    only_picture: bool = False


def read(cells: Sequence[str], columns: Columns, group: Group, currency: str) -> Wanted:
    """What a record asks for; `group` is brought up to date for the rows below it."""
    wanted = Wanted()
    if len(cells) != len(columns.header):
        more = (
            "Is a quote missing around a cell with a comma in it?"
            if len(cells) > len(columns.header)
            else "Cells are missing."
        )
        wanted.problems.append(
            Problem("", f"This row has {len(cells)} cells, the header has {len(columns.header)}. {more}")
        )
        return wanted
    values = {meaning: unquoted(cells[place]) for meaning, place in columns.meaning.items()}
    if c.HANDLE in values and not _join(values, group, wanted, columns):
        return wanted
    reading = _Reading(values, columns, wanted)
    if address := values.get(c.PICTURE, "").strip():
        wanted.note = reading.plain(c.PICTURE, f"Its picture is not fetched: {address}"[:500])
    _fields(reading, currency)
    wanted.sku = _sku(reading)
    return wanted


def _join(values: dict[str, str], group: Group, wanted: Wanted, columns: Columns) -> bool:
    """Complete a variant with what its product's first row said; whether there is a product in this row."""
    handle = values[c.HANDLE].strip()
    if values.get(c.NAME, "").strip() or not handle:
        group.handle = handle
        group.shared = {meaning: values[meaning] for meaning in SHARED if meaning in values}
        return True
    if handle != group.handle:
        message = f"“{handle}” has no title here, and no row with its title stands right above."
        wanted.problems.append(Problem(columns.name(c.NAME), message))
        return False
    if not any(values.get(meaning, "").strip() for meaning in (c.SKU, c.PRICE, *c.OPTIONS)):
        wanted.only_picture = True
        wanted.note = (
            "A row with one more picture, which is not fetched."
            if values.get(c.PICTURE, "").strip()
            else "A row without a variant."
        )
        return False
    for meaning, value in group.shared.items():
        if not values[meaning].strip():
            values[meaning] = value
    return True


def _fields(reading: _Reading, currency: str) -> None:
    fields = reading.wanted.fields
    _words(reading)
    if price := reading.one(c.PRICE):
        fields["price_minor"] = reading.price(price, currency)
    if (said := reading.one(c.CURRENCY)) and said.upper() != currency:
        reading.problem(c.CURRENCY, f"This market sells in {currency}, not in {said[:20]}.")
    if status := _status(reading):
        fields["status"] = status
    if stock := reading.one(c.STOCK):
        fields["stock"] = reading.units(stock)


def _words(reading: _Reading) -> None:
    fields = reading.wanted.fields
    if name := reading.one(c.NAME, _LINE):
        options = _options(reading.values)
        whole = f"{name}, {' / '.join(options)}" if options else name
        if len(whole) > 200:
            reading.problem(c.NAME, "With its options this name is longer than 200 characters.")
        fields["name"] = whole
    if c.HTML in reading.values:
        reading.values[c.HTML] = of_html(reading.values[c.HTML])
        fields["description"] = reading.checked(c.HTML, _TEXT)
    elif c.DESCRIPTION in reading.values:
        fields["description"] = reading.checked(c.DESCRIPTION, _TEXT).replace("\r\n", "\n")
    if c.MAKER in reading.values:
        fields["maker"] = reading.checked(c.MAKER, _MAKER)
    if c.CATEGORY in reading.values:
        fields["category"] = reading.checked(c.CATEGORY, _CATEGORY)


def _status(reading: _Reading) -> str:
    status = reading.one(c.STATUS).lower()
    if status and status not in STATUSES:
        reading.problem(c.STATUS, f"The status is draft, active or archived, not “{status[:40]}”.")
        return ""
    published = reading.one(c.PUBLISHED).lower()
    if published and published not in ("true", "false"):
        reading.problem(c.PUBLISHED, f"Write true or false, not “{published[:40]}”.")
    if published == "false" and status in ("", ACTIVE):
        return DRAFT
    return status or (ACTIVE if published == "true" else "")


def _sku(reading: _Reading) -> str:
    if reading.one(c.SKU):
        return str(reading.checked(c.SKU, _SKU))
    # Many a Shopify shop has no SKUs: the handle and the options name the variant there.
    handle = reading.one(c.HANDLE)
    if not handle:
        reading.problem(c.SKU, "The SKU is missing.")
        return ""
    made = "-".join([handle, *(slug_of(option) for option in _options(reading.values))])
    if len(made) > 64:
        made = f"{made[:55]}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
    reading.values[c.SKU] = made
    return str(reading.checked(c.SKU, _SKU))


def _options(values: dict[str, str]) -> list[str]:
    options = [values.get(meaning, "").strip() for meaning in c.OPTIONS]
    return [option for option in options if option and option != WITHOUT_OPTION]


@dataclass(slots=True)
class _Reading:
    """One row's cells by their meaning, and where its problems go."""

    values: dict[str, str]
    columns: Columns
    wanted: Wanted

    def problem(self, meaning: str, message: str) -> None:
        self.wanted.problems.append(Problem(self.columns.name(meaning), message))

    def one(self, meaning: str, kind: TypeAdapter[str] | None = None) -> str:
        """A cell without its outer spaces, "" where it is blank or not there; checked by `kind` where it is not."""
        text = self.values.get(meaning, "").strip()
        return self.checked(meaning, kind) if text and kind else text

    def checked(self, meaning: str, kind: TypeAdapter[str]) -> str:
        """A cell by the rules of the product's form."""
        try:
            return kind.validate_python(self.values[meaning])
        except ValidationError as error:
            self.problem(meaning, field_errors(error)[0].message)
            return ""

    def plain(self, meaning: str, text: str) -> str:
        """A note with nothing but letters in it; a picture's address must not fail its row."""
        return "".join(sign for sign in text if sign.isprintable())

    def price(self, text: str, currency: str) -> int:
        """Money as minor units."""
        if "," in text and text.replace(",", "").replace(".", "").isdigit():
            guess = (
                text.replace(".", "").replace(",", ".") if text.rfind(",") > text.rfind(".") else text.replace(",", "")
            )
            self.problem(
                c.PRICE,
                f"Write the price with a point and nothing else: “{guess[:30]}” instead of “{text[:30]}”, if that is meant.",
            )
            return 0
        try:
            return money.to_minor(_AMOUNT.validate_python(text), currency, c.PRICE)
        except Invalid as error:
            self.problem(c.PRICE, error.detail)
        except ValidationError as error:
            self.problem(c.PRICE, field_errors(error)[0].message)
        return 0

    def units(self, text: str) -> int:
        """A stock as whole units."""
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 19:
            self.problem(c.STOCK, f"Write a whole number of pieces, not “{text[:40]}”.")
            return 0
        units = int(text)
        if units < 0:
            self.problem(c.STOCK, f"There cannot be {units:,} pieces on hand; a stock is nought or more.")
        if units > MOST_ON_HAND:
            self.problem(c.STOCK, f"There can be at most {MOST_ON_HAND:,} pieces of a product.")
        return units


_LINE: TypeAdapter[str] = TypeAdapter(Line)
_TEXT: TypeAdapter[str] = TypeAdapter(Text)
_SKU: TypeAdapter[str] = TypeAdapter(Sku)
_MAKER: TypeAdapter[str] = TypeAdapter(Maker)
_CATEGORY: TypeAdapter[str] = TypeAdapter(Category)
_AMOUNT: TypeAdapter[str] = TypeAdapter(AmountText)
