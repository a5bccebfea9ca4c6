"""Parsing replies of ``kling-o1-…-request-result``, with recorded ones."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways.o1 import parse
from kling_tui.jobs import Report, Status, Video
from tests.support.polling import IDS, RECORDED_REPLIES, poll, recorded_json, recorded_reply

URL = "https://storage.pixazo.ai/videos/a1b2c3d4.mp4"
VIDEO = Video(URL, duration=5.0, width=1280, height=720, content_type="video/mp4")
DONE = Report(status=Status.SUCCEEDED, raw_status="COMPLETED")
RUNNING = Report(status=Status.RUNNING, raw_status="IN_PROGRESS", conclusive=False)
FAILED = Report(status=Status.FAILED, raw_status="FAILED")

REPORTS = {
    "completed": (
        200,
        replace(
            DONE,
            videos=(VIDEO,),
            prompt="Take @Image1 as the start frame...",
            aspect_ratio="16:9",
            processing_seconds=87.0,
        ),
    ),
    "completed_short": (200, replace(DONE, videos=(Video(URL),))),
    "completed_no_url": (200, replace(DONE, conclusive=False)),
    "video_no_status": (200, replace(DONE, raw_status=None, videos=(VIDEO,))),
    "in_progress": (200, replace(RUNNING, queue_position=2, eta_seconds=45.0)),
    "in_progress_no_queue": (200, replace(RUNNING, eta_seconds=12.0)),
    "failed": (200, replace(FAILED, message="Invalid image URL provided in prompt")),
    "failed_in_progress": (
        200,
        replace(RUNNING, raw_status="FAILED", message="Request is still in progress"),
    ),
    "detail_in_progress": (
        400,
        replace(RUNNING, raw_status=None, message="Request is still in progress"),
    ),
    "failed_detail": (
        500,
        replace(FAILED, raw_status=None, message="Image file is too large", conclusive=False),
    ),
    "sibling_in_progress": (
        200,
        replace(RUNNING, raw_status="PROCESSING", eta_seconds=30.0, percent=40.0),
    ),
    "sibling_bare": (200, replace(DONE, raw_status=None, videos=(Video(URL),))),
    "sibling_completed": (200, replace(DONE, videos=(Video(URL),))),
    "sibling_failed": (200, replace(FAILED, message="NSFW content detected")),
    "other_word": (200, replace(RUNNING, status=Status.UNKNOWN, raw_status="RENDERING_PREVIEW")),
}


@pytest.mark.parametrize("name", REPORTS)
def test_recorded_reply_is_parsed(name: str) -> None:
    """Every documented field is read, and the other shapes that were seen."""
    status, report = REPORTS[name]
    assert parse(recorded_json("o1", name), status) == report


def test_every_recorded_reply_is_tested() -> None:
    """No recorded file is left out."""
    assert {file.stem for file in (RECORDED_REPLIES / "o1").iterdir()} == REPORTS.keys()


@pytest.mark.parametrize("name", REPORTS)
async def test_recorded_reply_over_http(gateway: DemoGateway, name: str) -> None:
    """A poll returns the same report, with the reply itself."""
    status, expected = REPORTS[name]
    reply = Response(status, body=recorded_reply("o1", name))
    gateway.add_job(DemoJob(IDS["o1"], "o1", "", 0, lambda *_: reply))
    report = await poll(gateway.url, "o1")
    assert replace(report, reply=None, exchange=None) == expected
    assert json.loads(report.reply or "") == recorded_json("o1", name)


def test_in_progress_with_http_400() -> None:
    """An unfinished job may come with this status."""
    assert parse(recorded_json("o1", "in_progress"), 400) == REPORTS["in_progress"][1]


@pytest.mark.parametrize("status", [400, 500])
def test_end_with_an_http_error_is_inconclusive(status: int) -> None:
    """The HTTP status contradicts it."""
    for name in ("completed", "failed"):
        report = parse(recorded_json("o1", name), status)
        assert report
        assert report.status.ended
        assert not report.conclusive


@pytest.mark.parametrize("status", [200, 400, 502])
def test_detail_means_a_failed_job_only_with_http_500(status: int) -> None:
    """With another status the poll failed."""
    assert parse(recorded_json("o1", "failed_detail"), status) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"success": True},
        {"status": 7},
        {"video": {"url": ""}},
        {"error": "An unexpected error occurred, please try again later"},
        {"detail": "Internal server error"},
    ],
)
def test_body_without_a_status_is_not_about_a_job(body: dict[str, Any]) -> None:
    """Nor one without a result."""
    assert parse(body, 500) is None


def test_still_in_progress_does_not_undo_a_success() -> None:
    """The text counts in failures only."""
    body = recorded_json("o1", "completed") | {"message": "Upload of the log is still in progress"}
    report = parse(body)
    assert report
    assert report.status is Status.SUCCEEDED


def test_long_prompt_is_complete() -> None:
    """Prompts may have 2,500 characters."""
    prompt = "A quiet harbor. " * 200
    report = parse(recorded_json("o1", "completed") | {"metadata": {"prompt_used": prompt}})
    assert report
    assert report.prompt == prompt.strip()


@pytest.mark.parametrize("position", [0, -1, 1.5, "", None, True, [2]])
def test_invalid_queue_position_is_none(position: object) -> None:
    """It is a whole number above 0."""
    report = parse(recorded_json("o1", "in_progress") | {"queue_position": position})
    assert report
    assert report.queue_position is None
