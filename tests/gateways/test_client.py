"""The HTTP requests of polls, and the connections that they use."""

import asyncio
import contextlib
import json
from urllib.parse import unquote

import pytest

from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import connect
from tests.support.documented_gateway import requested_kind
from tests.support.polling import IDS, KEY, KINDS, finished_reply, poll, poll_error
from tests.support.scripted_server import Request, http_response, serving
from tests.support.waiting import TIMEOUT

PATHS = {
    "i2v": "/kling-ai-polling/v1/getImageToVideoStatus",
    "o1": "/kling-o1-reference-image-to-video-382/v1/"
    "kling-o1-reference-image-to-video-request-result",
}
UNUSUAL_IDS = ["842250903629086785", 'a"b\\c', "é🎬", "\ud800", "x" * 5_000]
BODIES = {"i2v": {"task_id": IDS["i2v"]}, "o1": {"request_id": IDS["o1"]}}


@pytest.mark.parametrize("kind", BODIES)
async def test_request_is_as_documented(gateway: DemoGateway, kind: str) -> None:
    """Method, path, body and headers are exactly those of the API document."""
    await poll(gateway.url, kind)
    (seen,) = gateway.requests
    assert (seen.method, seen.path) == ("POST", PATHS[kind])
    assert json.loads(seen.body) == BODIES[kind]
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["ocp-apim-subscription-key"] == KEY
    assert "authorization" not in seen.headers


async def test_unified_status_call_is_a_get_with_the_id_in_its_path(gateway: DemoGateway) -> None:
    """It has no body."""
    await poll(gateway.url, "v2")
    (seen,) = gateway.requests
    assert (seen.method, seen.path) == ("GET", f"/v2/requests/status/{IDS['v2']}")
    assert not seen.body
    assert "content-type" not in seen.headers
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["ocp-apim-subscription-key"] == KEY


async def test_i2v_needs_no_key(gateway: DemoGateway) -> None:
    """The I2V document has no key header; without a key none is sent."""
    await poll(gateway.url, "i2v", key="")
    assert "ocp-apim-subscription-key" not in gateway.requests[0].headers


@pytest.mark.parametrize("kind", ["o1", "v2"])
async def test_missing_key_is_an_error_without_a_request(gateway: DemoGateway, kind: str) -> None:
    """The message names the settings of the key."""
    error = await poll_error(gateway.url, kind, key="")
    assert error.kind is ErrorKind.NO_KEY
    assert "gateway.key or $PIXAZO_API_KEY" in error.message
    assert not gateway.requests


async def test_key_errors_name_the_setting_of_the_profile(gateway: DemoGateway) -> None:
    """For a missing and for a rejected key."""
    for key, message in (("", "set profile.studio.key"), ("bad", "check profile.studio.key (401)")):
        async with connect(
            BUILT_IN, gateway.url, key, TIMEOUT, section="profile.studio", through_proxies=False
        ) as gateways:
            gateway.add_job(DemoJob(IDS["o1"], "o1", "", 0, lambda *_: Response(401)))
            with pytest.raises(GatewayError) as caught:
                await gateways["o1"].poll(IDS["o1"])
        assert caught.value.message.endswith(message)


@pytest.mark.parametrize("job_id", UNUSUAL_IDS)
@pytest.mark.parametrize("kind", BODIES)
async def test_id_is_sent_unchanged_in_the_body(
    gateway: DemoGateway, kind: str, job_id: str
) -> None:
    """An id may have any characters."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with contextlib.suppress(GatewayError):
            await gateways[kind].poll(job_id)
    assert list(json.loads(gateway.requests[0].body).values()) == [job_id]


@pytest.mark.parametrize(
    "job_id", [*UNUSUAL_IDS, "..%2f..", "../../x", "%2e%2e", "a?b=c#d", "//h/x"]
)
async def test_id_stays_one_segment_of_the_path(gateway: DemoGateway, job_id: str) -> None:
    """An id with slashes, dots or a query is encoded."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with contextlib.suppress(GatewayError):
            await gateways["v2"].poll(job_id)
    folder, segment = gateway.requests[0].path.rsplit("/", 1)
    assert folder == "/v2/requests/status"
    assert unquote(segment, errors="surrogatepass") == job_id
    assert not {"?", "#"} & set(segment)


@pytest.mark.parametrize("job_id", [".", ".."])
async def test_dot_segment_is_not_sent_as_an_id(gateway: DemoGateway, job_id: str) -> None:
    """It would request another path."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with pytest.raises(GatewayError, match="gateway rejected this id"):
            await gateways["v2"].poll(job_id)
    assert not gateway.requests


@pytest.mark.parametrize("kind", KINDS)
async def test_unknown_id_is_not_found(gateway: DemoGateway, kind: str) -> None:
    """An id of another format is sent too."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with pytest.raises(GatewayError, match="job not found") as caught:
            await gateways[kind].poll("nope")
    assert caught.value.kind is ErrorKind.NOT_FOUND


async def test_cookies_are_not_sent_back(gateway: DemoGateway) -> None:
    """A cookie of one reply is in no later request."""
    reply = Response(headers={"Set-Cookie": "a=b; Path=/"}, body=finished_reply("i2v"))
    gateway.add_job(DemoJob(IDS["i2v"], "i2v", "", 0, lambda *_: reply))
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        await gateways["i2v"].poll(IDS["i2v"])
        await gateways["i2v"].poll(IDS["i2v"])
    assert not any("cookie" in seen.headers for seen in gateway.requests)


async def test_polls_in_sequence_share_one_connection() -> None:
    """Whatever their endpoints are."""
    connections: set[asyncio.StreamWriter] = set()

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        writer.write(http_response(finished_reply(requested_kind(request))))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for kind in KINDS * 5:
            await gateways[kind].poll(IDS[kind])
    assert len(connections) == 1


async def test_concurrent_polls_have_a_connection_each() -> None:
    """Later polls use the same connections again."""
    connections: set[asyncio.StreamWriter] = set()
    all_received = asyncio.Barrier(3)

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        await all_received.wait()
        writer.write(http_response(finished_reply(requested_kind(request))))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for _ in range(5):
            async with asyncio.TaskGroup() as group:
                for kind in ("i2v", "o1", "i2v"):
                    group.create_task(gateways[kind].poll(IDS[kind]))
    assert len(connections) == 3
