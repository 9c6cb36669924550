"""The market as a process: started as `make run` starts it, killed as a power cut kills it."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Self

from webapp.settings import ROOT

READY = "Marketflow is ready at "


FIRST_PORT, PORTS, SIDE_BY_SIDE = 20_000, 1_500, 8
_OURS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SIDE_BY_SIDE
_next = itertools.count(random.SystemRandom().randrange(PORTS))


def free_port() -> int:
    """A port that nobody listens on just now, below those that the system gives to outgoing connections: a process that is
    killed and started again finds it free. It is given once, and each process of pytest-xdist has ports of its own: who was
    given one may take its time to listen there."""
    while True:
        port = FIRST_PORT + _OURS * PORTS + next(_next) % PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class MarketProcess:
    """The embedded market on a home and a port of its own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.port = home, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        plain = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "KAFKA_BROKERS", "AMQP_URL", "SMTP_URL")
        }
        self.environment = {
            **plain,
            "MARKET_HOME": str(home),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "DEMO": "0",
            **environment,
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        # Whatever has become of the test, no market goes on behind it.
        if self.running:
            self.kill()

    def start(self, seconds: float = 60) -> None:
        """Start it and wait until it says that it is ready. Raises AssertionError with its output when it does not."""
        log = (self.home.parent / f"{self.home.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workers.embedded"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True,
            start_new_session=True,
        )  # fmt: skip
        log.close()
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base}/healthz", timeout=1):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError(f"the market did not become ready:\n{self.log()[-3000:]}")

    def log(self) -> str:
        """What it has printed so far."""
        return (self.home.parent / f"{self.home.name}.log").read_text()

    def kill(self) -> None:
        """kill -9 of every process of it at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM, as a deploy does; returns its exit status. Raises TimeoutExpired when it does not end in time."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(seconds)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def market(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `market` command on the same home."""
        return subprocess.run(
            [sys.executable, "-m", "workers.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
