"""The audit in words: who did what to which thing, and field by field what it was and what it became. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.clock import to_datetime
from webapp.console.product_words import LABELS
from webapp.db import Row, from_json
from webapp.web.figures import change_text, count_text, money_text

ACTIONS = {
    "product.create": "added a product", "product.update": "changed a product", "product.delete": "deleted a product",
    "product.restore": "brought a product back",
    "product.duplicate": "copied a product", "product.picture.add": "added a picture", "product.picture.remove": "removed a picture",
    "product.picture.move": "moved a picture", "product.picture.describe": "described a picture",
    "products.change": "changed many products", "products.stop": "stopped a change of many products",
    "orders.change": "did one thing to many orders", "orders.stop": "stopped what was done to many orders",
    "stock.adjust": "adjusted stock", "stock.count": "counted stock", "stock.repair": "repaired the ledger",
    "inventory.set": "set a stock's figures",
    "order.place": "placed an order", "order.cancel": "asked to cancel an order", "order.refund": "gave money back", "order.adopt": "found an order of theirs again",
    "order.send": "marked an order as sent", "order.unsend": "said that an order was not sent after all",
    "order.note": "wrote a note on an order", "order.note_delete": "deleted a note on an order",
    "email.resend": "sent an email again", "email.test": "sent a test email",
    "import.upload": "uploaded a file", "import.map": "chose the meaning of columns", "import.apply": "applied an import",
    "import.cancel": "stopped an import", "import.undo": "undid an import",
    "market.create": "opened the market", "market.change": "changed the market",
    "member.add": "joined the market", "member.invite": "invited somebody", "member.withdraw": "withdrew an invitation",
    "member.change_role": "changed a role", "member.deactivate": "ended a membership",
    "token.issue": "made an API token", "token.revoke": "revoked an API token",
}  # fmt: skip
"""What each action of a market says. One that is not here says itself, dots and all; a test finds it."""

OUTSIDE = frozenset({
    "person.create", "person.rename", "person.save_address", "person.change_password", "person.change_email", "person.reset_password",
    "person.erase", "session.begin", "session.end", "session.end_others",
})  # fmt: skip
"""Actions about people's own accounts: they belong to no market, and no owner reads them."""

KINDS = (("product", "Products"), ("inventory", "Stock"), ("order", "Orders"), ("email", "Emails"), ("import", "Imports"),
         ("product_change", "Changes of many"), ("order_change", "Done to many orders"), ("market", "The market"), ("person", "People"), ("letter", "Invitations"), ("token", "API tokens"))  # fmt: skip
OBJECTS = {
    "product": ("product", "inventory"),
    "order": ("order",),
    "person": ("person",),
    "import": ("import",),
    "email": ("email",),
}
"""What an object of the address stands for: a product's stock is audited under its number as well."""

_LABELS = {
    **LABELS, "on_hand": "On hand", "low_stock_threshold": "Threshold", "active": "Takes orders", "delta": "Change", "amount_minor": "Amount",
    "total_minor": "Total", "cancel_asked_by": "Asked by", "restock": "Back on the shelf", "ledger": "Ledger adds up to",
    "wants_delivery": "Asks for an address", "hero_title": "Headline", "hero_text": "Words below it", "accent": "Accent colour",
    "leave_errors": "Leave errors out", "sessions_ended": "Sessions ended",
}  # fmt: skip
_HIDDEN = frozenset({"version"})
_CONTEXT = frozenset({"picture", "email", "subject", "recipient"})
"""Fields that say what was changed, where they are the same before and after."""

LONGEST = 140
AROUND = 24
"""Signs shown before and after the part of a long text that differs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field: what it was (None: it was not there) and what it became (None: it is not there any more)."""

    label: str
    was: str | None
    became: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit. `about` and `href` name the thing, if it can still be opened."""

    id: int
    at: datetime
    who: str
    person_id: int | None
    email: str
    origin: str
    by_token: bool
    text: str
    about: str
    href: str
    cells: tuple[Cell, ...]


def read(rows: Sequence[Row], currency: str) -> list[Change]:
    """The audit's rows as they are read."""
    return [_change(row, currency) for row in rows]


def cells(before: Mapping[str, Any], after: Mapping[str, Any], currency: str, shown: bool = True) -> tuple[Cell, ...]:
    """The fields that differ. `shown` cuts long texts to what differs in them and leaves out what only machines want."""
    names = [name for name in dict.fromkeys((*before, *after)) if not (shown and name in _HIDDEN)]
    found = []
    for name in names:
        was, became = (_text(name, side[name], currency) if name in side else None for side in (before, after))
        if was == became and name not in _CONTEXT:
            continue
        if was == became:
            was = None
        if shown:
            was, became = _apart(was, became)
        found.append(Cell(_LABELS.get(name) or _plain(name.removesuffix("_minor")), was, became))
    return tuple(found)


def _change(row: Row, currency: str) -> Change:
    before, after = (from_json(row[side]) if row[side] else {} for side in ("before", "after"))
    about, href = _about(row, before, after)
    text = ACTIONS.get(row["action"]) or _plain(row["action"].replace(".", " ")).lower()
    return Change(
        row["id"], to_datetime(row["at"]), row["who"] or row["actor"], row["person_id"], row["actor"] if row["who"] else "",
        row["address"].strip("-"), row["token_id"] is not None, text, about, href, cells(before, after, currency),
    )  # fmt: skip


def _about(row: Row, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    number = row["object_id"]
    said = {**before, **after}
    match row["object_type"]:
        case "product":
            name = row["product"] or said.get("name") or f"product {number}"
            return name, f"/console/products/{number}" + ("/history" if row["gone"] else "")
        case "inventory":
            return row["product"] or f"product {number}", f"/console/stock/{number}"
        case "order":
            return (f"Order {row['number']}", f"/console/orders/{number}") if row["number"] else (f"order {number}", "")
        case "person":
            return row["person"] or f"person {number}", "/console/people"
        case "import":
            return str(said.get("file") or f"Import {number}"), f"/console/imports/{number}"
        case "email":
            return str(said.get("subject") or f"Email {number}"), f"/console/emails/{number}"
        case "letter" | "token":
            return str(said.get("email") or ""), ""
    return "", ""


def _text(name: str, value: Any, currency: str) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if name == "delta":
            return change_text(value)
        if name == "number":
            return str(value)  # An order's name, and nothing to count.
        return money_text(value, currency) if name.endswith("_minor") else count_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_plain(key).lower()}: {_text(key, inner, currency)}" for key, inner in value.items())
    if isinstance(value, list):
        return "; ".join(_text(name, inner, currency) for inner in value)
    return str(value)


def _apart(was: str | None, became: str | None) -> tuple[str | None, str | None]:
    if was is None or became is None or max(len(was), len(became)) <= LONGEST:
        return _cut(was), _cut(became)
    # Two long texts: what they begin and end with alike says nothing.
    least = min(len(was), len(became))
    begin = next((n for n in range(least) if was[n] != became[n]), least)
    end = next((n for n in range(least - begin) if was[-1 - n] != became[-1 - n]), least - begin)
    first = was.rfind(" ", 0, max(0, begin - AROUND)) + 1

    def part(text: str) -> str:
        last = min(len(text), len(text) - end + AROUND)
        return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")

    return _cut(part(was)), _cut(part(became))


def _cut(text: str | None) -> str | None:
    if text is None:
        return None
    line = " ".join(text.split())
    return f"{line[: LONGEST - 1]}…" if len(line) > LONGEST else line


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
