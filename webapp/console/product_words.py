"""A product in words: whether it is seen and can be bought, and why not; and its history. Pure: rows in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.clock import to_datetime
from webapp.db import Row
from webapp.products.models import ACTIVE, DRAFT, Product
from webapp.web.figures import count_text, money_text

LABELS = {"sku": "SKU", "name": "Name", "description": "Description", "maker": "Maker", "category": "Category", "price": "Price",
          "price_minor": "Price", "status": "Status", "slug": "Address", "picture": "Picture", "alt": "Words", "place": "Place"}  # fmt: skip
LONGEST = 140


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a shopper's view of a product depends on: the mark before it, a sentence, and a way to mend it."""

    kind: str
    text: str
    way: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What shoppers can do with a product."""

    visible: bool
    buyable: bool
    checks: tuple[Check, ...]

    @property
    def badge(self) -> tuple[str, str]:
        """The one word."""
        if self.buyable:
            return "done", "Buyable"
        return ("wait", "Seen only") if self.visible else ("off", "Hidden")


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of a product's history; `cells` are (label, what it was or None, what it became or None)."""

    id: int
    at: datetime
    who: str
    machine: bool
    text: str
    cells: tuple[tuple[str, str | None, str | None], ...]


def standing(product: Product, stock: Row | None, has_picture: bool) -> Standing:
    """Whether a product is seen and can be bought, and what is in the way."""
    shelf = f"/console/stock/{product.id}"
    visible = product.status == ACTIVE
    checks = [_seen(product)]
    stocked, check = _stocked(stock, shelf)
    checks.append(check)
    for missing, text, way in (
        (not has_picture, "It has no picture", ("Add one", f"/console/products/{product.id}/pictures")),
        (not product.description.strip(), "It has no description", ("Write one", "#description")),
        (not product.category, "It is in no category", ("Choose one", "#category")),
    ):
        if missing:
            checks.append(Check("new", f"{text}; that hinders nobody.", way))
    return Standing(visible, visible and stocked, tuple(checks))


def history(deeds: Sequence[Row], currency: str) -> list[Deed]:
    """The history as it is read."""
    return [_deed(row, currency) for row in deeds]


def _seen(product: Product) -> Check:
    if product.status == ACTIVE:
        return Check("done", "Anybody can find it on your shelf.")
    why = "It is a draft" if product.status == DRAFT else "It is archived"
    return Check("off", f"{why}: nobody but you sees it.")


def _stocked(stock: Row | None, shelf: str) -> tuple[bool, Check]:
    if stock is None:
        return False, Check("go", "Its stock is being made; look again in a moment.")
    if not stock["active"]:
        return False, Check("off", "Its stock is paused, so it takes no orders.", ("Activate it", shelf))
    available = stock["on_hand"] - stock["reserved"]
    if available > 0:
        return True, Check("done", f"{count_text(available)} {'is' if available == 1 else 'are'} there to be ordered.")
    if stock["on_hand"]:
        many = "The one on hand is" if stock["on_hand"] == 1 else f"All {count_text(stock['on_hand'])} on hand are"
        return False, Check("stop", f"Sold out: {many} set aside for orders under way.", ("See them", shelf))
    return False, Check("stop", "Sold out: none is on hand.", ("Put some in", f"{shelf}/adjust"))


_DEEDS = {
    "product.create": "added it", "product.delete": "deleted it", "product.restore": "brought it back", "product.duplicate": "made it as a copy",
    "product.picture.add": "added a picture", "product.picture.remove": "removed a picture",
    "product.picture.move": "moved a picture", "product.picture.describe": "said what is to be seen on a picture",
}  # fmt: skip


def _deed(row: Row, currency: str) -> Deed:
    before: Mapping[str, Any] = row["before"]
    after: Mapping[str, Any] = row["after"]
    names = [name for name in LABELS if name in before or name in after]
    text = _DEEDS.get(row["action"])
    if text is None:
        changed = [LABELS[name] if name == "sku" else LABELS[name].lower() for name in names]
        text = f"changed its {_and(changed)}" if changed else "changed it"
    for key, words in (("import", "import {}"), ("change", "change {} of many products")):
        if key in after:
            text = f"{text}, by {words.format(after[key])}"
    if row["action"] in ("product.create", "product.restore"):
        names = []
    cells = tuple((LABELS[name], _side(before, name, currency), _side(after, name, currency)) for name in names)
    who = row["who"] or row["actor"]
    return Deed(row["id"], to_datetime(row["at"]), who, row["who"] is None, text, cells)


def _side(side: Mapping[str, Any], name: str, currency: str) -> str | None:
    return _text(name, side[name], currency) if name in side else None


def _text(name: str, value: Any, currency: str) -> str:
    if name == "price_minor":
        return money_text(int(value), currency)
    text = " ".join(str(value).split())
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text or "nothing"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
