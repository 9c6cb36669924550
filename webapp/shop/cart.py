"""The cart: looked at, filled, changed. A browser gets its cookie when the first thing is put in, and not before; pages of the
shelves never read it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated

from flask import Response, current_app, flash, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from webapp import clock
from webapp.accounts import principal
from webapp.db import Row, transact
from webapp.errors import Conflict, NotFound
from webapp.settings import Settings
from webapp.shop import basket, carts, queries
from webapp.shop.carts import Whose
from webapp.shop.desk import bp
from webapp.web import htmx, reading
from webapp.web.access import visitor
from webapp.web.fields import BIGGEST, MOST_UNITS, Form, WholeText

Product = Annotated[WholeText, Field(ge=1, le=BIGGEST)]


class More(Form):
    """So many of a product, to be put in."""

    product: Product
    quantity: Annotated[WholeText, Field(ge=1, le=MOST_UNITS)] = 1


class Changed(Form):
    """How many of a line there should be; none takes it out."""

    product: Product
    quantity: Annotated[WholeText, Field(ge=0, le=MOST_UNITS)]


class OneLine(Form):
    """A line by its product."""

    product: Product


_OfCart = Callable[[int], None]
_OfLine = Callable[[int, int], None]


def mine() -> Row | None:
    """The cart of who asks, if there is one. Whoever has logged in with a filled cart in the browser finds it in their own."""
    me, token = principal.maybe(), _token()
    if me is not None and token:
        transact(lambda: carts.merge(me.person_id, Whose(token=token), clock.now()))
        g.cart_cookie = ""
    if me is None and not token:
        return None
    return carts.find(Whose(me.person_id) if me else Whose(token=token))


@bp.get("/cart")
@visitor
def cart() -> Response:
    """The cart, by market."""
    return _page()


@bp.get("/cart/badge")
@visitor
def cart_badge() -> str:
    """How many things are in it, as the link at the top of every page."""
    return _badge()


@bp.post("/cart/lines")
@visitor
def put_in() -> ResponseReturnValue:
    """Put so many more of a product in."""
    filled = reading.form(More)
    if filled.data is None:
        return _refused("How many? Write a whole number, one or more.")
    wish = filled.data
    try:
        product, count = transact(lambda: _put(wish))
    except NotFound:
        return _refused("This is not for sale any more.")
    except Conflict as error:
        return _refused(error.detail)
    said = (
        f"{product['name']} is in your basket."
        if count == wish.quantity
        else f"{product['name']}: {count:,} in your basket."
    )
    if count < wish.quantity or count >= product["available"]:
        said += " There are no more of it." if count > 1 else " It is the last one."
    if not htmx.asked():
        flash(said, "done")
        return htmx.go_to("/cart")
    return make_response(_badge() + render_template("shop/_put_in.html", said=said, kind="done"))


@bp.post("/cart/lines/change")
@visitor
def change_line() -> ResponseReturnValue:
    """Have another number of a line, or none."""
    filled = reading.form(Changed)
    if filled.data is None:
        return _unchanged(f"How many? A whole number, at most {MOST_UNITS:,}. Nothing was changed.")
    wish = filled.data
    return _changing(lambda id: _change(id, wish))


@bp.post("/cart/lines/remove")
@visitor
def take_out() -> ResponseReturnValue:
    """Take a line out. The page offers the way back."""
    return _on_line(lambda id, product_id: carts.take_out(id, product_id, clock.now()))


@bp.post("/cart/lines/back")
@visitor
def put_back() -> ResponseReturnValue:
    """Put back what was taken out."""
    return _on_line(carts.put_back)


@bp.after_request
def _keep_cookie(response: Response) -> Response:
    token: str | None = g.get("cart_cookie")
    if token is None:
        return response
    settings: Settings = current_app.extensions["settings"]
    secure = settings.base_url.startswith("https://")
    age = carts.KEPT * 86_400 if token else 0
    response.set_cookie(_cookie(), token, max_age=age, httponly=True, samesite="Lax", secure=secure)
    return response


def _put(wish: More) -> tuple[Row, int]:
    product = queries.product(wish.product)
    me, now = principal.maybe(), clock.now()
    if me is not None:
        cart_id = carts.opened(Whose(me.person_id), now)
    else:
        token = _token() or secrets.token_urlsafe(32)
        cart_id = carts.opened(Whose(token=token), now)
        g.cart_cookie = token
    return product, carts.put(cart_id, product, wish.quantity, now)


def _change(cart_id: int, wish: Changed) -> None:
    if wish.quantity == 0:
        carts.take_out(cart_id, wish.product, clock.now())
    elif (product := queries.for_sale([wish.product]).get(wish.product)) is not None:
        carts.change(cart_id, product, wish.quantity)


def _on_line(change: _OfLine) -> ResponseReturnValue:
    filled = reading.form(OneLine)
    if filled.data is None:
        return _unchanged("Which line? Nothing was changed.")
    wish = filled.data
    return _changing(lambda id: change(id, wish.product))


def _changing(change: _OfCart) -> ResponseReturnValue:
    found = mine()
    if found is not None:
        transact(lambda: change(found["id"]))
    return _moving() if htmx.asked() else htmx.go_to("/cart")


def _unchanged(said: str) -> ResponseReturnValue:
    if htmx.asked():
        return _moving(422, said)
    flash(said, "stop")
    return _page(422)


def _refused(said: str) -> ResponseReturnValue:
    if htmx.asked():
        return make_response(_badge() + render_template("shop/_put_in.html", said=said, kind="wait"))
    flash(said, "wait")
    return _page(422)


def _page(status: int = 200) -> Response:
    return make_response(render_template("shop/cart.html", market=None, basket_now=basket.read(mine())), status)


def _moving(status: int = 200, said: str = "") -> Response:
    shown = basket.read(mine())
    text = render_template("shop/_cart.html", basket_now=shown, said=said)
    return make_response(text + render_template("shop/_basket.html", pieces_in=shown.count, swapped=True), status)


def _badge() -> str:
    return render_template("shop/_basket.html", pieces_in=basket.pieces_in(mine()))


def _token() -> str:
    given: str = g.get("cart_cookie") or request.cookies.get(_cookie(), "")
    return given if len(given) <= 64 and given.isascii() else ""


def _cookie() -> str:
    settings: Settings = current_app.extensions["settings"]
    # The prefix makes browsers refuse the cookie from anyone but this very host.
    return "__Host-basket" if settings.base_url.startswith("https://") else "basket"
