"""A Stripe of our own at the outer edge, for what no mock of theirs can do: it keeps intents and refunds, remembers idempotency
keys as Stripe does, and fails when it is told to, before or after carrying a request out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

KEY, PUBLISHABLE, SECRET = "sk_test_tests", "pk_test_tests", "whsec_tests"
BANK = "https://hooks.stripe.com/3d_secure_2/hosted"
REFUSING = {"pm_card_visa_chargeDeclined": "generic_decline", "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds"}  # fmt: skip
ASKING = "pm_card_authenticationRequired"

Fault = Callable[["Answer"], None]
Answer = tuple[int, dict[str, Any]]


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    sent: dict[str, str]
    headers: dict[str, str]


@dataclass
class Stripes:
    """The state of that Stripe. `faults` are taken one by one by requests whose path their pattern fits: `before` and `after`
    carrying it out, a status to answer or None for a connection that is cut without an answer."""

    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[dict[str, str], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    faults: list[tuple[str, str, int | None]] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, path: str, when: str, status: int | None = None) -> None:
        """The next request whose path fits answers so."""
        self.faults.append((path, when, status))

    def of(self, order_id: int) -> dict[str, Any]:
        """The one intent of an order."""
        [intent] = [one for one in self.intents.values() if one["metadata"].get("order_id") == str(order_id)]
        return intent

    def calls(self, path: str) -> list[Asked]:
        """The requests whose path fits."""
        return [one for one in self.asked if re.fullmatch(path, one.path)]

    def settle(self, order_id: int, fine: bool = True) -> dict[str, Any]:
        """The shopper has spoken to the bank, and this came of it."""
        intent = self.of(order_id)
        assert intent["status"] == "requires_action"
        intent["next_action"] = None
        if fine:
            self._take(intent)
        else:
            code = "payment_intent_authentication_failure"
            intent.update(status="requires_payment_method", last_payment_error={"code": code, "type": "card_error"})
        return intent

    def _take(self, intent: dict[str, Any]) -> None:
        charge = {"id": f"ch_{intent['id']}", "object": "charge", "amount_refunded": 0, "refunded": False,
                  "payment_method_details": {"card": {"last4": "4242"}}}  # fmt: skip
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge)

    def carry_out(self, asked: Asked) -> Answer:
        """What Stripe answers, once for each key."""
        key = asked.headers.get("idempotency-key") if asked.method == "POST" else None
        if key in self.keys:
            sent, answer = self.keys[key]
            if sent != asked.sent:
                return error(
                    400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters"
                )
            return answer
        answer = json.loads(json.dumps(self._answer(asked)))
        if key and answer[0] not in (400, 404):
            self.keys[key] = (asked.sent, (answer[0], answer[1]))
        return answer[0], answer[1]

    def _answer(self, asked: Asked) -> Answer:
        if asked.path == "/v1/refunds":
            return self._refund(asked.sent) if asked.method == "POST" else self._refunds(asked.sent)
        sent = asked.sent
        parts: list[str] = [asked.method, *asked.path.strip("/").split("/")[1:]]
        match parts:
            case ["POST", "payment_intents"]:
                if int(sent["amount"]) < 50:
                    return error(400, "invalid_request_error", "Amount must be at least 50 cents", "amount_too_small")
                intent: dict[str, Any] = {"id": f"pi_{len(self.intents) + 1}", "object": "payment_intent", "status": "requires_payment_method",
                          "amount": int(sent["amount"]), "amount_received": 0, "currency": sent["currency"],
                          "metadata": inner(sent, "metadata"), "last_payment_error": None, "latest_charge": None,
                          "next_action": None}  # fmt: skip
                self.intents[intent["id"]] = intent
                return 200, intent
            case ["GET", "payment_intents"]:
                return 200, {
                    "object": "list",
                    "data": list(self.intents.values()),
                    "has_more": False,
                    "url": "/v1/payment_intents",
                }
            case ["GET", "payment_intents", "search"]:
                found = [one for one in self.intents.values() if f'"{one["metadata"].get("key")}"' in sent["query"]]
                return 200, {"object": "search_result", "data": found, "has_more": False, "url": asked.path}
            case ["GET", "payment_intents", id]:
                return 200, self.intents[id]
            case ["POST", "payment_intents", id, "confirm"]:
                return self._confirm(self.intents[id], sent)
            case ["POST", "payment_intents", id, "cancel"]:
                intent = self.intents[id]
                if intent["status"] in ("succeeded", "canceled"):
                    return error(400, "invalid_request_error", "unexpected state", "payment_intent_unexpected_state")
                intent.update(status="canceled", next_action=None)
                return 200, intent
        raise AssertionError(asked)

    def _refunds(self, sent: dict[str, str]) -> Answer:
        found = [one for one in self.refunds.values() if one["payment_intent"] == sent["payment_intent"]]
        return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}

    def _confirm(self, intent: dict[str, Any], sent: dict[str, str]) -> Answer:
        if intent["status"] != "requires_payment_method":
            return error(400, "invalid_request_error", "unexpected state", "payment_intent_unexpected_state")
        token = sent["payment_method"]
        if token == "pm_never_seen":
            return error(404, "invalid_request_error", "No such PaymentMethod", "resource_missing")
        if token in REFUSING:
            told = {"type": "card_error", "code": "card_declined", "decline_code": REFUSING[token],
                    "payment_method": {"card": {"last4": "0002"}}}  # fmt: skip
            intent["last_payment_error"] = told
            return 402, {"error": {**told, "message": "Your card was declined.", "payment_intent": intent}}
        if token == ASKING:
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": BANK, "return_url": sent["return_url"]}}
            intent.update(status="requires_action", next_action=action)
        else:
            self._take(intent)
        return 200, intent

    def _refund(self, sent: dict[str, str]) -> Answer:
        intent = self.intents[sent["payment_intent"]]
        charge = intent["latest_charge"]
        amount = int(sent.get("amount", intent["amount"]))
        if charge is None or charge["amount_refunded"] + amount > intent["amount"]:
            return error(400, "invalid_request_error", "Charge has already been refunded.", "charge_already_refunded")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == intent["amount"]
        made = {"id": f"re_{len(self.refunds) + 1}", "object": "refund", "amount": amount, "currency": intent["currency"],
                "status": "succeeded", "payment_intent": intent["id"], "metadata": inner(sent, "metadata")}  # fmt: skip
        self.refunds[made["id"]] = made
        return 200, made


def error(status: int, type: str, message: str, code: str = "") -> Answer:
    """An error as Stripe says it."""
    return status, {"error": {"type": type, "message": message, **({"code": code} if code else {})}}


def inner(sent: dict[str, str], name: str) -> dict[str, str]:
    """A form's `name[key]` fields."""
    return {key[len(name) + 1 : -1]: value for key, value in sent.items() if key.startswith(f"{name}[")}


@contextmanager
def serving() -> Iterator[Stripes]:
    """That Stripe at an address of its own."""
    state = Stripes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            parts = urlsplit(self.path)
            sent = dict(parse_qsl(body or parts.query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, sent, headers)
            with state.lock:
                state.asked.append(asked)
                fault = next((one for one in state.faults if re.fullmatch(one[0], parts.path)), None)
                if fault:
                    state.faults.remove(fault)
                if headers.get("authorization") != f"Bearer {KEY}":
                    answer = error(401, "invalid_request_error", "Invalid API Key provided")
                elif fault and fault[1] == "before":
                    answer = error(fault[2], "api_error", "on purpose") if fault[2] else (0, {})
                else:
                    answer = state.carry_out(asked)
                    if fault:
                        answer = error(fault[2], "api_error", "on purpose") if fault[2] else (0, {})
            if not answer[0]:
                self.close_connection = True
                return
            raw = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST  # noqa: N815 - the library looks this name up

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def create_event(intent: dict[str, Any], type: str, event_id: str = "evt_1", **wrong: Any) -> bytes:
    """An event about an intent, as Stripe words it."""
    return json.dumps(
        {"id": event_id, "object": "event", "type": type, "data": {"object": {**intent, **wrong}}}
    ).encode()


def sign(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    """The Stripe-Signature header, by the library's own scheme."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at))
