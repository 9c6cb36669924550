"""HTTP/1.1 on the loopback interface: a thread for each connection, so that one that hangs holds up nobody else."""

import json
import logging
import select
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from .answers import Answer, Garbage, Reply, Silence, refusal
from .api import Api, Request
from .ledger import LedgerClosed

MOST_CONNECTIONS = 500
"""Well below the 1,024 open files that a process usually may have; accepting without one left would spin."""

LARGEST_BODY = 64 * 1024
IDLE_SECONDS = 75.0

log = logging.getLogger(__name__)


class Server(socketserver.ThreadingMixIn, HTTPServer):
    """The listening socket and its connections. Port 0 chooses a free port. Raises OSError when the port is taken."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, port: int, api: Api) -> None:
        self.api = api
        self.stopping = threading.Event()
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._working = 0
        self._working_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Connection)

    def server_bind(self) -> None:
        """Binds without the look-up of this machine's name that HTTPServer makes and that may hang."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Gives the connection a thread, or closes it at once when there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serves one connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Logs what broke a connection, unless it was the client that went away."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            log.error("A connection broke.", exc_info=error)

    def answer(self, request: Request) -> Reply:
        """The API's reply; 500 when the ledger could not be written, and nothing at all once it is closed."""
        with self._working_lock:
            self._working += 1
        try:
            return self.api.answer(request)
        except LedgerClosed:
            return Silence(0.0)
        except Exception:
            log.exception("%s %s failed.", request.method, request.path)
            return refusal(500, "internal", "The provider could not carry this out.")
        finally:
            with self._working_lock:
                self._working -= 1

    def stop(self, patience: float) -> None:
        """Accepts nothing more, ends what hangs, and gives requests at work up to `patience` seconds."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        end = time.monotonic() + patience
        while self._working and time.monotonic() < end:
            time.sleep(0.01)


class Connection(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "PaymentProvider"
    sys_version = ""
    timeout = IDLE_SECONDS
    # Answers are small and written at once; waiting to fill a packet would cost 40 ms on a connection that is kept alive.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answers one request."""
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the library looks these names up

    def handle_expect_100(self) -> bool:
        """Tells a client that waits for it to send its body; what is written is buffered until the answer otherwise."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the ledger is the log."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuses what is not HTTP, as JSON like everything else, and ends the connection."""
        self.close_connection = True
        self._write(refusal(int(code), "bad_request", message or "The request could not be read."))

    def _serve(self) -> None:
        raw = self._read_body()
        if isinstance(raw, Answer):
            # The rest of the body is still on the wire and would be read as the next request.
            self.close_connection = True
            return self._write(raw)
        reply = self.server.answer(Request(self.command, self.path, self.headers, raw))
        if isinstance(reply, Silence):
            self.close_connection = True
            return self._keep_silent(reply.hold)
        return self._write(reply)

    def _read_body(self) -> bytes | Answer:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") is not None or not (length.isascii() and length.isdigit()):
            return refusal(411, "length_required", "The header Content-Length is required.")
        if len(length) > 9 or int(length) > LARGEST_BODY:
            return refusal(413, "too_large", f"A body has at most {LARGEST_BODY} bytes.")
        return self.rfile.read(int(length))

    def _keep_silent(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        end = time.monotonic() + seconds
        while not self.server.stopping.is_set() and (left := end - time.monotonic()) > 0:
            if poll.poll(min(left, 0.25) * 1000):
                # A client that has given up needs no thread kept for it.
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return
                self.server.stopping.wait(min(left, 0.25))

    def _write(self, reply: Answer | Garbage) -> None:
        text = reply.text if isinstance(reply, Garbage) else json.dumps(reply.body)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        for name, value in (reply.headers if isinstance(reply, Answer) else {}).items():
            self.send_header(name, value)
        if self.close_connection or self.server.stopping.is_set():
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text.encode())
