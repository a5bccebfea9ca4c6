"""Connections: kept alive, misused, given up, and ended."""

import ast
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import kling_tui.demo
from kling_tui.demo import DemoGateway, DemoJob, Response
from tests.support.demo_client import HEADERS, I2V_PATH, DemoClient, ManualClock

TASK = "CjNQtmctxFMAAAAxxxxxx"
BODY = b'{"task_id": "CjNQtmctxFMAAAAxxxxxx"}'
HEAD = (
    f"POST {I2V_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Cache-Control: no-cache\r\n"
).encode()
POLL = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.fixture
def wire(gateway: DemoGateway) -> Iterator[socket.socket]:
    """Open a bare connection to the gateway."""
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def everything(wire: socket.socket) -> bytes:
    """Read until the gateway hangs up."""
    heard = b""
    while chunk := wire.recv(65536):
        heard += chunk
    return heard


def test_a_connection_carries_many_polls(wire: socket.socket) -> None:
    """Polls follow one another on one connection, and each reply comes in one piece."""
    for _ in range(3):
        wire.sendall(POLL)
        head, _, body = wire.recv(65536).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert body.endswith(b"}")


def test_pipelined_polls(wire: socket.socket) -> None:
    """Requests sent in one go are answered in turn; ``Connection: close`` ends the talk."""
    last = POLL.replace(b"Host: x", b"Host: x\r\nConnection: close")
    wire.sendall(POLL + POLL + last)
    heard = everything(wire)
    assert heard.count(b"HTTP/1.1 200 OK") == 3
    assert heard.count(b"Connection: close") == 1


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEAD + b"\r\n" + BODY, 411),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 411),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 0x2\r\n\r\n{}", 400),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
        (HEAD + b"Content-Length: 65537\r\n\r\n" + b" " * 65537, 413),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_bad_framing_ends_the_talk(wire: socket.socket, request_bytes: bytes, status: int) -> None:
    """Where a request ends must be plain; else one JSON error goes out and the line is cut."""
    wire.sendall(request_bytes)
    wire.shutdown(socket.SHUT_WR)
    head, _, body = everything(wire).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in head
    assert body.startswith(b'{"error": ')
    assert body.count(b"error") == 1


def test_the_largest_body(ask: DemoClient) -> None:
    """64 KiB are read; a byte more is too much."""
    padded = BODY.ljust(65536)
    assert ask.http.post(I2V_PATH, content=padded, headers=HEADERS).status_code == 200
    assert ask.http.post(I2V_PATH, content=padded + b" ", headers=HEADERS).status_code == 413


def test_a_reply_may_break_off(gateway: DemoGateway, wire: socket.socket) -> None:
    """A script's own Content-Length is sent as it is, and the connection closed after it."""
    cut = Response(200, {"content-length": "500"}, b'{"code": 0, "mess')
    gateway.add_job(DemoJob(TASK, "i2v", "", 0, lambda *_: cut))
    wire.sendall(POLL)
    heard = everything(wire)
    assert heard.lower().count(b"content-length: 500") == 1
    assert heard.lower().count(b"content-length") == 1
    assert heard.endswith(b'{"code": 0, "mess')


def test_a_reply_without_a_body(gateway: DemoGateway, ask: DemoClient) -> None:
    """204 carries neither a body nor a length, and the next poll works."""
    gateway.add_job(DemoJob(TASK, "i2v", "", 0, lambda *_: Response(204)))
    for _ in range(2):
        reply = ask.i2v(TASK)
        assert (reply.status_code, reply.content) == (204, b"")
        assert "Content-Length" not in reply.headers


def test_requests_are_remembered(gateway: DemoGateway, ask: DemoClient) -> None:
    """Tests can read what was sent: path with its query, headers by lower-case name, body."""
    twice = [("X-Twice", "a"), ("x-twice", "b"), *HEADERS.items()]
    ask.http.post(f"{I2V_PATH}?q=%20", content=BODY, headers=twice)
    (seen,) = gateway.requests
    assert (seen.method, seen.path, seen.body) == ("POST", f"{I2V_PATH}?q=%20", BODY)
    assert seen.headers["x-twice"] == "a, b"
    assert seen.headers["cache-control"] == "no-cache"
    assert gateway.requests.maxlen == 1000


def test_clients_may_go_away(gateway: DemoGateway, capfd: pytest.CaptureFixture[str]) -> None:
    """Clients that leave in the middle, politely or not, leave no trace and no damage."""
    port = int(gateway.url.rpartition(":")[2])
    for part in (b"", POLL[:30], POLL[:-5], POLL * 50):
        for linger in (0, 1):
            with socket.create_connection(("127.0.0.1", port)) as client:
                # Lingering for no time makes the close a reset.
                on = struct.pack("ii", 1 - linger, 0)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on)
                client.sendall(part)
    ask = DemoClient(gateway.url)
    with ask.http:
        assert ask.i2v(TASK).status_code == 200
    gateway.stop()
    assert capfd.readouterr() == ("", "")


def test_stop_hangs_up(gateway: DemoGateway, wire: socket.socket) -> None:
    """Stop ends connections that are kept alive, frees the port, and may be said twice."""
    wire.sendall(POLL)
    assert wire.recv(65536).startswith(b"HTTP/1.1 200")
    gateway.stop()
    assert wire.recv(1) == b""
    gateway.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(gateway.url, trust_env=False)


def test_a_stopped_gateway_starts_again(clock: ManualClock) -> None:
    """It comes back on its port, and demo time has gone on: a network that was down."""
    with DemoGateway(clock=clock) as gateway:
        url = gateway.url
        gateway.stop()
        clock.advance(36)
        gateway.start()
        ask = DemoClient(gateway.url)
        with ask.http:
            hero = ask.http.get("/").json()["jobs"][0]["id"]
            assert ask.i2v(hero).json()["data"]["task_status"] == "succeed"
        assert gateway.url == url


def test_a_taken_port_is_an_error(gateway: DemoGateway) -> None:
    """Asking for a port that is taken fails at the start, and leaves nothing open."""
    port = int(gateway.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        DemoGateway(port=port).start()


def test_it_stands_alone() -> None:
    """The demo imports the standard library and itself: it is no copy of the app's own views."""
    for source in Path(kling_tui.demo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            for name in names:
                known = name.partition(".")[0] in sys.stdlib_module_names
                assert known or name.startswith("kling_tui.demo")
