"""The processes of the Procfile as a supervisor sees them, while every server is away: the hardest moment to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.kafka.conftest import NOBODY
from tests.live.serving import until
from workers import ending
from workers.transport import Stuck

AWAY = {
    "DATABASE_URL": f"postgresql://nobody@{NOBODY}/none", "KAFKA_BROKERS": NOBODY, "AMQP_URL": f"amqp://guest:guest@{NOBODY}/",
    "SECRET_KEY": "for tests only: 0123456789abcdef", "PROVIDER_SECRET": "tests share this secret",
}  # fmt: skip
COMMANDS = {
    "relay": ["relay"],
    "inventory": ["consume", "inventory"],
    "orders": ["consume", "orders"],
    "tasks": ["tasks"],
}


def hears_signals(started: subprocess.Popen[str]) -> bool:
    """Whether the process has said what a SIGTERM is to do: before that it would just die of it."""
    assert started.poll() is None, "it ended although only the servers are away"
    status = Path(f"/proc/{started.pid}/status").read_text()
    [caught] = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught & 1 << signal.SIGTERM - 1)


@contextmanager
def process(name: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of the market that has begun to work."""
    environment = {**os.environ, **AWAY, "MARKET_HOME": str(home)}
    command = [sys.executable, "-m", "workers.cli", *COMMANDS[name]]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if " start" in line:
                break
        until(partial(hears_signals, started), 60)
        time.sleep(1)  # It tries the servers meanwhile, and may be at any point of that.
        assert started.poll() is None, "it ended although only the servers are away"
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_before_a_supervisor_would_kill_it(name: str, number: signal.Signals, tmp_path: Path) -> None:
    assert ending.ENDS_WITHIN < 10
    with process(name, tmp_path) as running:
        running.send_signal(number)
        # What hangs longer than those seconds ends as STUCK. How long a busy machine takes to end Python is not ours to say.
        assert running.wait(60) == 0


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with process("relay", tmp_path) as running:
        running.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) in (0, 128 + signal.SIGTERM)


@pytest.fixture
def signals() -> Iterator[None]:
    """Gives pytest its signal handlers back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_a_part_that_is_stuck_ends_the_process_with_a_status_that_says_so() -> None:
    stop, left = threading.Event(), threading.Event()

    def stuck() -> None:
        raise Stuck("Kafka has fenced us off")

    def waits() -> None:
        stop.wait()

    assert ending.run({"stuck": stuck, "other": waits}, stop, left.set) == ending.STUCK
    assert left.is_set()


@pytest.mark.usefixtures("signals")
def test_a_part_that_ends_by_itself_ends_the_process_too() -> None:
    assert ending.run({"gone": lambda: None}, threading.Event(), lambda: None) == ending.STUCK
