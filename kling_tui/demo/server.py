"""An HTTP/1.1 server with keep-alive on 127.0.0.1, a thread for each connection."""

import contextlib
import http.client
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from kling_tui.demo.http_types import Request, Response, error_response
from kling_tui.demo.protocol import BAD_REQUEST

BODY_LIMIT = 64 * 1024
"""Bytes; a poll's body has about 40."""
_DRAIN_LIMIT = 8 * 1024 * 1024
"""Bytes of a too large body that are read."""
_STOP_TIMEOUT = 2.0


class Server(socketserver.ThreadingTCPServer):
    """Accepts connections, and keeps track of them so that ``stop`` can close them."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        respond: Callable[[Request], Response],
        clock: Callable[[], float],
    ) -> None:
        self.respond = respond
        self.clock = clock
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._connections: set[socket.socket] = set()
        self._connections_changed = threading.Condition()
        super().__init__(("127.0.0.1", port), _RequestHandler)

    def serve(self) -> None:
        """Accept connections until stopped; without a timer, so that an idle server uses no CPU."""
        while not self._stopping.is_set():
            self.handle_request()
        self._stopped.set()

    def stop(self) -> None:
        """End ``serve``, then close every connection."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # it fails if the queue is full, which wakes `serve` too
            socket.create_connection(("127.0.0.1", self.server_address[1]), _STOP_TIMEOUT).close()
        self._stopped.wait(_STOP_TIMEOUT)
        self.server_close()
        with self._connections_changed:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the client has closed it
                    connection.shutdown(socket.SHUT_RDWR)
            self._connections_changed.wait_for(lambda: not self._connections, _STOP_TIMEOUT)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and add it to the open ones."""
        connection, address = super().get_request()
        with self._connections_changed:
            self._connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        """Close a connection and remove it from the open ones."""
        super().close_request(request)
        with self._connections_changed:
            self._connections.discard(request)
            self._connections_changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore broken connections; print other errors, which are bugs."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    """Reads requests and writes responses on one connection; strict about framing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def respond(self) -> None:
        """Read a request and send the response."""
        length = self._body_length()
        if isinstance(length, Response):
            self.close_connection = True
            self._send(length)
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            previous = headers.get(name.lower())
            headers[name.lower()] = value if previous is None else f"{previous}, {value}"
        self._send(self.server.respond(Request(self.command, self.path, headers, body)))

    # Undocumented methods get the documented 404. The names are those the base class looks for.
    do_GET = do_HEAD = do_POST = respond  # noqa: N815
    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815

    def _body_length(self) -> int | Response:
        """Return the length of the body in bytes, or an error response."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or (self.command == "POST" and not lengths):
            return error_response(411, "Length required")
        if not lengths:
            return 0
        if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0].strip()):
            return BAD_REQUEST
        length = int(lengths[0])
        if length <= BODY_LIMIT:
            return length
        # Read the body: closing the connection earlier would reset it before the client has read
        # the response.
        remaining = min(length, _DRAIN_LIMIT)
        while remaining > 0 and (chunk := self.rfile.read(min(remaining, BODY_LIMIT))):
            remaining -= len(chunk)
        return error_response(413, "Request body too large")

    def _send(self, response: Response) -> None:
        """Send head and body in one write: two would delay keep-alive clients (delayed ACK)."""
        custom = {name.lower(): value for name, value in response.headers.items()}
        if "content-length" in custom or custom.get("connection") == "close":
            self.close_connection = True
        head = {"Server": "demo-gateway", "Date": self.date_time_string(self.server.clock())}
        bodyless = response.status in {204, 304}
        if "content-length" not in custom and not bodyless:
            head["Content-Length"] = str(len(response.body))
        if self.close_connection and "connection" not in custom:
            head["Connection"] = "close"
        lines = [f"HTTP/1.1 {response.status} {http.client.responses.get(response.status, '')}"]
        lines += [f"{name}: {value}" for name, value in (head | dict(response.headers)).items()]
        body = b"" if self.command == "HEAD" or bodyless else response.body
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Respond to an invalid HTTP request, with a JSON body like all errors."""
        self.close_connection = True
        self._send(error_response(code, message or explain or http.client.responses[code]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Log nothing: the app uses the terminal."""
