"""The pictures of a product: several at once, their order, what is to be seen on them, and taking one away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field, StringConstraints
from werkzeug.exceptions import RequestEntityTooLarge

from webapp import clock
from webapp.accounts import audit, principal
from webapp.accounts.principal import Principal
from webapp.console.desk import Undo, bp, done, not_done, show
from webapp.db import db, fetch, rows, transact
from webapp.errors import Invalid, MarketError, NotFound
from webapp.live import LiveState, Topic, id_in
from webapp.products import encoding, images
from webapp.products.models import WAITING
from webapp.products.queries import images_of, product_of
from webapp.web import reading
from webapp.web.access import works_for_market
from webapp.web.fields import Form, WholeText, label
from webapp.web.reading import sentence

F = TypeVar("F", bound=Form)

MOST_AT_ONCE = 10
MOST_SENT = 40 * 1024 * 1024
"""Bytes of one upload, all files together."""


class About(Form):
    """What is to be seen on a picture, and where it goes; an arrow sends the words along, so that none are lost."""

    alt: Annotated[str, StringConstraints(max_length=300), AfterValidator(label)] = ""
    go: Literal["", "first", "earlier", "later"] = ""


class Placed(Form):
    """Where a picture goes, 1 being the first."""

    place: Annotated[WholeText, Field(ge=1, le=images.MOST_PICTURES)]


@bp.get("/products/<id:product_id>/pictures")
@works_for_market()
def pictures(product_id: int) -> Response:
    """Show all pictures of a product, to order, describe and remove."""
    return _page(product_id)


@bp.get("/products/<id:product_id>/pictures/state")
@works_for_market()
def pictures_state(product_id: int) -> str:
    """The part of the page that moves while pictures are made ready."""
    return _state(product_of(principal.current().market_id, product_id).id).text


@bp.post("/products/<id:product_id>/pictures")
@works_for_market()
def add_pictures(product_id: int) -> ResponseReturnValue:
    """Take pictures in. What is no picture is refused here, by its content; a worker makes the sizes of the others."""
    # Only this route reads more than a form. A larger file is on a disk and not in memory before it gets here.
    request.max_content_length = MOST_SENT
    me = principal.current()
    product_of(me.market_id, product_id)
    try:
        new = _looked_at()
        transact(lambda: _add(me, product_id, new))
    except RequestEntityTooLarge:
        return _page(product_id, f"Together these are larger than {MOST_SENT // 1024**2} MiB. Send fewer at once.", 413)
    except NotFound:
        raise
    except MarketError as error:
        return _page(product_id, error.errors[0].message if error.errors else sentence(error.detail), error.status)
    many = "1 picture has" if len(new) == 1 else f"{len(new)} pictures have"
    return done(
        f"{many} arrived. Say what is to be seen, for who cannot see it.", f"/console/products/{product_id}/pictures"
    )


@bp.post("/products/<id:product_id>/pictures/<id:image_id>")
@works_for_market()
def change_picture(product_id: int, image_id: int) -> ResponseReturnValue:
    """Say what is to be seen on a picture, and put it first, earlier or later."""
    return _changed(product_id, image_id, About, _change)


@bp.post("/products/<id:product_id>/pictures/<id:image_id>/place")
@works_for_market()
def place_picture(product_id: int, image_id: int) -> ResponseReturnValue:
    """Put a picture back where it was."""
    return _changed(
        product_id, image_id, Placed, lambda me, product, image, form: _move(me, product, image, form.place)
    )


@bp.post("/products/<id:product_id>/pictures/<id:image_id>/remove")
@works_for_market()
def remove_picture(product_id: int, image_id: int) -> ResponseReturnValue:
    """Take a picture away."""
    me = principal.current()

    def removed() -> str:
        before = images.remove(me.market_id, product_id, image_id)
        was = {"picture": before["filename"], "alt": before["alt"]}
        audit.record("product.picture.remove", "product", product_id, was, None, me.market_id, actor=me.actor)
        return str(before["filename"])

    return done(f"{transact(removed)} is removed.", f"/console/products/{product_id}/pictures")


def _looked_at() -> list[images.NewPicture]:
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        raise Invalid.field("files", "required", "Choose a JPEG, PNG or WebP picture.")
    if len(sent) > MOST_AT_ONCE:
        raise Invalid.field("files", "too-many", f"Send {MOST_AT_ONCE} pictures at once at most.")
    new = []
    for file in sent:
        name = _plain_name(file.filename or "")
        data = file.stream.read(encoding.MOST_BYTES + 1)
        try:
            width, height = encoding.look(data)
        except Invalid as error:
            raise Invalid.field("files", error.errors[0].code, f"{name}: {error.errors[0].message}") from error
        new.append(images.NewPicture(name, data, width, height))
    return new


def _plain_name(sent: str) -> str:
    name = sent.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign if sign.isprintable() else "_" for sign in name)[:120] or "picture"


def _add(me: Principal, product_id: int, new: Sequence[images.NewPicture]) -> None:
    images.add(me.market_id, product_id, new)
    audit.record_all(
        [audit.Change("product.picture.add", "product", product_id, None, {"picture": picture.filename}, me.market_id) for picture in new],
        actor=me.actor,
    )  # fmt: skip


def _changed(
    product_id: int, image_id: int, model: type[F], change: Callable[[Principal, int, int, F], tuple[str, int]]
) -> ResponseReturnValue:
    """Change a picture as a form says, and go back to it: `change` gives what is to be said, and the place it had or 0."""
    me = principal.current()
    address = f"/console/products/{product_id}/pictures"
    filled = reading.form(model)
    form = filled.data
    if form is None:
        product_of(me.market_id, product_id)
        return not_done(filled.problem, address)
    said, was_at = transact(lambda: change(me, product_id, image_id, form))
    back = Undo(f"{address}/{image_id}/place", {"place": was_at}) if was_at else None
    return done(said, f"{address}#picture-{image_id}", back)


def _change(me: Principal, product_id: int, image_id: int, form: About) -> tuple[str, int]:
    before, after = images.describe(me.market_id, product_id, image_id, form.alt)
    if before["alt"] != after["alt"]:
        was, became = ({"picture": row["filename"], "alt": row["alt"]} for row in (before, after))
        audit.record("product.picture.describe", "product", product_id, was, became, me.market_id, actor=me.actor)
    if not form.go:
        return "The words are saved.", 0
    there = [row["id"] for row in images_of(product_id)]
    place = {"first": 1, "earlier": there.index(image_id), "later": there.index(image_id) + 2}[form.go]
    return _move(me, product_id, image_id, place)


def _move(me: Principal, product_id: int, image_id: int, place: int) -> tuple[str, int]:
    """What is to be said of it, and the place that the picture had; 0 when it stays there."""
    was_at, now_at = images.move(me.market_id, product_id, image_id, place)
    if was_at == now_at:
        return f"It is the {'first' if now_at == 1 else 'last'} already.", 0
    names = {row["id"]: row["filename"] for row in images_of(product_id)}
    was, became = ({"picture": names[image_id], "place": at} for at in (was_at, now_at))
    audit.record("product.picture.move", "product", product_id, was, became, me.market_id, actor=me.actor)
    return ("It is the first now: the shelf shows it." if now_at == 1 else f"It is number {now_at} now."), was_at


def _page(product_id: int, error: str = "", status: int = 200) -> Response:
    db.session.rollback()
    found = product_of(principal.current().market_id, product_id)
    return show("product_pictures.html", "products", status, product=found, error=error, **_view(product_id))


def _view(product_id: int) -> dict[str, Any]:
    there = images_of(product_id)
    moving = any(image["status"] == WAITING for image in there)
    return {"images": there, "moving": moving, "product_id": product_id, "most": images.MOST_PICTURES}


def _authorise(key: str) -> int:
    return product_of(principal.current().market_id, id_in(key)).id


def _versions(product_ids: Sequence[int]) -> Mapping[int, str]:
    found = fetch(
        "SELECT asked.id, count(i.id) AS images, max(i.updated_at) AS at"
        f" FROM {rows('asked', id='bigint')} LEFT JOIN product_images i ON i.product_id = asked.id GROUP BY asked.id",
        asked=[{"id": product_id} for product_id in product_ids],
    )
    return {row["id"]: f"{row['images']}-{row['at']}" for row in found}


def _state(product_id: int) -> LiveState:
    shown = _view(product_id)
    text = render_template("console/_product_pictures.html", now=clock.to_datetime(clock.now()), **shown)
    return LiveState(text, final=not shown["moving"])


PICTURES = Topic(kind="product-pictures", about=images.ABOUT, authorise=_authorise, versions=_versions, render=_state)
