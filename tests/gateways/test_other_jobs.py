"""Replies about another job than the one asked for: none of them counts."""

import asyncio
import json
from typing import Any

import pytest

from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError, Retry
from kling_tui.gateways.client import connect
from kling_tui.jobs import Report, Status
from tests.support.polling import IDS, KEY, KINDS, finished_reply, poll_reply
from tests.support.scripted_server import Request, http_response, serving
from tests.support.waiting import TIMEOUT

OTHERS = {
    "i2v": "CkQ9WmctxFMAAAAzzzzzzz",
    "o1": "00000000-e5f6-7890-0000-000000000000",
    "v2": "klingai-video_00000000-7b1e-7c3a-9f52-000000000000",
}


def done(kind: str, job_id: object, **more: object) -> dict[str, Any]:
    """Return the reply of a finished job, which names a job."""
    body: dict[str, Any] = json.loads(finished_reply(kind)) | more
    if kind == "i2v":
        body["data"]["task_id"] = job_id
    else:
        body["request_id"] = job_id
    return body


@pytest.mark.parametrize("job_id", ["", " ", "\x0e", "\u200b\u200b", "\n", None, 7])
@pytest.mark.parametrize("kind", KINDS)
async def test_id_without_visible_characters_names_no_job(kind: str, job_id: object) -> None:
    """Nor does one that is no text."""
    report = await poll_reply(kind, done(kind, job_id))
    assert isinstance(report, Report)
    assert report.status is Status.SUCCEEDED


@pytest.mark.parametrize("kind", KINDS)
async def test_reply_about_another_job_is_an_error(kind: str) -> None:
    """It says so, and the job is polled again soon."""
    error = await poll_reply(kind, done(kind, OTHERS[kind]))
    assert isinstance(error, GatewayError)
    assert (error.kind, error.kind.retry) == (ErrorKind.SERVER_ERROR, Retry.SOON)
    assert error.message == f"the reply is about another job: {OTHERS[kind]}"


@pytest.mark.parametrize("kind", KINDS)
async def test_reply_that_names_the_job_in_any_spelling_counts(kind: str) -> None:
    """In another case, or with or without the model's API id; or it names none."""
    asked = IDS[kind]
    same = [asked, asked.upper(), f" {asked}\n", f"any-api_{asked}", asked.rpartition("_")[2]]
    for job_id in (*same, None, "", 7, [OTHERS[kind]]):
        assert isinstance(await poll_reply(kind, done(kind, job_id)), Report)


async def test_only_the_field_by_which_the_endpoint_is_asked_counts() -> None:
    """The ``request_id`` of an I2V reply is that of the reply."""
    body = done("i2v", IDS["i2v"], request_id=OTHERS["o1"], id=OTHERS["o1"])
    assert isinstance(await poll_reply("i2v", body), Report)
    body = done("o1", IDS["o1"], task_id=OTHERS["i2v"], id=OTHERS["i2v"])
    assert isinstance(await poll_reply("o1", body), Report)


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_id_of_an_error_reply_does_not_hide_the_error(status: int) -> None:
    """It is that of the reply."""
    error = await poll_reply("o1", {"error": "words", "request_id": OTHERS["o1"]}, status)
    assert isinstance(error, GatewayError)
    assert error.message.endswith(f"({status}): words")


@pytest.mark.parametrize("kind", KINDS)
async def test_surplus_reply_closes_the_connection(kind: str) -> None:
    """The next poll opens another one and gets its own reply."""
    connections: list[asyncio.StreamWriter] = []

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        if writer not in connections:
            connections.append(writer)
        body = json.dumps(done(kind, IDS[kind])).encode()
        surplus = json.dumps(done(kind, OTHERS[kind])).encode()
        replies = [body, surplus] if len(connections) == 1 else [body]
        writer.write(b"".join(map(http_response, replies)))

    async with (
        asyncio.timeout(TIMEOUT),
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        outcomes: list[Status | str] = []
        for _ in range(4):
            try:
                outcomes.append((await gateways[kind].poll(IDS[kind])).status)
            except GatewayError as error:
                outcomes.append(error.message)
    assert outcomes[0] is outcomes[-1] is outcomes[-2] is Status.SUCCEEDED
    assert len(connections) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_polling_url_may_know_the_job_by_another_id(kind: str) -> None:
    """By the id that is in the URL."""
    moved = f"/v2/requests/status/{OTHERS['v2']}"
    for named, status in ((OTHERS["v2"], Status.SUCCEEDED), ("yet-another", Status.RUNNING)):

        async def play(request: Request, writer: asyncio.StreamWriter, named: str = named) -> None:
            body: dict[str, Any] = done("v2", named)
            if moved not in request.path:
                running = {"status": "IN_PROGRESS", "data": {"task_status": "processing"}}
                body = {**running, "polling_url": moved}
            writer.write(http_response(json.dumps(body).encode()))

        async with (
            serving(play) as url,
            connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
        ):
            assert (await gateways[kind].poll(IDS[kind])).status is Status.RUNNING
            assert (await gateways[kind].poll(IDS[kind])).status is status
