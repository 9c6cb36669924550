"""Errors that a person or a client of the API can mend. Each carries its HTTP status and, where it has one, its field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one value: a path like `items[0].quantity`, a stable code, a plain sentence."""

    field: str
    code: str
    message: str


class MarketError(Exception):
    """The base of all refusals. `status` is the HTTP status, `title` the short name, `detail` the sentence shown."""

    status = 400
    title = "Bad request"

    def __init__(
        self, detail: str, *errors: FieldError, retry_after: int | None = None, kind: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.kind = kind


class Invalid(MarketError):
    """A value cannot be accepted; nothing was changed."""

    status = 422
    title = "Some values cannot be accepted"

    @classmethod
    def field(cls, field: str, code: str, message: str) -> Invalid:
        """A refusal of one field."""
        return cls(message, FieldError(field, code, message))


class NotFound(MarketError):
    """There is no such thing, or it is not yours: the two are not told apart."""

    status = 404
    title = "Not found"


class Conflict(MarketError):
    """The thing has moved on: a stale version, an illegal transition, a duplicate."""

    status = 409
    title = "That is no longer possible"


class Unauthorised(MarketError):
    """No credentials, or credentials that are not valid (any more)."""

    status = 401
    title = "Please identify yourself"


class Forbidden(MarketError):
    """Known, but not allowed to do this."""

    status = 403
    title = "Not allowed"


class TooMany(MarketError):
    """Asked too often; `retry_after` says in how many seconds it may be tried again."""

    status = 429
    title = "Too many requests"
