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
"""Bytes; a poll's body has some 40."""
_DRAIN_LIMIT = 8 * 1024 * 1024
_STOP_SECONDS = 2.0


class Server(socketserver.ThreadingTCPServer):
    """Listens; knows its connections, so that it can hang up on them."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, answer: Callable[[Request], Response], clock: Callable[[], float]
    ) -> None:
        self.answer = answer
        self.clock = clock
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), _Exchange)

    def serve(self) -> None:
        """Take connections until stopped; no timer, so that waiting costs nothing."""
        while not self._stopping.is_set():
            self.handle_request()
        self._stopped.set()

    def stop(self) -> None:
        """End ``serve``, then every connection."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # a connection wakes it; a full queue wakes it as well
            socket.create_connection(("127.0.0.1", self.server_address[1]), _STOP_SECONDS).close()
        self._stopped.wait(_STOP_SECONDS)
        self.server_close()
        with self._changed:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, _STOP_SECONDS)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Note the connection that is taken."""
        connection, address = super().get_request()
        with self._changed:
            self._connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        """Forget the connection that ends."""
        super().close_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let clients go away in peace; what else goes wrong is a bug, and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Exchange(BaseHTTPRequestHandler):
    """Frames requests and replies on one connection, strictly."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def exchange(self) -> None:
        """Read a request, and send its reply."""
        length = self._length()
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
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        self._send(self.server.answer(Request(self.command, self.path, headers, body)))

    # The documents know POST alone, yet all other methods get the documented 404 too.
    # The names are those the base class looks for.
    do_GET = do_HEAD = do_POST = exchange  # noqa: N815
    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = exchange  # noqa: N815

    def _length(self) -> int | Response:
        """Tell how many bytes of body follow, or why the request is refused."""
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
        # A client hears the reply only after it has sent all: closing earlier would reset it.
        left = min(length, _DRAIN_LIMIT)
        while left > 0 and (chunk := self.rfile.read(min(left, BODY_LIMIT))):
            left -= len(chunk)
        return error_response(413, "Request body too large")

    def _send(self, reply: Response) -> None:
        """Send head and body in one piece: two would cost keep-alive clients a delayed ACK."""
        own = {name.lower(): value for name, value in reply.headers.items()}
        if "content-length" in own or own.get("connection") == "close":
            self.close_connection = True
        head = {"Server": "demo-gateway", "Date": self.date_time_string(self.server.clock())}
        bodyless = reply.status in {204, 304}
        if "content-length" not in own and not bodyless:
            head["Content-Length"] = str(len(reply.body))
        if self.close_connection and "connection" not in own:
            head["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, '')}"]
        lines += [f"{name}: {value}" for name, value in (head | dict(reply.headers)).items()]
        body = b"" if self.command == "HEAD" or bodyless else reply.body
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP request, with a body like all others."""
        self.close_connection = True
        self._send(error_response(code, message or explain or http.client.responses[code]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing: the terminal belongs to the app."""
