"""The fault knobs of test campaigns: a provider that is slow, silent, wrong or says things twice. Off unless asked for."""

import random
import re
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from .answers import Answer, Body, Garbage, Refused, Reply, Silence, refusal
from .inputs import check_key, only

CALLS = ("charge", "void", "refund", "lookup")
MODES = ("status", "garbage", "timeout", "disconnect")
SIGNATURES = ("good", "forged", "stale", "none")


@dataclass(frozen=True)
class Settings:
    """What is set at present; every field is a field of POST /v1/faults."""

    on: tuple[str, ...] = ("charge",)
    mode: str | None = None
    status: int = 500
    when: str = "before"
    rate: float = 1.0
    count: int | None = None
    latency_ms: int = 0
    callback_copies: int = 1
    callback_amount_off: int = 0
    callback_forged: bool = False
    callback_jitter_ms: int = 0


@dataclass(frozen=True)
class Fault:
    """What befalls one call: a pause and perhaps a wrong reply, both before or both after the work is done."""

    when: str
    latency_ms: int = 0
    reply: Reply | None = None

    def strike(self, when: str) -> Reply | None:
        """Pauses if `when` is this fault's moment and gives the reply that replaces the true one, or None."""
        if when != self.when:
            return None
        time.sleep(self.latency_ms / 1000)
        return self.reply


@dataclass(frozen=True)
class Disturbance:
    """What befalls one callback."""

    copies: int
    amount_off: int
    forged: bool
    delay: float

    def pause(self) -> None:
        """Waits, so that callbacks overtake one another."""
        time.sleep(self.delay)

    def change(self, body: Body) -> Body:
        """The event with the amount that is told instead of the true one."""
        charge = body["charge"]
        return {**body, "charge": {**charge, "amount": charge["amount"] + self.amount_off}}

    def secret(self, true: str) -> str:
        """The secret to sign with."""
        return f"not {true}" if self.forged else true


@dataclass
class Faults:
    """The knobs, shared by all requests. `enabled` is False outside of tests, and then they cannot be turned."""

    enabled: bool
    hang_seconds: float
    settings: Settings = field(default_factory=Settings)
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, body: Body) -> Settings:
        """Replaces all knobs by those in `body`; the others go back to their defaults. Refuses a bad value with 422."""
        body = dict(body)
        seed = body.pop("seed", None)
        settings = read_settings(body)
        with self._lock:
            self.settings = settings
            if seed is not None:
                self._random.seed(str(seed))
        return settings

    def draw(self, call: str) -> Fault:
        """Decides what befalls the next call of this kind."""
        with self._lock:
            settings = self.settings
            if call not in settings.on or settings.count == 0:
                return Fault(settings.when)
            if settings.mode is None:
                return Fault(settings.when, settings.latency_ms)
            if self._random.random() >= settings.rate:
                return Fault(settings.when, settings.latency_ms)
            if settings.count is not None:
                self.settings = replace(settings, count=settings.count - 1)
        return Fault(settings.when, settings.latency_ms, self._reply(settings))

    def disturb_callback(self) -> Disturbance:
        """Decides what befalls the next callback."""
        with self._lock:
            settings = self.settings
            delay = self._random.random() * settings.callback_jitter_ms / 1000
        return Disturbance(settings.callback_copies, settings.callback_amount_off, settings.callback_forged, delay)

    def _reply(self, settings: Settings) -> Reply:
        if settings.mode == "garbage":
            return Garbage()
        if settings.mode == "timeout":
            return Silence(self.hang_seconds)
        if settings.mode == "disconnect":
            return Silence(0.0)
        if settings.status == 409:
            return refusal(409, "in_progress", "A request with this key is being carried out.")
        headers = {"Retry-After": "1"} if settings.status in (429, 503) else {}
        return Answer(settings.status, {"error": "fault", "message": "A fault was asked for."}, headers)


def read_settings(body: Body) -> Settings:
    """The knobs from a JSON object; refuses with 422 naming the first bad one."""
    only(body, *Settings.__dataclass_fields__)
    values: dict[str, Any] = {**Settings().__dict__, **body}
    on = values["on"]
    _check("on", isinstance(on, list | tuple) and all(call in CALLS for call in on), f"a list of {', '.join(CALLS)}")
    _check("mode", values["mode"] in (None, *MODES), f"null or one of {', '.join(MODES)}")
    _check("when", values["when"] in ("before", "after"), '"before" or "after"')
    rate = values["rate"]
    _check("rate", type(rate) in (int, float) and 0 <= rate <= 1, "a number from 0 to 1")
    for name, least, most in (
        ("status", 400, 599),
        ("latency_ms", 0, 60_000),
        ("callback_copies", 1, 100),
        ("callback_amount_off", -(10**12), 10**12),
        ("callback_jitter_ms", 0, 60_000),
    ):
        number = values[name]
        _check(name, type(number) is int and least <= number <= most, f"a whole number from {least} to {most}")
    count = values["count"]
    _check("count", count is None or (type(count) is int and count >= 0), "null or a whole number")
    _check("callback_forged", type(values["callback_forged"]) is bool, "true or false")
    return Settings(**{**values, "on": tuple(on)})


@dataclass(frozen=True)
class FalseCallback:
    """A callback that a test makes up about a charge."""

    key: str
    type: str
    url: str | None
    amount: int | None
    event_id: str | None
    signature: str
    copies: int


def read_false_callback(body: Body) -> FalseCallback:
    """A made-up callback from a JSON object; refuses with 422 naming the first bad field."""
    only(body, "idempotency_key", "type", "url", "amount", "id", "signature", "copies")
    key, url, amount, event_id = (body.get(name) for name in ("idempotency_key", "url", "amount", "id"))
    kind, signature, copies = body.get("type", "charge.taken"), body.get("signature", "good"), body.get("copies", 1)
    _check("type", isinstance(kind, str), "text")
    _check("url", url is None or (isinstance(url, str) and bool(re.match("https?://", url))), "an http address")
    _check("amount", amount is None or type(amount) is int, "a whole number")
    _check("id", event_id is None or isinstance(event_id, str), "text")
    _check("signature", signature in SIGNATURES, f"one of {', '.join(SIGNATURES)}")
    _check("copies", type(copies) is int and 1 <= copies <= 100, "a whole number from 1 to 100")
    return FalseCallback(check_key(key, "idempotency_key"), kind, url, amount, event_id, signature, copies)


def _check(name: str, valid: bool, wanted: str) -> None:
    if not valid:
        raise Refused(422, "invalid", f"{name} must be {wanted}.", name)
