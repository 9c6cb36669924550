"""What a shopper may pay with: the house takes cards by Stripe, or test tokens, as its settings say."""

from __future__ import annotations

import re

from flask import current_app

from webapp.settings import Settings

TEST, CARD = "test", "card"
"""The methods of payment. Each order keeps the one that it was placed with."""

TEST_TOKENS = frozenset(
    {
        "tok_success",
        "tok_declined",
        "tok_insufficient_funds",
        "tok_timeout",
        "tok_unavailable_twice",
        "tok_late_success",
    }
)
"""The test provider's tokens, as the contract lists them; any other is refused before an order exists."""

CARD_TOKEN = re.compile(r"pm_[A-Za-z0-9_]{1,100}")
"""What Stripe calls a card that it was told of: a PaymentMethod. It says nothing of the card itself."""


def method() -> str:
    """The method that this house takes now."""
    settings: Settings = current_app.extensions["settings"]
    return CARD if settings.takes_cards else TEST


def takes(given: str, token: str) -> bool:
    """Whether this house takes the token by that method. A test token never pays in a house that takes cards."""
    if given != method():
        return False
    return token in TEST_TOKENS if given == TEST else CARD_TOKEN.fullmatch(token) is not None
