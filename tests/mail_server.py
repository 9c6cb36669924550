"""A real mail server that keeps what it takes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Inbox:
    """A mail server that keeps what it takes; `answers` are given to the next recipients instead of 250, in order."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    at_each: Callable[[], object] = lambda: None

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count who comes."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or answer as the test wants; `hang` is no answer at all."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang":
            await asyncio.sleep(60)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message."""
        answer = self.data_answers.pop(0) if self.data_answers else "250 Message accepted for delivery"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.extend((recipient, envelope.content) for recipient in envelope.rcpt_tos)
            self.at_each()
        return answer

    @property
    def url(self) -> str:
        """Its address for SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"


class Listening(Controller):
    """The server on a socket that listens already, so that nobody can take its port before."""

    def __init__(self, inbox: Inbox, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        super().__init__(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, ready_timeout=60)
        self._listener = listener

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


@pytest.fixture
def server() -> Iterator[Inbox]:
    """A real mail server on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    inbox = Inbox(port=listener.getsockname()[1])
    controller = Listening(inbox, listener)
    controller.start()
    yield inbox
    controller.stop()
