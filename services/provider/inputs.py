"""Reading requests: every value is checked here, and a bad one is refused with 422 and the name of its field."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .answers import Body, Refused
from .tokens import TOKENS

LARGEST_AMOUNT = 10**13
"""In minor units. It keeps every sum of a ledger far inside SQLite's 64-bit integers."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CURRENCY = re.compile(r"[A-Z]{3}")
# A lone surrogate is legal in JSON's escapes, but it is no text that a database can keep.
_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")


@dataclass(frozen=True)
class ChargeRequest:
    """A wish to take `amount` minor units of `currency` for the order `reference`."""

    amount: int
    currency: str
    token: str
    reference: str
    callback_url: str | None
    notify_all: bool

    @property
    def may_call_back(self) -> bool:
        """Whether an event of this charge may be due soon."""
        return self.notify_all or TOKENS[self.token].late_success_after is not None

    @property
    def fingerprint(self) -> str:
        """What must be the same when a key comes again.

        Where the callbacks go is left out: a market that restarts on another port still asks for the same charge.
        """
        return _digest(self.amount, self.currency, self.token, self.reference)


@dataclass(frozen=True)
class RefundRequest:
    """A wish to give back `amount` minor units of one charge."""

    charge: str
    amount: int

    @property
    def fingerprint(self) -> str:
        """What must be the same when a key comes again."""
        return _digest(self.charge, self.amount)


def read_json(raw: bytes) -> Body:
    """The JSON object in `raw`; refuses with 400 what is not JSON and with 422 what is not an object."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "malformed_json", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise Refused(422, "invalid", "The body must be a JSON object.", "body")
    return body


def read_key(key: str | None) -> str:
    """The Idempotency-Key header's value; refuses with 400 when it is missing and with 422 when it is no key."""
    if key is None:
        raise Refused(400, "key_required", "The header Idempotency-Key is required.", "Idempotency-Key")
    return check_key(key, "Idempotency-Key")


def check_key(key: Any, field: str) -> str:
    """`key` when it is 1 to 255 visible ASCII characters; refuses with 422 naming `field` otherwise."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Refused(422, "invalid", "A key is 1 to 255 visible ASCII characters without spaces.", field)
    return key


def read_charge(body: Body, default_callback_url: str | None) -> ChargeRequest:
    """A charge request from a JSON object; refuses with 422 naming the first bad field."""
    only(body, "amount", "currency", "token", "reference", "callback_url", "notify")
    amount = check_amount(body.get("amount"))
    currency = body.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise Refused(422, "invalid", "A currency is three capital letters, such as EUR.", "currency")
    token = body.get("token")
    if not isinstance(token, str) or token not in TOKENS:
        raise Refused(422, "unknown_token", f"The token must be one of {', '.join(TOKENS)}.", "token")
    notify = body.get("notify")
    if notify not in (None, "needed", "all"):
        raise Refused(422, "invalid", 'notify is "needed" or "all".', "notify")
    url = body.get("callback_url")
    if url is None:
        url = default_callback_url
    else:
        check_url(url, "callback_url")
    return ChargeRequest(amount, currency, token, check_reference(body.get("reference")), url, notify == "all")


def read_refund(body: Body) -> RefundRequest:
    """A refund request from a JSON object; refuses with 422 naming the first bad field."""
    only(body, "charge", "amount")
    charge = body.get("charge")
    if not isinstance(charge, str) or not _NAME.fullmatch(charge):
        raise Refused(422, "invalid", "charge is the id of a charge.", "charge")
    return RefundRequest(charge, check_amount(body.get("amount")))


def read_void(body: Body) -> tuple[str, str | None]:
    """The charge's idempotency key and, where given, the reference; refuses with 422 naming the bad field."""
    only(body, "idempotency_key", "reference")
    reference = body.get("reference")
    key = check_key(body.get("idempotency_key"), "idempotency_key")
    return key, None if reference is None else check_reference(reference)


def check_amount(amount: Any) -> int:
    """`amount` when it is a whole number of minor units above zero; refuses with 422 otherwise."""
    # JSON's true is an int to Python, and an amount must never be read from it.
    if type(amount) is not int or not 0 < amount <= LARGEST_AMOUNT:
        raise Refused(
            422, "invalid", f"An amount is a whole number from 1 to {LARGEST_AMOUNT}, in minor units.", "amount"
        )
    return amount


def check_reference(reference: Any) -> str:
    """`reference` when it is 1 to 100 printable characters; refuses with 422 otherwise."""
    if not isinstance(reference, str) or not _NAME.fullmatch(reference):
        raise Refused(422, "invalid", "A reference is text of 1 to 100 characters.", "reference")
    return reference


def check_url(url: Any, field: str) -> str:
    """`url` when it is an absolute http or https address; refuses with 422 naming `field` otherwise."""
    refused = Refused(422, "invalid", "An absolute http or https address of at most 2000 characters is needed.", field)
    if not isinstance(url, str) or len(url) > 2000 or not re.fullmatch(r"[\x21-\x7e]+", url):
        raise refused
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise refused from error
    if not valid:
        raise refused
    return url


def read_page(query: Mapping[str, str], most: int) -> tuple[int, int]:
    """`after` (0 when absent) and `limit` (`most` when absent) of a list; refuses with 422 naming the bad one."""
    return _whole(query, "after", 0, 0, 2**62), _whole(query, "limit", most, 1, most)


def only(body: Body, *fields: str) -> None:
    """Refuses with 422 a field that is not among `fields`: a misspelt one must not be ignored in silence."""
    for name in body:
        if name not in fields:
            raise Refused(422, "unknown_field", f"The fields are {', '.join(fields)}.", name)


def _whole(query: Mapping[str, str], field: str, default: int, least: int, most: int) -> int:
    text = query.get(field)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise Refused(422, "invalid", f"{field} is a whole number from {least} to {most}.", field)
    return int(text)


def _digest(*values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
