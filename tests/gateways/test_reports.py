"""What a reply says about a job: errors next to success, and failures as HTTP errors."""

from typing import Any

import pytest

from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.jobs import Report, Status
from tests.support.polling import KINDS, poll_reply

URL = "https://cdn.test/1.mp4"
WORDS = "Content policy violation"
FLAGGED = {
    "loc": ["body", "prompt"],
    "msg": "The prompt was flagged",
    "type": "content_policy_violation",
}


def succeeded(kind: str, **fields: object) -> Report:
    """Return the report of a reply with a success word and more fields."""
    body: dict[str, Any] = {"status": "COMPLETED", "request_id": "x", **fields}
    if kind == "i2v":
        body = {"code": 0, "message": "SUCCEED", "data": {"task_status": "succeed", **fields}}
    report = BUILT_IN[kind].parse(body, 200)
    assert report
    return report


@pytest.mark.parametrize(
    "fields",
    [
        {"error": WORDS, "error_type": "content_policy_violation"},
        {"error": {"message": WORDS}},
        {"error": {"code": 7, "msg": WORDS}, "video": None},
        {"error": [WORDS]},
        {"error": True, "detail": WORDS},
        {"errors": [{"message": WORDS}]},
        {"error_message": WORDS},
        {"errorMessage": WORDS},
        {"error_msg": WORDS},
        {"failure_reason": WORDS},
        {"fail_reason": WORDS},
        {"error_type": WORDS},
        {"detail": [{"loc": ["body", "prompt"], "msg": WORDS}]},
        {"detail": {"msg": WORDS}},
        {"error": WORDS, "output": {"media_url": []}, "videos": []},
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_error_next_to_a_success_is_a_failure(kind: str, fields: dict[str, Any]) -> None:
    """With its words; it needs no confirmation."""
    report = succeeded(kind, **fields)
    assert (report.status, report.message) == (Status.FAILED, WORDS)
    assert report.conclusive


@pytest.mark.parametrize(
    "value",
    [None, "", {}, [], False, 0, "0", "none", "null", "No error", "OK", "success", [None],
     {"code": 0, "message": ""}, {"code": 0, "message": "Success."}],
)  # fmt: skip
@pytest.mark.parametrize("name", ["error", "error_message", "error_code", "errors"])
@pytest.mark.parametrize("kind", KINDS)
def test_empty_error_is_none(kind: str, name: str, value: object) -> None:
    """Many endpoints always have the field."""
    report = succeeded(kind, **{name: value, "video": {"url": URL}})
    assert report.status is Status.SUCCEEDED
    assert report.conclusive


@pytest.mark.parametrize("kind", KINDS)
def test_message_of_a_success_is_no_error(kind: str) -> None:
    """Replies of finished jobs may have one."""
    fields = {"message": "Video is ready", "detail": "took 87 s", "video": {"url": URL}}
    assert succeeded(kind, **fields).status is Status.SUCCEEDED


@pytest.mark.parametrize("kind", KINDS)
def test_error_next_to_a_result_must_be_confirmed(kind: str) -> None:
    """They contradict each other; the link is kept."""
    report = succeeded(kind, error=WORDS, video={"url": URL})
    assert (report.status, report.message, report.conclusive) == (Status.FAILED, WORDS, False)
    assert report.videos


@pytest.mark.parametrize("kind", KINDS)
async def test_validation_error_about_the_input_is_a_failure(kind: str) -> None:
    """HTTP 422 about the prompt: the job has failed, once it is confirmed."""
    report = await poll_reply(kind, {"detail": [FLAGGED]}, 422)
    assert isinstance(report, Report)
    assert (report.status, report.message) == (Status.FAILED, "The prompt was flagged")
    assert not report.conclusive


@pytest.mark.parametrize(
    "entry",
    [
        {**FLAGGED, "loc": ["body", "task_id"]},
        {**FLAGGED, "loc": ["body", "request_id"]},
        {**FLAGGED, "loc": ["path", "id"]},
        {**FLAGGED, "loc": ["path", "prompt"]},
        {**FLAGGED, "loc": ["header", "ocp-apim-subscription-key"]},
        {**FLAGGED, "loc": ["query", "version"]},
        {**FLAGGED, "loc": ["body"]},
        {**FLAGGED, "loc": []},
        {**FLAGGED, "loc": None},
        {**FLAGGED, "type": "missing"},
        {**FLAGGED, "type": "value_error.missing"},
        {**FLAGGED, "msg": ""},
        "words",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_validation_error_about_the_poll_is_an_error(kind: str, entry: object) -> None:
    """About the id, or about what a poll does not send."""
    for detail in ([entry], [FLAGGED, entry]):
        error = await poll_reply(kind, {"detail": detail}, 422)
        assert isinstance(error, GatewayError)
        assert error.kind is ErrorKind.BAD_REQUEST


@pytest.mark.parametrize("status", [200, 400, 404, 429, 502])
@pytest.mark.parametrize("kind", KINDS)
async def test_validation_error_counts_only_with_its_http_status(kind: str, status: int) -> None:
    """With others no such failure was seen."""
    assert isinstance(await poll_reply(kind, {"detail": [FLAGGED]}, status), GatewayError)


@pytest.mark.parametrize("kind", KINDS)
async def test_status_with_http_422_is_inconclusive(kind: str) -> None:
    """As with HTTP 400 and 500."""
    body = {"status": "FAILED", "error": "no", "code": 0, "data": {"task_status": "failed"}}
    report = await poll_reply(kind, body, 422)
    assert isinstance(report, Report)
    assert (report.status, report.conclusive) == (Status.FAILED, False)
