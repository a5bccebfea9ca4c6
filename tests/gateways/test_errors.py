"""The error that an HTTP reply stands for: its kind, message and retry_after."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import ErrorKind, GatewayError, Retry
from kling_tui.gateways.errors import MAX_RETRY_AFTER, retry_after
from tests.support.polling import IDS, KINDS, NOW, poll_error, poll_reply, status_reply

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
MISSING_KEY = {
    "statusCode": 401,
    "message": "Access denied due to missing subscription key. Make sure to include one.",
}
DOCUMENTED = [
    (400, "Invalid request parameters", ErrorKind.BAD_REQUEST),
    (401, "Invalid or missing authentication", ErrorKind.UNAUTHORIZED),
    (403, "Access denied for this operation", ErrorKind.NO_ACCESS),
    (404, "Endpoint not found", ErrorKind.NOT_FOUND),
    (429, "Rate limit exceeded, please retry later", ErrorKind.RATE_LIMITED),
    (500, "An unexpected error occurred, please try again later", ErrorKind.SERVER_ERROR),
]
STATUSES = {
    **{status: kind for status, _, kind in DOCUMENTED},
    **dict.fromkeys((502, 503, 504, 522, 408), ErrorKind.UNREACHABLE),
    **dict.fromkeys((501, 505, 520, 599, 999), ErrorKind.SERVER_ERROR),
    **dict.fromkeys((301, 302, 303, 304, 307, 308), ErrorKind.BAD_REQUEST),
    **dict.fromkeys((405, 409, 411, 413, 415, 418, 422, 451), ErrorKind.BAD_REQUEST),
    **dict.fromkeys((200, 201, 204), ErrorKind.SERVER_ERROR),
    402: ErrorKind.NO_CREDIT,
    410: ErrorKind.NOT_FOUND,
}
RETRIES = {
    ErrorKind.UNREACHABLE: Retry.SOON,
    ErrorKind.RATE_LIMITED: Retry.SOON,
    ErrorKind.SERVER_ERROR: Retry.SOON,
    ErrorKind.NOT_FOUND: Retry.RARELY,
    ErrorKind.BAD_REQUEST: Retry.RARELY,
    ErrorKind.UNAUTHORIZED: Retry.AFTER_USER_ACTION,
    ErrorKind.NO_KEY: Retry.AFTER_USER_ACTION,
    ErrorKind.NO_CREDIT: Retry.AFTER_USER_ACTION,
    ErrorKind.NO_ACCESS: Retry.AFTER_USER_ACTION,
}


async def poll_failure(
    kind: str, body: bytes | object, status: int = 200, headers: dict[str, str] | None = None
) -> GatewayError:
    """Return the error of a poll with this reply."""
    outcome = await poll_reply(kind, body, status, headers)
    assert isinstance(outcome, GatewayError)
    return outcome


def test_retry_by_error_kind() -> None:
    """Each kind says when to poll again."""
    assert {kind: kind.retry for kind in ErrorKind} == RETRIES


@pytest.mark.parametrize(("status", "message", "error_kind"), DOCUMENTED)
@pytest.mark.parametrize("kind", KINDS)
async def test_documented_status_has_its_kind_and_message(
    gateway: DemoGateway, kind: Kind, status: int, message: str, error_kind: ErrorKind
) -> None:
    """For every row of the API documents' table of status codes."""
    reply = Response(status, body=f'{{ "error": "{message}" }}'.encode())
    gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
    error = await poll_error(gateway.url, kind)
    assert error.kind is error_kind
    assert error.message.endswith(f"({status}): {message}")


@pytest.mark.parametrize(("status", "error_kind"), STATUSES.items())
@pytest.mark.parametrize("kind", KINDS)
async def test_every_status_has_an_error_kind(
    kind: str, status: int, error_kind: ErrorKind
) -> None:
    """Whatever the body is."""
    for body in (HTML, b"", b"null", b"{}", b'{"error": {"message": "words"}}'):
        error = await poll_failure(kind, body, status)
        assert error.kind is error_kind
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
async def test_body_without_a_job_status_is_a_server_error(kind: str, body: bytes) -> None:
    """Anything but a JSON object with a job's status is."""
    error = await poll_failure(kind, body)
    assert error.kind is ErrorKind.SERVER_ERROR
    assert error.message.startswith("no job status in the reply (200)")


@pytest.mark.parametrize(
    ("opening", "closing"), [(b'{"error":', b"}"), (b'{"detail":[', b"]}"), (b"[", b"]")]
)
@pytest.mark.parametrize("depth", [10, 150, 400, 900, 1_100, 5_000, 90_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_deeply_nested_body_is_a_server_error(
    kind: str, depth: int, opening: bytes, closing: bytes
) -> None:
    """At any depth."""
    error = await poll_failure(kind, opening * depth + b'"x"' + closing * depth)
    assert error.kind is ErrorKind.SERVER_ERROR


@pytest.mark.parametrize("kind", KINDS)
async def test_api_managers_message_for_a_missing_key_is_shown(kind: str) -> None:
    """It explains the 401."""
    error = await poll_failure(kind, MISSING_KEY, 401)
    assert error.kind is ErrorKind.UNAUTHORIZED
    assert "Access denied due to missing subscription key" in error.message


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 429, 502, 503])
@pytest.mark.parametrize("kind", KINDS)
async def test_error_status_wins_over_a_body_with_a_job_status(kind: str, status: int) -> None:
    """With these statuses no reply about a job was seen."""
    error = await poll_failure(kind, status_reply(kind, "failed", "no"), status)
    assert error.kind is STATUSES[status]


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("kind", KINDS)
async def test_unknown_status_value_in_an_error_body_is_not_a_jobs(kind: str, status: int) -> None:
    """Error bodies may have a ``status`` field of their own."""
    error = await poll_failure(kind, status_reply(kind, "Internal Server Error", "no"), status)
    assert error.kind is STATUSES[status]


@pytest.mark.parametrize("kind", KINDS)
async def test_plain_text_body_is_shown_on_one_bounded_line(kind: str) -> None:
    """Proxies reply with plain text."""
    body = b"upstream connect error\r\n\x1b[2J" + b"or reset " * 1_000
    error = await poll_failure(kind, body, 503)
    assert error.message.startswith("gateway unavailable (503): upstream connect error ")
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
    """Seconds or a date count, up to an hour; other values are ignored."""
    assert retry_after({"retry-after": value}, None, NOW) == seconds


@pytest.mark.parametrize(("ahead", "seconds"), [(-86_400, 3600.0), (0, 90.0), (80, 10.0)])
def test_retry_after_date_counts_from_the_replys_date(ahead: float, seconds: float) -> None:
    """The gateway's clock may differ from this machine's."""
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    own_date = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    assert retry_after({"retry-after": date, "date": own_date}, None, NOW) == seconds


@pytest.mark.parametrize(
    ("message", "seconds"),
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
def test_retry_after_in_the_message(message: str, seconds: float | None) -> None:
    """It counts if there is no valid header."""
    assert retry_after({}, message, NOW) == seconds
    assert retry_after({"retry-after": "soon"}, message, NOW) == seconds
    assert retry_after({"retry-after": "4"}, message, NOW) == 4.0


@pytest.mark.parametrize("kind", KINDS)
async def test_error_has_retry_after(kind: str) -> None:
    """From the header, from JSON and from plain text."""
    message = "Rate limit is exceeded. Try again in 30 seconds."
    for body, headers in (
        ({"error": "no"}, {"Retry-After": "30"}),
        ({"statusCode": 429, "message": message}, {}),
        (message.encode(), {}),
    ):
        error = await poll_failure(kind, body, 429, headers)
        assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 30.0)
    assert (await poll_failure(kind, {"error": "no"}, 429)).retry_after is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (MISSING_KEY, 401),
        ({"error": "who are you?"}, 403),
        ({"code": 1002, "message": "Authorization is empty"}, 200),
    ],
)
async def test_refusal_without_a_key_says_that_it_is_missing(body: object, status: int) -> None:
    """It is not called rejected, and the gateway's words are kept."""
    error = await poll_reply("i2v", body, status, key="")
    assert isinstance(error, GatewayError)
    assert error.kind is ErrorKind.NO_KEY
    needed = "Kling AI I2V needs an API key; set gateway.key or $PIXAZO_API_KEY: "
    assert error.message.startswith(needed)
    assert error.message != needed


async def test_account_without_credit_is_no_missing_key() -> None:
    """Whether a key was sent or not."""
    error = await poll_reply("i2v", {"code": 1102, "message": "no credit"}, 200, key="")
    assert isinstance(error, GatewayError)
    assert error.kind is ErrorKind.NO_CREDIT


async def test_rate_limit_by_code_has_retry_after() -> None:
    """Also with HTTP 200."""
    error = await poll_failure(
        "i2v", {"code": 1302, "message": "slow down"}, 200, {"Retry-After": "9"}
    )
    assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 9.0)


async def test_out_of_credit_by_code_wins_over_http_429() -> None:
    """It is not a rate limit: waiting does not help."""
    body = {"code": 1102, "message": "Account balance not enough"}
    assert (await poll_failure("i2v", body, 429)).kind is ErrorKind.NO_CREDIT


@pytest.mark.parametrize("kind", KINDS)
async def test_http_403_with_retry_after_is_a_rate_limit(kind: str) -> None:
    """The key is valid, but its quota is used up."""
    error = await poll_failure(
        kind, {"message": "Out of call volume quota."}, 403, {"Retry-After": "60"}
    )
    assert (error.kind, error.retry_after) == (ErrorKind.RATE_LIMITED, 60.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_rejected_key_names_what_to_check(kind: str, status: int) -> None:
    """The setting of the key; also if the reply is an error code of I2V."""
    error = await poll_failure(kind, {"error": "no"}, status)
    assert "; check gateway.key or $PIXAZO_API_KEY" in error.message
    error = await poll_failure("i2v", {"code": 1002, "message": "no"})
    assert error.message.endswith("; check gateway.key or $PIXAZO_API_KEY")
