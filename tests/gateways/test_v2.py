"""Parsing replies of ``/v2/requests/status``, with recorded ones."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways.v2 import parse
from kling_tui.jobs import MAX_VIDEOS, Report, Status, Video
from tests.support.polling import IDS, RECORDED_REPLIES, poll, recorded_json, recorded_reply

URL = "https://cdn.pixazo.ai/videos/019da2c4.mp4"
CREATED = datetime(2026, 4, 21, 9, 0, 0, 125_000, tzinfo=UTC)
ENDED = datetime(2026, 4, 21, 9, 2, 10, tzinfo=UTC)
DONE = Report(status=Status.SUCCEEDED, raw_status="COMPLETED")
RUNNING = Report(status=Status.RUNNING, raw_status="PROCESSING", conclusive=False)
FAILED = Report(status=Status.FAILED, raw_status="FAILED")

REPORTS = {
    "completed": replace(
        DONE, videos=(Video(f"{URL}?sig=a%2Fb"),), created_at=CREATED, updated_at=ENDED
    ),
    "completed_single": replace(
        DONE, videos=(Video(URL),), created_at=CREATED.replace(microsecond=0), updated_at=ENDED
    ),
    "completed_relative": replace(
        DONE, videos=(Video("/media/019da2c4.mp4?sig=a%2Fb"), Video("media/2.mp4"))
    ),
    "completed_no_url": replace(DONE, conclusive=False),
    "media_no_status": replace(DONE, raw_status=None, videos=(Video(URL),)),
    "queued": replace(RUNNING, status=Status.QUEUED, raw_status="QUEUED", created_at=CREATED),
    "processing": RUNNING,
    "failed": replace(
        FAILED,
        message="Invalid image URL provided in prompt",
        created_at=CREATED,
        updated_at=ENDED,
    ),
    "error_object": replace(
        FAILED, raw_status="ERROR", message="The prompt was flagged by moderation"
    ),
    "failed_in_progress": replace(
        RUNNING, raw_status="FAILED", message="Request is still in progress"
    ),
    "other_word": replace(RUNNING, status=Status.UNKNOWN, raw_status="RENDERING_PREVIEW"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_recorded_reply_is_parsed(name: str) -> None:
    """Every field that was seen is read, in each of its shapes."""
    assert parse(recorded_json("v2", name)) == REPORTS[name]


def test_every_recorded_reply_is_tested() -> None:
    """No recorded file is left out."""
    assert {file.stem for file in (RECORDED_REPLIES / "v2").iterdir()} == REPORTS.keys()


@pytest.mark.parametrize("name", REPORTS)
async def test_recorded_reply_over_http(gateway: DemoGateway, name: str) -> None:
    """A poll returns the same report, with relative links resolved."""
    reply = Response(body=recorded_reply("v2", name))
    gateway.add_job(DemoJob(IDS["v2"], "v2", "", 0, lambda *_: reply))
    report = await poll(gateway.url, "v2")
    links = [video.url for video in report.videos]
    expected = [video.url for video in REPORTS[name].videos]
    if name == "completed_relative":
        expected = [f"{gateway.url}/{url.removeprefix('/')}" for url in expected]
    assert links == expected
    assert replace(report, reply=None, exchange=None, videos=()) == replace(
        REPORTS[name], videos=()
    )


@pytest.mark.parametrize("status", [400, 500])
def test_end_with_an_http_error_is_inconclusive(status: int) -> None:
    """The HTTP status contradicts it."""
    for name in ("completed", "error_object"):
        report = parse(recorded_json("v2", name), status)
        assert report
        assert report.status.ended
        assert not report.conclusive


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": 7},
        {"status": None, "output": {"media_url": ""}},
        {"output": {"media_url": [None, 7, "javascript:alert(1)", "//evil.test/1.mp4"]}},
        {"error": {"message": "An unexpected error occurred"}},
    ],
)
def test_body_without_a_status_is_not_about_a_job(body: dict[str, Any]) -> None:
    """Nor one without a result."""
    assert parse(body, 500) is None


def test_number_of_videos_is_bounded() -> None:
    """A reply cannot fill the memory with results."""
    report = parse({"status": "COMPLETED", "output": {"media_url": [URL] * 10 * MAX_VIDEOS}})
    assert report
    assert len(report.videos) == MAX_VIDEOS
