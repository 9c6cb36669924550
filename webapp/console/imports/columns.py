"""Which column of a file means what: recognised by the names that Shopify and we ourselves write, changed by the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.errors import FieldError, Invalid

SHOPIFY, OURS, OTHER = "shopify", "marketflow", "other"
SOURCES = {SHOPIFY: "Shopify’s product export", OURS: "our own export", OTHER: "a table of products"}

SKU, NAME, PRICE, CURRENCY, STATUS, STOCK = "sku", "name", "price", "currency", "status", "stock"
DESCRIPTION, HTML, MAKER, CATEGORY, PICTURE = "description", "html", "maker", "category", "picture"
HANDLE, PUBLISHED, OPTIONS = "handle", "published", ("option1", "option2", "option3")

MEANINGS = {
    SKU: "SKU", NAME: "Name", DESCRIPTION: "Description", HTML: "Description, as HTML", MAKER: "Maker", CATEGORY: "Category",
    PRICE: "Price", CURRENCY: "Currency", STATUS: "Status", STOCK: "On hand", HANDLE: "Handle, which joins variants",
    PUBLISHED: "Published", "option1": "Option 1", "option2": "Option 2", "option3": "Option 3", PICTURE: "Picture’s address, noted only",
}  # fmt: skip
"""What a column can mean, in the order in which it is offered."""

_NAMES = {
    SHOPIFY: {
        "handle": HANDLE, "title": NAME, "body (html)": HTML, "vendor": MAKER, "type": CATEGORY, "published": PUBLISHED, "status": STATUS,
        "option1 value": "option1",
        "option2 value": "option2", "option3 value": "option3", "variant sku": SKU, "variant inventory qty": STOCK,
        "variant price": PRICE, "image src": PICTURE,
    },
    OURS: {
        "sku": SKU, "name": NAME, "description": DESCRIPTION, "maker": MAKER, "category": CATEGORY, "price": PRICE,
        "currency": CURRENCY, "status": STATUS, "on hand": STOCK,
    },
    OTHER: {
        "sku": SKU, "name": NAME, "title": NAME, "product": NAME, "description": DESCRIPTION, "maker": MAKER, "brand": MAKER,
        "vendor": MAKER, "category": CATEGORY, "type": CATEGORY, "price": PRICE, "currency": CURRENCY, "status": STATUS,
        "stock": STOCK, "on hand": STOCK, "quantity": STOCK, "qty": STOCK, "handle": HANDLE,
    },
}  # fmt: skip

MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a file and what its columns mean, by their place; a column that is not in `meaning` is left out."""

    header: tuple[str, ...]
    meaning: Mapping[str, int]
    source: str

    def name(self, meaning: str) -> str:
        """The column's own name, for messages; what it would mean where the file has no such column."""
        place = self.meaning.get(meaning)
        return MEANINGS[meaning] if place is None else self.header[place]


def header_of(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns. Raises Invalid for a name that stands twice and for no names at all."""
    header = tuple(cell.strip().lstrip("\ufeff") for cell in cells)
    if len(header) > MOST_COLUMNS:
        raise _refused("too-many-columns", f"This file has {len(header):,} columns; at most {MOST_COLUMNS} are read.")
    if any("\0" in name or len(name) > 200 for name in header):
        raise _refused("header", "The first row has no names of columns. Is this a CSV file?")
    places: dict[str, int] = {}
    for place, name in enumerate(header, 1):
        if not name:
            continue
        first = places.setdefault(name.casefold(), place)
        if first != place:
            raise _refused(
                "duplicate-header",
                f"The column “{name}” is there twice, as column {first} and as column {place}.",
                name,
            )
    if not places:
        raise _refused("header", "The first row has no names of columns.")
    return header


def recognised(header: tuple[str, ...]) -> Columns:
    """What the columns mean as far as their names tell."""
    names = {name.casefold() for name in header}
    if {"handle", "variant price"} <= names or {"handle", "variant sku"} <= names:
        source = SHOPIFY
    elif {"sku", "name", "price", "on hand"} <= names:
        source = OURS
    else:
        source = OTHER
    meaning: dict[str, int] = {}
    for place, name in enumerate(header):
        found = _NAMES[source].get(name.casefold())
        if found and found not in meaning:
            meaning[found] = place
    return Columns(header, meaning, source)


def mapped(header: tuple[str, ...], chosen: Sequence[str]) -> Columns:
    """What the owner says the columns mean: one word per column, "" for one to leave out. Raises Invalid for a word that
    there is not, and for two columns of one meaning."""
    meaning: dict[str, int] = {}
    for place, word in enumerate(chosen[: len(header)]):
        if not word:
            continue
        if word not in MEANINGS:
            raise _refused("unknown-meaning", f"“{header[place]}” cannot mean “{word}”.", header[place])
        if word in meaning:
            both = f"“{header[meaning[word]]}” and “{header[place]}” cannot both be the {MEANINGS[word]}."
            raise _refused("meant-twice", both, header[place])
        meaning[word] = place
    return Columns(header, meaning, recognised(header).source)


def check(columns: Columns) -> None:
    """Raise Invalid where the columns cannot name a product."""
    if SKU not in columns.meaning and HANDLE not in columns.meaning:
        known = ", ".join(f"“{name}”" for name in columns.header if name)[:300]
        raise _refused("no-sku", f"No column holds the SKU. The columns are {known}.", "SKU")


def _refused(code: str, message: str, column: str = "") -> Invalid:
    return Invalid(message, FieldError(f"rows[1].{column}" if column else "rows[1]", code, message))
