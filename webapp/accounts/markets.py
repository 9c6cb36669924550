"""What owners change about their market: its name, its words, its look, and whether it asks where to deliver to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.accounts import audit, theme
from webapp.accounts.actor import Actor
from webapp.db import Row, execute, fetch, locked
from webapp.errors import Conflict, NotFound

FIELDS = ("name", "tagline", "hero_title", "hero_text", "wants_delivery", "theme", "logo", "logo_width", "logo_height")
MEDIA = "media/"
"""What the name of a picture that owners gave begins with (webapp/products/media.py)."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo made ready: its fingerprint, the size of the largest file in pixels, and its files as (size, kind, bytes)."""

    fingerprint: str
    width: int
    height: int
    files: Sequence[tuple[int, str, bytes]]


def change(
    market_id: int, version: int, wanted: Mapping[str, Any], logo: Logo | None, *, actor: Actor
) -> tuple[Row, Row]:
    """Change a market; returns it before and after, the same row where nothing is different. `wanted` names some of FIELDS;
    a `logo` takes the place of the one before, and `wanted` with ``logo=None`` takes it away. Raises NotFound, and Conflict
    (stale-version) when somebody changed the market after `version`."""
    found = fetch(f"SELECT * FROM markets WHERE id = :id {locked()}", id=market_id)
    if not found:
        raise NotFound("there is no such market")
    before = found[0]
    if before["version"] != version:
        raise Conflict(f"the market was changed meanwhile: its version is {before['version']}", kind="stale-version")
    after = {**before, **wanted, **_named(logo, wanted)}
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return before, before
    after["version"] = version + 1
    execute(
        f"UPDATE markets SET {', '.join(f'{name} = :{name}' for name in (*FIELDS, 'version'))} WHERE id = :id",
        id=market_id, **{name: after[name] for name in (*FIELDS, "version")},
    )  # fmt: skip
    if "logo" in changed:
        _keep(market_id, logo)
    audit.record(
        "market.change", "market", market_id, _told(before, changed), _told(after, changed), market_id, actor=actor
    )
    return before, after


def _named(logo: Logo | None, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if logo is not None:
        return {"logo": MEDIA + logo.fingerprint, "logo_width": logo.width, "logo_height": logo.height}
    return {"logo_width": None, "logo_height": None} if "logo" in wanted else {}


def _keep(market_id: int, logo: Logo | None) -> None:
    execute("DELETE FROM market_logo_files WHERE market_id = :id", id=market_id)
    for size, kind, data in logo.files if logo else ():
        # Bytes cannot travel in the JSON of a set; a logo has a handful of files.
        execute(
            "INSERT INTO market_logo_files (market_id, size, kind, hash, data) VALUES (:id, :size, :kind, :hash, :data)",
            id=market_id, size=size, kind=kind, hash=logo.fingerprint if logo else "", data=data,
        )  # fmt: skip


def _told(market: Mapping[str, Any], changed: Sequence[str]) -> dict[str, Any]:
    # A theme is twelve colours that follow from one; a logo's size follows from the logo.
    told: dict[str, Any] = {name: market[name] for name in changed if not name.startswith(("theme", "logo_"))}
    if "theme" in changed:
        told["accent"] = theme.picked(market["theme"])
    if "wants_delivery" in told:
        told["wants_delivery"] = bool(told["wants_delivery"])
    return told
