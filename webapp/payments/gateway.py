"""The only file that knows a payment provider: how it is called, what its answers mean, how its callbacks are signed.

`run` makes a batch of calls side by side and yields what came of them in groups as the answers come, so that a slow call
holds up nobody else. Only words of `calls.py` leave this file. Nothing here touches the database.
"""

from __future__ import annotations

import hashlib
import hmac
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import orjson
from flask import Flask, current_app

from webapp import clock
from webapp.errors import MarketError
from webapp.payments.calls import Ask, Call, Heard, Outcome, Said
from webapp.settings import Settings, SettingsError

IN_PROCESS = "inprocess:"
DEFAULT_URL = "http://127.0.0.1:8090"
TOKENS = (
    "tok_success",
    "tok_declined",
    "tok_insufficient_funds",
    "tok_timeout",
    "tok_unavailable_twice",
    "tok_late_success",
)
"""What a shopper may pay with: the test provider's tokens (contract.md). Any other is refused at the order."""

SIDE_BY_SIDE = 64
"""Calls under way at once in one process. Each that hangs costs a waiting thread and no more."""

GATHERING = 0.05
"""Seconds for which answers are gathered into one group, and so into one transaction."""

LARGEST_ANSWER = 64 * 1024
TOLERANCE = 300
"""Seconds that a callback's signature may be old, or ahead of our clock."""

KEPT = ("status", "reason", "error", "message", "id", "amount", "currency", "refunded", "reversed", "kind", "card")
"""What is kept of an answer on the attempt. Everything else, keys and tokens first of all, is left out."""


class Gateway(Protocol):
    """A provider of payments."""

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls and yield their outcomes, each exactly once, in groups as they come. Trouble is an outcome."""
        ...


def current() -> Gateway:
    """The gateway of the current app's settings, one for all its threads."""
    return of_app(current_app)


def of_app(app: Flask) -> Gateway:
    """The gateway that an app's settings choose. Raises SettingsError when they name no provider."""
    gateway: Gateway | None = app.extensions.get("payment_gateway")
    if gateway is None:
        # Two threads may make one each at the same moment; setdefault lets one of them win, and the other is idle.
        gateway = app.extensions.setdefault("payment_gateway", chosen_by(app.extensions["settings"]))
    return gateway


def chosen_by(settings: Settings) -> Gateway:
    """A new gateway for the settings. Raises SettingsError when they name no provider."""
    url = settings.provider_url or (DEFAULT_URL if settings.with_brokers else None)
    if url is None:
        raise SettingsError(
            "PROVIDER_URL is not set: give the provider's address, or `inprocess:` to answer without one"
        )
    if url == IN_PROCESS:
        return InProcessGateway()
    return HttpGateway(url, settings.provider_key, f"{settings.base_url}/payments/callback", settings.payment_timeout)


class InProcessGateway:
    """Answers at once, by the token alone: for benchmarks. It remembers nothing and calls nobody back."""

    DECLINES: Mapping[str, str] = {
        "tok_declined": "card_declined",
        "tok_insufficient_funds": "insufficient_funds",
        "tok_late_success": "card_declined",
    }
    SILENT = frozenset({"tok_timeout"})
    UNAVAILABLE_TWICE = frozenset({"tok_unavailable_twice"})

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """All outcomes in one group."""
        if calls:
            yield [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Outcome:
        if call.ask is Ask.REFUND:
            return Outcome(call, Said.REFUNDED, "{}", provider_id=f"re_{call.idempotency_key}")
        if call.ask is Ask.VOID:
            return Outcome(call, Said.VOIDED, "{}")
        if call.token in self.UNAVAILABLE_TWICE and call.number <= 2:
            return Outcome(call, Said.UNAVAILABLE, "{}", reason="unavailable")
        if call.token in self.SILENT and call.ask is Ask.CHARGE:
            return Outcome(call, Said.UNKNOWN, "{}", reason="timeout")
        if call.token in self.DECLINES:
            return Outcome(call, Said.DECLINED, "{}", reason=self.DECLINES[call.token])
        return Outcome(
            call,
            Said.TAKEN,
            "{}",
            provider_id=f"ch_{call.idempotency_key}",
            amount_minor=call.amount_minor,
            currency=call.currency,
        )


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the provider's own ledger says of one charge: the order it was for, what was taken and given back."""

    order_id: int | None
    idempotency_key: str
    currency: str | None
    taken_minor: int
    refunded_minor: int


class HttpGateway:
    """The provider behind an address, over connections that are kept alive. `timeout` is in seconds, for one call."""

    def __init__(self, url: str, secret: str, callback_url: str, timeout: float) -> None:
        self._callback_url = callback_url
        self._timeout = timeout
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {_key_of(secret)}"},
            timeout=timeout,
            # The threads are the limit. A call must never wait for a connection and take that for the provider's silence.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=SIDE_BY_SIDE, keepalive_expiry=30),
            trust_env=False,
        )
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="provider")

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls side by side; a group is what came within 50 ms of its first answer."""
        answers: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        for call in calls:
            self._pool.submit(self._make_into, answers, call)
        left = len(calls)
        while left:
            group = [_outcome_of(answers.get())]
            end = time.monotonic() + GATHERING
            while len(group) < left and (wait := end - time.monotonic()) > 0:
                try:
                    group.append(_outcome_of(answers.get(timeout=wait)))
                except queue.Empty:
                    break
            left -= len(group)
            yield group

    def testify(self) -> Iterator[Testimony]:
        """The provider's whole ledger, charge by charge, as the independent witness. Raises httpx.HTTPError."""
        after: int | None = 0
        while after is not None:
            answer = self._client.get("/v1/ledger", params={"after": after}, timeout=30.0)
            answer.raise_for_status()
            page = answer.json()
            for charge in page["charges"]:
                yield Testimony(
                    order_id=_order_id(charge["reference"]),
                    idempotency_key=charge["idempotency_key"],
                    currency=charge["currency"],
                    taken_minor=charge["amount"] if charge["taken"] else 0,
                    refunded_minor=charge["refunded"] or 0,
                )
            after = page["next"]

    def close(self) -> None:
        """Let the connections go. Calls under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _make_into(self, answers: queue.SimpleQueue[Outcome | BaseException], call: Call) -> None:
        try:
            answers.put(self._make(call))
        except BaseException as error:
            # Raised again where the batch is waited for: no outcome may be lost in a thread.
            answers.put(error)
            raise

    def _make(self, call: Call) -> Outcome:
        began = time.monotonic()
        try:
            status, raw = self._exchange(self._request(call), began)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return _trouble(call, Said.UNAVAILABLE, f"could not connect: {type(error).__name__}", began)
        except httpx.TimeoutException:
            return _trouble(call, Said.UNKNOWN, "timeout", began)
        except httpx.HTTPError as error:
            return _trouble(call, Said.UNKNOWN, f"broken connection: {type(error).__name__}", began)
        return _meaning(call, status, raw, began)

    def _request(self, call: Call) -> httpx.Request:
        key = {"Idempotency-Key": call.idempotency_key}
        match call.ask:
            case Ask.CHARGE:
                body = {
                    "amount": call.amount_minor, "currency": call.currency, "token": call.token,
                    "reference": f"order-{call.order_id}", "callback_url": self._callback_url,
                }  # fmt: skip
                return self._client.build_request("POST", "/v1/charges", json=body, headers=key)
            case Ask.LOOK_UP:
                return self._client.build_request(
                    "GET", "/v1/charges", params={"idempotency_key": call.idempotency_key}
                )
            case Ask.VOID:
                body = {"idempotency_key": call.idempotency_key, "reference": f"order-{call.order_id}"}
                return self._client.build_request("POST", "/v1/voids", json=body)
            case Ask.REFUND:
                body = {"charge": call.charge_id, "amount": call.amount_minor}
                return self._client.build_request("POST", "/v1/refunds", json=body, headers=key)

    def _exchange(self, request: httpx.Request, began: float) -> tuple[int, bytes]:
        # httpx bounds each read, not their sum: a provider that trickles must not hold a thread for longer than the rest.
        answer = self._client.send(request, stream=True)
        try:
            raw = b""
            for piece in answer.iter_raw():
                raw += piece
                if len(raw) > LARGEST_ANSWER:
                    raise httpx.RemoteProtocolError("the answer is too large")
                if time.monotonic() - began > self._timeout:
                    raise httpx.ReadTimeout("the answer took too long")
            return answer.status_code, raw
        finally:
            answer.close()


def verify_callback(signature: str | None, body: bytes, secret: str, now: int) -> bool:
    """Whether the Provider-Signature header (`t=SECONDS,v1=HMAC`) is the provider's own, about this body, and within five
    minutes of `now` (microseconds UTC)."""
    parts = dict(part.partition("=")[::2] for part in (signature or "").split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = abs(now - clock.seconds(int(stamp))) <= clock.seconds(TOLERANCE)
    return hmac.compare_digest(given.encode(), wanted.encode()) and fresh


def read_callback(body: bytes) -> Heard:
    """What a callback says. Raises MarketError (400) when it is none of the provider's."""
    try:
        event = orjson.loads(body)
        charge = event["charge"]
        heard = Heard(
            id=event["id"],
            type=event["type"],
            idempotency_key=charge["idempotency_key"],
            said={"charge.taken": Said.TAKEN, "charge.declined": Said.DECLINED}.get(event["type"]),
            provider_id=charge.get("id"),
            amount_minor=charge["amount"],
            currency=charge["currency"],
            reason=charge.get("reason"),
            card=_last4(charge),
            body=_kept(event | charge | {"id": charge.get("id")}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarketError("the callback is not one of the provider's", kind="malformed-callback") from error
    texts: tuple[object, ...] = (
        heard.id,
        heard.type,
        heard.idempotency_key,
        heard.currency,
        heard.provider_id or "",
        heard.reason or "",
    )
    fits = (
        all(isinstance(text, str) and len(text) <= 80 and "\x00" not in text for text in texts)
        and len(heard.type) <= 40
    )
    if not fits or type(heard.amount_minor) is not int or not heard.id or abs(heard.amount_minor) >= 2**63:
        raise MarketError("the callback is not one of the provider's", kind="malformed-callback")
    return heard


def _key_of(secret: str) -> str:
    # The provider derives its clients' key in the same way, so that one secret is all that the two must share.
    return hmac.new(secret.encode(), b"provider-key", hashlib.sha256).hexdigest()


def _outcome_of(answer: Outcome | BaseException) -> Outcome:
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _meaning(call: Call, status: int, raw: bytes, began: float) -> Outcome:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return _trouble(call, Said.UNKNOWN, "garbage", began, status)
    if status == 404 and call.ask is Ask.LOOK_UP:
        return _trouble(call, Said.NEVER_SEEN, "never seen", began, status)
    if status in (200, 402):
        return _carried_out(call, status, body, began)
    why = str(body.get("message") or body.get("error") or f"status {status}")
    if status in (401, 403, 408, 409, 425, 429, 503):
        # Not carried out. A key that the provider does not accept (401) is ours to mend: the payment waits for that.
        return _trouble(call, Said.UNAVAILABLE, why, began, status)
    if 400 <= status < 500:
        return _trouble(call, Said.REFUSED, why, began, status)
    return _trouble(call, Said.UNKNOWN, why, began, status)


def _carried_out(call: Call, status: int, body: dict[str, Any], began: float) -> Outcome:
    words = {"taken": Said.TAKEN, "declined": Said.DECLINED, "voided": Said.VOIDED, "refunded": Said.REFUNDED}
    said = words.get(str(body.get("status")))
    amount, provider_id = body.get("amount"), body.get("id")
    fits = (said is Said.REFUNDED) == (call.ask is Ask.REFUND) and (said is Said.VOIDED or call.ask is not Ask.VOID)
    if said is None or not fits or not isinstance(provider_id, str) or not 0 < len(provider_id) <= 80:
        return _trouble(call, Said.UNKNOWN, "an answer that is none", began, status)
    if said is Said.REFUNDED and amount != call.amount_minor:
        return _trouble(call, Said.UNKNOWN, "wrong amount", began, status)
    return Outcome(
        call,
        said,
        _noted(body, began, status),
        provider_id=provider_id,
        amount_minor=amount if type(amount) is int else None,
        currency=str(body.get("currency") or "")[:3],
        card=_last4(body),
        reason=str(body["reason"])[:80] if body.get("reason") else None,
        reversed=said is Said.VOIDED and body.get("taken") is not None,
    )


def _trouble(call: Call, said: Said, reason: str, began: float, status: int | None = None) -> Outcome:
    return Outcome(call, said, _noted({"error": reason}, began, status), reason=reason[:80])


def _noted(body: Mapping[str, Any], began: float, status: int | None) -> str:
    took = {"ms": round((time.monotonic() - began) * 1000)}
    return _kept(dict(body), ({"http": status} if status else {}) | took)


def _kept(body: Mapping[str, Any], first: Mapping[str, Any] | None = None) -> str:
    kept = {name: body[name] for name in KEPT if body.get(name) is not None}
    short = {name: value[:200] if isinstance(value, str) else value for name, value in kept.items()}
    text = orjson.dumps({**(first or {}), **short})
    return (
        text.decode()
        if len(text) <= 2000
        else orjson.dumps({**(first or {}), "error": "an answer too long to keep"}).decode()
    )


def _last4(charge: Mapping[str, Any]) -> str | None:
    card = charge.get("card")
    last4 = card.get("last4") if isinstance(card, dict) else None
    return last4 if isinstance(last4, str) and len(last4) <= 4 else None


def _order_id(reference: str | None) -> int | None:
    number = (reference or "").removeprefix("order-")
    return int(number) if number.isascii() and number.isdigit() else None
