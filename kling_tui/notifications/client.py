"""Sends a push message over HTTP.

It loads httpx, so it is imported only when a message is to be sent. No error contains the URL,
which lets everybody who knows it send messages, or a header.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from kling_tui.gateways.errors import retry_after
from kling_tui.gateways.redaction import Redactor
from kling_tui.gateways.transport import HEADERS, describe_transport_error, open_transport
from kling_tui.notifications.formats import Post
from kling_tui.notifications.target import PushError, PushTarget

TIMEOUT = 20.0
"""Seconds for the whole of a request."""
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""HTTP statuses that say nothing about the settings."""
_REFUSED = {401, 403}
"""HTTP statuses that an access token gets which has expired."""
_MEANINGS = {
    400: "the server rejects the message; check notify.push.format and url",
    401: "the server wants a login; set notify.push.headers_command",
    403: "the server refuses the message; check notify.push.url and headers_command",
    404: "there is nothing at this address; check notify.push.url",
    405: "the server takes no messages at this address; check notify.push.url and format",
    410: "the address is no longer valid; check notify.push.url",
    413: "the server rejects the message as too large; check notify.push.format",
    429: "rate-limited",
}


async def send(
    post: Post, target: PushTarget, *, through_proxies: bool = True, timeout: float = TIMEOUT
) -> None:
    """Send a message; raises PushError. Redirects are not followed, as they could lead anywhere."""
    transport = await asyncio.to_thread(open_transport, through_proxies=through_proxies)
    if isinstance(transport, str):
        raise PushError(transport)
    async with transport:
        try:
            async with asyncio.timeout(timeout):
                status, headers = await _exchange(transport, post, target.headers)
        except TimeoutError as error:
            raise PushError(f"the server did not reply within {timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
            message = describe_transport_error(error, "server", "message")
            raise PushError(_without_secrets(message, target)) from None  # it may have the URL
    if not 200 <= status < 300:
        raise _status_error(status, headers)


async def _exchange(
    transport: httpx.AsyncBaseTransport, post: Post, headers: Mapping[str, str]
) -> tuple[int, Mapping[str, str]]:
    """Send a request, and return the status and the headers of the response."""
    merged = httpx.Headers({**HEADERS, "Content-Type": "application/json", **post.headers})
    merged.update(headers)
    request = httpx.Request("POST", post.url, headers=merged, content=post.body)
    response = await transport.handle_async_request(request)
    await response.aclose()
    return response.status_code, response.headers


def _status_error(status: int, headers: Mapping[str, str]) -> PushError:
    if 300 <= status < 400:
        meaning = "unexpected redirect, which is not followed; check notify.push.url"
    else:
        other = "server error" if status >= 500 else "the server rejects the message"
        meaning = _MEANINGS.get(status, other)
    wait = retry_after(headers, None, datetime.now(UTC))
    message = f"{meaning} ({status})"
    return PushError(message, wait, passing=status in _PASSING, refused=status in _REFUSED)


def _without_secrets(message: str, target: PushTarget) -> str:
    for secret in target.secrets:
        message = Redactor(secret).redact(message)
    return message
