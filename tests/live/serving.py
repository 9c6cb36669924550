"""A real gunicorn with its workers, and readers that keep many streams open from one thread."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx

from tests.processes import free_port
from webapp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


PATIENT = ("--graceful-timeout", "90")
"""At its end the server waits for its requests longer than any test does: what holds it up shows, and is not cut off."""


class Server:
    """The market behind gunicorn: greenlets on PostgreSQL as webapp/gunicorn.py says, threads on SQLite."""

    def __init__(self, settings: Settings, **environment: str) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.on_postgresql = settings.on_postgresql
        self.log = settings.home / "server.log"
        given = settings.model_dump(exclude_none=True, exclude={"port"})
        self._environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        self._environment |= {name.upper(): str(value) for name, value in given.items()} | {
            "PORT": str(self.port),
            **environment,
        }
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        """Start it, also again on the same port."""
        threads = ["-c", "python:tests.live.served", "-b", f"127.0.0.1:{self.port}"]
        how = ["-c", "webapp/gunicorn.py"] if self.on_postgresql else threads
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *how, *PATIENT, "tests.live.served:create_app()"],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        until(self._answers, 60, self.said)

    def workers(self) -> list[int]:
        """The worker processes."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def held(self) -> tuple[int, int]:
        """File descriptors and threads of all workers; without SQLite's files, of which its pool keeps some open."""
        files = threads = 0
        for worker in self.workers():
            for one in Path(f"/proc/{worker}/fd").iterdir():
                with suppress(FileNotFoundError):  # It was closed while we looked.
                    files += "market.db" not in os.readlink(one)
            threads += len(os.listdir(f"/proc/{worker}/task"))
        return files, threads

    def get(self, path: str) -> httpx.Response:
        """An ordinary request on a connection of its own."""
        return httpx.get(self.base + path, timeout=30)

    def said(self) -> str:
        """The server's log."""
        return self.log.read_text()

    def terminate(self) -> None:
        """SIGTERM. Raises TimeoutExpired when something holds up the server's end."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def close(self) -> None:
        """End it, if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False


@dataclass(eq=False)
class Reader:
    """One stream as its browser sees it."""

    connection: socket.socket
    raw: bytes = b""
    closed: bool = False

    @property
    def status(self) -> int:
        """The answer's status; 0 until there is one."""
        return int(self.raw.split(b" ", 2)[1]) if b"\r\n\r\n" in self.raw else 0

    @property
    def head(self) -> str:
        """The answer's headers."""
        return self.raw.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def events(self) -> list[tuple[str, str]]:
        """The complete events: name and data."""
        found = []
        for block in self.raw.partition(b"\r\n\r\n")[2].decode().split("\n\n")[:-1]:
            lines = block.split("\n")
            name = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
            if name:
                found.append(
                    (name[0], "\n".join(line.removeprefix("data: ") for line in lines if line.startswith("data: ")))
                )
        return found

    def shows(self, text: str) -> bool:
        """Whether the newest state that arrived has this text."""
        states = [data for name, data in self.events if name != "end"]
        return bool(states) and text in states[-1]


class Readers:
    """Many streams, read by one thread. HTTP/1.0 is asked for, so that nothing is chunked."""

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._selector = selectors.DefaultSelector()
        self._stopped = False
        self.all: list[Reader] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def open(self, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> Reader:
        """Open a stream."""
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        said = {"Host": f"127.0.0.1:{self._port}", "Accept": "text/event-stream", **headers}
        lines = [f"GET {path} HTTP/1.0", *(f"{name}: {value}" for name, value in said.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        reader = Reader(connection)
        self.all.append(reader)
        self._selector.register(connection, selectors.EVENT_READ, reader)
        return reader

    def leave(self, readers: Iterable[Reader]) -> None:
        """Close these connections, as a closed tab does."""
        for reader in readers:
            self._close(reader)

    def close(self) -> None:
        """Close everything."""
        self._stopped = True
        self._thread.join(5)
        self.leave(self.all)
        self._selector.close()

    def _read(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select(0.1):
                reader: Reader = key.data
                try:
                    got = reader.connection.recv(65536)
                except OSError:
                    got = b""  # The server cut it off, which for its reader is an end like any other.
                if got:
                    reader.raw += got
                else:
                    self._close(reader)

    def _close(self, reader: Reader) -> None:
        if not reader.closed:
            reader.closed = True
            with suppress(KeyError, ValueError):
                self._selector.unregister(reader.connection)
            reader.connection.close()


def until(true: Callable[[], bool], seconds: float = 20, said: Callable[[], str] = str) -> float:
    """Wait until it is true; the seconds that took. Fails after so many."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s\n{said()}"
        time.sleep(0.02)
    return time.monotonic() - began
