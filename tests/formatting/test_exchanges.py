"""The HTTP exchange of the last reply, as text."""

from kling_tui.formatting.exchanges import exchange_lines, full_response
from kling_tui.jobs import Exchange
from tests.support.jobs import NOW, a_job

EXCHANGE = Exchange("POST", "/v1/status", 200, NOW, 0.21, ("server: demo", "date: today"))
LOCAL = NOW.astimezone().isoformat(" ")


def test_request_status_time_and_headers() -> None:
    """In this order."""
    assert exchange_lines(EXCHANGE) == [
        "POST /v1/status",
        "HTTP 200 OK, 0.21 s",
        LOCAL,
        "",
        "server: demo",
        "date: today",
    ]


def test_unknown_values_are_left_out() -> None:
    """A status without a name, the duration, and headers."""
    lines = exchange_lines(Exchange("GET", "/", 599, NOW))
    assert lines == ["GET /", "HTTP 599", LOCAL]


def test_full_response_ends_with_the_reply() -> None:
    """Without an exchange, as in a file of an older version, it is the reply alone."""
    job = a_job(reply="{}", exchange=EXCHANGE)
    assert full_response(job).splitlines()[-2:] == ["", "{}"]
    assert full_response(a_job(reply="{}")) == "{}"
