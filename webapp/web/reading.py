"""What a request says, as checked values: JSON bodies, queries, and the forms of pages.

Whatever is wrong becomes a MarketError that names each field by its path, like ``items[0].quantity``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from webapp.errors import FieldError, Invalid, MarketError

M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 1024 * 1024
"""The largest request body that is read, unless a route says otherwise."""


class Malformed(MarketError):
    """The request cannot be read at all."""

    status = 400
    title = "The request cannot be read"


class NotJson(MarketError):
    """The body is not declared as JSON."""

    status = 415
    title = "Please send JSON"


def body(model: type[M]) -> M:
    """The JSON body of this request. Raises NotJson (415), Malformed (400), Invalid (422) or werkzeug's 413."""
    if not request.is_json:
        raise NotJson("send the body as application/json")
    raw = request.get_data()
    try:
        value = model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Malformed(first["msg"]) from error
        raise invalid(error) from error
    _refuse_nul(orjson.loads(raw) if b"\\u0000" in raw else None)
    return value


def body_hash() -> str:
    """The SHA-256 of what this request asks for: method, path, and the body whatever its spaces and order of keys."""
    raw = request.get_data()
    try:
        plain = orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS) if raw else b""
    except orjson.JSONDecodeError:
        plain = raw
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + plain).hexdigest()


def query(model: type[M]) -> M:
    """The parameters of this request's address. Raises Invalid (422), also for a parameter that is given twice."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1 and name in model.model_fields]
    if repeated:
        raise Invalid.field(repeated[0], "repeated", "Give this parameter once.")
    _refuse_nul(request.args.to_dict())
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise invalid(error) from error


@dataclass(frozen=True, slots=True)
class Filled(Generic[M]):
    """A form as it was sent: the checked `data`, or None and a sentence per field in `errors`. `values` is what the
    person typed, to show again."""

    values: Mapping[str, str]
    data: M | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The first sentence of what is wrong; empty where nothing is."""
        return next(iter(self.errors.values()), "")

    def refused(self, error: MarketError) -> Filled[M]:
        """The same form with what a command found wrong with it; a refusal without a field stands under ""."""
        errors = {e.field: e.message for e in error.errors} or {"": sentence(error.detail)}
        return Filled(self.values, None, {**self.errors, **errors})


def form(model: type[M], sent: MultiDict[str, str] | None = None) -> Filled[M]:
    """Read a page's form (this request's, unless another is given). Never raises for what a person typed."""
    fields = request.form if sent is None else sent
    values = {name: value.replace("\0", "") for name, value in fields.items()}
    if nul := [name for name, value in fields.items() if "\0" in value]:
        return Filled(values, None, dict.fromkeys(nul, "Leave out control characters."))
    filled: dict[str, Any] = {name: value for name, value in values.items() if value.strip()}
    for name, about in model.model_fields.items():
        if getattr(about.annotation, "__origin__", None) in (list, tuple):
            filled[name] = fields.getlist(name)
    try:
        return Filled(values, model.model_validate(filled))
    except ValidationError as error:
        return Filled(values, None, {found.field: found.message for found in reversed(field_errors(error))})


def invalid(error: ValidationError) -> Invalid:
    """What pydantic found wrong, as the refusal that we answer with."""
    found = field_errors(error)
    count = f"{len(found)} values" if len(found) > 1 else found[0].field or "the body"
    return Invalid(f"{count} cannot be accepted", *found)


def field_errors(error: ValidationError) -> list[FieldError]:
    """Each thing that pydantic found wrong, with the field's path, our code and a plain sentence."""
    return [_field_error(found) for found in error.errors(include_url=False, include_input=False)]


def sentence(text: str) -> str:
    """A refusal's detail as a sentence for a page: with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _refuse_nul(value: Any, at: tuple[int | str, ...] = ()) -> None:
    # No database keeps a NUL inside text, and none of us means one: it is refused by name, whatever the field.
    if isinstance(value, str) and "\0" in value:
        raise Invalid.field(path(at), "control-character", "Leave out control characters.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_nul(inner, (*at, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_nul(inner, (*at, index))


_SAYINGS = {
    "missing": ("required", "This is required."),
    "extra_forbidden": ("unknown", "There is no such field here."),
    "int_type": ("not-an-integer", "Give a whole number."),
    "int_parsing": ("not-an-integer", "Give a whole number."),
    "int_parsing_size": ("too-large", "This number is too large."),
    "int_from_float": ("not-an-integer", "Give a whole number."),
    "string_type": ("not-text", "Give this as text."),
    "bool_type": ("not-a-boolean", "Give true or false."),
    "bool_parsing": ("not-a-boolean", "Give yes or no."),
    "list_type": ("not-a-list", "Give a list."),
    "model_type": ("not-an-object", "Give an object."),
    "model_attributes_type": ("not-an-object", "Give an object."),
    "greater_than": ("too-small", "This must be more than {gt}."),
    "greater_than_equal": ("too-small", "This must be {ge} or more."),
    "less_than": ("too-large", "This must be less than {lt}."),
    "less_than_equal": ("too-large", "This must be {le} or less."),
    "string_too_long": ("too-long", "At most {max_length} characters fit here."),
    "string_too_short": ("too-short", "At least {min_length} characters are needed."),
    "too_long": ("too-many", "At most {max_length} are allowed."),
    "too_short": ("too-few", "At least {min_length} is needed."),
    "literal_error": ("not-a-choice", "Choose one of {expected}."),
    "enum": ("not-a-choice", "Choose one of {expected}."),
    "string_pattern_mismatch": ("wrong-form", "This is not of the form {pattern}."),
}


def _field_error(found: ErrorDetails) -> FieldError:
    code, saying = _SAYINGS.get(found["type"], (found["type"].replace("_", "-"), ""))
    message = saying.format(**found.get("ctx", {})) if saying else sentence(found["msg"].removeprefix("Value error, "))
    return FieldError(path(found["loc"]), code, message)


def path(parts: tuple[int | str, ...]) -> str:
    """``("items", 0, "quantity")`` as ``items[0].quantity``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
