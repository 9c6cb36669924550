"""The only file that knows SMTP: hands letters to a mail server, one connection for a whole list."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, getaddresses
from urllib.parse import parse_qs, unquote, urlsplit

from webapp import clock
from webapp.notifications.models import ACCEPTED, LATER, REFUSED, UNTRIED
from webapp.settings import Settings

TIMEOUT = 10.0
"""Seconds that we wait for each answer of the server."""

LIST_LIMIT = 60.0
"""Seconds after which the rest of a list is given back untried: far less than the lease of those who asked for it."""

KEPT = "kept in the mailbox"
"""The answer where no mail server is set: the mailbox page shows the email, and that is its delivery."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An email on its way out, as it was claimed: `number` is which try this is, `sender` the name of its market, or ""."""

    email_id: int
    number: int
    cause_id: str
    sender: str
    recipient: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one try. `outcome` is one of ACCEPTED, REFUSED, LATER, UNTRIED; `answer` is the server's own words."""

    email_id: int
    number: int
    recipient: str
    outcome: str
    answer: str


class Unsendable(Exception):
    """No letter can be made of this: the address is none."""


def never() -> bool:
    """Nobody asks us to stop."""
    return False


def send(settings: Settings, letters: Sequence[Letter], stopping: Callable[[], bool] = never) -> list[Result]:
    """Try to deliver each letter once and say what came of it, in order. Never raises for what a server does.

    `stopping` is asked between letters; once it says so, the rest is given back untried.
    """
    if settings.smtp_url is None:
        return [_result(letter, ACCEPTED, KEPT) for letter in letters]
    return list(_Batch(settings, settings.smtp_url).send(letters, stopping))


def message_for(letter: Letter, sender: str) -> EmailMessage:
    """The letter as an email from `sender`, in the name of its market where it has one. Its Message-ID is the same at every
    try, so that a second delivery can be recognised.

    Raises Unsendable when the recipient is no address that email can go to.
    """
    to = check_address(letter.recipient)
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    try:
        message["From"] = Address(letter.sender, addr_spec=getaddresses([sender])[0][1]) if letter.sender else sender
        message["To"] = to
        message["Subject"] = letter.subject
    except (ValueError, MessageError) as error:
        raise Unsendable(f"{error}") from error
    message["Date"] = format_datetime(clock.to_datetime(clock.now()))
    message["Message-ID"] = (
        f"<email-{letter.email_id}.{re.sub('[^A-Za-z0-9-]', '', letter.cause_id)}@{_domain(sender)}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def check_address(recipient: str) -> Address:
    """The address that email can go to. Raises Unsendable when it is none."""
    if not recipient:
        raise Unsendable("the order has no email address")
    try:
        user, _, domain = recipient.rpartition("@")
        address = Address(username=user, domain=_ascii(domain))
    except (ValueError, MessageError) as error:
        raise Unsendable(f"not an email address: {recipient}") from error
    if not user or not domain or re.search(r"[\s<>,;:\"\x00-\x1f\x7f]", recipient):
        raise Unsendable(f"not an email address: {recipient}")
    return address


def _ascii(domain: str) -> str:
    # Every mail server takes a domain in this form; only letters before the @ need one that speaks SMTPUTF8. The codec is of
    # IDNA 2003, in which some letters (ß) become others: such a domain stays as it is, and is no other's.
    if domain.isascii():
        return domain
    written = domain.encode("idna")
    return written.decode() if written.decode("idna") == domain.lower() else domain


def greeting(settings: Settings) -> str | None:
    """What is wrong with the mail server, asked as for a letter but with nothing to send; None where all is well or where
    there is no SMTP_URL."""
    if settings.smtp_url is None:
        return None
    try:
        _Batch(settings, settings.smtp_url).greet()
    except (OSError, smtplib.SMTPException) as error:
        return _words(error)
    return None


class _Batch:
    """One list of letters over one connection, which is opened again when a letter has cost it."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.sender = settings.smtp_from
        self.url = url
        self.server: smtplib.SMTP | None = None

    def send(self, letters: Sequence[Letter], stopping: Callable[[], bool]) -> Iterator[Result]:
        until = time.monotonic() + LIST_LIMIT
        unreachable: str | None = None
        try:
            for letter in letters:
                if unreachable is not None:
                    yield _result(letter, LATER, unreachable)
                elif stopping() or time.monotonic() > until:
                    yield _result(letter, UNTRIED, "given back untried")
                else:
                    try:
                        server = self._open()
                    except (OSError, smtplib.SMTPException) as error:
                        # Nothing was asked about this letter or the next: the server as a whole is not there.
                        unreachable = _words(error)
                        yield _result(letter, LATER, unreachable)
                    else:
                        yield self._try(server, letter)
        finally:
            self._close()

    def greet(self) -> None:
        """Open a connection and close it. Raises OSError or SMTPException."""
        try:
            self._open()
        finally:
            self._close()

    def _try(self, server: smtplib.SMTP, letter: Letter) -> Result:
        try:
            return _result(letter, ACCEPTED, _hand_over(server, message_for(letter, self.sender)))
        except (Unsendable, smtplib.SMTPNotSupportedError) as error:
            return _result(letter, REFUSED, str(error))
        except smtplib.SMTPRecipientsRefused as error:
            (code, said), *_ = error.recipients.values()
            return _result(letter, _severity(code), _reply(code, said))
        except smtplib.SMTPSenderRefused as error:
            # Our own address is not welcome: a setting, or a mood of the server; no fault of this recipient's.
            return _result(letter, LATER, _reply(error.smtp_code, error.smtp_error))
        except smtplib.SMTPDataError as error:
            return _result(letter, _severity(error.smtp_code), _reply(error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            # The connection is in doubt, and with it whether the letter arrived: it is tried again under its own
            # Message-ID, on a new connection.
            self._close()
            return _result(letter, LATER, _words(error))

    def _open(self) -> smtplib.SMTP:
        if self.server is None or self.server.sock is None:
            self.server = _connect(self.url, self.sender)
        return self.server

    def _close(self) -> None:
        server, self.server = self.server, None
        if server is None:
            return
        if server.sock is not None:
            # Everything was answered for already: a server that hangs at QUIT must not keep us.
            server.sock.settimeout(1.0)
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        server.close()


def _connect(url: str, sender: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    # We introduce ourselves with our own domain: asking the resolver for this machine's name can take seconds.
    server = smtplib.SMTP(
        parts.hostname or "localhost", parts.port or 25, local_hostname=_domain(sender), timeout=TIMEOUT
    )
    try:
        if parse_qs(parts.query).get("tls", ["0"])[0] == "1":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> str:
    # smtplib's send_message keeps the server's last answer to itself; it is what we want to show.
    sender = getaddresses([str(message["From"])])[0][1]
    recipient: str = message["To"].addresses[0].addr_spec
    options = []
    if not recipient.isascii():
        if not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("the mail server takes no address with letters beyond ASCII")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    code, said = server.mail(sender, options)
    if code != 250:
        _take_back(server)
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = server.rcpt(recipient)
    if code not in (250, 251):
        _take_back(server)
        raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
    code, said = server.data(message.as_bytes())
    if code != 250:
        _take_back(server)
        raise smtplib.SMTPDataError(code, said)
    return _reply(code, said)


def _take_back(server: smtplib.SMTP) -> None:
    # A server that refuses and hangs up has said what matters; the next letter gets a new connection.
    try:
        server.rset()
    except (OSError, smtplib.SMTPException):
        server.close()


def _domain(sender: str) -> str:
    return getaddresses([sender])[0][1].rpartition("@")[2] or "localhost"


def _severity(code: int) -> str:
    return REFUSED if 500 <= code < 600 else LATER


def _reply(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    # smtplib says a time-out while it reads as a lost connection, with the cause in its words only.
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"no answer from the mail server within {TIMEOUT:g} s"
    return str(error) or type(error).__name__


def _result(letter: Letter, outcome: str, answer: str) -> Result:
    return Result(letter.email_id, letter.number, letter.recipient, outcome, " ".join(answer.split())[:300])
