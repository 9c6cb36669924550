"""The test payment provider as a child of the embedded market. It is a service of its own, with a ledger of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import structlog

from webapp.settings import ROOT, Settings
from workers.explaining import ServerAway

log = structlog.get_logger()

READY = "Provider is ready at "

ENDS_WITHIN = 5.0
"""Seconds that the provider has to end in before it is killed."""


class ProviderNotReady(ServerAway):
    """The provider did not start; the message says where to look."""


class ProviderChild:
    """Keeps the provider running. It ends with us, whatever ends us: its standard input is a pipe from this process."""

    def __init__(self, config: Settings) -> None:
        self._settings = config
        self._stopped = threading.Event()
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and return its address; from then on it is started again whenever it ends."""
        address = self._spawn()
        self._port = int(address.rsplit(":", 1)[1])
        # Where `market check` finds the witness while this market runs.
        (self._settings.home / "provider.url").write_text(address)
        threading.Thread(target=self._watch, name="provider", daemon=True).start()
        return address

    def stop(self) -> None:
        """End it and do not start it again."""
        self._stopped.set()
        (self._settings.home / "provider.url").unlink(missing_ok=True)
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                # Its ledger survives that, as it survives the death of a whole machine.
                log.warning("provider did not end by itself; it is killed", seconds=ENDS_WITHIN)
                self._process.kill()
                self._process.wait()

    def _spawn(self) -> str:
        home = self._settings.home / "provider"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.provider", "--port", str(self._port), "--home", str(home), "--exit-with-stdin"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "PROVIDER_SECRET": self._settings.provider_key},
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line.startswith(READY):
            raise ProviderNotReady(
                f"the payment provider did not start: {line or 'it said nothing'}; its home is {home}"
            )
        return line.removeprefix(READY)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            assert self._process is not None
            status = self._process.wait()
            if self._stopped.wait(0.5):
                return
            log.warning("provider ended; starting it again", status=status)
            try:
                self._spawn()
            except (ProviderNotReady, OSError) as error:
                log.exception("provider did not start", reason=str(error))
