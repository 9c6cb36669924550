"""The provider as a process of its own, and a receiver for its callbacks: what the tests here drive and listen with."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.processes import free_port

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
PATIENT = 60.0
"""Seconds after which what was asked for is taken never to come."""

SECRET = "a-secret-of-these-tests"
KEY = "a-key-of-these-tests"


class Provider:
    """A provider process on a free port, with its ledger in `home`; it can be killed and started again."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.options = options
        # Not one of those that the system chooses for connections: it is free again when the process is started again.
        self.port = free_port()
        self.process: subprocess.Popen[str]
        self.client = httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENT)
        self.start()

    def start(self) -> None:
        """Starts the process, on the same port each time."""
        self.process = start_process(["--port", str(self.port), "--home", str(self.home), *self.options])
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == f"Provider is ready at http://127.0.0.1:{self.port}\n", line

    def kill(self) -> None:
        """kill -9, as a crash would be."""
        self.process.kill()
        self.process.wait(PATIENT)

    def terminate(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENT)

    def close(self) -> None:
        """Ends whatever still runs."""
        self.client.close()
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def url(self, path: str) -> str:
        """The address of `path`."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> httpx.Response:
        """GET."""
        return self.client.get(self.url(path))

    def post(self, path: str, body: Any, key: str | None = None, patience: float = PATIENT) -> httpx.Response:
        """POST of a JSON body; raises httpx.TimeoutException after `patience` seconds without an answer."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(self.url(path), json=body, headers=headers, timeout=patience)

    def charge(
        self, key: str, token: str = "tok_success", patience: float = PATIENT, **overrides: Any
    ) -> httpx.Response:
        """Asks for a charge of 12.50 EUR for the order "7", unless told otherwise."""
        body = {"amount": 1250, "currency": "EUR", "token": token, "reference": "7", **overrides}
        return self.post("/v1/charges", body, key, patience)

    def void(self, key: str, **overrides: Any) -> httpx.Response:
        """Asks for the charge of `key` to be voided."""
        return self.post("/v1/voids", {"idempotency_key": key, **overrides})

    def refund(self, charge: str, amount: int, key: str) -> httpx.Response:
        """Asks for `amount` minor units to be given back."""
        return self.post("/v1/refunds", {"charge": charge, "amount": amount}, key)

    def look_up(self, key: str) -> httpx.Response:
        """Asks what became of the charge of `key`."""
        return self.client.get(self.url("/v1/charges"), params={"idempotency_key": key})

    def ledger(self, reference: str = "7") -> Any:
        """What the witness says about an order."""
        return self.get(f"/v1/ledger/{reference}").raise_for_status().json()

    def totals(self) -> Any:
        """The counts and sums of the whole ledger."""
        return self.get("/v1/ledger").raise_for_status().json()["totals"]

    def faults(self, **settings: Any) -> None:
        """Turns the fault knobs."""
        self.post("/v1/faults", settings).raise_for_status()


@dataclass(frozen=True)
class Callback:
    """A callback as it arrived."""

    signature: str | None
    raw: bytes

    @property
    def body(self) -> Any:
        """The event."""
        return json.loads(self.raw)


class Receiver:
    """A market's end of the callbacks: keeps what arrives, and answers the given statuses first and then 204."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[Callback] = queue.Queue()
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()
                receiver.arrived.put(Callback(self.headers["Provider-Signature"], raw))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/payments/callback?from=provider"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self, patience: float = PATIENT) -> Callback:
        """The next callback; raises queue.Empty when none comes in `patience` seconds."""
        return self.arrived.get(timeout=patience)

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


def start_process(options: Sequence[str], **environment: str) -> subprocess.Popen[str]:
    """The provider's process with pipes for its input and output."""
    settings = {"PROVIDER_SECRET": SECRET, "PROVIDER_KEY": KEY, **environment}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PROVIDER_")}
    return subprocess.Popen(
        [sys.executable, "-m", "services.provider", *options],
        cwd=ROOT,
        env={**inherited, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def at_once(number: int, call: Callable[[int], T]) -> list[T]:
    """The results of `number` calls made at the same moment, each told its number; raises what any of them raises."""
    barrier = threading.Barrier(number)
    results: list[T | None] = [None] * number
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            barrier.wait(PATIENT)
            results[index] = call(index)
        except BaseException as error:  # noqa: BLE001 - it is raised below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENT)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads), "some have not ended"
    return [result for result in results if result is not None]


def eventually(condition: Callable[[], bool], patience: float = PATIENT) -> None:
    """Waits until `condition` holds; raises AssertionError when it does not in `patience` seconds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.02)
