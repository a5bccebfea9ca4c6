"""Parsing replies of ``getImageToVideoStatus``, with recorded ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways import ErrorKind, GatewayError, Retry
from kling_tui.gateways.i2v import parse
from kling_tui.jobs import MAX_VIDEOS, Report, Status, Video
from tests.support.polling import IDS, RECORDED_REPLIES, poll, recorded_json, recorded_reply

CREATED = datetime(2024, 11, 13, 11, 53, 14, 172_000, tzinfo=UTC)
UPDATED = datetime(2024, 11, 13, 11, 57, 58, 648_000, tzinfo=UTC)
CDN = "https://cdn.klingai.com/bs2/upload-kling-api/7128237050/text2video"
OTHER_CDN = "https://p16-kling.klingai.com/bs2/upload-kling-api"
VIDEO = Video(
    f"{CDN}/CjNQtmctxFMAAAAAAPXXXXXXX_raw_video_1.mp4",
    id="6eefbb94-a633-4fe7-bf37-3a24fc2de32b",
    duration=5.1,
)
FIRST_OF_TWO = f"{OTHER_CDN}/1.mp4?cacheKey=ChtzZWN1&x-kcdn-pid=112757&sig=a%2Fb"
SECOND = Video(f"{OTHER_CDN}/2.mp4", id="0b7cf6a1-7e49-4f0c-9d0f-2f3f6d1f0c5a", duration=10.1)
STARTED = Report(status=Status.RUNNING, created_at=CREATED, updated_at=CREATED, conclusive=False)
ENDED = Report(status=Status.SUCCEEDED, created_at=CREATED, updated_at=UPDATED)
FAILED = replace(ENDED, status=Status.FAILED, raw_status="failed")
EMPTY = replace(ENDED, raw_status="succeed", conclusive=False)

REPORTS = {
    "in_progress": replace(STARTED, raw_status="processing", message="Processing"),
    "submitted": replace(STARTED, status=Status.QUEUED, raw_status="submitted"),
    "succeed": replace(ENDED, raw_status="succeed", videos=(VIDEO,)),
    "two_videos": replace(
        ENDED, raw_status="succeed", videos=(replace(VIDEO, url=FIRST_OF_TWO), SECOND)
    ),
    "failed_risk_control": replace(FAILED, message="Failure to pass the risk control system"),
    "failed_image": replace(FAILED, message="Image pixel is invalid"),
    "succeed_no_result": EMPTY,
    "succeed_empty_result": EMPTY,
    "succeed_no_videos": EMPTY,
    "succeed_images_null": EMPTY,
    "other_word": Report(
        status=Status.UNKNOWN,
        raw_status="upscaling",
        message="Almost there",
        created_at=CREATED,
        updated_at=UPDATED,
        conclusive=False,
    ),
}
ERRORS = {
    "code_1002": (
        ErrorKind.UNAUTHORIZED,
        "API key rejected (code 1002): Authorization is empty",
    ),
    "code_1102": (
        ErrorKind.NO_CREDIT,
        "account out of credit (code 1102): Account balance not enough",
    ),
    "code_1103": (
        ErrorKind.NO_ACCESS,
        (
            "API key lacks access to this endpoint (code 1103): "
            "Unauthorized access to requested resource"
        ),
    ),
    "code_1203": (
        ErrorKind.NOT_FOUND,
        "job not found (code 1203): Task not found",
    ),
    "code_1301": (
        ErrorKind.BAD_REQUEST,
        "content policy violation (code 1301): the content triggered the security policy",
    ),
    "code_1303": (
        ErrorKind.RATE_LIMITED,
        "rate-limited (code 1303): parallel task over resource pack limit",
    ),
    "code_5000": (
        ErrorKind.SERVER_ERROR,
        "gateway error (code 5000): Server internal error, please try again later",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_recorded_reply_is_parsed(name: str) -> None:
    """Every documented field is read; the status comes from ``task_status`` alone."""
    assert parse(recorded_json("i2v", name)) == REPORTS[name]


@pytest.mark.parametrize("name", ERRORS)
def test_recorded_error_code_is_a_gateway_error(name: str) -> None:
    """It has the code's kind and meaning."""
    with pytest.raises(GatewayError) as caught:
        parse(recorded_json("i2v", name))
    assert (caught.value.kind, caught.value.message) == ERRORS[name]


def test_every_recorded_reply_is_tested() -> None:
    """No recorded file is left out."""
    assert {
        file.stem for file in (RECORDED_REPLIES / "i2v").iterdir()
    } == REPORTS.keys() | ERRORS.keys()


@pytest.mark.parametrize("name", REPORTS)
async def test_recorded_reply_over_http(gateway: DemoGateway, name: str) -> None:
    """A poll returns the same report, with the reply itself."""
    raw = recorded_reply("i2v", name)
    gateway.add_job(DemoJob(IDS["i2v"], "i2v", "", 0, lambda *_: Response(body=raw)))
    report = await poll(gateway.url, "i2v")
    assert replace(report, reply=None, exchange=None) == REPORTS[name]
    assert json.loads(report.reply or "") == recorded_json("i2v", name)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, ErrorKind.UNAUTHORIZED) for code in (1000, 1001, 1002, 1003, 1004)),
        *((code, ErrorKind.NO_CREDIT) for code in (1100, 1101, 1102, "1102", 1102.0)),
        *((code, ErrorKind.NO_ACCESS) for code in (1103, 1304)),
        *((code, ErrorKind.BAD_REQUEST) for code in (1200, 1201, 1300, 1301)),
        *((code, ErrorKind.NOT_FOUND) for code in (1202, 1203)),
        *((code, ErrorKind.RATE_LIMITED) for code in (1302, 1303)),
        *((code, ErrorKind.SERVER_ERROR) for code in (5000, 5001, 5002)),
        *((code, ErrorKind.SERVER_ERROR) for code in (1, 9999, -1, -1102, 0.5, 1e300, True, "E42")),
        ([1102], ErrorKind.SERVER_ERROR),
        ({}, ErrorKind.SERVER_ERROR),
    ],
)
def test_error_kind_by_code(code: object, kind: ErrorKind) -> None:
    """Unlisted codes are server errors."""
    with pytest.raises(GatewayError) as caught:
        parse({"code": code, "message": "words", "data": {"task_status": "failed"}})
    assert caught.value.kind is kind
    assert caught.value.message.endswith(": words")


@pytest.mark.parametrize(
    ("code", "shown"),
    [(-7, "(code -7)"), ("E42", "(code E42)"), ({"a": 1}, "(code of unknown type)")],
)
def test_unlisted_code_is_in_the_message(code: object, shown: str) -> None:
    """Whatever its type is."""
    with pytest.raises(GatewayError, match="gateway error") as caught:
        parse({"code": code})
    assert caught.value.message.endswith(shown)


@pytest.mark.parametrize("code", [0, 0.0, "0", None, "", False])
def test_zero_or_empty_code_is_no_error(code: object) -> None:
    """Nor is a missing one."""
    assert parse({"code": code, "data": {"task_status": "processing"}})


@pytest.mark.parametrize("code", [17, "AccessDenied", -1])
def test_http_error_status_wins_over_an_unlisted_code(code: object) -> None:
    """It is more precise."""
    assert parse({"code": code, "message": "no"}, 401) is None


def test_out_of_credit_with_http_429_needs_user_action() -> None:
    """Waiting does not help."""
    with pytest.raises(GatewayError) as caught:
        parse(recorded_json("i2v", "code_1102"), 429)
    assert caught.value.kind.retry is Retry.AFTER_USER_ACTION


@pytest.mark.parametrize(
    "body", [{}, {"code": 0}, {"code": 0, "data": None}, {"data": {"task_status": 7}}]
)
def test_body_without_a_status_is_not_about_a_job(body: dict[str, Any]) -> None:
    """Whatever else it has."""
    assert parse(body) is None


@pytest.mark.parametrize("status", [400, 500])
def test_end_with_an_http_error_is_inconclusive(status: int) -> None:
    """The HTTP status contradicts it."""
    report = parse(recorded_json("i2v", "succeed"), status)
    assert report
    assert not report.conclusive


def test_number_of_videos_is_bounded() -> None:
    """A reply cannot fill the memory with results."""
    body = recorded_json("i2v", "succeed")
    body["data"]["task_result"]["videos"] *= 10 * MAX_VIDEOS
    report = parse(body)
    assert report
    assert len(report.videos) == MAX_VIDEOS
