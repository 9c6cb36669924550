"""More callbacks than can be on their way at once: the others wait, and nobody asks for them again and again meanwhile."""

from pathlib import Path

from services.provider import charges, clock, events
from services.provider.inputs import ChargeRequest
from services.provider.ledger import Ledger


def test_what_cannot_be_sent_yet_wakes_nobody(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    now = clock.now()

    def charge(key: str, token: str, *, tell_all: bool) -> None:
        wish = ChargeRequest(500, "EUR", token, "order-1", "http://127.0.0.1:9/", tell_all)
        ledger.write(lambda writing: charges.charge(writing, key, wish, now))

    for number in range(events.MOST_AT_ONCE + 2):
        charge(f"key-{number}", "tok_success", tell_all=True)
    with ledger.read() as reading:
        sending = {event["id"] for event in events.due(reading, now)}
        assert len(sending) == events.MOST_AT_ONCE
        assert events.next_time(reading, sending) is None
    # One of them ends, and the next may go.
    ended = sending.pop()
    ledger.write(lambda writing: events.delivered(writing, ended, now))
    with ledger.read() as reading:
        [fresh] = {event["id"] for event in events.due(reading, now)} - sending
        assert events.next_time(reading, sending) == now
    # A late success is taken when it is due, however many callbacks are on their way.
    charge("key-late", "tok_late_success", tell_all=False)
    with ledger.read() as reading:
        assert events.next_time(reading, sending | {fresh}) == now + 3.0
    ledger.close()
