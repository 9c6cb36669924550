"""An order's history: what people did and what machines noted, newest first. Pure, like story.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.clock import from_datetime, to_datetime
from webapp.console.desk import actor_text
from webapp.console.story import Known, reason_text
from webapp.db import Row, from_json
from webapp.notifications.models import BOUNCED, SENT
from webapp.orders.models import CANCELLED
from webapp.payments.models import Attempt
from webapp.web.figures import count_text, money_text, span_text


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: a person's (with a `name`, and perhaps their `words`), or a machine's (perhaps an `event`).
    `href` is where a note can be deleted."""

    at: datetime
    text: str
    name: str = ""
    words: str = ""
    event: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """One call to the payment provider in words; `kind` is the mark beside it, `wire` what was asked and answered, without secrets."""

    kind: str
    what: str
    at: datetime
    said: str
    wire: str


def history_of(known: Known, deeds: Sequence[Row]) -> list[Entry]:
    """Everything that happened to an order, newest first. What became true in the same instant stands in the order of the
    flows."""
    entries = [(row["at"], _PLACE.get(row["type"], 5), _event(known, row)) for row in known.events]
    entries += [(from_datetime(entry.at), _CALL, entry) for entry in (*_attempts(known), *_callbacks(known))]
    entries += [(from_datetime(entry.at), _EMAIL, entry) for entry in _emails(known)]
    entries += [(from_datetime(entry.at), _NOTE, entry) for entry in _notes(known)]
    entries += [
        (row["at"], _CANCEL if row["action"] == "order.cancel" else _REFUND, entry)
        for row in deeds
        if (entry := _deed(known, row)) is not None
    ]
    return [entry for _, _, entry in sorted(entries, key=lambda one: one[:2], reverse=True)]


def tries_of(known: Known) -> list[Try]:
    """The calls to the payment provider, oldest first."""
    return [_try(known, attempt) for attempt in known.payment.attempts] if known.payment else []


_PLACE = {
    "ORDER_INVENTORY_PENDING": 0, "STOCK_RESERVED": 2, "STOCK_RESERVATION_FAILED": 2, "ORDER_PAYMENT_PENDING": 3,
    "ORDER_INVENTORY_REJECTED": 3, "PAYMENT_SUCCESS": 6, "PAYMENT_FAILURE": 6, "ORDER_COMPLETED": 7, "ORDER_PAYMENT_REJECTED": 7,
    "ORDER_CANCELLED": 7, "STOCK_RELEASED": 8, "PAYMENT_REFUNDED": 10, "ORDER_REFUNDED": 11,
}  # fmt: skip
_CALL, _CANCEL, _REFUND, _EMAIL, _NOTE = 5, 4, 9, 12, 13
"""Where things stand in the flows, for what became true in the same instant."""


def _event(known: Known, row: Row) -> Entry:
    at, said = to_datetime(row["at"]), from_json(row["payload"])
    if row["type"] == "ORDER_INVENTORY_PENDING":
        name = known.order["name"] or known.order["email"] or "A shopper"
        replaced = known.order["replaces_number"]
        how = "with their account" if known.order["shopper_id"] else "as a guest"
        return Entry(at, f"placed the order {how}" + (f", in place of order {replaced}" if replaced else ""), name)
    tells = _WORDS.get(row["type"])
    words = tells(known, said) if tells else ""
    return Entry(at, words or f"{row['source']}, sequence {row['sequence']}", event=row["type"])


def _pieces(items: Sequence[Mapping[str, int]]) -> str:
    count = sum(item["quantity"] for item in items)
    return "1 piece" if count == 1 else f"{count_text(count)} pieces"


def _shortages(known: Known, said: Mapping[str, Any]) -> str:
    names = {item["product_id"]: item["name"] for item in known.items}
    return ", ".join(
        f"{names.get(s['product_id'], 'a line')}: {s['wanted']} asked, {s['available']} left" for s in said["shortages"]
    )


def _refund_words(known: Known, said: Mapping[str, Any]) -> str:
    back = f", {_pieces(said['restock'])} back on the shelf" if said.get("restock") else ""
    return f"{money_text(said['amount_minor'], said['currency'])}{', all of it' if said['whole'] else ''}{back}"


_WORDS: dict[str, Callable[[Known, Mapping[str, Any]], str]] = {
    "STOCK_RESERVED": lambda known, said: f"{_pieces(said['items'])} set aside",
    "STOCK_RESERVATION_FAILED": _shortages,
    "STOCK_RELEASED": lambda known, said: f"{_pieces(said['items'])} back on the shelf",
    "PAYMENT_SUCCESS": lambda known, said: (
        money_text(said["amount_minor"], said["currency"])
        + (" taken, asked with the same key" if said["attempts"] > 1 else " taken")
    ),
    "PAYMENT_FAILURE": lambda known, said: reason_text(said["reason"]),
    "PAYMENT_REFUNDED": lambda known, said: f"{money_text(said['amount_minor'], said['currency'])} given back",
    "ORDER_PAYMENT_REJECTED": lambda known, said: reason_text(said["reason"]),
    "ORDER_CANCELLED": lambda known, said: f"by the {said['by']}",
    "ORDER_REFUNDED": _refund_words,
}


def _attempts(known: Known) -> list[Entry]:
    # What ended in a verdict is told by its event; what did not is a story of its own.
    calls = known.payment.attempts if known.payment else ()
    silent = [call for call in calls if call.outcome not in (None, "taken", "declined", "voided")]
    return [
        Entry(call.ended_at or call.began_at, f"Payment attempt {call.number}: {_try(known, call).said.lower()}")
        for call in silent
    ]


def _callbacks(known: Known) -> list[Entry]:
    heard = known.payment.callbacks if known.payment else ()
    return [Entry(call.at, f"The provider called back ({call.type}): {call.outcome or 'noted'}") for call in heard]


def _emails(known: Known) -> list[Entry]:
    entries = []
    for email in known.emails:
        if email.state == SENT and email.sent_at:
            entries.append(
                Entry(
                    email.sent_at,
                    f"Email “{email.subject}” sent to {email.send_to or email.recipient}: {email.answer or 'accepted'}",
                )
            )
        elif email.state == BOUNCED:
            entries.append(
                Entry(email.queued_at, f"Email “{email.subject}” could not be delivered: {email.answer or 'refused'}")
            )
    return entries


def _notes(known: Known) -> list[Entry]:
    return [
        Entry(to_datetime(note["at"]), "wrote a note", note["name"] or note["email"], note["text"],
              href=f"/console/orders/{known.order['id']}/notes/{note['id']}/delete")
        for note in known.notes
    ]  # fmt: skip


def _deed(known: Known, row: Row) -> Entry | None:
    said = from_json(row["after"]) if row["after"] else {}
    name = row["name"] or actor_text(row["actor"])
    by = " with a token" if row["token_id"] else ""
    at = to_datetime(row["at"])
    if row["action"] == "order.cancel":
        # While it is being paid this is a wish, which the bank may refuse.
        return Entry(
            at, f"{'cancelled the order' if said.get('status') == CANCELLED else 'asked to cancel the order'}{by}", name
        )
    if row["action"] == "order.refund":
        amount = said.get("amount_minor")
        sum_ = money_text(amount, known.order["currency"]) if amount else "money"
        back = f" and {_pieces(said['restock'])} back to the shelf" if said.get("restock") else ""
        return Entry(at, f"gave {sum_} back{back}{by}", name, str(said.get("reason", "")))
    if row["action"] == "email.resend":
        to = f" to {said['to']}" if said.get("to") else ""
        return Entry(at, f"sent “{said.get('subject', 'the email')}” again{to}", name)
    if row["action"] == "order.send":
        how = "sent" if known.order["delivery"] else "handed over"
        return Entry(at, f"marked it as {how}{by}", name, str(said.get("note") or ""))
    if row["action"] == "order.unsend":
        return Entry(at, f"said that it was not sent after all{by}", name)
    if row["action"] == "order.note_delete":
        return Entry(at, "deleted a note", name)
    return None  # Placing is told by its event.


def _try(known: Known, call: Attempt) -> Try:
    card = known.payment.payment.card if known.payment else None
    took = span_text(call.ended_at - call.began_at) if call.ended_at else ""
    kind, said = {
        None: ("go", "Asking the provider"),
        "taken": ("done", "Taken" + (f", card ending {card}" if card else "") + ", charged once"),
        "declined": ("stop", f"Refused: {reason_text(_reason(call))}"),
        "voided": ("off", "Voided: nothing is taken"),
        "awaits_shopper": ("go", "The bank wants to hear from its customer"),
        "never_seen": ("off", "The provider has seen no charge"),
        "unavailable": ("off", "Not available, asked again"),
        "unknown": ("off", f"No clear answer after {took}"),
        "refused": ("stop", "The provider does not accept the question"),
    }.get(call.outcome, ("off", str(call.outcome)))
    what = {"look_up": "asked what became of it", "void": "asked to void it"}.get(
        call.kind, "same key" if call.number > 1 else ""
    )
    return Try(kind, f"Attempt {call.number}" + (f", {what}" if what else ""), call.began_at, said, _wire(call))


def _wire(call: Attempt) -> str:
    # Whatever is kept of an answer is no secret; of the key its end is enough to tell two apart.
    key = f"…{call.idempotency_key[-8:]}"
    asked = f"{call.kind} {money_text(call.amount_minor, call.currency)}, key {key}"
    answered = call.answer or ("no answer" if call.ended_at else "not answered yet")
    return f"→ {asked}\n← {call.outcome or 'under way'}: {answered}"


def _reason(call: Attempt) -> str | None:
    said = from_json(call.answer) if call.answer else {}
    reason = said.get("reason") if isinstance(said, dict) else None
    return str(reason) if reason else None
