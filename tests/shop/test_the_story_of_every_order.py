"""Every status of an order, and what may happen in it, has its sentence, its strip and its next step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.orders.models import PENDING, STATUSES
from webapp.shop.facts import LineFact, OrderFacts, RefundFact, ToldFact
from webapp.shop.story import Story, tell, took

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVENTS = ("ORDER_INVENTORY_PENDING", "STOCK_RESERVED", "ORDER_PAYMENT_PENDING", "PAYMENT_SUCCESS", "ORDER_COMPLETED")
MOMENTS = {event: NOON + timedelta(seconds=2 * at) for at, event in enumerate(EVENTS)}
BOWL = LineFact(1, "Bowl", 2, 2800, left_now=9, price_now=2800, href="/p/1-bowl")
SENT = ToldFact("SENT", NOON + timedelta(seconds=9), 1)


def facts(status: str, **given: Any) -> OrderFacts:
    """An order in a status; told of, once it has ended."""
    usual: dict[str, Any] = {
        "number": 1042, "status": status, "placed_at": NOON, "updated_at": NOON + timedelta(seconds=8), "email": "i•••@post.dk",
        "currency": "EUR", "total_minor": 5600, "lines": (BOWL,), "moments": MOMENTS, "attempts": 1,
        "told": None if status in PENDING else SENT,
    }  # fmt: skip
    return OrderFacts(**(usual | given))


def states(story: Story) -> list[str]:
    """The states of the five stations."""
    return [station.state for station in story.strip.stations]


def notes(story: Story) -> str:
    """All that stands under the stations."""
    return " | ".join(note for station in story.strip.stations for note in (*station.notes, station.instead) if note)


SHORT = (LineFact(1, "Tall pitcher", 4, 5400, left_then=2, left_now=2), BOWL)
LATE = (RefundFact(5600, "DONE", NOON, late=True),)
ON_ITS_WAY = (RefundFact(1000, "PENDING", NOON),)

# What happened → the sentence, a piece of the lead, the stations, a note, the line back, what comes next.
TABLE: list[tuple[str, OrderFacts, str, str, str, str, str, str]] = [
    ("placed", facts("INVENTORY_PENDING"), "We have your order.", "we will write to i•••@post.dk", "done now todo todo todo", "By email", "", ""),
    ("paying", facts("PAYMENT_PENDING"), "We are waiting for the bank.", "You can close this page", "done done now todo todo", "Both things are held for you", "", ""),
    ("second try", facts("PAYMENT_PENDING", attempts=2), "We are waiting for the bank.", "so we are asking again", "done done now todo todo", "Second try", "", ""),
    ("seventh try", facts("PAYMENT_PENDING", attempts=7), "We are waiting for the bank.", "so we are asking again", "done done now todo todo", "7 tries", "", ""),
    ("being cancelled", facts("PAYMENT_PENDING", cancel_asked_by="shopper"), "We are calling it off with the bank.", "You want it called off", "done done now todo todo", "Or called off", "", ""),
    ("being cancelled by the market", facts("PAYMENT_PENDING", cancel_asked_by="market"), "We are calling it off with the bank.", "The market wants", "done done now todo todo", "", "", ""),
    ("completed", facts("COMPLETED"), "All yours. It is being packed.", "Paid and settled eight seconds after", "done done done done done", "€56.00", "", "same"),
    ("completed, nothing to deliver", facts("COMPLETED", delivers=False), "All yours.", "Paid and settled", "done done done done done", "", "", "same"),
    ("completed at the second try", facts("COMPLETED", attempts=2), "All yours.", "", "done done done done done", "€56.00, second try", "", "same"),
    ("completed though called off", facts("COMPLETED", cancel_asked_by="shopper"), "All yours.", "before the order could be called off", "done done done done done", "", "", "same"),
    ("not told yet", facts("COMPLETED", told=None), "All yours.", "", "done done done done now", "i•••@post.dk", "", "same"),
    ("mail delayed", facts("COMPLETED", told=ToldFact("QUEUED", NOON, 2)), "All yours.", "", "done done done done now", "Trying again", "", "same"),
    ("mail refused", facts("COMPLETED", told=ToldFact("BOUNCED", NOON, 1)), "All yours.", "", "done done done done refused", "takes no mail", "", "same"),
    ("refund begins", facts("COMPLETED", refunds=ON_ITS_WAY), "All yours, and €10.00 comes back to you.", "Banks take a few days", "done done done done now", "", "", "same"),
    ("refund done, order not told", facts("COMPLETED", refunds=(RefundFact(1000, "DONE", NOON),)), "All yours.", "Paid and settled", "done done done done now", "", "", "same"),
    ("part refunded", facts("COMPLETED", refunded_minor=1000), "All yours, and €10.00 comes back to you.", "to the card that paid", "done done done done done", "€10.00 sent back", "", "same"),
    ("refunded", facts("REFUNDED", refunded_minor=5600), "€56.00 is on its way back to you.", "Nothing of the payment is kept", "done done done refused done", "€56.00", "refund on its way", "same"),
    ("short", facts("INVENTORY_REJECTED", lines=SHORT, faster=True), "Someone was faster.", "You asked for 4 × “Tall pitcher” and 2 are left", "done refused skipped skipped done", "2 of 4 left", "nothing held", "change"),
    ("none left", facts("INVENTORY_REJECTED", lines=(LineFact(1, "Bowl", 1, 100, left_then=0, left_now=0),)), "There is not enough left.", "none is left", "done refused skipped skipped done", "None left", "nothing held", "change"),
    ("two lines short", facts("INVENTORY_REJECTED", lines=(*SHORT, LineFact(3, "Cup", 3, 100, left_then=1))), "There is not enough left.", "2 of the things", "done refused skipped skipped done", "2 lines not covered", "nothing held", "change"),
    ("declined", facts("PAYMENT_REJECTED", reason="card_declined"), "The bank said no to the card.", "Nothing was charged", "done done refused skipped done", "The card was declined", "back on the shelf", "retry"),
    ("too little on it", facts("PAYMENT_REJECTED", reason="insufficient_funds"), "There is not enough on the card.", "Nothing was charged", "done done refused skipped done", "Not enough on the card", "back on the shelf", "retry"),
    ("timed out", facts("PAYMENT_REJECTED", reason="timed_out"), "The bank did not answer in time.", "it goes back whole", "done done refused skipped done", "No answer in time", "back on the shelf", "retry"),
    ("refused otherwise", facts("PAYMENT_REJECTED", reason="refused"), "The payment did not go through.", "Nothing was charged", "done done refused skipped done", "Not accepted", "back on the shelf", "retry"),
    ("taken late", facts("PAYMENT_REJECTED", reason="card_declined", refunds=LATE), "The bank took €56.00 too late.", "you owe nothing", "done done refused skipped done", "", "back on the shelf", "again"),
    ("cancelled at once", facts("CANCELLED", cancel_asked_by="shopper", moments={}), "Your order is cancelled.", "You called it off", "done skipped skipped refused done", "never asked", "nothing held", "again"),
    ("cancelled by the market", facts("CANCELLED", cancel_asked_by="market"), "Your order is cancelled.", "The market called it off", "done done skipped refused done", "By the market", "back on the shelf", "again"),
    ("cancelled, and taken late", facts("CANCELLED", cancel_asked_by="shopper", refunds=LATE), "The bank took €56.00 too late.", "you owe nothing", "done done skipped refused done", "", "", "again"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_a_page_says_where_the_order_is_and_what_comes_next(row: tuple[Any, ...]) -> None:
    _, order, sentence, lead, stations, note, back, following = row
    story = tell(order)
    assert story.sentence.startswith(sentence) or story.sentence.endswith(sentence)
    assert lead in story.lead
    assert states(story) == stations.split()
    assert note in notes(story)
    assert back in (story.strip.line_back.text if story.strip.line_back else "")
    assert story.next == following
    assert story.final is ("now" not in stations)


def test_every_status_has_its_story() -> None:
    assert {order.status for _, order, *_ in TABLE} == set(STATUSES)


def test_only_what_is_under_way_can_be_called_off_and_only_once() -> None:
    offered = {status for status in STATUSES if tell(facts(status)).may_cancel}
    assert offered == PENDING
    assert not tell(facts("PAYMENT_PENDING", cancel_asked_by="shopper")).may_cancel


def test_nothing_is_called_charged_that_was_not() -> None:
    sums = {status: tell(facts(status)).sum_label for status in STATUSES}
    assert {status for status, label in sums.items() if label == "Paid"} == {"COMPLETED", "REFUNDED"}
    assert {status for status, label in sums.items() if label == "To pay"} == PENDING
    assert tell(facts("PAYMENT_REJECTED", refunds=LATE)).sum_label == "Taken too late"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "less than a second"), (0.4, "less than a second"), (1.2, "one second"), (9, "nine seconds"), (59.4, "59 seconds"), (59.6, "one minute"),
     (150, "two minutes"), (7200, "two hours"), (3 * 86400, "three days")],
)  # fmt: skip
def test_a_duration_is_said_in_words(seconds: float, said: str) -> None:
    assert took(NOON, NOON + timedelta(seconds=seconds)) == said
