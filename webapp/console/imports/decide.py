"""What an import decides about one row, as pure functions: what it would change, whether that still holds when it is done,
and what of it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.console.imports.columns import MEANINGS
from webapp.products.models import ACTIVE

NEW, CHANGED, SKIPPED, ERROR = "new", "changed", "skipped", "error"
VERDICTS = (NEW, CHANGED, SKIPPED, ERROR)

STOCK = "stock"
WORDS = {"name": MEANINGS["name"], "description": MEANINGS["description"], "maker": MEANINGS["maker"], "category": MEANINGS["category"],
         "price_minor": MEANINGS["price"], "status": MEANINGS["status"], STOCK: MEANINGS["stock"]}  # fmt: skip

Changes = Mapping[str, tuple[Any, Any]]
"""Per field what it was (None for a product to be) and what it shall be."""


def compare(wanted: Mapping[str, Any], present: Mapping[str, Any] | None) -> tuple[str, dict[str, tuple[Any, Any]]]:
    """The verdict on a row without problems, and each cell that would be different. `present` is the product of that SKU
    with its `stock`, None where the market has none."""
    if present is None:
        fields = {"description": "", "maker": "", "category": "", "status": ACTIVE, **wanted}
        return NEW, {name: (None, value) for name, value in fields.items()}
    changes = {name: (present[name], value) for name, value in wanted.items() if not _same(present[name], value)}
    return (CHANGED if changes else SKIPPED), changes


def missing(wanted: Mapping[str, Any], present: Mapping[str, Any] | None) -> str:
    """The field without which a new product cannot be, or nothing."""
    if present is not None:
        return ""
    return next((name for name in ("name", "price_minor") if not wanted.get(name)), "")


def moved(changes: Changes, present: Mapping[str, Any]) -> list[str]:
    """The fields of a product that are no longer what they were when the row was compared."""
    return [name for name, (was, _) in changes.items() if name != STOCK and present[name] != was]


def back(changes: Changes, present: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What to write so that a changed product is as it was before, and the fields that somebody changed since and keeps."""
    ours = {name: pair for name, pair in changes.items() if name != STOCK}
    restored = {name: was for name, (was, became) in ours.items() if present[name] == became and was != became}
    return restored, [name for name, (_, became) in ours.items() if present[name] != became]


def _same(present: Any, wanted: Any) -> bool:
    # A file cannot say whether a line ended with CR LF, and no one means a difference by it.
    if isinstance(present, str) and isinstance(wanted, str):
        return present.replace("\r\n", "\n") == wanted.replace("\r\n", "\n")
    return bool(present == wanted)
