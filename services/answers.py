"""Ask whether the right kind of server answers at an address, in its own protocol and with no library.

    answers.py postgresql://… | amqp://USER:PASSWORD@HOST:PORT/VHOST | kafka://HOST:PORT,HOST:PORT | stripe-mock://HOST:PORT

Exit status: 0 it answers; 1 nobody listens there; 2 something listens, but does not speak that protocol (or is not
ready to); 3 it refuses the user. The reason is one line on stderr. Only RabbitMQ's user is tried here: PostgreSQL's needs
a challenge that psql knows better.
"""

import socket
import struct
import sys
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT_SECONDS = 3.0
NOBODY, SOMETHING_ELSE, REFUSED = 1, 2, 3


class NotThisServerError(Exception):
    """What answered does not speak the protocol asked for."""


class RefusedError(Exception):
    """The right server, but it does not let this user in."""


def main(arguments: list[str]) -> int:
    """Probe the address named on the command line; return the exit status described above."""
    (address,) = arguments
    scheme, _, rest = address.partition("://")
    # Several brokers may be named; any of them will do.
    statuses = [probe(urlsplit(f"{scheme}://{one}")) for one in rest.split(",")]
    return min(statuses)


def probe(url: SplitResult) -> int:
    """Connect to the one address and speak its scheme's protocol; return the exit status described above."""
    if url.scheme not in KINDS:
        return say(SOMETHING_ELSE, f"nothing of the kind {url.scheme}:// can be asked here, only {', '.join(KINDS)}")
    speak, usual_port = KINDS[url.scheme]
    port = url.port or usual_port
    place = f"{url.hostname}:{port}"
    try:
        connection = socket.create_connection((url.hostname, port), TIMEOUT_SECONDS)
    except OSError as error:
        return say(NOBODY, f"nobody answers at {place} ({error})")
    with connection:
        connection.settimeout(TIMEOUT_SECONDS)
        try:
            speak(connection, url)
        except RefusedError as error:
            return say(REFUSED, f"{url.scheme} answers at {place}, but {error}")
        except (NotThisServerError, OSError, struct.error) as error:
            return say(
                SOMETHING_ELSE, f"{place} is taken, but what listens there does not speak {url.scheme} ({error})"
            )
    return 0


def say(status: int, reason: str) -> int:
    """Print the reason on stderr and hand the status on."""
    print(reason, file=sys.stderr)
    return status


def postgresql(connection: socket.socket, _url: SplitResult) -> None:
    """Ask for TLS: PostgreSQL, and nothing else, says S or N to that. Raises NotThisServerError."""
    connection.sendall(struct.pack(">II", 8, 80877103))
    answer = connection.recv(1)
    if answer not in (b"S", b"N"):
        raise NotThisServerError(f"it answered {answer!r}")


def amqp(connection: socket.socket, url: SplitResult) -> None:
    """Greet as AMQP 0-9-1 and log in. Raises NotThisServerError, RefusedError when the user or vhost is not let in."""
    connection.sendall(b"AMQP\x00\x00\x09\x01")
    expect_method(connection, 10, 10)  # connection.start
    user, password = unquote(url.username or "guest"), unquote(url.password or "guest")
    response = f"\0{user}\0{password}".encode()
    start_ok = struct.pack(">I", 0) + short(b"PLAIN") + struct.pack(">I", len(response)) + response + short(b"en_US")
    send_method(connection, 10, 11, start_ok)
    try:
        tune = expect_method(connection, 10, 30)  # connection.tune
    except (NotThisServerError, ConnectionError) as error:
        raise RefusedError(f"it does not let the user {user} in with that password") from error
    send_method(connection, 10, 31, tune)  # connection.tune-ok: what was offered is accepted
    vhost = unquote(url.path[1:]) or "/"
    send_method(connection, 10, 40, short(vhost.encode()) + short(b"") + b"\0")  # connection.open
    try:
        expect_method(connection, 10, 41)  # connection.open-ok
    except (NotThisServerError, ConnectionError) as error:
        raise RefusedError(f"it does not let the user {user} into the virtual host {vhost}") from error
    # A polite end keeps a warning out of the server's log.
    send_method(connection, 10, 50, struct.pack(">H", 200) + short(b"bye") + struct.pack(">HH", 0, 0))
    expect_method(connection, 10, 51)  # connection.close-ok


def short(text: bytes) -> bytes:
    """AMQP's short string: one byte of length, then the text."""
    return bytes([len(text)]) + text


def send_method(connection: socket.socket, class_id: int, method_id: int, arguments: bytes) -> None:
    """Send one AMQP method frame on channel 0."""
    payload = struct.pack(">HH", class_id, method_id) + arguments
    connection.sendall(struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce")


def expect_method(connection: socket.socket, class_id: int, method_id: int) -> bytes:
    """Read one AMQP method frame and return its arguments. Raises NotThisServerError when it is another one."""
    kind, _channel, length = struct.unpack(">BHI", receive(connection, 7))
    if kind != 1 or length > 65536:
        raise NotThisServerError(f"a frame of kind {kind} and {length} bytes")
    payload = receive(connection, length + 1)
    found = struct.unpack(">HH", payload[:4])
    if found != (class_id, method_id):
        raise NotThisServerError(f"method {found} instead of {(class_id, method_id)}")
    return payload[4:-1]


def kafka(connection: socket.socket, _url: SplitResult) -> None:
    """Ask which versions it speaks (ApiVersions, version 0). Raises NotThisServerError."""
    correlation = 7291
    client = b"marketflow"
    request = struct.pack(">hhih", 18, 0, correlation, len(client)) + client
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", receive(connection, 4))
    if not 10 <= length <= 65536:
        raise NotThisServerError(f"an answer of {length} bytes")
    answered, error_code = struct.unpack(">ih", receive(connection, length)[:6])
    if (answered, error_code) != (correlation, 0):
        raise NotThisServerError(f"answer {answered} with error {error_code}")


def stripe_mock(connection: socket.socket, url: SplitResult) -> None:
    """Ask for anything: stripe-mock names itself in every answer. Raises NotThisServerError."""
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {url.hostname}\r\nConnection: close\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 65536 and (more := connection.recv(4096)):
        head += more
    if b"stripe-mock-version:" not in head.lower():
        raise NotThisServerError(f"it answered {head[:60]!r}")


def receive(connection: socket.socket, length: int) -> bytes:
    """Read exactly that many bytes. Raises NotThisServerError when the other side ends before."""
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise NotThisServerError("it closed the connection")
        data += more
    return data


KINDS = {
    "postgresql": (postgresql, 5432),
    "postgres": (postgresql, 5432),
    "amqp": (amqp, 5672),
    "kafka": (kafka, 9092),
    "stripe-mock": (stripe_mock, 12111),
}
"""How each kind of server is spoken to, and its usual port."""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
