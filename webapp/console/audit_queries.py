"""Reads for the audit of a market: one statement for a page, whatever is sieved and however long the audit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.db import Row, among, fetch

NOBODY = 0
"""In place of a person: machines, commands, and people before they had an account."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which changes: by a person (NOBODY for none), of a kind of object, of one object (its number, and the kinds that it
    stands for), from an instant until before another (microseconds UTC)."""

    person: int | None = None
    kind: str = ""
    object_id: int | None = None
    kinds: Sequence[str] = ()
    since: int | None = None
    until: int | None = None

    @property
    def where(self) -> str:
        """The condition, beginning with AND."""
        parts = {
            "person": "a.person_id = :person", "kind": "a.object_type = :kind", "since": "a.at >= :since", "until": "a.at < :until",
            "object_id": "a.object_id = :object_id",
            "kinds": among('a.object_type', 'kinds', 'text'),
        }  # fmt: skip
        nobody = " AND a.person_id IS NULL" if self.person == NOBODY else ""
        return "".join(f" AND {parts[name]}" for name in self.parameters) + nobody

    @property
    def parameters(self) -> dict[str, object]:
        """What `where` names."""
        named = {
            "person": self.person or None, "kind": self.kind or None, "object_id": self.object_id, "since": self.since, "until": self.until,
            "kinds": self.kinds or None,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value is not None}


def changes(market_id: int, sieve: Sieve, tail: str, **parameters: object) -> list[Row]:
    """Changes of a market with the names of who made them and of what they are about; `tail` is the SQL of the part that is
    read, with its order and limit. From where is said of those who work or worked for the market: where a shopper sat when
    they ordered is no business of the shop's."""
    return fetch(
        "SELECT a.id, a.at, a.person_id, a.token_id, a.actor, a.action, a.object_type, a.object_id, a.before, a.after,"
        " CASE WHEN EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = a.person_id AND m.market_id = a.market_id)"
        " THEN a.address ELSE '-' END AS address,"
        " w.name AS who, p.name AS product, p.sku, p.deleted_at AS gone, o.number, coalesce(nullif(t.name, ''), t.email) AS person"
        " FROM audit a LEFT JOIN people w ON w.id = a.person_id"
        " LEFT JOIN products p ON a.object_type IN ('product', 'inventory') AND p.id = a.object_id AND p.market_id = a.market_id"
        " LEFT JOIN orders o ON a.object_type = 'order' AND o.id = a.object_id AND o.market_id = a.market_id"
        " LEFT JOIN people t ON a.object_type = 'person' AND t.id = a.object_id"
        f" WHERE a.market_id = :market_id{sieve.where}{tail}",
        market_id=market_id, **sieve.parameters, **parameters,
    )  # fmt: skip
