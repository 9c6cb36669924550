"""Money on its way in and out: decimal text outside, whole minor units of a currency inside."""

from __future__ import annotations

from webapp.errors import Invalid
from webapp.web.figures import DIGITS

MOST_PRICE = 1_000_000_000
"""The highest price of one piece in minor units: a thousand lines of a million pieces at it still fit a BIGINT."""

MOST_SUM = 10**18


def to_minor(text: str, currency: str, field: str, most: int = MOST_PRICE) -> int:
    """``"12.50", "EUR"`` as 1250. `text` is an AmountText. Raises Invalid naming `field` for more decimals than the
    currency has, for zero, and for more than `most` minor units."""
    digits = DIGITS.get(currency, 2)
    whole, _, rest = text.partition(".")
    if len(rest) > digits:
        allowed = "no decimals" if digits == 0 else f"at most {digits} decimals"
        raise Invalid.field(field, "too-many-decimals", f"{currency} has {allowed}.")
    minor = int(whole + rest.ljust(digits, "0"))
    if minor <= 0:
        raise Invalid.field(field, "not-positive", "The amount must be more than zero.")
    if minor > most:
        raise Invalid.field(field, "too-large", f"The amount must be {decimal_text(most, currency)} or less.")
    return minor


def decimal_text(minor: int, currency: str) -> str:
    """Minor units as the API writes them: ``1250, "EUR"`` is ``"12.50"``, ``1250, "JPY"`` is ``"1250"``."""
    digits = DIGITS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
