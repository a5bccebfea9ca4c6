"""What goes over the wire, and what is read from it."""

import asyncio
import contextlib
import gzip
import json
import tracemalloc
import zlib
from urllib.parse import unquote

import pytest

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import MAX_KEPT_REPLY, MAX_REPLY_BYTES, connect
from kling_tui.jobs import Status
from tests.support.documented_gateway import requested_kind
from tests.support.polling import (
    IDS,
    KEY,
    KINDS,
    finished_reply,
    poll,
    poll_error,
    poll_reply,
    recorded_reply,
)
from tests.support.scripted_server import Request, http_response, serving
from tests.support.waiting import TIMEOUT

PATHS = {
    "i2v": "/kling-ai-polling/v1/getImageToVideoStatus",
    "o1": "/kling-o1-reference-image-to-video-382/v1/"
    "kling-o1-reference-image-to-video-request-result",
}
ODD_IDS = ["842250903629086785", 'a"b\\c', "é🎬", "\ud800", "x" * 5_000]
BODIES = {"i2v": {"task_id": IDS["i2v"]}, "o1": {"request_id": IDS["o1"]}}


@pytest.mark.parametrize("kind", BODIES)
async def test_the_request_is_the_documented_one(gateway: DemoGateway, kind: str) -> None:
    """Method, path, body and headers are to the letter those of the endpoint's document."""
    await poll(gateway.url, kind)
    (seen,) = gateway.requests
    assert (seen.method, seen.path) == ("POST", PATHS[kind])
    assert json.loads(seen.body) == BODIES[kind]
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["ocp-apim-subscription-key"] == KEY
    assert "authorization" not in seen.headers


async def test_the_unified_call_is_a_get(gateway: DemoGateway) -> None:
    """The id is the last part of the path; there is no body to speak of."""
    await poll(gateway.url, "v2")
    (seen,) = gateway.requests
    assert (seen.method, seen.path) == ("GET", f"/v2/requests/status/{IDS['v2']}")
    assert not seen.body
    assert "content-type" not in seen.headers
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["ocp-apim-subscription-key"] == KEY


async def test_i2v_does_without_a_key(gateway: DemoGateway) -> None:
    """The I2V document has no key header, so none is demanded, and none is sent empty."""
    await poll(gateway.url, "i2v", key="")
    assert "ocp-apim-subscription-key" not in gateway.requests[0].headers


@pytest.mark.parametrize("kind", ["o1", "v2"])
async def test_without_a_key_it_is_not_even_asked(gateway: DemoGateway, kind: str) -> None:
    """A missing key is found here, with the words to set one."""
    error = await poll_error(gateway.url, kind, key="")
    assert error.kind is ErrorKind.UNAUTHORIZED
    assert "gateway.key or $PIXAZO_API_KEY" in error.message
    assert not gateway.requests


async def test_what_to_set_is_named_by_its_profile(gateway: DemoGateway) -> None:
    """A key that is missing or refused is set where the profile is."""
    for key, words in (("", "set profile.studio.key"), ("bad", "check profile.studio.key (401)")):
        async with connect(
            BUILT_IN, gateway.url, key, TIMEOUT, section="profile.studio", through_proxies=False
        ) as gateways:
            gateway.add_job(DemoJob(IDS["o1"], "o1", "", 0, lambda *_: Response(401)))
            with pytest.raises(GatewayError) as caught:
                await gateways["o1"].poll(IDS["o1"])
        assert caught.value.message.endswith(words)


@pytest.mark.parametrize("key", ["k", "0", "e", "data"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_made_of_common_letters(kind: str, key: str) -> None:
    """A key that stands in ordinary words too does not make replies unreadable."""
    outcome = await poll_reply(kind, finished_reply(kind), key=key)
    assert not isinstance(outcome, GatewayError)
    assert outcome.status is Status.SUCCEEDED


@pytest.mark.parametrize("job_id", ODD_IDS)
@pytest.mark.parametrize("kind", BODIES)
async def test_any_id_is_sent_as_it_is(gateway: DemoGateway, kind: str, job_id: str) -> None:
    """An id is a string that goes out unchanged, whatever is in it."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with contextlib.suppress(GatewayError):
            await gateways[kind].poll(job_id)
    assert list(json.loads(gateway.requests[0].body).values()) == [job_id]


@pytest.mark.parametrize("job_id", [*ODD_IDS, "..%2f..", "../../x", "%2e%2e", "a?b=c#d", "//h/x"])
async def test_no_id_leaves_its_place_in_a_path(gateway: DemoGateway, job_id: str) -> None:
    """Where an id is a part of the path it stays that one part, to the letter."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with contextlib.suppress(GatewayError):
            await gateways["v2"].poll(job_id)
    folder, last = gateway.requests[0].path.rsplit("/", 1)
    assert folder == "/v2/requests/status"
    assert unquote(last, errors="surrogatepass") == job_id
    assert not {"?", "#"} & set(last)


@pytest.mark.parametrize("job_id", [".", ".."])
async def test_an_id_that_is_a_way_out(gateway: DemoGateway, job_id: str) -> None:
    """What names another folder is not sent at all."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with pytest.raises(GatewayError, match="does not take this id"):
            await gateways["v2"].poll(job_id)
    assert not gateway.requests


@pytest.mark.parametrize("kind", KINDS)
async def test_an_ill_shaped_id_is_not_found(gateway: DemoGateway, kind: str) -> None:
    """What the gateway does not know is told in words."""
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        with pytest.raises(GatewayError, match="does not know this job") as caught:
            await gateways[kind].poll("nope")
    assert caught.value.kind is ErrorKind.NOT_FOUND


async def test_cookies_are_not_kept(gateway: DemoGateway) -> None:
    """Each request is the documented one, whatever a reply wanted remembered."""
    reply = Response(headers={"Set-Cookie": "a=b; Path=/"}, body=finished_reply("i2v"))
    gateway.add_job(DemoJob(IDS["i2v"], "i2v", "", 0, lambda *_: reply))
    async with connect(BUILT_IN, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        await gateways["i2v"].poll(IDS["i2v"])
        await gateways["i2v"].poll(IDS["i2v"])
    assert not any("cookie" in seen.headers for seen in gateway.requests)


async def test_connections_are_reused() -> None:
    """Polls of both endpoints, one after another, go over one connection."""
    wires: set[asyncio.StreamWriter] = set()

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        wires.add(writer)
        writer.write(http_response(finished_reply(requested_kind(request))))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for kind in KINDS * 5:
            await gateways[kind].poll(IDS[kind])
    assert len(wires) == 1


async def test_as_many_connections_as_polls_at_once() -> None:
    """Polls that are on the way together have a connection each, and the next ones these again."""
    wires: set[asyncio.StreamWriter] = set()
    three = asyncio.Barrier(3)

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        wires.add(writer)
        await three.wait()
        writer.write(http_response(finished_reply(requested_kind(request))))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for _ in range(5):
            async with asyncio.TaskGroup() as group:
                for kind in ("i2v", "o1", "i2v"):
                    group.create_task(gateways[kind].poll(IDS[kind]))
    assert len(wires) == 3


@pytest.mark.parametrize("packed", ["gzip", "x-gzip", "deflate", "GZip"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_packed_answer(gateway: DemoGateway, kind: Kind, packed: str) -> None:
    """A reply is asked for as it is, and understood when it comes packed all the same."""
    raw = (
        zlib.compress(finished_reply(kind))
        if packed == "deflate"
        else gzip.compress(finished_reply(kind))
    )
    reply = Response(headers={"Content-Encoding": packed}, body=raw)
    gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
    assert (await poll(gateway.url, kind)).status is Status.SUCCEEDED
    assert gateway.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (finished_reply("i2v"), "cannot be unpacked"),
        (b"", "does not say how the job is"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_packed_answer_that_is_no_good(kind: str, raw: bytes, words: str) -> None:
    """What cannot be unpacked is a failed poll."""
    outcome = await poll_reply(kind, raw, headers={"Content-Encoding": "gzip"})
    assert isinstance(outcome, GatewayError)
    assert outcome.kind is ErrorKind.SERVER_ERROR
    assert words in outcome.message


@pytest.mark.parametrize("kind", KINDS)
async def test_a_packed_answer_that_bursts(kind: str) -> None:
    """What would unpack to far more than is read is refused before it fills the memory."""
    bomb = gzip.compress(bytes(32 << 20))
    tracemalloc.start()
    outcome = await poll_reply(kind, bomb, headers={"Content-Encoding": "gzip"})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, GatewayError)
    assert (outcome.kind, outcome.message) == (
        ErrorKind.SERVER_ERROR,
        "the answer is larger than 1 MiB",
    )
    assert most < 8 << 20


@pytest.mark.parametrize("kind", KINDS)
async def test_the_largest_answer(kind: str) -> None:
    """A reply of 1 MiB is read; one of a byte more is not."""
    outcome = await poll_reply(kind, finished_reply(kind).ljust(MAX_REPLY_BYTES))
    assert not isinstance(outcome, GatewayError)
    outcome = await poll_reply(kind, finished_reply(kind).ljust(MAX_REPLY_BYTES + 1))
    assert isinstance(outcome, GatewayError)
    assert outcome.kind is ErrorKind.SERVER_ERROR


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_kept_of_a_long_answer(kind: str) -> None:
    """The reply that stays with a job is bounded, and the job is understood."""
    body = json.loads(finished_reply(kind)) | {"noise": ["x" * 100] * 5_000}
    outcome = await poll_reply(kind, body)
    assert not isinstance(outcome, GatewayError)
    assert outcome.status is Status.SUCCEEDED
    assert len(outcome.reply or "") == MAX_KEPT_REPLY


@pytest.mark.parametrize("kind", KINDS)
async def test_a_byte_order_mark(kind: str) -> None:
    """The mark that some servers begin with is no fault."""
    outcome = await poll_reply(kind, b"\xef\xbb\xbf" + finished_reply(kind))
    assert not isinstance(outcome, GatewayError)


async def test_numbers_beyond_all_sense() -> None:
    """NaN, infinity and 1e300 leave a field unknown and the rest of the reply as it is."""
    raw = recorded_reply("o1", "completed").replace(b"87", b"NaN").replace(b"720", b"1e300")
    outcome = await poll_reply("o1", raw.replace(b'"duration": 5', b'"duration": -Infinity'))
    assert not isinstance(outcome, GatewayError)
    (video,) = outcome.videos
    assert (outcome.processing_seconds, video.height, video.duration) == (None, None, None)
    assert video.width == 1280
