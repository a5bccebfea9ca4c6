"""Connections: keep-alive, invalid framing, disconnects and shutdown."""

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
def connection(gateway: DemoGateway) -> Iterator[socket.socket]:
    """Open a TCP connection to the gateway."""
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        yield opened


def read_all(connection: socket.socket) -> bytes:
    """Read until the gateway closes the connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def test_a_connection_is_kept_alive(connection: socket.socket) -> None:
    """Several polls use one connection, and each response arrives in one piece."""
    for _ in range(3):
        connection.sendall(POLL)
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert body.endswith(b"}")


def test_pipelined_requests_are_answered_in_order(connection: socket.socket) -> None:
    """``Connection: close`` ends the connection."""
    last = POLL.replace(b"Host: x", b"Host: x\r\nConnection: close")
    connection.sendall(POLL + POLL + last)
    received = read_all(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.count(b"Connection: close") == 1


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
def test_invalid_framing_closes_the_connection(
    connection: socket.socket, request_bytes: bytes, status: int
) -> None:
    """One JSON error is sent first."""
    connection.sendall(request_bytes)
    connection.shutdown(socket.SHUT_WR)
    head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in head
    assert body.startswith(b'{"error": ')
    assert body.count(b"error") == 1


def test_the_body_size_is_limited(client: DemoClient) -> None:
    """The limit is 64 KiB."""
    padded = BODY.ljust(65536)
    assert client.http.post(I2V_PATH, content=padded, headers=HEADERS).status_code == 200
    assert client.http.post(I2V_PATH, content=padded + b" ", headers=HEADERS).status_code == 413


def test_a_script_may_set_a_wrong_content_length(
    gateway: DemoGateway, connection: socket.socket
) -> None:
    """It is sent unchanged, and the connection is closed after the body."""
    cut = Response(200, {"content-length": "500"}, b'{"code": 0, "mess')
    gateway.add_job(DemoJob(TASK, "i2v", "", 0, lambda *_: cut))
    connection.sendall(POLL)
    received = read_all(connection)
    assert received.lower().count(b"content-length: 500") == 1
    assert received.lower().count(b"content-length") == 1
    assert received.endswith(b'{"code": 0, "mess')


def test_204_has_neither_body_nor_length(gateway: DemoGateway, client: DemoClient) -> None:
    """The next poll on the connection works."""
    gateway.add_job(DemoJob(TASK, "i2v", "", 0, lambda *_: Response(204)))
    for _ in range(2):
        reply = client.i2v(TASK)
        assert (reply.status_code, reply.content) == (204, b"")
        assert "Content-Length" not in reply.headers


def test_requests_are_recorded(gateway: DemoGateway, client: DemoClient) -> None:
    """Path with query, headers by lower-case name, and body."""
    twice = [("X-Twice", "a"), ("x-twice", "b"), *HEADERS.items()]
    client.http.post(f"{I2V_PATH}?q=%20", content=BODY, headers=twice)
    (request,) = gateway.requests
    assert (request.method, request.path, request.body) == ("POST", f"{I2V_PATH}?q=%20", BODY)
    assert request.headers["x-twice"] == "a, b"
    assert request.headers["cache-control"] == "no-cache"
    assert gateway.requests.maxlen == 1000


def test_disconnects_are_ignored(gateway: DemoGateway, capfd: pytest.CaptureFixture[str]) -> None:
    """A closed or reset connection prints nothing, and the next poll works."""
    port = int(gateway.url.rpartition(":")[2])
    for data in (b"", POLL[:30], POLL[:-5], POLL * 50):
        for linger in (0, 1):
            with socket.create_connection(("127.0.0.1", port)) as opened:
                # Lingering for 0 s makes the close a reset.
                option = struct.pack("ii", 1 - linger, 0)
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
                opened.sendall(data)
    client = DemoClient(gateway.url)
    with client.http:
        assert client.i2v(TASK).status_code == 200
    gateway.stop()
    assert capfd.readouterr() == ("", "")


def test_stop_closes_connections(gateway: DemoGateway, connection: socket.socket) -> None:
    """It frees the port, and may be called twice."""
    connection.sendall(POLL)
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    gateway.stop()
    assert connection.recv(1) == b""
    gateway.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(gateway.url, trust_env=False)


def test_a_stopped_gateway_can_be_started_again(clock: ManualClock) -> None:
    """It takes the same port, and demo time has continued."""
    with DemoGateway(clock=clock) as gateway:
        url = gateway.url
        gateway.stop()
        clock.advance(36)
        gateway.start()
        client = DemoClient(gateway.url)
        with client.http:
            hero = client.http.get("/").json()["jobs"][0]["id"]
            assert client.i2v(hero).json()["data"]["task_status"] == "succeed"
        assert gateway.url == url


def test_a_taken_port_is_an_error(gateway: DemoGateway) -> None:
    """``start`` raises it, and leaves nothing open."""
    port = int(gateway.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        DemoGateway(port=port).start()


def test_only_the_standard_library_is_imported() -> None:
    """Shared code would hide mistakes in the reading of the API documents."""
    for source in Path(kling_tui.demo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            for name in names:
                standard = name.partition(".")[0] in sys.stdlib_module_names
                assert standard or name.startswith("kling_tui.demo")
