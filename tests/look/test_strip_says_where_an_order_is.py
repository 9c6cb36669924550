"""The flow strip: threads follow from states, and what is drawn is also said."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask, get_template_attribute, render_template

from webapp.web.strip import Key, LineBack, State, Station, Strip

AT = datetime(2026, 11, 22, 14, 2, 7, 102000, tzinfo=UTC)


def strip_of(*states: State, **overrides: object) -> Strip:
    """A strip of five stations in these states."""
    keys: tuple[Key, ...] = ("placed", "reserved", "paid", "completed", "told")
    stations = tuple(Station(key, state, key.capitalize(), AT) for key, state in zip(keys, states, strict=True))
    return Strip(stations, **overrides)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "threads"),
    [
        (("done", "done", "now", "todo", "todo"), ["full", "half", "", "", ""]),
        (("done", "done", "done", "done", "done"), ["full", "full", "full", "full", ""]),
        (("done", "refused", "skipped", "skipped", "done"), ["full", "dashed", "dashed", "dashed", ""]),
        (("done", "done", "stuck", "todo", "todo"), ["full", "half", "dashed", "", ""]),
        (("done", "done", "skipped", "refused", "done"), ["full", "dashed", "dashed", "dashed", ""]),
    ],
)
def test_the_thread_after_a_station_follows_from_the_states(states: tuple[State, ...], threads: list[str]) -> None:
    """Full behind what is done, half before what is under way, dashes where nothing will come."""
    strip = strip_of(*states)
    assert [strip.thread_after(index) for index in range(5)] == threads


def test_a_strip_moves_until_nothing_is_under_way() -> None:
    """A page listens as long as a station is now or stuck."""
    assert strip_of("done", "now", "todo", "todo", "todo").moving
    assert strip_of("done", "done", "stuck", "todo", "todo").moving
    assert not strip_of("done", "refused", "skipped", "skipped", "done").moving


def test_the_state_is_text_and_the_current_step_is_marked(drawn: Flask) -> None:
    """What the marks show is said to who does not see them."""
    html = render_template("components/_strip.html", strip=strip_of("done", "now", "todo", "todo", "todo"))
    assert html.count('aria-current="step"') == 1
    assert [re.sub(r"<[^>]+>", "", name) for name in re.findall(r'station-name">(.*?</span>)</span>', html)] == [
        "Placed, done",
        "Reserved, under way",
        "Paid, to come",
        "Completed, to come",
        "Told, to come",
    ]
    assert "data-final" not in html


def test_a_settled_strip_says_that_it_is_final(drawn: Flask) -> None:
    """The live page stops at it."""
    assert "data-final" in render_template(
        "components/_strip.html", strip=strip_of("done", "done", "done", "done", "done")
    )


def test_a_refusal_draws_the_line_back_to_where_the_goods_went(drawn: Flask) -> None:
    """From the refused station to the one it names, on the line and as text."""
    strip = strip_of(
        "done",
        "done",
        "refused",
        "skipped",
        "done",
        line_back=LineBack("stock released", "paid", more="nothing charged"),
    )
    html = render_template("components/_strip.html", strip=strip)
    assert 'class="line-back" data-from="3" data-to="1"><span>stock released</span>' in html
    assert "stock released, nothing charged" in html


def test_owners_see_milliseconds_and_shoppers_seconds(drawn: Flask) -> None:
    """The density chooses how exact a time is."""
    states: tuple[State, ...] = ("done", "now", "todo", "todo", "todo")
    assert ">14:02:07<" in render_template("components/_strip.html", strip=strip_of(*states))
    assert ">14:02:07.102<" in render_template("components/_strip.html", strip=strip_of(*states, density="owner"))


def test_text_from_people_is_escaped(drawn: Flask) -> None:
    """A note is text, whoever wrote it."""
    station = Station("placed", "done", "<b>x</b>", AT, notes=("<script>",))
    html = render_template("components/_strip.html", strip=Strip((station,)))
    assert "<script>" not in html
    assert "<b>" not in html


def test_the_micro_strip_draws_five_marks(drawn: Flask) -> None:
    """Each state keeps its own outline at 12 pixels."""
    micro = get_template_attribute("components/strip.html", "micro")
    html = str(micro(strip_of("done", "refused", "skipped", "now", "todo")))
    assert [html.count(name) for name in ('"m-fill"', '"m-stop"', '"m-ring"', '"m-todo"')] == [1, 1, 1, 1]
    assert 'aria-hidden="true"' in html
