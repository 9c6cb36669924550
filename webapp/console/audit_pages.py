"""The audit of a market, for its owners: every change, who made it, from where, and what was before and after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BeforeValidator, Field

from webapp import clock
from webapp.accounts import members, principal
from webapp.accounts.models import OWNER
from webapp.console import audit_queries, audit_words, downloads
from webapp.console.audit_queries import NOBODY, Sieve
from webapp.console.audit_words import KINDS, OBJECTS
from webapp.console.desk import bp, show
from webapp.console.home_period import number_of
from webapp.console.paging import Day, Listed, href, window
from webapp.console.rollups.counting import DAY
from webapp.db import Row, from_json
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, WholeText, refuse

ADDRESS = "/console/audit"
HEADER = (
    "Change",
    "When",
    "Who",
    "Email",
    "With a token",
    "From",
    "Action",
    "Kind",
    "Number",
    "Field",
    "Before",
    "After",
)
Thing = tuple[str, int]

_THING = re.compile(rf"({'|'.join(OBJECTS)})-([0-9]{{1,19}})")


def _thing(typed: object) -> object:
    if typed == "":
        return None
    found = _THING.fullmatch(str(typed))
    if found is None or int(found[2]) > BIGGEST:
        refuse("not-an-object", "Name one thing, like product-7.")
    return found[1], int(found[2])


class AuditList(Listed):
    """Which changes; days are whole, both included, UTC."""

    person: Annotated[WholeText, Field(ge=NOBODY, le=BIGGEST)] | None = None
    kind: Literal[
        "",
        "product",
        "inventory",
        "order",
        "email",
        "import",
        "product_change",
        "order_change",
        "market",
        "person",
        "letter",
        "token",
    ] = ""
    object: Annotated[Thing | None, BeforeValidator(_thing)] = None
    since: Day = None
    until: Day = None

    @property
    def sieve(self) -> Sieve:
        """The same for the query."""
        kind, number = self.object or ("", None)
        return Sieve(
            self.person, self.kind, number, OBJECTS.get(kind, ()), number_of(self.since) * DAY if self.since else None,
            (number_of(self.until) + 1) * DAY if self.until else None,
        )  # fmt: skip

    @property
    def view(self) -> dict[str, Any]:
        """The same for an address."""
        days = {name: day.isoformat() if day else "" for name, day in (("since", self.since), ("until", self.until))}
        return {"person": self.person, "kind": self.kind, "object": "-".join(map(str, self.object or ())), **days}


@bp.get("/audit")
@works_for_market(OWNER)
def audit_list() -> Response:
    """List the market's changes, newest first."""
    asked = reading.query(AuditList)
    place = principal.current().place
    seen = window(("a.at", "a.id"), asked, descending=True)
    found = audit_queries.changes(place.id, asked.sieve, seen.where + seen.order, **seen.parameters)
    page = seen.page(found, lambda row: (row["at"], row["id"]), ADDRESS, **asked.view)
    people = [(row["id"], row["name"] or row["email"]) for row in members.members(place.id)]
    changes = audit_words.read(page.rows, place.currency)
    return show(
        "audit.html", "audit", page=page, changes=changes, asked=asked, kinds=KINDS, people=[*people, (NOBODY, "Nobody: a machine or a guest")],
        person=_name_of(asked.person, people, page.rows), thing=_thing_text(asked.object, changes),
        export=href(f"{ADDRESS}.csv", **asked.view), without=lambda name: href(ADDRESS, **{**asked.view, name: ""}),
        filtered=any(value not in ("", None) for value in asked.view.values()),
    )  # fmt: skip


@bp.get("/audit.csv")
@works_for_market(OWNER)
def audit_csv() -> Response:
    """The same changes as CSV, oldest first, a line for each field, read page by page while they are sent."""
    asked = reading.query(AuditList)
    place = principal.current().place

    def page(last: Row | None) -> list[Row]:
        return audit_queries.changes(
            place.id, asked.sieve, " AND (a.at, a.id) > (:after_at, :after_id) ORDER BY a.at, a.id LIMIT :limit",
            after_at=last["at"] if last else -1, after_id=last["id"] if last else 0, limit=downloads.PAGE_ROWS,
        )  # fmt: skip

    def lines(found: Sequence[Row]) -> list[downloads.Cells]:
        return [line for row in found for line in _lines(row, place.currency)]

    return downloads.of_list(f"{place.slug}-audit", HEADER, page, lines)


def _name_of(person: int | None, people: list[tuple[int, str]], found: Any) -> str:
    # Whoever never changed anything here stays without a name: an address must not tell who has an account.
    if person is None:
        return ""
    told = {**{row["person_id"]: row["who"] or row["actor"] for row in found}, **dict(people)}
    return "nobody" if person == NOBODY else told.get(person, "one person")


def _thing_text(thing: Thing | None, changes: list[audit_words.Change]) -> str:
    if thing is None:
        return ""
    named = next((change.about for change in changes if change.about), "")
    return named or f"{thing[0].capitalize()} {thing[1]}"


def _lines(row: Row, currency: str) -> list[list[str | int]]:
    before, after = (from_json(row[side]) if row[side] else {} for side in ("before", "after"))
    who = [
        row["id"], clock.rfc3339(row["at"]), row["who"] or row["actor"], row["actor"], "yes" if row["token_id"] else "", row["address"].strip("-"),
        row["action"], row["object_type"], row["object_id"],
    ]  # fmt: skip
    told = audit_words.cells(before, after, currency, shown=False)
    return [[*who, cell.label, cell.was or "", cell.became or ""] for cell in told] or [[*who, "", "", ""]]
