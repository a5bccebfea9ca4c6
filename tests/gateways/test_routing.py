"""Replies with a ``polling_url``, also hostile ones."""

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
class RedirectingGateway:
    """A gateway whose replies have a ``polling_url``; it records the requests."""

    polling_url: Callable[[str], object]
    """Returns the ``polling_url`` of its replies for the gateway's URL."""
    knows_job: bool = True
    """Whether it knows the job at MOVED."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each."""
    with_key: list[bool] = field(default_factory=list)
    """Whether each had the key."""
    url: str = ""

    async def play(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Reply that the job runs; at MOVED, that it has succeeded."""
        line = request.raw.partition(b"\r\n")[0].decode()
        self.requests.append(line.removesuffix(" HTTP/1.1"))
        self.with_key.append(KEY.encode() in request.raw)
        if MOVED in line and not self.knows_job:
            writer.write(http_response(b'{"error": "no"}', "404 Not Found"))
        elif MOVED in line:
            done = {"status": "COMPLETED", "output": {"media_url": "/1.mp4"}}
            writer.write(http_response(json.dumps(done).encode()))
        else:
            kind = "v2" if line.startswith("GET") else "i2v" if b"task_id" in request.raw else "o1"
            body = {**status_reply(kind, "processing"), "polling_url": self.polling_url(self.url)}
            writer.write(http_response(json.dumps(body).encode()))

    @asynccontextmanager
    async def open(self, kind: str) -> AsyncIterator[Gateway]:
        """Serve, and yield a client of one endpoint."""
        async with (
            serving(self.play) as self.url,
            connect(BUILT_IN, self.url, KEY, TIMEOUT, through_proxies=False) as gateways,
        ):
            yield gateways[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "polling_url", [lambda url: url + MOVED, lambda _: MOVED, lambda _: MOVED[1:]]
)
async def test_next_poll_goes_to_the_polling_url(
    kind: str, polling_url: Callable[[str], object]
) -> None:
    """By GET and with the key, whatever the endpoint is."""
    server = RedirectingGateway(polling_url)
    async with server.open(kind) as gateway:
        assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
        report = await gateway.poll(IDS[kind])
        assert report.status is Status.SUCCEEDED
        assert report.videos[0].url == f"{server.url}/1.mp4"
        await gateway.poll(IDS[kind])
    first, second, third = server.requests
    assert (first, second) == (third, f"GET {MOVED}")
    assert server.with_key == [True] * 3


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


@pytest.mark.parametrize("template", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
async def test_polling_url_of_another_origin_is_ignored(kind: str, template: object) -> None:
    """Whatever its spelling, only the gateway's scheme, host and port are followed."""

    def polling_url(url: str) -> object:
        host = url.removeprefix("http://")
        if not isinstance(template, str):
            return template
        port = host.partition(":")[2]
        return template.replace("{host}", host).replace("{port}", port).replace("{path}", MOVED)

    server = RedirectingGateway(polling_url)
    async with server.open(kind) as gateway:
        for _ in range(2):
            assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize("kind", KINDS)
async def test_unknown_job_falls_back_to_the_endpoint(kind: str) -> None:
    """In the same poll, and for all later polls."""
    server = RedirectingGateway(lambda _: MOVED, knows_job=False)
    async with server.open(kind) as gateway:
        for _ in range(4):
            assert (await gateway.poll(IDS[kind])).status is Status.RUNNING
    endpoint = server.requests[0]
    assert server.requests == [endpoint, f"GET {MOVED}", endpoint, endpoint, endpoint]


async def test_polling_url_counts_for_its_job_only() -> None:
    """Other jobs are polled at the endpoint."""
    server = RedirectingGateway(lambda _: MOVED)
    async with server.open("o1") as gateway:
        await gateway.poll("one")
        await gateway.poll("other")
    assert [line.split()[0] for line in server.requests] == ["POST", "POST"]


@pytest.mark.parametrize("knows_job", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_polling_url_is_dropped_with_its_job(kind: str, knows_job: bool) -> None:  # noqa: FBT001
    """A job that was removed leaves nothing behind: tracked again, it is polled as a new one."""
    server = RedirectingGateway(lambda _: MOVED, knows_job=knows_job)
    async with server.open(kind) as gateway:
        for _ in range(2):
            await gateway.poll(IDS[kind])
            if not knows_job:
                await gateway.poll(IDS[kind])
            gateway.forget(IDS[kind])
    polls = len(server.requests) // 2
    assert server.requests[:polls] == server.requests[polls:]
