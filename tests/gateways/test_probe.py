"""What a request shows about an API key."""

import asyncio

import pytest

from kling_tui.gateways.key_test import KeyVerdict
from kling_tui.gateways.probe import verify_key
from tests.support.broken_connections import close_without_response
from tests.support.commands import KEY
from tests.support.documented_gateway import KEY_HEADER, O1_PATH
from tests.support.scripted_server import Request, ScriptedServer, http_response


@pytest.mark.parametrize(
    ("status", "body", "headers", "verdict"),
    [
        (200, '{"status": "IN_PROGRESS"}', (), KeyVerdict.ACCEPTED),
        (400, '{"error": "Invalid request parameters"}', (), KeyVerdict.ACCEPTED),
        (402, '{"error": "no credit"}', (), KeyVerdict.ACCEPTED),
        (404, '{"error": "Endpoint not found"}', (), KeyVerdict.ACCEPTED),
        (429, "{}", (), KeyVerdict.ACCEPTED),
        (403, "{}", ("Retry-After: 60",), KeyVerdict.ACCEPTED),
        (500, '{"status": "FAILED"}', (), KeyVerdict.ACCEPTED),
        (401, '{"error": "who is KEY?"}', (), KeyVerdict.REJECTED),
        (403, '{"error": "Access denied"}', (), KeyVerdict.REJECTED),
        (200, "<html>log in to the hotel</html>", (), KeyVerdict.UNTESTED),
        (302, "", ("Location: https://login.test/",), KeyVerdict.UNTESTED),
        (500, '{"error": "An unexpected error occurred"}', (), KeyVerdict.UNTESTED),
        (503, "", (), KeyVerdict.UNTESTED),
    ],
)
async def test_replies(
    status: int, body: str, headers: tuple[str, ...], verdict: KeyVerdict
) -> None:
    """One harmless request is sent; what it shows has a reason, but never the key."""

    async def reply(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(http_response(body.replace("KEY", KEY).encode(), f"{status} -", *headers))

    async with ScriptedServer(reply) as server:
        test = await verify_key(server.url, KEY, 5.0)
    assert test.verdict is verdict
    assert KEY not in test.message
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", O1_PATH)
    assert request.header(KEY_HEADER) == [KEY]


async def test_gateway_that_cannot_be_reached() -> None:
    """The key is not tested, and the message says why."""
    async with ScriptedServer(close_without_response) as server:
        test = await verify_key(server.url, KEY, 5.0)
    assert (test.verdict, bool(test.message)) == (KeyVerdict.UNTESTED, True)
