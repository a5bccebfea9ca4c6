"""The API key is sent to the gateway only, and is in nothing that is shown or saved."""

import asyncio
import json
import traceback
from collections.abc import Callable

import httpx
import pytest
from msgspec.structs import asdict

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import BUILT_IN, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
from kling_tui.jobs import Report, Status
from tests.support.disguised_keys import DISGUISES, visible_characters
from tests.support.polling import IDS, KEY, KINDS, finished_reply, poll_error, poll_reply
from tests.support.scripted_server import Request, http_response, serving
from tests.support.waiting import TIMEOUT

ECHOES = {
    "i2v": {
        "code": 0,
        "message": KEY,
        "data": {
            "task_status": f"got {KEY}",
            "task_status_msg": f"for key={KEY}",
            "task_result": {"videos": [{"id": KEY, "url": f"https://cdn.test/?key={KEY}"}]},
        },
        KEY: [KEY],
    },
    "o1": {
        "status": f"got {KEY}",
        "error": {"message": f"for key={KEY}"},
        "video": {"url": f"https://cdn.test/?key={KEY}", "content_type": KEY},
        "metadata": {"prompt_used": KEY, "aspect_ratio": KEY},
        KEY: [KEY],
    },
    "v2": {
        "status": f"got {KEY}",
        "error": {"code": KEY, "message": f"for key={KEY}"},
        "output": {"media_url": [f"https://cdn.test/?key={KEY}", f"/1.mp4?key={KEY}"]},
        "polling_url": f"/v2/requests/status/{KEY}",
    },
}


def as_json(body: object) -> bytes:
    """Return JSON with the key unescaped, where JSON allows that."""
    return json.dumps(body).encode()


def as_escaped_json(body: object) -> bytes:
    """Return JSON with every character of the key as an escape."""
    return (
        json.dumps(body)
        .replace(json.dumps(KEY)[1:-1], "".join(f"\\u{ord(character):04x}" for character in KEY))
        .encode()
    )


def as_php_json(body: object) -> bytes:
    """Return JSON with escaped slashes, as PHP writes it."""
    return json.dumps(body).replace("/", "\\/").encode()


def visible_text(outcome: Report | GatewayError) -> str:
    """Return everything of an outcome that could be shown or saved, escapes resolved."""
    if isinstance(outcome, Report):
        values = [outcome, *asdict(outcome).values()]
        return "\n".join(f"{value!r}\n{value}" for value in values)
    lines = traceback.format_exception(outcome)
    return f"{outcome}\n{outcome!r}\n{outcome.message}\n{outcome.args}\n{lines}"


@pytest.mark.parametrize("encode", [as_json, as_escaped_json, as_php_json])
@pytest.mark.parametrize("kind", KINDS)
async def test_key_in_a_reply_is_redacted(kind: str, encode: Callable[[object], bytes]) -> None:
    """In every field, and however JSON spells it."""
    outcome = await poll_reply(kind, encode(ECHOES[kind]))
    assert isinstance(outcome, Report)
    assert "key=[key]" in (outcome.message or "")
    for spelling in (KEY, repr(KEY)[1:-1], json.dumps(KEY)[1:-1]):
        assert spelling not in visible_text(outcome)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": f"no such key: {KEY}"}).encode(),
        as_escaped_json({"detail": {"msg": f"key {KEY} expired"}}),
        as_php_json({"message": f"({KEY})"}),
        as_escaped_json({"code": 1002, "message": KEY}),
        json.dumps(f"no such key: {KEY}").encode(),
        f"no such key: {KEY}".encode(),
        f"<html>{KEY}</html>".encode(),
        f'{{"error": "{KEY}'.encode(),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 429, 500])
@pytest.mark.parametrize("kind", KINDS)
async def test_key_in_an_error_body_is_redacted(kind: str, status: int, body: bytes) -> None:
    """It is not in the error's message, arguments or traceback."""
    assert KEY not in visible_text(await poll_reply(kind, body, status))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("spelling", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("kind", KINDS)
async def test_disguised_key_is_redacted(kind: str, spelling: str, encoding: str) -> None:
    """Text is cleaned before the key is searched for; in no field does it remain."""
    body = json.dumps(ECHOES[kind], ensure_ascii=False).replace(
        json.dumps(KEY)[1:-1], json.dumps(spelling, ensure_ascii=False)[1:-1]
    )
    for status in (200, 401):
        outcome = await poll_reply(kind, body.encode(encoding), status)
        assert visible_characters(KEY) not in visible_characters(visible_text(outcome))
        assert "[key]" in visible_text(outcome)


@pytest.mark.parametrize("spelling", DISGUISES.values(), ids=DISGUISES.keys())
async def test_disguised_key_in_plain_text_is_redacted(spelling: str) -> None:
    """In any encoding."""
    for encoding in ("utf-8", "utf-16"):
        outcome = await poll_reply("o1", f"no such key {spelling} here".encode(encoding), 503)
        assert visible_characters(KEY) not in visible_characters(visible_text(outcome))


async def test_key_of_digits_is_redacted_as_a_number() -> None:
    """The reply is JSON all the same."""
    body = {"status": "COMPLETED", "key": 8_675_309_123, "video": {"url": "https://cdn.test/1.mp4"}}
    outcome = await poll_reply("o1", body, key="8675309123")
    assert isinstance(outcome, Report)
    assert outcome.videos
    assert "8675309123" not in visible_text(outcome)


async def test_redaction_leaves_other_text_unchanged() -> None:
    """Escapes and invisible characters elsewhere remain as they are."""
    url = "https://cdn.test/1.mp4?a=%2Fb&amp;c=1&d=\\u0041"
    body = {"status": "COMPLETED", "video": {"url": url}, "note": KEY}
    outcome = await poll_reply("o1", body)
    assert isinstance(outcome, Report)
    assert outcome.videos[0].url == url


@pytest.mark.parametrize("location", [f"http://[{KEY}", f"//{KEY}:x/", f"http://{KEY}"])
@pytest.mark.parametrize("kind", KINDS)
async def test_key_in_a_redirect_is_redacted(kind: str, location: str) -> None:
    """Also in a URL that is not valid."""
    outcome = await poll_reply(kind, b"", 302, {"Location": location})
    assert isinstance(outcome, GatewayError)
    assert KEY not in visible_text(outcome)


@pytest.mark.parametrize("kind", KINDS)
async def test_key_in_a_transport_error_is_redacted(kind: str) -> None:
    """The message of httpx may quote a header."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError(f"illegal header: {KEY}")

    transport = httpx.MockTransport(fail)
    gateway = HttpGateway(BUILT_IN[kind], transport, "http://gateway.test", KEY, TIMEOUT)
    with pytest.raises(GatewayError) as caught:
        await gateway.poll(IDS[kind])
    assert caught.value.message == "connection failed: illegal header: [key]"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", KINDS)
async def test_redirects_are_not_followed(gateway: DemoGateway, kind: Kind, status: int) -> None:
    """The other host gets no request, and the message says what to check."""
    received: list[bytes] = []

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        received.append(request.raw)
        writer.write(http_response(b"{}"))

    async with serving(play) as other_host:
        reply = Response(status, {"Location": f"{other_host}/v1"})
        gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
        error = await poll_error(gateway.url, kind)
    assert error.message == f"unexpected redirect; check gateway.url ({status})"
    assert len(gateway.requests) == 1
    assert not received


@pytest.mark.parametrize("kind", KINDS)
async def test_key_is_in_no_traceback_with_locals(kind: str) -> None:
    """Nor in the gateway's repr."""

    def crash(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    transport = httpx.MockTransport(crash)
    gateway = HttpGateway(BUILT_IN[kind], transport, "http://gateway.test", KEY, TIMEOUT)
    with pytest.raises(ZeroDivisionError) as caught:
        await gateway.poll(IDS[kind])
    captured = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    report = "".join(captured.format()) + repr(gateway)
    assert "in _exchange" in report
    assert KEY not in report
    assert repr(KEY)[1:-1] not in report


async def test_key_is_not_in_the_repr_of_gateways(gateway: DemoGateway) -> None:
    """Nor in a traceback from code that uses them."""
    with pytest.raises(ZeroDivisionError) as caught:
        async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
            raise ZeroDivisionError(repr(gateways))
    captured = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert repr(KEY)[1:-1] not in "".join(captured.format())


@pytest.mark.parametrize("key", ["k", "0", "e", "data"])
@pytest.mark.parametrize("kind", KINDS)
async def test_very_short_key_does_not_spoil_replies(kind: str, key: str) -> None:
    """A key that is part of ordinary text is not redacted."""
    outcome = await poll_reply(kind, finished_reply(kind), key=key)
    assert not isinstance(outcome, GatewayError)
    assert outcome.status is Status.SUCCEEDED
