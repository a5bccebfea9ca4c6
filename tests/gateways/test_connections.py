"""Broken and slow connections: each is an UNREACHABLE error with a message."""

import asyncio
import errno
import socket

import httpx
import pytest

from kling_tui.demo import DemoGateway
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
from tests.support.broken_connections import (
    close_without_response,
    drip_body,
    never_respond,
    repeat_interim_responses,
    reset,
    send_other_protocol,
    send_oversized_head,
    stall_mid_body,
    truncate_body,
    truncate_chunk,
    truncate_head,
)
from tests.support.polling import IDS, KEY, KINDS, finished_reply, poll_error
from tests.support.scripted_server import Handler, Request, http_response, serving
from tests.support.waiting import TIMEOUT

SHORT_TIMEOUT = 0.1
"""Seconds to wait for a reply that is never complete."""


@pytest.mark.parametrize(
    "play",
    [
        reset,
        close_without_response,
        truncate_head,
        truncate_body,
        truncate_chunk,
        send_other_protocol,
        send_oversized_head,
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_broken_connection_is_unreachable(kind: str, play: Handler) -> None:
    """A reply that is not complete does not count."""
    async with serving(play) as url:
        error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("connection failed: ")


@pytest.mark.parametrize(
    "play", [never_respond, stall_mid_body, drip_body, repeat_interim_responses]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_incomplete_reply_times_out(kind: str, play: Handler) -> None:
    """The timeout bounds the whole poll, even while bytes arrive."""
    async with asyncio.timeout(TIMEOUT), serving(play) as url:
        error = await poll_error(url, kind, timeout=SHORT_TIMEOUT)
    assert (error.kind, error.message) == (ErrorKind.UNREACHABLE, "no answer within 0.1 s")


@pytest.mark.parametrize("kind", KINDS)
async def test_closed_port_is_unreachable(kind: str) -> None:
    """No server listens there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = await poll_error(f"http://127.0.0.1:{port}", kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("gateway unreachable: ")


@pytest.mark.parametrize("kind", KINDS)
async def test_missing_tls_is_unreachable_and_sends_nothing(
    gateway: DemoGateway, kind: str
) -> None:
    """An https URL is never requested over plain http."""
    error = await poll_error(gateway.url.replace("http:", "https:"), kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert "gateway unreachable" in error.message
    assert not gateway.requests


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:99999", "gateway unreachable: "),
        ("http://[::1", "gateway unreachable: "),
        ("http://127.0.0.1\n", "gateway unreachable: "),
        ("https://xn--a.invalid", "gateway unreachable: "),
        ("ftp://127.0.0.1", "connection failed: "),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_invalid_url_is_unreachable(kind: str, url: str, message: str) -> None:
    """Every URL gives a message."""
    error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith(message)


def caused_by(cause: OSError) -> httpx.ConnectError:
    """Return what is raised for an error of the operating system."""
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            caused_by(socket.gaierror(-2, "Name or service not known")),
            "gateway unreachable: Name or service not known",
        ),
        (
            caused_by(
                ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)")
            ),
            "gateway unreachable: Connection refused",
        ),
        (
            caused_by(
                OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] Connect call failed")
            ),
            "gateway unreachable: Connection refused",
        ),
        (httpx.ConnectError("no route"), "gateway unreachable: no route"),
        (httpx.ConnectTimeout(""), "no answer within 20 s"),
        (httpx.PoolTimeout(""), "no answer within 20 s"),
        (httpx.ReadError(""), "connection failed: ReadError"),
        (httpx.WriteError("gone"), "connection failed: gone"),
        (httpx.RemoteProtocolError("bad\x1b[2J"), "connection failed: bad[2J"),
        (httpx.ProxyError("407"), "the proxy refused the poll: 407"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_transport_error_has_a_message(kind: str, error: Exception, message: str) -> None:
    """For errors of httpx that no server can cause here."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    transport = httpx.MockTransport(fail)
    gateway = HttpGateway(BUILT_IN[kind], transport, "http://gateway.test", KEY, TIMEOUT)
    with pytest.raises(GatewayError) as caught:
        await gateway.poll(IDS[kind])
    assert (caught.value.kind, caught.value.message) == (ErrorKind.UNREACHABLE, message)
    assert caught.value.__cause__ is error


async def test_poll_after_a_broken_connection_succeeds() -> None:
    """It uses a new connection."""
    failures = iter([reset, truncate_body, close_without_response, truncate_chunk])

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        if failure := next(failures, None):
            await failure(request, writer)
        else:
            writer.write(http_response(finished_reply("i2v")))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for _ in range(4):
            with pytest.raises(GatewayError):
                await gateways["i2v"].poll(IDS["i2v"])
        assert (await gateways["i2v"].poll(IDS["i2v"])).videos


async def test_poll_after_a_cancelled_poll_succeeds() -> None:
    """The cancelled poll does not keep the connection."""
    requested = asyncio.Event()

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        if requested.is_set():
            writer.write(http_response(finished_reply("o1")))
        requested.set()

    async with (
        asyncio.timeout(TIMEOUT),
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        task = asyncio.create_task(gateways["o1"].poll(IDS["o1"]))
        await requested.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await gateways["o1"].poll(IDS["o1"])).videos
