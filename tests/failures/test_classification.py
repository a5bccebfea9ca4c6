"""Which reason is behind the messages of gateways and models."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.failures import Reason, classify, failure_reason
from kling_tui.failures.rules import BROAD_RULES, PRECISE_RULES
from kling_tui.jobs import Job, Status
from tests.support.jobs import JOBS, RAW_TEXTS, a_job

MESSAGES = {
    Reason.MODERATION: [
        "Failure to pass the risk control system",
        "CONTENT_POLICY_VIOLATION",
        "content_moderated",
        "InputImageSensitiveContentDetected",
        "The request failed because the input text may contain sensitive information",
        "rejected by the safety system",
        "Content violates usage policies",
        "Trigger the content security policy of the platform",
        "input image may be related to copyright restrictions",
        "content policy violation (code 1301): content blocked",
        "[1301] blocked",
        "error code: 1300",
    ],
    Reason.IMAGE_SIZE: [
        "Image pixel is invalid",
        "height must be between 300px and 6000px",
        "expected the width to be at least 300px",
        "Image size is too small",
        "The image is too small",
        "image resolution too low",
        "Invalid image size",
    ],
    Reason.IMAGE_RATIO: [
        "aspect ratio must be between 0.4 and 2.5",
        "Image aspect ratio is invalid",
        "The aspect ratio of the image is out of range",
    ],
    Reason.IMAGE_FORMAT: [
        "INVALID_IMAGE",
        "Invalid image format",
        "File is not in a valid base64 format",
        "Invalid image file or mode for image 1, please check your image file.",
        "Unsupported file type",
        "image could not be decoded",
        "cannot identify image file",
    ],
    Reason.IMAGE_URL: [
        "Invalid image URL provided in prompt",
        "IMAGE_INACCESSIBLE",
        "failed to download media from the provided url",
        "invalid or unsafe url",
        "Failed to load image",
        "The image at https://x.test/nsfw/moderation.png could not be downloaded",
        "image url is not accessible",
        "Image download timed out",
    ],
    Reason.OUT_OF_CREDIT: [
        "Account balance not enough",
        "INSUFFICIENT_CREDITS",
        "402 Insufficient credits",
        "insufficient_quota",
        "Resource pack depleted or expired",
        "Account in arrears (postpaid scenario)",
        "account out of credit (402)",
        "error 1102",
    ],
    Reason.RATE_LIMIT: [
        "Rate limit exceeded, please retry later",
        "parallel task over resource pack limit",
        "429 Too Many Requests",
        "Concurrency limit reached",
        "concurrent requests exceed the limit",
        "Rate limit exceeded, please retry later (429)",
    ],
    Reason.INVALID_PARAMETER: [
        "Invalid request parameters",
        "Invalid parameters",
        "unsupported output video duration, supported durations are [8]",
        "unsupported size",
        "Maximum 5 images allowed, got 6",
        "Validation error: prompt is required",
        "Duration must be 5, 10, or 15 seconds",
        "start_image_url is required",
        "Content-Type not allowed by request: unsupported value",
        "invalid callback_url parameter",
        "invalid aspect_ratio",
    ],
    Reason.SERVER_ERROR: [
        "An unexpected error occurred, please try again later",
        "500 Internal Server Error",
        "Generation timeout",
        "TIMED_OUT",
        "Service temporarily unavailable",
        "risk control system timed out",
        "Content moderation service is currently unavailable",
        "Internal error",
        "no answer within 10 s",
        "gateway unavailable (503)",
        "a proxy cannot reach the gateway (502)",
    ],
    Reason.KEY_REJECTED: [
        "Invalid or missing authentication",
        "Access denied due to missing subscription key. Make sure to include subscription key.",
        "401 Unauthorized: invalid api key",
        "API key rejected (401); check gateway.key or $PIXAZO_API_KEY",
    ],
    Reason.NO_ACCESS: [
        "Access denied for this operation",
        "403 not available in your region",
        "API key lacks access to this endpoint (403)",
    ],
    Reason.CANCELLED: [
        "cancelled",
        "CANCELED",
        "The task was cancelled by the user",
    ],
    Reason.OTHER: [
        "Endpoint not found",
        "bad image",
        "Generation failed; no credits were charged",
        "Unknown error",
        "model crashed",
        "",
        "task failed",
        "FAILED",
        "Provider returned an empty response",
        "completed with no output",
        "gateway rejected this id (400)",
        "The video shows a moderate amount of motion",
        "no sensitive content was found, but the job failed",
        "Request is still in progress",
        "1300 px wide",
    ],
}
"""Messages of the API documents, seen in replies, or of the program itself."""
CASES = [(reason, message) for reason, messages in MESSAGES.items() for message in messages]
ANY_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | RAW_TEXTS | st.binary(max_size=9),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.text(max_size=4), values),
    max_leaves=3,
)


def failed_job(message: str | None = None, raw_status: str = "failed", reply: str = "") -> Job:
    """Return a failed job."""
    return a_job(status=Status.FAILED, message=message, raw_status=raw_status, reply=reply)


@pytest.mark.parametrize(("reason", "message"), CASES)
def test_reason_of_a_message(reason: Reason, message: str) -> None:
    """In any case, and with any separators between the words."""
    spellings = [message, f"  {message}.\n"]
    if "://" not in message and " " in message:
        spellings += [message.upper(), message.lower(), message.replace(" ", "_")]
    for spelling in spellings:
        assert classify(None, spelling) is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1000, Reason.KEY_REJECTED), (1004, Reason.KEY_REJECTED), (1102, Reason.OUT_OF_CREDIT),
        (1103, Reason.NO_ACCESS), (1301, Reason.MODERATION), (1303, Reason.RATE_LIMIT),
        (1304, Reason.NO_ACCESS), (1201, Reason.INVALID_PARAMETER), (5002, Reason.SERVER_ERROR),
        (401, Reason.KEY_REJECTED), (402, Reason.OUT_OF_CREDIT), (429, Reason.RATE_LIMIT),
        (1202, Reason.OTHER), (0, Reason.OTHER), (200, Reason.OTHER), (777, Reason.OTHER),
    ],
)  # fmt: skip
def test_reason_of_a_code(code: int, reason: Reason) -> None:
    """As a number or as text."""
    for spelling in (code, str(code), f" {code} ", float(code)):
        assert classify(spelling) is reason
    assert classify(code, "task failed") is reason


def test_code_of_the_model_maker_says_more_than_the_message() -> None:
    """That an account is out of credit comes with HTTP 429."""
    assert classify(1102, "Too many requests") is Reason.OUT_OF_CREDIT
    assert classify("1301", "Image pixel is invalid") is Reason.MODERATION


def test_message_says_more_than_a_broad_code() -> None:
    """HTTP 400 and the code 1201 stand for any mistake in a request."""
    assert classify(1201, "Image pixel is invalid") is Reason.IMAGE_SIZE
    assert classify(400, "content policy violation") is Reason.MODERATION
    assert classify(429, "Account balance not enough") is Reason.OUT_OF_CREDIT


def test_code_may_be_a_word() -> None:
    """As some gateways name errors."""
    assert classify("CONTENT_POLICY_VIOLATION", "see the documents") is Reason.MODERATION


@pytest.mark.parametrize(
    ("raw_status", "reason"),
    [
        ("CANCELLED", Reason.CANCELLED), ("content_moderated", Reason.MODERATION),
        ("TIMED_OUT", Reason.SERVER_ERROR), ("failed", Reason.OTHER), ("expired", Reason.OTHER),
    ],
)  # fmt: skip
def test_status_tells_the_reason_where_the_message_does_not(
    raw_status: str, reason: Reason
) -> None:
    """The message has priority."""
    assert failure_reason(failed_job(None, raw_status)) is reason
    assert failure_reason(failed_job("Image pixel is invalid", raw_status)) is Reason.IMAGE_SIZE


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"error": {"code": 1301, "message": "see the documents"}}', Reason.MODERATION),
        ('{"error": {"code": "1303", "message": "see the documents"}}', Reason.RATE_LIMIT),
        ('{"detail": [{"type": "content_policy_violation"}]}', Reason.MODERATION),
        ('{"code": 200, "error_code": 1102}', Reason.OUT_OF_CREDIT),
        ('{"code": 0, "type": "video/mp4", "prompt": "\\"code\\": 1301"}', Reason.OTHER),
    ],
)
def test_code_in_the_reply_tells_the_reason_where_nothing_else_does(
    reply: str, reason: Reason
) -> None:
    """Messages often leave it out."""
    assert failure_reason(failed_job("see the documents", reply=reply)) is reason
    assert failure_reason(failed_job("Image pixel is invalid", reply=reply)) is Reason.IMAGE_SIZE


def test_only_failed_jobs_have_a_reason() -> None:
    """Whatever their message is."""
    for status in set(Status) - {Status.FAILED}:
        assert failure_reason(replace(failed_job("rate limit"), status=status)) is None


def test_each_rule_is_the_first_for_some_message() -> None:
    """A rule whose parts of words are wrong would never be tried."""
    reasons = {rule.reason for rule in chain(PRECISE_RULES, BROAD_RULES)}
    assert reasons == set(Reason) - {Reason.OTHER}
    assert reasons <= {classify(None, message) for _, message in CASES}


@settings(max_examples=200)
@given(ANY_VALUES, ANY_VALUES, ANY_VALUES)
def test_any_values_have_a_reason(code: object, message: object, raw_status: object) -> None:
    """Nothing is raised."""
    assert isinstance(classify(code, message, raw_status), Reason)
    assert isinstance(classify(10**5000, message), Reason)


@settings(max_examples=60)
@given(JOBS)
def test_any_failed_job_has_a_reason(job: Job) -> None:
    """Any job of the file."""
    assert isinstance(failure_reason(replace(job, status=Status.FAILED)), Reason)
