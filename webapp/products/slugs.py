"""Names of products in addresses. The number in an address finds the product; a name that it had once leads to the one it
has now, and is kept so that the owner can see which addresses that are out in the world still work."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from webapp.db import Row, execute, insert, rows


def slug_of(name: str) -> str:
    """A name as part of an address: "Räkning & Co" becomes "rakning-co"; never empty, 80 characters at most."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "product"


def slug_after(before: Row, name: str, asked: str | None = None) -> str:
    """The slug of a product that is called `name` from now on: the one that was asked for, else the name's, unless somebody
    has once chosen another than the name's."""
    if asked is not None and slug_of(asked) != before["slug"]:
        return slug_of(asked)
    chosen = before["slug"] != slug_of(before["name"])
    return str(before["slug"]) if chosen else slug_of(name)


def keep(pairs: Sequence[tuple[Row, Row]], at: int) -> None:
    """Remember the slugs that products had before; `pairs` are their rows before and after."""
    moved = [(was, became) for was, became in pairs if was["slug"] != became["slug"]]
    if not moved:
        return
    insert(
        "product_old_slugs", [{"product_id": was["id"], "slug": was["slug"], "at": at} for was, _ in moved],
        on_conflict="ON CONFLICT (product_id, slug) DO UPDATE SET at = excluded.at",
        product_id="bigint", slug="text", at="bigint",
    )  # fmt: skip
    # A name that is had again is no old one.
    execute(
        "DELETE FROM product_old_slugs WHERE EXISTS (SELECT 1 FROM"
        f" {rows('now', product_id='bigint', slug='text')} WHERE now.product_id = product_old_slugs.product_id AND now.slug = product_old_slugs.slug)",
        now=[{"product_id": became["id"], "slug": became["slug"]} for _, became in moved],
    )
