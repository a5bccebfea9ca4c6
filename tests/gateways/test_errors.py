"""What it means that a poll failed: whether to ask again, when, and what a person is told."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import ErrorKind, GatewayError, Retry
from kling_tui.gateways.errors import MAX_RETRY_AFTER, retry_after
from tests.support.polling import (
    IDS,
    KINDS,
    NOW,
    finished_reply,
    poll_error,
    poll_reply,
    status_reply,
)

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
KEYLESS = {
    "statusCode": 401,
    "message": "Access denied due to missing subscription key. Make sure to include one.",
}
DOCUMENTED = [
    (400, "Invalid request parameters", ErrorKind.BAD_REQUEST),
    (401, "Invalid or missing authentication", ErrorKind.UNAUTHORIZED),
    (403, "Access denied for this operation", ErrorKind.UNAUTHORIZED),
    (404, "Endpoint not found", ErrorKind.NOT_FOUND),
    (429, "Rate limit exceeded, please retry later", ErrorKind.RATE_LIMITED),
    (500, "An unexpected error occurred, please try again later", ErrorKind.SERVER_ERROR),
]
STATUSES = {
    **{status: fault for status, _, fault in DOCUMENTED},
    **dict.fromkeys((502, 503, 504, 522, 408), ErrorKind.UNREACHABLE),
    **dict.fromkeys((501, 505, 520, 599, 999), ErrorKind.SERVER_ERROR),
    **dict.fromkeys((301, 302, 303, 304, 307, 308), ErrorKind.BAD_REQUEST),
    **dict.fromkeys((405, 409, 411, 413, 415, 418, 422, 451), ErrorKind.BAD_REQUEST),
    **dict.fromkeys((200, 201, 204), ErrorKind.SERVER_ERROR),
    402: ErrorKind.UNAUTHORIZED,
    410: ErrorKind.NOT_FOUND,
}
RETRIES = {
    ErrorKind.UNREACHABLE: Retry.SOON,
    ErrorKind.RATE_LIMITED: Retry.SOON,
    ErrorKind.SERVER_ERROR: Retry.SOON,
    ErrorKind.NOT_FOUND: Retry.RARELY,
    ErrorKind.BAD_REQUEST: Retry.RARELY,
    ErrorKind.UNAUTHORIZED: Retry.AFTER_USER_ACTION,
}


async def fault(
    kind: str, body: bytes | object, status: int = 200, headers: dict[str, str] | None = None
) -> GatewayError:
    """Return why a poll with this answer failed."""
    outcome = await poll_reply(kind, body, status, headers)
    assert isinstance(outcome, GatewayError)
    return outcome


def test_each_fault_says_when_to_ask_again() -> None:
    """Soon, slowly, or only when a person has acted."""
    assert {fault: fault.retry for fault in ErrorKind} == RETRIES


@pytest.mark.parametrize(("status", "words", "meaning"), DOCUMENTED)
@pytest.mark.parametrize("kind", KINDS)
async def test_documented_errors(
    gateway: DemoGateway, kind: Kind, status: int, words: str, meaning: ErrorKind
) -> None:
    """Every row of the documents' table of status codes has its fault, and its words are told."""
    reply = Response(status, body=f'{{ "error": "{words}" }}'.encode())
    gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
    error = await poll_error(gateway.url, kind)
    assert error.kind is meaning
    assert error.message.endswith(f"({status}): {words}")


@pytest.mark.parametrize(("status", "meaning"), STATUSES.items())
@pytest.mark.parametrize("kind", KINDS)
async def test_statuses(kind: str, status: int, meaning: ErrorKind) -> None:
    """Any status has a fault, whatever stands in the body."""
    for body in (HTML, b"", b"null", b"{}", b'{"error": {"message": "words"}}'):
        error = await fault(kind, body, status)
        assert error.kind is meaning
        assert f"({status})" in error.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"{",
        b'{"code": 0, "data": {"task_status": "succ',
        b"[]",
        b'["COMPLETED"]',
        b'"COMPLETED"',
        b"7",
        b"null",
        b"true",
        b"NaN",
        b"{'status': 'COMPLETED'}",
        b'{"status": "COMPLETED",}',
        b"\xff\xfe\x00",
        b'{"success": true}',
        b'{"data": {"status": "COMPLETED"}}',
        b'{"code": ' + b"9" * 5_000 + b"}",
        HTML,
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_answers_that_make_no_sense(kind: str, body: bytes) -> None:
    """What is no JSON object about a job is a failed poll, to be tried again soon."""
    error = await fault(kind, body)
    assert error.kind is ErrorKind.SERVER_ERROR
    assert error.message.startswith("the answer does not say how the job is (200)")


@pytest.mark.parametrize(
    ("opening", "closing"), [(b'{"error":', b"}"), (b'{"detail":[', b"]}"), (b"[", b"]")]
)
@pytest.mark.parametrize("depth", [10, 150, 400, 900, 1_100, 5_000, 90_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_nested_without_end(kind: str, depth: int, opening: bytes, closing: bytes) -> None:
    """Brackets in brackets are an answer that makes no sense, however deep."""
    error = await fault(kind, opening * depth + b'"x"' + closing * depth)
    assert error.kind is ErrorKind.SERVER_ERROR


@pytest.mark.parametrize("depth", [10, 150, 400, 900])
@pytest.mark.parametrize("kind", KINDS)
async def test_nested_beside_the_status(kind: str, depth: int) -> None:
    """What is nested in a field that nobody reads does no harm."""
    nested = b'{"task_info":' * depth + b'"x\\n"' + b"}" * depth
    outcome = await poll_reply(
        kind, finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}"
    )
    assert not isinstance(outcome, GatewayError)
    assert outcome.videos


@pytest.mark.parametrize("kind", KINDS)
async def test_nested_replies_are_kept_as_they_came(kind: str) -> None:
    """To indent them would make them many times longer."""
    nested = b'{"":' * 900 + b"7" + b"}" * 900
    outcome = await poll_reply(
        kind, body := finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}"
    )
    assert not isinstance(outcome, GatewayError)
    assert outcome.reply == body.decode()


@pytest.mark.parametrize("kind", KINDS)
async def test_nested_to_the_edge(kind: str) -> None:
    """There is no depth that can be read and then is too deep for what follows."""
    for depth in range(900, 1_000, 3):
        nested = b'{"":' * depth + b'"\\n"' + b"}" * depth
        await poll_reply(kind, finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_missing_key_is_refused(kind: str) -> None:
    """The API manager's own words for a missing key are told."""
    error = await fault(kind, KEYLESS, 401)
    assert error.kind is ErrorKind.UNAUTHORIZED
    assert "Access denied due to missing subscription key" in error.message


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 429, 502, 503])
@pytest.mark.parametrize("kind", KINDS)
async def test_some_statuses_speak_for_themselves(kind: str, status: int) -> None:
    """With them, a body like a job's is not believed."""
    error = await fault(kind, status_reply(kind, "failed", "no"), status)
    assert error.kind is STATUSES[status]


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_error_that_has_a_status_of_its_own(kind: str, status: int) -> None:
    """A status word that nobody knows is the error's own, and says nothing of the job."""
    error = await fault(kind, status_reply(kind, "Internal Server Error", "no"), status)
    assert error.kind is STATUSES[status]


@pytest.mark.parametrize("kind", KINDS)
async def test_prose(kind: str) -> None:
    """Plain text from a proxy is told to the person, in one harmless line of bounded length."""
    body = b"upstream connect error\r\n\x1b[2J" + b"or reset " * 1_000
    error = await fault(kind, body, 503)
    assert error.message.startswith("the gateway is not available (503): upstream connect error ")
    assert error.message.isprintable()
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("99999999999", MAX_RETRY_AFTER),
        ("1e400", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("30, 60", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_RETRY_AFTER),
        ("Fri, 20 Nov 2026 12:00:20 +0200", 20.0),
        ("Fri, 20 Nov 2026 10:00:25 -0000", 25.0),
        ("Fri, 31 Feb 2026 10:00:00 GMT", None),
        ("Fri, 20 Nov 99999 10:00:00 GMT", None),
        ("1" * 60_000, None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds or a date are understood, at most an hour is waited, and nonsense is no wait."""
    assert retry_after({"retry-after": value}, None, NOW) == seconds


@pytest.mark.parametrize(("ahead", "seconds"), [(-86_400, 3600.0), (0, 90.0), (80, 10.0)])
def test_retry_after_by_the_gateways_clock(ahead: float, seconds: float) -> None:
    """A date counts from the reply's own, where it has one: clocks differ."""
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    own_date = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    assert retry_after({"retry-after": date, "date": own_date}, None, NOW) == seconds


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit is exceeded. Try again in 30 seconds.", 30.0),
        ("retry after: 12s", 12.0),
        ("Please retry in about 2.5 minutes", 150.0),
        ("Try again in 1 h", 3600.0),
        ("try again in 500 ms", 0.5),
        ("Retry in 250 milliseconds", 0.25),
        ("Try again in 999999 hours", MAX_RETRY_AFTER),
        ("Rate limit exceeded, please retry later", None),
        ("30 seconds", None),
    ],
)
def test_retry_after_in_the_text(words: str, seconds: float | None) -> None:
    """Where no header says it, the text may; a header that makes sense wins."""
    assert retry_after({}, words, NOW) == seconds
    assert retry_after({"retry-after": "soon"}, words, NOW) == seconds
    assert retry_after({"retry-after": "4"}, words, NOW) == 4.0


@pytest.mark.parametrize("kind", KINDS)
async def test_how_long_to_wait_is_passed_on(kind: str) -> None:
    """The wait reaches whoever asked: from the header, from JSON and from prose."""
    words = "Rate limit is exceeded. Try again in 30 seconds."
    for body, headers in (
        ({"error": "no"}, {"Retry-After": "30"}),
        ({"statusCode": 429, "message": words}, {}),
        (words.encode(), {}),
    ):
        error = await fault(kind, body, 429, headers)
        assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 30.0)
    assert (await fault(kind, {"error": "no"}, 429)).retry_after is None


async def test_a_code_can_say_how_long_to_wait() -> None:
    """A rate limit told by its code keeps the header, also with HTTP 200."""
    error = await fault("i2v", {"code": 1302, "message": "slow down"}, 200, {"Retry-After": "9"})
    assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 9.0)


async def test_out_of_credit_with_http_429() -> None:
    """The code wins over the status: it is no rate limit, and only a person can help."""
    body = {"code": 1102, "message": "Account balance not enough"}
    assert (await fault("i2v", body, 429)).kind is ErrorKind.UNAUTHORIZED


@pytest.mark.parametrize("kind", KINDS)
async def test_a_used_up_quota(kind: str) -> None:
    """A 403 that says when to come back asks for patience, not for another key."""
    error = await fault(kind, {"message": "Out of call volume quota."}, 403, {"Retry-After": "60"})
    assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 60.0)
