"""Messages over real HTTP: what a server's reply means, and that nothing secret is shown."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import pytest

from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.notifications.client import send
from kling_tui.notifications.formats import Post
from kling_tui.notifications.target import PushError, PushTarget
from tests.support.push_server import TOPIC, PushServer, accept, break_off, drop, fail, limit
from tests.support.scripted_server import Handler, Request, respond

TOKEN = "tk_s3cr3t-t0ken"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


async def push(url: str, timeout: float = 10.0, headers: Mapping[str, str] = HEADERS) -> None:
    """Send a message to a URL."""
    post = Post(url, json.dumps({"message": "hello"}).encode())
    await send(post, PushTarget(url, headers), through_proxies=False, timeout=timeout)


async def error_of(url: str, timeout: float = 10.0) -> PushError:
    """Return the error of a message; it must not show anything secret, however it is printed."""
    with pytest.raises(PushError) as caught:
        await push(url, timeout)
    shown = "".join(map(str, (caught.value, repr(caught.value), caught.getrepr(chain=True))))
    assert TOPIC not in str(caught.value)
    assert TOKEN not in shown
    assert caught.value.__cause__ is None or TOPIC not in str(caught.value.__cause__)
    return caught.value


async def test_a_message_is_posted_with_its_headers() -> None:
    """As JSON; any status of success will do."""
    async with PushServer([accept, no_content]) as server:
        await push(server.url)
        await push(server.url)
    first = server.requests[0]
    assert (first.method, first.path) == ("POST", f"/{TOPIC}")
    assert first.header("Content-Type") == ["application/json"]
    assert first.header("Authorization") == [f"Bearer {TOKEN}"]
    assert json.loads(first.body) == {"message": "hello"}


async def test_headers_of_the_user_replace_ours() -> None:
    """Whatever their case; none is sent twice."""
    async with PushServer() as server:
        await push(server.url, headers={"content-type": "text/x", "USER-AGENT": "me"})
    (request,) = server.requests
    assert request.header("Content-Type") == ["text/x"]
    assert request.header("User-Agent") == ["me"]


async def test_a_server_that_never_ends_its_reply_is_not_waited_for() -> None:
    """Its status is all that counts; a head without an end is an error."""

    async def endless(_: Request, writer: asyncio.StreamWriter, head: bytes) -> None:
        writer.write(head)
        with suppress(ConnectionError):
            while True:
                writer.write(b"X-Filler: x\r\n" * 100)
                await writer.drain()

    async with PushServer([partial(endless, head=b"HTTP/1.1 200 OK\r\n\r\n")]) as server:
        await push(server.url)
    async with PushServer([partial(endless, head=b"HTTP/1.1 200 OK\r\n")]) as server:
        assert "connection failed" in str(await error_of(server.url))


def test_all_parts_of_a_url_are_secret() -> None:
    """Some services have their secret in the host."""
    target = PushTarget("https://eo1s3cr3t.push.test:8443/a/s3cr3t-path?key=s3cr3t-key", HEADERS)
    expected = {"eo1s3cr3t.push.test", "s3cr3t-path", "s3cr3t-key", TOKEN}
    assert expected <= set(target.secrets)


async def test_a_retry_after_of_a_year_is_shortened() -> None:
    """To an hour, as a number and as a date."""
    date = "Wed, 21 Oct 2099 07:28:00 GMT"
    async with PushServer([limit("Retry-After: 31536000"), limit(f"Retry-After: {date}")]) as it:
        assert [(await error_of(it.url)).retry_after for _ in range(2)] == [MAX_RETRY_AFTER] * 2


no_content = respond("204 No Content")


@pytest.mark.parametrize(
    ("handler", "message", "retry_after", "passing"),
    [
        (limit("Retry-After: 7"), "rate-limited (429)", 7.0, True),
        (limit(), "rate-limited (429)", None, True),
        (fail("503 Service Unavailable", "Retry-After: 9"), "server error (503)", 9.0, True),
        (fail("404 Not Found"), "check notify.push.url (404)", None, False),
        (fail("403 Forbidden"), "the server refuses the message", None, False),
        (fail("401 Unauthorized"), "set notify.push.headers_command (401)", None, False),
        (fail("418 Teapot"), "the server rejects the message (418)", None, False),
        (drop, "connection failed", None, True),
        (break_off, "connection failed", None, True),
    ],
)
async def test_errors_say_what_to_do_and_when_to_try_again(
    handler: Handler,
    message: str,
    retry_after: float | None,
    passing: bool,  # noqa: FBT001
) -> None:
    """None of them shows the URL or a header, even if the server repeats them."""
    async with PushServer([handler]) as server:
        error = await error_of(server.url)
    assert message in str(error)
    assert (error.retry_after, error.passing) == (retry_after, passing)
    assert error.refused is ("(401)" in str(error) or "(403)" in str(error))


async def test_a_redirect_is_not_followed() -> None:
    """It could take the headers to another host."""
    async with PushServer() as other:
        async with PushServer([redirect(lambda: other.url)]) as server:
            error = await error_of(server.url)
        assert not other.requests
    assert "redirect, which is not followed; check notify.push.url (307)" in str(error)


def redirect(url: Callable[[], str]) -> Handler:
    """Return a handler that redirects."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        await fail("307 Temporary Redirect", f"Location: {url()}")(request, writer)

    return handler


async def test_a_server_that_does_not_reply_is_left_after_a_while() -> None:
    """So that other processes may try."""

    async def keep_silent(_: Request, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with PushServer([keep_silent]) as server:
        error = await error_of(server.url, timeout=0.05)
    assert "did not reply within 0.05 s" in str(error)


async def test_a_server_that_cannot_be_reached() -> None:
    """The reason is in the words of the operating system."""
    async with PushServer() as server:
        url = server.url
    assert "unreachable: Connection refused" in str(await error_of(url))


@pytest.mark.parametrize(
    "url", [f"http://[::1/{TOPIC}", f"http://\udcff/{TOPIC}", f"ftp://x/{TOPIC}"]
)
async def test_a_url_that_is_none_is_an_error_too(url: str) -> None:
    """The config does not allow it."""
    assert (await error_of(url)).passing
