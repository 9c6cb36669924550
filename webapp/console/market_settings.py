"""The market's own page of settings, for its owners: what it is called, what it says, how it looks, what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.accounts import markets, principal, queries, theme
from webapp.accounts.markets import Logo
from webapp.accounts.models import OWNER
from webapp.accounts.principal import Principal
from webapp.console.desk import bp, done, show
from webapp.console.settings_look import sides_of
from webapp.db import Row, db, fetch, transact
from webapp.errors import Conflict, Invalid
from webapp.products import encoding
from webapp.products.encoding import SIZES
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, Form, Query, WholeText, label, one_line, plain, refuse
from webapp.web.reading import Filled

ADDRESS = "/console/settings"
LABELS = {"name": "Name", "tagline": "Line below the name", "hero_title": "Headline", "hero_text": "Words below the headline", "accent": "Colour",
          "logo": "Logo", "wants_delivery": "Delivery"}  # fmt: skip
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 4_000_000
LOGO_SIZES = SIZES[:2]
"""A logo is small, so that it is made ready while its owner waits: a tenth of a second on two cores."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _colour(typed: object) -> object:
    if not _COLOUR.fullmatch(str(typed).strip()):
        refuse("not-a-colour", "Write a colour as # and six signs from 0 to 9 and a to f, like #17594a.")
    return str(typed).strip().lower()


def _running(text: str) -> str:
    return " ".join(plain(text).split())


Colour = Annotated[str, BeforeValidator(_colour)]


class MarketForm(Form):
    """A market as its owner types it; `version` is the one that was on the page."""

    name: Annotated[str, StringConstraints(max_length=120), AfterValidator(one_line)]
    tagline: Annotated[str, StringConstraints(max_length=200), AfterValidator(label)] = ""
    hero_title: Annotated[str, StringConstraints(max_length=120), AfterValidator(label)] = ""
    hero_text: Annotated[str, StringConstraints(max_length=400), AfterValidator(_running)] = ""
    accent: Colour
    wants_delivery: Literal["", "yes"] = ""
    remove_logo: Literal["", "yes"] = ""
    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]

    def stored(self, now: Row) -> dict[str, Any]:
        """The same as the market's row keeps it. A colour that was not touched leaves the theme that it stands for."""
        fields = {name: getattr(self, name) for name in ("name", "tagline", "hero_title", "hero_text")}
        kept = now["theme"] if self.accent == theme.picked(now["theme"]) else theme.made_of(self.accent)
        return {
            **fields,
            "theme": kept,
            "wants_delivery": self.wants_delivery == "yes",
            **({"logo": None} if self.remove_logo else {}),
        }


class Tried(Query):
    """A colour that is being chosen; the present one where none is."""

    accent: Colour | None = None


@bp.get("/settings")
@works_for_market(OWNER)
def market_settings() -> Response:
    """Show the market's settings."""
    market = queries.market_by_id(principal.current().market_id)
    return _page(Filled(_values(market)), market)


@bp.get("/settings/look")
@works_for_market(OWNER)
def try_a_colour() -> Response:
    """How the market would look in a colour: the part of the page that follows the choice."""
    market = queries.market_by_id(principal.current().market_id)
    accent = reading.query(Tried).accent
    tried = theme.made_of(accent) if accent else market["theme"]
    return make_response(render_template("console/_settings_look.html", sides=sides_of(tried), name=market["name"]))


@bp.post("/settings")
@works_for_market(OWNER)
def change_market() -> ResponseReturnValue:
    """Change the market. A form that is older than the market is shown again with what changed meanwhile."""
    # Only this route and the products' pictures read more than a form.
    request.max_content_length = MOST_BYTES + reading.MOST_BYTES
    me = principal.current()
    try:
        filled = reading.form(MarketForm)
    except RequestEntityTooLarge:
        now = _now(me)
        return _page(Filled(_values(now), None, {"logo": _too_large()}), now, 413)
    form = filled.data
    try:
        logo = _logo()
    except Invalid as error:
        return _page(filled.refused(error), _now(me), 422)
    if form is None:
        return _page(_sent_again(filled, logo), _now(me), 422)
    try:
        before, after = transact(lambda: _change(me, form, logo))
    except Conflict as error:
        if error.kind != "stale-version":
            raise
        return _stale(filled, me)
    return done(
        "The market is changed." if before is not after else "Nothing was different, so nothing was changed.", ADDRESS
    )


def _change(me: Principal, form: MarketForm, logo: Logo | None) -> tuple[Row, Row]:
    stored = form.stored(queries.market_by_id(me.market_id))
    return markets.change(me.market_id, form.version, stored, logo, actor=me.actor)


def _logo() -> Logo | None:
    """The logo that was sent, made ready; None where none was. Raises Invalid naming the field."""
    sent = request.files.get("logo")
    if sent is None or not sent.filename:
        return None
    data = sent.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Invalid.field("logo", "too-large", _too_large())
    try:
        width, height = encoding.look(data)
        if width * height > MOST_PIXELS:
            message = f"This logo has {width:,} × {height:,} pixels. At most {MOST_PIXELS // 10**6} million fit here."
            raise encoding.refusal("too-many-pixels", message)
        made = encoding.encode(data, LOGO_SIZES)
    except Invalid as error:
        raise Invalid.field("logo", error.errors[0].code, error.errors[0].message) from error
    return Logo(made.hash, made.width, made.height, [(file.size, file.kind, file.data) for file in made.files])


def _too_large() -> str:
    return f"This file is larger than {MOST_BYTES // 1024**2} MiB. Send a smaller one."


def _sent_again(filled: Filled[MarketForm], logo: Logo | None) -> Filled[MarketForm]:
    # A browser does not give a file a second time by itself.
    return Filled(filled.values, None, {**filled.errors, **({"logo": "Choose the logo again."} if logo else {})})


def _stale(filled: Filled[MarketForm], me: Principal) -> Response:
    # What was typed stays in the form, which now stands on the present version: saving it again is then meant.
    market = _now(me)
    now, typed = _values(market), {"wants_delivery": "", **filled.values}
    changes = [
        (LABELS[name], now[name], typed[name])
        for name in LABELS
        if name in now and name in typed and now[name] != typed[name].strip()
    ]
    [last] = fetch(
        "SELECT coalesce(nullif(p.name, ''), a.actor) AS who FROM audit a LEFT JOIN people p ON p.id = a.person_id"
        " WHERE a.object_type = 'market' AND a.object_id = :id ORDER BY a.id DESC LIMIT 1",
        id=me.market_id,
    ) or [{"who": "Somebody"}]  # fmt: skip
    return _page(Filled({**filled.values, "version": now["version"]}), market, 409, changes=changes, who=last["who"])


def _now(me: Principal) -> Row:
    db.session.rollback()
    return queries.market_by_id(me.market_id)


def _values(market: Row) -> dict[str, str]:
    return {
        **{name: str(market[name]) for name in ("name", "tagline", "hero_title", "hero_text", "version")},
        "accent": theme.picked(market["theme"]), "wants_delivery": "yes" if market["wants_delivery"] else "",
    }  # fmt: skip


def _page(form: Filled[Any], market: Row, status: int = 200, **names: Any) -> Response:
    typed: Mapping[str, str] = form.values
    accent = typed.get("accent", "").strip()
    shown = (
        market["theme"]
        if accent == theme.picked(market["theme"]) or not _COLOUR.fullmatch(accent)
        else theme.made_of(accent)
    )
    return show(
        "settings.html", "settings", status, form=form, market_row=market, labels=LABELS, sides=sides_of(shown), name=market["name"],
        own=theme.OWN, **names,
    )  # fmt: skip
