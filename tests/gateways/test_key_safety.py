"""The key goes to the gateway and nowhere else, neither over the wire nor onto a screen."""

import asyncio
import json
import traceback
from collections.abc import Callable
from dataclasses import asdict

import httpx
import pytest

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import BUILT_IN, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
from kling_tui.gateways.transport import ClientPool
from kling_tui.jobs import Report
from tests.support.polling import IDS, KEY, KINDS, poll_error, poll_reply
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


def plainly(body: object) -> bytes:
    """Write JSON as most do."""
    return json.dumps(body).encode()


def escaped(body: object) -> bytes:
    """Write JSON with every character of the key as an escape."""
    return (
        json.dumps(body)
        .replace(json.dumps(KEY)[1:-1], "".join(f"\\u{ord(each):04x}" for each in KEY))
        .encode()
    )


def in_php(body: object) -> bytes:
    """Write JSON as PHP does, with slashes escaped."""
    return json.dumps(body).replace("/", "\\/").encode()


def shown(outcome: Report | GatewayError) -> str:
    """Return all that could be shown or saved of an outcome, escapes resolved."""
    if isinstance(outcome, Report):
        values = [outcome, *asdict(outcome).values()]
        return "\n".join(f"{value!r}\n{value}" for value in values)
    lines = traceback.format_exception(outcome)
    return f"{outcome}\n{outcome!r}\n{outcome.message}\n{outcome.args}\n{lines}"


@pytest.mark.parametrize("write", [plainly, escaped, in_php])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_said_back_in_a_reply(kind: str, write: Callable[[object], bytes]) -> None:
    """Whatever field the gateway puts the key in, and however it spells it, it is hidden."""
    outcome = await poll_reply(kind, write(ECHOES[kind]))
    assert isinstance(outcome, Report)
    assert "key=[key]" in (outcome.message or "")
    for hidden in (KEY, repr(KEY)[1:-1], json.dumps(KEY)[1:-1]):
        assert hidden not in shown(outcome)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": f"no such key: {KEY}"}).encode(),
        escaped({"detail": {"msg": f"key {KEY} expired"}}),
        in_php({"message": f"({KEY})"}),
        escaped({"code": 1002, "message": KEY}),
        json.dumps(f"no such key: {KEY}").encode(),
        f"no such key: {KEY}".encode(),
        f"<html>{KEY}</html>".encode(),
        f'{{"error": "{KEY}'.encode(),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 429, 500])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_said_back_in_an_error(kind: str, status: int, body: bytes) -> None:
    """Nor is it in an error's words, text, arguments or traceback."""
    assert KEY not in shown(await poll_reply(kind, body, status))


@pytest.mark.parametrize("location", [f"http://[{KEY}", f"//{KEY}:x/", f"http://{KEY}"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_said_back_in_a_redirect(kind: str, location: str) -> None:
    """A place to go to that makes no sense is told without the key in it."""
    outcome = await poll_reply(kind, b"", 302, {"Location": location})
    assert isinstance(outcome, GatewayError)
    assert KEY not in shown(outcome)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_said_back_by_the_line(kind: str) -> None:
    """Nor is it in the words of a line that broke."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError(f"illegal header: {KEY}")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as client:
        gateway = HttpGateway(
            BUILT_IN[kind], ClientPool(lambda: client), "http://gateway.test", KEY, TIMEOUT
        )
        with pytest.raises(GatewayError) as caught:
            await gateway.poll(IDS[kind])
    assert caught.value.message == "the connection broke: illegal header: [key]"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", KINDS)
async def test_redirects_are_not_followed(gateway: DemoGateway, kind: Kind, status: int) -> None:
    """Whoever the gateway sends us to hears nothing from us, and the person hears why."""
    heard: list[bytes] = []

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        heard.append(request.raw)
        writer.write(http_response(b"{}"))

    async with serving(play) as elsewhere:
        reply = Response(status, {"Location": f"{elsewhere}/v1"})
        gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
        error = await poll_error(gateway.url, kind)
    assert error.message == f"the gateway redirects; check gateway.url ({status})"
    assert len(gateway.requests) == 1
    assert not heard


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_is_in_no_crash_report(kind: str) -> None:
    """A crash report shows the local variables of all functions at work, and not the key."""

    def crash(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(crash)) as client:
        gateway = HttpGateway(
            BUILT_IN[kind], ClientPool(lambda: client), "http://gateway.test", KEY, TIMEOUT
        )
        with pytest.raises(ZeroDivisionError) as caught:
            await gateway.poll(IDS[kind])
    crashed = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    report = "".join(crashed.format()) + repr(gateway)
    assert "in _ask" in report
    assert KEY not in report
    assert repr(KEY)[1:-1] not in report


async def test_a_key_is_not_shown_by_gateways(gateway: DemoGateway) -> None:
    """Nor does a gateway show it, or what failed while it was open."""
    with pytest.raises(ZeroDivisionError) as caught:
        async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
            raise ZeroDivisionError(repr(gateways))
    crashed = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert repr(KEY)[1:-1] not in "".join(crashed.format())
