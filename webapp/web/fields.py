"""The types that bodies, queries and forms are made of: strict, bounded, and with a code and a sentence for each refusal."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError

BIGGEST = 2**63 - 1
"""The largest integer that both databases keep in a BIGINT."""

MOST_UNITS = 1_000_000
MOST_ON_HAND = 10**12

_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_DIGITS = re.compile(r"-?[0-9]{1,19}")


def refuse(code: str, message: str) -> NoReturn:
    """Refuse a value inside a validator: the code and the sentence reach the client with the field's path."""
    raise PydanticCustomError(code, "{sentence}", {"sentence": message})


class Body(BaseModel):
    """A JSON body: nothing is converted (the text "1" is no integer), and a field that we do not know is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=False)

    def given(self) -> dict[str, Any]:
        """Only what the client sent: a field that is missing here was not mentioned, and stays as it is."""
        return self.model_dump(exclude_unset=True)


class Query(BaseModel):
    """The parameters after the question mark. They are text by nature, so whole numbers are read from text; a parameter
    that we do not know is left alone, since many a proxy and tool adds its own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Form(BaseModel):
    """The fields of a page's form. Blank fields count as not given; the names of buttons are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class View(BaseModel):
    """What the API answers with."""

    model_config = ConfigDict(frozen=True)


class _Given:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        return inner["schema"] if inner["type"] == "nullable" else inner


Given = _Given()
"""Marks a field that may be left out but not be null: ``on_hand: Annotated[int | None, Given, Field(ge=0)] = None``."""


def plain(text: str) -> str:
    """Text without control characters, as given. For use in an AfterValidator."""
    # PostgreSQL keeps no NUL, and no other control character has a meaning in what people type here.
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t" for sign in text):
        refuse("control-character", "Leave out control characters.")
    return text


def label(text: str) -> str:
    """One line, perhaps blank, its outer spaces removed. For use in an AfterValidator."""
    stripped = plain(text).strip()
    # Also by the signs of Unicode that part lines and paragraphs.
    if len(stripped.splitlines()) > 1:
        refuse("line-break", "Write this on one line.")
    return stripped


def one_line(text: str) -> str:
    """One line, not blank, its outer spaces removed. For use in an AfterValidator."""
    stripped = label(text)
    if not stripped:
        refuse("required", "Write something here.")
    return stripped


def _amount(text: str) -> str:
    if not _AMOUNT.fullmatch(text):
        refuse("not-an-amount", "Write the amount in digits with a point, like “12.50”.")
    return text


def _email(text: str) -> str:
    email = plain(text).strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        refuse("not-an-email", "Write an email address, like ada@example.com.")
    return email


def _whole_text(value: object) -> object:
    if isinstance(value, str) and not _DIGITS.fullmatch(value.strip()):
        refuse("not-an-integer", "Write a whole number.")
    return value


Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(plain)]
"""Text of several lines, perhaps empty."""

Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
"""One line, not blank, its outer spaces removed."""

Email = Annotated[str, AfterValidator(_email)]
"""An email address in lower case. Whether somebody reads it, only a letter can tell."""

AmountText = Annotated[
    str,
    StringConstraints(max_length=30),
    AfterValidator(_amount),
    Field(json_schema_extra={"pattern": f"^{_AMOUNT.pattern}$", "examples": ["12.50"]}),
]
"""Money as decimal text; :func:`webapp.web.money.to_minor` makes minor units of it, knowing the currency."""

Id = Annotated[int, Field(ge=1, le=BIGGEST)]
Quantity = Annotated[int, Field(ge=1, le=MOST_UNITS)]
"""A number of pieces in an order."""

WholeText = Annotated[int, BeforeValidator(_whole_text)]
"""A whole number that arrives as text, in a query or a form."""
