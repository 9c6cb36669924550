"""The order form: what it may hold, and what it still wants before an order is placed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from flask import request
from pydantic import AfterValidator, Field, StringConstraints

from webapp.db import as_json
from webapp.orders.models import MOST_LINES
from webapp.payments import means
from webapp.shop.offer import Offer, OfferLine
from webapp.web import reading
from webapp.web.fields import BIGGEST, MOST_UNITS, Email, Form, Line, WholeText, one_line, refuse
from webapp.web.reading import Filled


def _token(text: str) -> str:
    # Stripe takes a card's token for one payment only: a form of several orders brings one for each of them.
    method = means.method()
    each = text.split(" ") if method == means.CARD else [text]
    if not all(means.takes(method, token) for token in each):
        refuse("unknown", "Choose one of the cards." if method == means.TEST else AGAIN)
    return text


Short = Annotated[str, StringConstraints(max_length=20), AfterValidator(one_line)]
Middle = Annotated[str, StringConstraints(max_length=120), AfterValidator(one_line)]
Count = Annotated[WholeText, Field(ge=0, le=MOST_UNITS)]
Product = Annotated[WholeText, Field(ge=1, le=BIGGEST)]

AGAIN = "Type in your card once more."
ADDRESS = ("street", "postcode", "city")

_MISSING = {
    "email": "Write an email address, like ada@example.com.",
    "name": "Write the name of whoever it is for.",
    "street": "Write the street and the number, like Long Lane 7.",
    "postcode": "Write the postcode, like 8000.",
    "city": "Write the city, like Aarhus.",
}
"""What each field wants, for whoever has left it empty."""

LABELS = {
    "email": "Email", "name": "Full name", "street": "Street and number", "postcode": "Postcode", "city": "City", "token": "Payment",
}  # fmt: skip


class OrderForm(Form):
    """The form as it is sent. `amount` is what its button said, in minor units, for each
    market that it orders from; quantities stand beside their products."""

    key: Annotated[str, StringConstraints(max_length=300)]
    amount: Annotated[list[Annotated[WholeText, Field(ge=0, le=BIGGEST)]], Field(min_length=1, max_length=MOST_LINES)]
    product: Annotated[list[Product], Field(min_length=1, max_length=MOST_LINES)]
    quantity: Annotated[list[Count], Field(min_length=1, max_length=MOST_LINES)]
    token: Annotated[str, AfterValidator(_token)]
    email: Email | None = None
    name: Middle | None = None
    street: Line | None = None
    postcode: Short | None = None
    city: Middle | None = None

    @property
    def wanted(self) -> dict[int, int]:
        """How many of which product."""
        return dict(zip(self.product, self.quantity, strict=False))

    @property
    def delivery(self) -> dict[str, Any] | None:
        """Where it goes to, if that was said."""
        given = {part: value for part in ("name", *ADDRESS) if (value := getattr(self, part)) is not None}
        return given if any(part in given for part in ADDRESS) else None

    @property
    def tokens(self) -> list[str]:
        """What pays, one for each order where cards are taken."""
        return self.token.split(" ")

    def token_of(self, number: int) -> str:
        """What pays for the order of this number, from 0."""
        return self.tokens[number] if means.method() == means.CARD else self.token

    def hash(self, offer: Offer, email: str) -> str:
        """What this wish is told from another by. A card that is typed in once more has another token, and is no other wish."""
        paid = means.CARD if means.method() == means.CARD else self.token
        wish = [offer.chosen, email, self.name, self.delivery, paid]
        return hashlib.sha256(as_json(wish).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """A form that was sent, read against what is offered. `errors` are by field; without any, `data` is complete."""

    filled: Filled[OrderForm]
    offers: tuple[Offer, ...]
    errors: Mapping[str, str]
    said: Sequence[int] = ()

    @property
    def data(self) -> OrderForm | None:
        """The form's values, if nothing is wrong with them."""
        return None if self.errors else self.filled.data

    @property
    def amount_changed(self) -> bool:
        """Whether the button said another amount than it would say now."""
        return self.filled.data is not None and list(self.said) != [offer.total_minor for offer in self.offers]


def read(offers: Sequence[Offer], email_known: bool) -> Wish:
    """Read the form of this request. `email_known`: an empty email stands for one that we have."""
    filled = reading.form(OrderForm)
    errors = dict(filled.errors)
    needed = [] if email_known else ["email"]
    if any(offer.market["wants_delivery"] for offer in offers):
        needed += ["name", *ADDRESS]
    for name in needed:
        if not filled.values.get(name, "").strip():
            errors.setdefault(name, _MISSING[name])
    wanted = filled.data.wanted if filled.data else readable()
    asked = tuple(offer.asked(wanted) for offer in offers)
    for index, line in enumerate(lines_of(asked)):
        if line.error:
            errors.setdefault(f"quantity[{index}]", line.error)
    if filled.data and not _names_all(filled.data, offers):
        errors[""] = "What is for sale has changed since you opened this page. Look it over and press once more."
    elif filled.data and not any(offer.chosen for offer in asked):
        errors.setdefault("quantity[0]", "Order at least one.")
    elif (
        filled.data
        and means.method() == means.CARD
        and len(set(filled.data.tokens)) < sum(bool(o.chosen) for o in asked)
    ):
        errors.setdefault("token", AGAIN)
    return Wish(filled, asked, errors, filled.data.amount if filled.data else ())


def lines_of(offers: Sequence[Offer]) -> list[OfferLine]:
    """The lines of all offers, in the order in which the form shows them."""
    return [line for offer in offers for line in offer.lines]


def _names_all(form: OrderForm, offers: Sequence[Offer]) -> bool:
    """Whether the form names every product that is offered once, with its quantity, and no other."""
    return len(form.product) == len(form.quantity) and sorted(form.product) == sorted(
        line.product["id"] for line in lines_of(offers)
    )


def readable() -> dict[int, int]:
    """The quantities by product that can be read in the form of this request, whatever else is wrong with it."""
    pairs = zip(request.form.getlist("product"), request.form.getlist("quantity"), strict=False)
    return {int(p): int(q) for p, q in pairs if is_small(p) and is_small(q)}


def named() -> dict[int, int]:
    """The products that the form of this request names, each with its quantity, or one where that cannot be read."""
    quantities = readable()
    return {int(id): quantities.get(int(id), 1) for id in request.form.getlist("product") if is_small(id)}


def is_small(text: str) -> bool:
    """Whether a text is a whole number that any column holds."""
    return text.isascii() and text.isdigit() and len(text) < 16
