"""A reply that names another place to ask, honest or not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.gateways.client import connect
from kling_tui.jobs import Status
from tests.support.polling import IDS, KEY, KINDS, status_reply
from tests.support.scripted_server import Request, http_response, serving
from tests.support.waiting import TIMEOUT

MOVED = "/v2/requests/status/moved"


@dataclass
class Guide:
    """A gateway that tells where to ask next, and remembers the first line of each request."""

    named: Callable[[str], object]
    """From the gateway's URL to the place that its replies name."""
    knows: bool = True
    """Whether it answers at the place itself."""
    asked: list[str] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    url: str = ""

    async def play(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer that the job runs, or at another place, that it is done."""
        line = request.raw.partition(b"\r\n")[0].decode()
        self.asked.append(line.removesuffix(" HTTP/1.1"))
        self.keys.append(KEY.encode() in request.raw)
        if MOVED in line and not self.knows:
            writer.write(http_response(b'{"error": "no"}', "404 Not Found"))
        elif MOVED in line:
            done = {"status": "COMPLETED", "output": {"media_url": "/1.mp4"}}
            writer.write(http_response(json.dumps(done).encode()))
        else:
            kind = "v2" if line.startswith("GET") else "i2v" if b"task_id" in request.raw else "o1"
            body = {**status_reply(kind, "processing"), "polling_url": self.named(self.url)}
            writer.write(http_response(json.dumps(body).encode()))

    @asynccontextmanager
    async def open(self, kind: str) -> AsyncIterator[Gateway]:
        """Listen, and yield what asks."""
        async with (
            serving(self.play) as self.url,
            connect(BUILT_IN, self.url, KEY, TIMEOUT, through_proxies=False) as gateways,
        ):
            yield gateways[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("named", [lambda url: url + MOVED, lambda _: MOVED, lambda _: MOVED[1:]])
async def test_the_next_poll_goes_there(kind: str, named: Callable[[str], object]) -> None:
    """On the gateway itself the place is asked by GET, with the key, whatever the endpoint."""
    guide = Guide(named)
    async with guide.open(kind) as gateway:
        assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
        report = await gateway.poll(IDS[kind])
        assert report.status is Status.SUCCEEDED
        assert report.videos[0].url == f"{guide.url}/1.mp4"
        await gateway.poll(IDS[kind])
    first, second, third = guide.asked
    assert (first, second) == (third, f"GET {MOVED}")
    assert guide.keys == [True] * 3


HOSTILE = [
    "https://evil.test" + MOVED,
    "//evil.test" + MOVED,
    "http://{host}@evil.test" + MOVED,
    "http://evil.test:80{path}",
    "http://user@{host}" + MOVED,
    "http://user:secret@{host}" + MOVED,
    "https://{host}" + MOVED,
    "http://127.0.0.1:1" + MOVED,
    "http://127.0.0.2:{port}" + MOVED,
    "http://localhost:{port}" + MOVED,
    "http://{host}.evil.test" + MOVED,
    "http:\\\\evil.test" + MOVED,
    "\\\\evil.test" + MOVED,
    "/\\evil.test" + MOVED,
    "http://{host}\\@evil.test" + MOVED,
    "http://{host}\t.evil.test" + MOVED,
    "http://{host}\r\nX: y" + MOVED,
    "http://[::1" + MOVED,
    "http://{host}%00.evil.test" + MOVED,
    "ftp://{host}" + MOVED,
    "javascript:" + MOVED,
    "/" + "x" * 5_000,
    "",
    None,
    7,
    ["http://{host}" + MOVED],
]


@pytest.mark.parametrize("named", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
async def test_elsewhere_is_not_asked(kind: str, named: object) -> None:
    """Whatever leads away from the gateway's scheme, host and port is as if it were not there."""

    def place(url: str) -> object:
        host = url.removeprefix("http://")
        if not isinstance(named, str):
            return named
        port = host.partition(":")[2]
        return named.replace("{host}", host).replace("{port}", port).replace("{path}", MOVED)

    guide = Guide(place)
    async with guide.open(kind) as gateway:
        for _ in range(2):
            assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
    assert guide.asked[0] == guide.asked[1]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_place_that_does_not_know_the_job(kind: str) -> None:
    """The endpoint's own path is asked instead, in the same poll and from then on."""
    guide = Guide(lambda _: MOVED, knows=False)
    async with guide.open(kind) as gateway:
        for _ in range(4):
            assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
    own = guide.asked[0]
    assert guide.asked == [own, f"GET {MOVED}", own, own, own]


async def test_jobs_are_led_one_by_one() -> None:
    """Where one job's polls go says nothing about another's."""
    guide = Guide(lambda _: MOVED)
    async with guide.open("o1") as gateway:
        await gateway.poll("one")
        await gateway.poll("other")
    assert [line.split()[0] for line in guide.asked] == ["POST", "POST"]
