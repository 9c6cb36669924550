"""The walk: every route of the URL map, asked for what is the other market's and for what does not exist. The two answers must
be the same, and neither may have a canary."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.isolation.routes import FORMS, KEYS, QUERIES, TOPICS
from tests.isolation.world import NOBODY, PUBLIC, SECRET, World
from tests.people import SAME_ORIGIN
from webapp.web import access

ON_THE_SHELF = re.compile(r"shop\.|orders_api\.place_order$")
"""Endpoints to which what is on a shelf is everybody's; what is not there, they may not tell of."""


@dataclass(frozen=True)
class Ask:
    """One request: of an endpoint, with ids to be filled in."""

    endpoint: str
    method: str
    address: str
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """The names of the ids it needs, in order."""
        return list(dict.fromkeys(re.findall(r"{(\w+)}", f"{self.address} {self.form}")))

    @property
    def is_api(self) -> bool:
        """Whether a token asks, and not a browser."""
        return self.address.startswith("/api/")


@dataclass(frozen=True)
class Caller:
    """Somebody with a browser and, unless a stranger, a token."""

    name: str
    client: FlaskClient
    bearer: Mapping[str, str]


def asks(app: Flask) -> Iterator[Ask]:
    """Everything there is to ask, from the URL map and the topics of its streams."""
    for rule in app.url_map.iter_rules():
        if KEYS.keys() & rule.arguments and "product_id" not in rule.arguments:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if method == "GET" or rule.endpoint in FORMS:
                yield Ask(rule.endpoint, method, _template(rule), FORMS.get(rule.endpoint, {}))
        for query in QUERIES.get(rule.endpoint, ()):
            yield Ask(rule.endpoint, "GET", f"{_template(rule)}?{query}")
    for kind, key in TOPICS.items():
        if key:
            yield Ask("live.stream", "GET", f"/live?topics={kind}:{key}")


def findings(app: Flask, world: World, callers: Sequence[Caller], only: str = "") -> list[str]:
    """What the walk finds wrong, in sentences; with `only` at the endpoints that match alone."""
    return [
        f"{caller.name}: {ask.method} {ask.address} with {given}: {wrong}"
        for ask in asks(app)
        if re.search(only, ask.endpoint)
        for caller in callers
        for given, none in _choices(ask, world)
        for wrong in _wrong(app, caller, ask, given, none)
    ]


def send(caller: Caller, ask: Ask, ids: Mapping[str, str]) -> TestResponse:
    """The answer to a request. What is a stream is not read."""
    headers = {**SAME_ORIGIN, **(caller.bearer if ask.is_api else {})}
    how: dict[str, Any] = {}
    if ask.method in ("POST", "PATCH"):
        how = {"json" if ask.is_api else "data": _filled(ask.form, ids, ask.is_api)}
        if ask.is_api:
            headers["Idempotency-Key"] = f"walk-{next(_keys)}"
    return caller.client.open(ask.address.format(**ids), method=ask.method, headers=headers, **how)


_keys = itertools.count()


def _template(rule: Rule) -> str:
    address = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", str(rule))
    return address.replace("{slug}", "slug")


def of_theirs(ask: Ask, world: World) -> Iterator[dict[str, str]]:
    """Every choice of the other market's ids that a request can be made with."""
    for given in itertools.product(*(world.theirs[name] for name in ask.ids)):
        yield dict(zip(ask.ids, given, strict=True))


def _choices(ask: Ask, world: World) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Ids of the other market, each beside ids that nothing has; of two ids in one address one may be our own."""
    if not ask.ids:
        yield {}, {}
    theirs = {**world.theirs, **({"product_id": world.hidden} if ON_THE_SHELF.match(ask.endpoint) else {})}
    for given in itertools.product(*(theirs[name] for name in ask.ids)):
        whole = dict(zip(ask.ids, given, strict=True))
        yield whole, dict.fromkeys(whole, NOBODY)
        for name in whole if len(whole) > 1 else ():
            mixed = {other: world.ours.get(other, NOBODY) if other != name else id for other, id in whole.items()}
            yield mixed, {**mixed, name: NOBODY}


def _wrong(app: Flask, caller: Caller, ask: Ask, given: Mapping[str, str], none: Mapping[str, str]) -> Iterator[str]:
    shown = _shown(caller, ask, given)
    for word in (SECRET,) if _is_public(app, ask) else (SECRET, PUBLIC):
        # What was asked for may be said again: “Nothing here goes by kestrel”.
        if found := re.search(rf"{word}-[\w-]+", shown):
            yield f"it shows {found[0]}"
    if given != none and (other := _shown(caller, ask, none)) != shown:
        lines = [line for line in difflib.ndiff(shown.splitlines(), other.splitlines()) if line[0] in "+-"]
        yield "it differs from what does not exist:\n" + "\n".join(lines[:12])


def _is_public(app: Flask, ask: Ask) -> bool:
    declared = access.declarations(app)[ask.endpoint]
    return declared is not None and declared.to in ("public", "visitor")


def _shown(caller: Caller, ask: Ask, ids: Mapping[str, str]) -> str:
    """All that an answer tells, without what was asked and without the number of the request; what the next page would say is
    part of it."""
    answer = send(caller, ask, ids)
    headers = [f"{name}: {answer.headers.get(name)}" for name in ("Content-Type", "Location", "Retry-After", "WWW-Authenticate")]  # fmt: skip
    text = "(a stream)" if answer.mimetype == "text/event-stream" else answer.text
    answer.close()
    whole = "\n".join([str(answer.status_code), *headers, text, *_told(caller, ask)])
    address = ask.address.format(**ids)
    for said in (
        address,
        quote(address),
        quote(address, safe=""),
        address.partition("?")[0],
        address.partition("?")[2].partition("&")[0],
    ):
        whole = whole.replace(said, "ASKED") if said else whole
    for id in ids.values():
        whole = whole.replace(id, "ID")
    return re.sub(r"<code>[0-9a-f]+</code>|\"request_id\": ?\"\w+\"", "", whole)


def _told(caller: Caller, ask: Ask) -> Iterator[str]:
    if ask.method == "GET" or ask.is_api:
        return
    with caller.client.session_transaction() as session:
        yield from (f"{kind}: {words}" for kind, words in session.pop("_flashes", ()))


def _filled(form: Any, ids: Mapping[str, str], as_numbers: bool) -> Any:
    if isinstance(form, Mapping):
        return {name: _filled(value, ids, as_numbers) for name, value in form.items()}
    if isinstance(form, list):
        return [_filled(value, ids, as_numbers) for value in form]
    if isinstance(form, str) and form.startswith("{"):
        text = form.format(**ids)
        return int(text) if as_numbers else text
    return form
