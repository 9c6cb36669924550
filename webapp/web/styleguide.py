"""The style guide: every component in every state, in both themes. Registered only while developing and testing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, render_template, request

from webapp.web.access import public
from webapp.web.strip import Density, Key, LineBack, Station, Strip

bp = Blueprint("styleguide", __name__)

NOON = datetime(2026, 11, 22, 14, 2, 7, 102000, tzinfo=UTC)
THEMES = ("light", "dark")
LAYOUTS = ("shop", "console", "plain")
ERRORS = (403, 404, 422, 429, 500, 503)


@bp.get("/styleguide")
@public
def styleguide() -> str:
    """Show everything, in one theme (?theme=light or dark) or in both."""
    wanted = request.args.get("theme", "")
    return render_template(
        "styleguide/index.html",
        themes=(wanted,) if wanted in THEMES else THEMES,
        theme=wanted if wanted in THEMES else None,
        strips={t: strips(t) for t in THEMES},
        narrow={t: strips(f"narrow-{t}") for t in THEMES},
        noon=NOON,
        now=NOON + timedelta(minutes=9),
        errors=ERRORS,
        layouts=LAYOUTS,
    )


@bp.get("/styleguide/layouts/<name>")
@public
def layout(name: str) -> str:
    """Show one layout with a small page inside."""
    if name not in LAYOUTS:
        abort(404)
    theme = request.args.get("theme")
    return render_template(
        f"styleguide/{name}.html",
        strips=strips("page"),
        noon=NOON,
        now=NOON + timedelta(minutes=9),
        theme=theme if theme in THEMES else None,
    )


@bp.get("/styleguide/errors/<int:status>")
@public
def error(status: int) -> str:
    """Show one error page as a stranger would see it."""
    if status not in ERRORS:
        abort(404)
    return render_template(f"errors/{status}.html", retry_after=30)


def strips(place: str) -> list[tuple[str, Strip]]:
    """Every shape a strip can take, each with the words that lead to it; the place keeps ids and labels apart."""
    shapes = _shapes()
    return [(words, replace(strip, id=f"{strip.id}-{place}", label=f"{words}, {place}")) for words, strip in shapes]


def _shapes() -> list[tuple[str, Strip]]:
    return [
        ("Just placed", _strip("placed", _done("placed", "Placed", 0), _now("reserved", "Reserving", 0.1))),
        (
            "Waiting for the bank",
            _strip(
                "waiting",
                _done("placed", "Placed", 0),
                _done("reserved", "Reserved", 0.2, "All 4 items are held for you"),
                _now("paid", "Paying", 1, "Second try, up to 30 seconds"),
                told="By email",
            ),
        ),
        ("Completed", _strip("completed", *_happy(), told="i•••@post.dk", told_at=9.3)),
        (
            "Not enough on the shelf",
            _strip(
                "refused-stock",
                _done("placed", "Placed", 0),
                Station("reserved", "refused", "Not reserved", NOON, notes=("2 of 4 pitchers left",)),
                Station("paid", "skipped", "Paid", instead="never asked"),
                Station("completed", "skipped", "Completed"),
                told="i•••@post.dk",
                told_at=1.2,
                line_back=LineBack("nothing held", "reserved", more="nothing charged"),
            ),
        ),
        (
            "Refused by the bank",
            _strip(
                "refused-payment",
                _done("placed", "Placed", 0),
                _done("reserved", "Reserved", 0.2, "All 4 items"),
                Station("paid", "refused", "Not paid", _at(8), notes=("The card was declined",)),
                Station("completed", "skipped", "Completed"),
                told="i•••@post.dk",
                told_at=9,
                line_back=LineBack("stock released", "paid", more="nothing charged"),
            ),
        ),
        (
            "Cancelled while paying",
            _strip(
                "cancelled",
                _done("placed", "Placed", 0),
                _done("reserved", "Reserved", 0.2),
                Station("paid", "skipped", "Paid", instead="called off"),
                Station("completed", "refused", "Cancelled", _at(20), notes=("By you",)),
                told="i•••@post.dk",
                told_at=21,
                line_back=LineBack("stock released", "completed"),
            ),
        ),
        (
            "Refunded",
            _strip(
                "refunded",
                *_happy()[:3],
                Station("completed", "refused", "Refunded", _at(86400), notes=("€121.70",)),
                told="i•••@post.dk",
                told_at=86402,
                line_back=LineBack("refund on its way", "completed", "paid"),
            ),
        ),
        (
            "Stuck, as the owner sees it",
            _strip(
                "stuck",
                _done("placed", "Placed", 0, "Shopper, web", took="0.18 s"),
                _done("reserved", "Reserved", 0.18, "1 attempt", took="14 min"),
                Station("paid", "stuck", "Paying", _at(0.3), since=True, notes=("3 attempts", "next try in 40 s")),
                density="owner",
            ),
        ),
        (
            "Completed, as the owner sees it",
            _strip(
                "owner",
                _done("placed", "Placed", 0, "Shopper, web", took="0.18 s"),
                _done("reserved", "Reserved", 0.182, "1 attempt", "3 lines, 4 pieces", took="7.83 s"),
                _done("paid", "Paid", 8.015, "2 attempts", "first timed out", took="0.21 s"),
                _done("completed", "Completed", 8.228, "1 attempt", took="1.07 s"),
                told="1 attempt",
                told_at=9.3,
                density="owner",
            ),
        ),
        (
            "Under way, as the operator sees it",
            _strip(
                "operator",
                _done("placed", "Placed", 0, took="0.18 s", ids=("ev 4bf92f35", "orders.events 2 @ 1841")),
                _done("reserved", "Reserved", 0.182, took="7.83 s", ids=("ev 9c1e77aa", "inventory.events 0 @ 977")),
                _now(
                    "paid", "Paying", 1, "attempt 2 of 5", ids=("pay_7Kd02mQ", "payments, lag 0", "next try 14:02:12")
                ),
                density="operator",
            ),
        ),
    ]


def _strip(
    name: str,
    *stations: Station,
    told: str = "",
    told_at: float | None = None,
    density: Density = "shopper",
    line_back: LineBack | None = None,
) -> Strip:
    waiting = (
        Station("reserved", "todo", "Reserved"),
        Station("paid", "todo", "Paid"),
        Station("completed", "todo", "Completed"),
    )
    notes = (told,) if told else ()
    word = "Told you" if density == "shopper" else "Told"
    last = Station(
        "told", "todo" if told_at is None else "done", word, None if told_at is None else _at(told_at), notes=notes
    )
    return Strip((*stations, *waiting[len(stations) - 1 :], last), density, line_back, f"strip-{name}")


def _happy() -> tuple[Station, ...]:
    return (
        _done("placed", "Placed", 0),
        _done("reserved", "Reserved", 0.2, "All 4 items"),
        _done("paid", "Paid", 8, "€121.70, second try"),
        _done("completed", "Completed", 8.2, "Off the shelf and yours"),
    )


def _at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _done(
    key: Key, name: str, seconds: float, *notes: str, took: str | None = None, ids: tuple[str, ...] = ()
) -> Station:
    return Station(key, "done", name, _at(seconds), notes=notes, took=took, ids=ids)


def _now(key: Key, name: str, seconds: float, *notes: str, ids: tuple[str, ...] = ()) -> Station:
    return Station(key, "now", name, _at(seconds), since=True, notes=notes, ids=ids)
