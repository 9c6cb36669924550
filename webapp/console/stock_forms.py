"""What changes the owner's stock: adjusting, counting, the threshold, pausing. To look at it, see `stock`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from webapp.accounts import audit, principal
from webapp.console import queries
from webapp.console.desk import Undo, bp, done, not_done, show
from webapp.console.stock import REASONS, ledger_page, there
from webapp.db import Row, db, transact
from webapp.errors import Conflict, MarketError, NotFound
from webapp.inventory import commands
from webapp.products.queries import product_of
from webapp.web import figures, reading, trace
from webapp.web.access import works_for_market
from webapp.web.fields import BIGGEST, MOST_ON_HAND, Form, WholeText, label, refuse
from webapp.web.reading import Filled, sentence

LABELS = {
    "delta": "Change",
    "on_hand": "Counted",
    "low_stock_threshold": "Threshold",
    "reason": "Reason",
    "note": "Note",
}


def _signed(typed: object) -> object:
    # People write "+12", and phones make a real minus of a hyphen.
    return typed.strip().replace("−", "-").removeprefix("+") if isinstance(typed, str) else typed


def _not_zero(delta: int) -> int:
    return delta or refuse("zero", "Write how many came in, or how many went out with a minus.")


Note = Annotated[str, StringConstraints(max_length=500), AfterValidator(label)]
Units = Annotated[WholeText, Field(ge=0, le=MOST_ON_HAND)]


class Adjustment(Form):
    """Units put in or taken out, and why."""

    delta: Annotated[
        WholeText, BeforeValidator(_signed), Field(ge=-MOST_ON_HAND, le=MOST_ON_HAND), AfterValidator(_not_zero)
    ]
    reason: Literal["received", "damaged", "loss", "return", "correction", "promotion"]
    note: Note = ""
    back: str = ""


class Count(Form):
    """What was counted on the shelf. `expected` is what was there when the counting began, `seen` the ledger's last entry then."""

    on_hand: Units
    note: Note = ""
    expected: Units
    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]
    seen: Annotated[WholeText, Field(ge=0, le=BIGGEST)] = 0


class Movement(Form):
    """An entry of the ledger."""

    movement: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


class Threshold(Form):
    """Where low begins."""

    low_stock_threshold: Units
    version: Annotated[WholeText, Field(ge=1, le=BIGGEST)]


@bp.get("/stock/<id:product_id>/adjust")
@works_for_market()
def adjusting(product_id: int) -> Response:
    """Show the form that puts units in or takes them out."""
    return _page("stock_adjust.html", product_id, Filled({"reason": "received"}), reasons=REASONS)


@bp.post("/stock/<id:product_id>/adjust")
@works_for_market()
def adjust(product_id: int) -> ResponseReturnValue:
    """Put units in or take them out, with the reason (F5)."""
    me = principal.current()
    there(product_id)
    filled = reading.form(Adjustment)
    form = filled.data
    if form is None:
        return _page("stock_adjust.html", product_id, filled, 422, reasons=REASONS)

    def adjusted() -> tuple[Row, Row, int]:
        _refuse_deleted(product_id)
        before, after = commands.adjust(
            me.market_id, product_id, form.delta, form.reason, form.note or None, me.email, trace.cause()
        )
        became = {**commands.audited(after), "delta": form.delta, "reason": form.reason}
        audit.record(
            "stock.adjust", "inventory", product_id, commands.audited(before), became, me.market_id, actor=me.actor
        )
        return before, after, queries.newest_movement(product_id)

    try:
        before, after, entry = transact(adjusted)
    except MarketError as error:
        return _page("stock_adjust.html", product_id, filled.refused(error), 422, reasons=REASONS)
    was, now = before["on_hand"], after["on_hand"]
    word = f"{figures.count_text(abs(form.delta))} {'added' if form.delta > 0 else 'taken out'}"
    return done(
        f"{word}: there were {figures.count_text(was)}, now there are {figures.count_text(now)}.", _back(product_id, form.back),
        _undo(product_id, entry),
    )  # fmt: skip


@bp.get("/stock/<id:product_id>/count")
@works_for_market()
def counting(product_id: int) -> Response:
    """Show the form that takes what was counted."""
    return _page("stock_count.html", product_id, Filled({}))


@bp.post("/stock/<id:product_id>/count")
@works_for_market()
def count(product_id: int) -> ResponseReturnValue:
    """Set the figure to what was counted (F4). A count that began before something moved is shown again with what moved."""
    me = principal.current()
    there(product_id)
    filled = reading.form(Count)
    form = filled.data
    if form is None:
        return _page("stock_count.html", product_id, filled, 422)
    try:
        before, after, entry = _set(
            product_id,
            note=form.note or None,
            on_hand=form.on_hand,
            expected_version=form.version,
            expected_on_hand=form.expected,
        )
    except Conflict as error:
        if error.kind not in ("stale-count", "stale-version"):
            return _page("stock_count.html", product_id, filled.refused(error), 422)
        moved = queries.movements_after(me.market_id, product_id, form.seen)
        typed: Filled[Count] = Filled(
            {name: value for name, value in filled.values.items() if name in ("on_hand", "note")}
        )
        return _page("stock_count.html", product_id, typed, 409, was=form.expected, moved=moved)
    except MarketError as error:
        return _page("stock_count.html", product_id, filled.refused(error), 422)
    change = after["on_hand"] - before["on_hand"]
    said = f"a change of {figures.change_text(change)}" if change else "as expected"
    undo = _undo(product_id, entry) if change else None
    return done(f"Counted {figures.count_text(after['on_hand'])}, {said}.", _back(product_id), undo)


@bp.post("/stock/<id:product_id>/undo")
@works_for_market()
def undo_movement(product_id: int) -> ResponseReturnValue:
    """Take back an adjustment or a count by a correction, whatever was sold since."""
    me = principal.current()
    there(product_id)
    address = f"/console/stock/{product_id}"
    filled = reading.form(Movement)
    form = filled.data
    if form is None:
        return not_done(filled.problem, address)

    def undone() -> tuple[Row, Row, int]:
        _refuse_deleted(product_id)
        before, after = commands.undo(me.market_id, product_id, form.movement, me.email, trace.cause())
        became = {**commands.audited(after), "delta": after["on_hand"] - before["on_hand"], "undoes": form.movement}
        audit.record(
            "stock.adjust", "inventory", product_id, commands.audited(before), became, me.market_id, actor=me.actor
        )
        return before, after, queries.newest_movement(product_id)

    try:
        before, after, entry = transact(undone)
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    was, now = figures.count_text(before["on_hand"]), figures.count_text(after["on_hand"])
    return done(f"Undone: there were {was}, now there are {now}.", address, _undo(product_id, entry))


@bp.post("/stock/<id:product_id>/threshold")
@works_for_market()
def set_threshold(product_id: int) -> ResponseReturnValue:
    """Say where low begins."""
    there(product_id)
    filled = reading.form(Threshold)
    form = filled.data
    if form is None:
        return ledger_page(product_id, filled, 422)
    address = f"/console/stock/{product_id}"
    try:
        before, after, _ = _set(product_id, low_stock_threshold=form.low_stock_threshold, expected_version=form.version)
    except MarketError as error:
        return ledger_page(
            product_id, Filled(filled.values, None, {"low_stock_threshold": sentence(error.detail)}), error.status
        )
    was = {"low_stock_threshold": before["low_stock_threshold"], "version": after["version"]}
    return done(
        f"Low begins at {figures.count_text(form.low_stock_threshold)} now.", address, Undo(f"{address}/threshold", was)
    )


@bp.post("/stock/<id:product_id>/pause")
@works_for_market()
def pause(product_id: int) -> ResponseReturnValue:
    """Let a product take no orders until it is activated again. What is set aside stays set aside."""
    return _switch(product_id, False, "Paused: it takes no orders. What is set aside stays set aside.")


@bp.post("/stock/<id:product_id>/activate")
@works_for_market()
def activate(product_id: int) -> ResponseReturnValue:
    """Let a product take orders again."""
    return _switch(product_id, True, "It takes orders again.")


def _switch(product_id: int, active: bool, said: str) -> ResponseReturnValue:
    there(product_id)
    address = f"/console/stock/{product_id}"
    try:
        _set(product_id, active=active)
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    return done(said, address, Undo(f"{address}/{'pause' if active else 'activate'}", {}))


def _undo(product_id: int, entry: int) -> Undo:
    return Undo(f"/console/stock/{product_id}/undo", {"movement": entry})


def _set(product_id: int, **given: Any) -> tuple[Row, Row, int]:
    """The figures before and after, and the newest entry of the ledger: that of a count which changed something."""
    me = principal.current()

    def was_set() -> tuple[Row, Row, int]:
        _refuse_deleted(product_id)
        before, after = commands.set_figures(me.market_id, product_id, me.email, trace.cause(), **given)
        audit.record(
            "inventory.set",
            "inventory",
            product_id,
            commands.audited(before),
            commands.audited(after),
            me.market_id,
            actor=me.actor,
        )
        return before, after, queries.newest_movement(product_id)

    return transact(was_set)


def _refuse_deleted(product_id: int) -> None:
    # The inventory hears of the deletion a moment later than the product: until then the product tells.
    if product_of(principal.current().market_id, product_id, with_deleted=True).deleted_at is not None:
        raise Conflict("this product is deleted; its stock can no longer be changed", kind="product-deleted")


def _page(template: str, product_id: int, form: Filled[Any], status: int = 200, **names: Any) -> Response:
    db.session.rollback()
    stock = there(product_id)
    if stock["product_deleted_at"] is not None:
        raise NotFound("this product is deleted; its ledger can still be read")
    return show(template, "stock", status, stock=stock, form=form, labels=LABELS, **names)


def _back(product_id: int, asked: str = "") -> str:
    """The list that a popover was opened in, else the stock's own page."""
    return asked if asked.startswith("/console/stock?") and asked.isprintable() else f"/console/stock/{product_id}"
