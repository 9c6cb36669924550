"""The API: which request does what. It knows nothing of sockets; server.py carries it over HTTP."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl, unquote

from . import callbacks, charges, clock, events, inputs, witness
from .answers import Answer, Refused, Reply, Silence, refusal
from .faults import Faults, read_false_callback
from .ledger import Ledger


@dataclass(frozen=True)
class Request:
    """A request as it came: the path is still quoted, header names are looked up without regard to case."""

    method: str
    target: str
    headers: Message
    raw: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's fields; of a repeated one the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


class Api:
    """Answers requests. Every method may raise Refused, and sqlite3.Error when the ledger cannot be written."""

    def __init__(
        self,
        ledger: Ledger,
        sender: callbacks.Callbacks,
        faults: Faults,
        key: str,
        secret: str,
        callback_url: str | None,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._faults = faults
        self._key = key
        self._secret = secret
        self._callback_url = callback_url

    def answer(self, request: Request) -> Reply:
        """Carries out one request; raises nothing but what the ledger raises when it cannot be written."""
        try:
            if request.path == "/healthz":
                return self._health(request)
            self._authorize(request)
            return self._route(request)(request)
        except Refused as refused:
            return refused.answer

    def _route(self, request: Request) -> Callable[[Request], Reply]:
        fixed: dict[str, dict[str, Callable[[Request], Reply]]] = {
            "/v1/charges": {"POST": self._charge, "GET": self._look_up_key},
            "/v1/voids": {"POST": self._void},
            "/v1/refunds": {"POST": self._refund},
            "/v1/ledger": {"GET": self._ledger_page},
        }
        if self._faults.enabled:
            fixed["/v1/faults"] = {"POST": self._set_faults, "GET": self._show_faults, "DELETE": self._clear_faults}
            fixed["/v1/faults/callbacks"] = {"POST": self._false_callback}
        methods = fixed.get(request.path)
        if methods is None and request.path.startswith("/v1/charges/"):
            methods = {"GET": self._look_up_id}
        if methods is None and request.path.startswith("/v1/ledger/"):
            methods = {"GET": self._testify}
        if methods is None:
            raise Refused(404, "not_found", "There is nothing at this address.")
        if request.method not in methods:
            raise Refused(405, "method_not_allowed", f"Here one may {', '.join(methods)}.")
        return methods[request.method]

    def _authorize(self, request: Request) -> None:
        given = request.headers.get("Authorization") or ""
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            raise Refused(401, "unauthorized", "The header Authorization: Bearer KEY is required.")

    def _health(self, request: Request) -> Answer:
        if request.method != "GET":
            raise Refused(405, "method_not_allowed", "Here one may GET.")
        with self._ledger.read() as ledger:
            ledger.execute("SELECT 1 FROM charges LIMIT 1").fetchone()
        return Answer(200, {"status": "ok"})

    def _charge(self, request: Request) -> Reply:
        key = inputs.read_key(request.headers.get("Idempotency-Key"))
        wish = inputs.read_charge(inputs.read_json(request.raw), self._callback_url)
        fault = self._faults.draw("charge")
        if wrong := fault.strike("before"):
            self._ledger.write(lambda ledger: charges.record_call(ledger, key, wish, "fault", clock.now()))
            return wrong
        answer, answers = self._ledger.write(lambda ledger: charges.charge(ledger, key, wish, clock.now()))
        if wish.may_call_back:
            self._sender.wake()
        return fault.strike("after") or (answer if answers else Silence(self._faults.hang_seconds))

    def _look_up_key(self, request: Request) -> Reply:
        key = inputs.check_key(request.query.get("idempotency_key"), "idempotency_key")
        return self._look_up("key", key)

    def _look_up_id(self, request: Request) -> Reply:
        return self._look_up("id", unquote(request.path.removeprefix("/v1/charges/")))

    def _look_up(self, by: str, value: str) -> Reply:
        fault = self._faults.draw("lookup")
        if wrong := fault.strike("before"):
            return wrong
        with self._ledger.read() as ledger:
            charged = charges.find(ledger, by, value)
        if charged is None:
            answer = refusal(404, "not_found", "Nothing was charged or voided under this.")
        else:
            answer = Answer(200, charges.describe(charged))
        return fault.strike("after") or answer

    def _void(self, request: Request) -> Reply:
        key, reference = inputs.read_void(inputs.read_json(request.raw))
        fault = self._faults.draw("void")
        if wrong := fault.strike("before"):
            return wrong
        answer = self._ledger.write(lambda ledger: charges.void(ledger, key, reference, clock.now()))
        self._sender.wake()
        return fault.strike("after") or answer

    def _refund(self, request: Request) -> Reply:
        key = inputs.read_key(request.headers.get("Idempotency-Key"))
        wish = inputs.read_refund(inputs.read_json(request.raw))
        fault = self._faults.draw("refund")
        if wrong := fault.strike("before"):
            return wrong
        answer = self._ledger.write(lambda ledger: charges.refund(ledger, key, wish, clock.now()))
        self._sender.wake()
        return fault.strike("after") or answer

    def _ledger_page(self, request: Request) -> Reply:
        after, limit = inputs.read_page(request.query, witness.LARGEST_PAGE)
        with self._ledger.read() as ledger:
            return Answer(200, witness.page(ledger, after, limit))

    def _testify(self, request: Request) -> Reply:
        reference = inputs.check_reference(unquote(request.path.removeprefix("/v1/ledger/")))
        with self._ledger.read() as ledger:
            return Answer(200, witness.of_reference(ledger, reference))

    def _set_faults(self, request: Request) -> Reply:
        return Answer(200, dict(self._faults.set(inputs.read_json(request.raw)).__dict__))

    def _show_faults(self, request: Request) -> Reply:
        return Answer(200, dict(self._faults.settings.__dict__))

    def _clear_faults(self, request: Request) -> Reply:
        return Answer(200, dict(self._faults.set({}).__dict__))

    def _false_callback(self, request: Request) -> Reply:
        wish = read_false_callback(inputs.read_json(request.raw))
        with self._ledger.read() as ledger:
            charged = charges.find(ledger, "key", wish.key)
        url = wish.url or (charged["callback_url"] if charged is not None else None)
        if charged is None or url is None:
            raise Refused(422, "invalid", "There is no such charge, or no address to call back.", "idempotency_key")
        charge = charges.describe(charged)
        if wish.amount is not None:
            charge["amount"] = wish.amount
        body = events.compose(wish.type, charge, clock.now())
        body["id"] = wish.event_id or body["id"]
        raw = events.encode(body)
        errors = [callbacks.send(url, raw, self._signature(wish.signature, raw)) for _ in range(wish.copies)]
        return Answer(200, {"event": json.loads(raw), "errors": errors})

    def _signature(self, kind: str, raw: bytes) -> str | None:
        if kind == "none":
            return None
        secret = f"not {self._secret}" if kind == "forged" else self._secret
        return events.sign(secret, raw, clock.now() - (86_400 if kind == "stale" else 0))
