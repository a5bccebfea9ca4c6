"""Errors of the gateway and of the API key are shown as text, and never change a job's status."""

import socket
from pathlib import Path

import pytest

from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_PATH,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_RUNNING,
    DocumentedGateway,
    Reply,
    json_reply,
)
from tests.support.terminal import Account
from tests.support.terminal_app import (
    API_KEY,
    I2V_ID,
    I2V_ID_2,
    I2V_NUMERIC_ID,
    O1_ID,
    account_polling,
    app_watching,
    ended_rows,
    quit_app,
    wait_for_polls,
)

pytestmark = [pytest.mark.pty, pytest.mark.slow]

HTML = {"Content-Type": "text/html"}
JOB_ERRORS = {
    I2V_ID: (json_reply({"error": "Invalid request parameters"}, 400), "gateway rejected this id"),
    I2V_NUMERIC_ID: (json_reply({"error": "Endpoint not found"}, 404), "job not found"),
    I2V_ID_2: (json_reply({"error": "An unexpected error occurred"}, 500), "gateway error"),
    O1_ID: (Reply(200, {}, b'{"status": "IN_PR'), "no job status in the reply"),
}
ENDPOINT_ERRORS = {
    "401": (
        json_reply({"error": f"bad key {API_KEY}"}, 401),
        ["API key rejected", "bad key [key]"],
    ),
    "502": (
        Reply(502, HTML, b"<h1>Bad Gateway</h1>"),
        ["a proxy cannot reach the gateway"],
    ),
}
RATE_LIMITED = json_reply(
    {"error": "Rate limit exceeded, please retry later"}, 429, Retry_After="1"
)


def test_a_failed_poll_is_shown_beside_the_status_until_one_succeeds(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The status stays; the problem is saved in the job file."""
    for job_id, (reply, _) in JOB_ERRORS.items():
        gateway.script(job_id, O1_RUNNING if job_id == O1_ID else I2V_RUNNING, reply)
    with app_watching(account, *JOB_ERRORS, size=(200, 60)) as terminal:
        terminal.until(lambda: "\n".join(terminal.lines).count("● running !") == 4)
        terminal.until(lambda: all(job.get("problem") for job in account.jobs_in_file()))
        for job in account.jobs_in_file():
            assert JOB_ERRORS[job["id"]][1] in job["problem"]
            assert job["status"] == "running"
            gateway.script(job["id"], O1_DONE if job["id"] == O1_ID else I2V_DONE)
        terminal.press("R")
        terminal.until(lambda: ended_rows(terminal) == 4, "four ends")
        terminal.until_hides(" !")
        quit_app(terminal)
    assert {job["problem"] for job in account.tracked().values()} == {None}


@pytest.mark.parametrize("error", ENDPOINT_ERRORS)
def test_an_endpoint_error_is_shown_without_the_api_key(
    account: Account, gateway: DocumentedGateway, error: str
) -> None:
    """Although the reply contains the key; no file contains it either."""
    reply, texts = ENDPOINT_ERRORS[error]
    gateway.script(I2V_ID, I2V_RUNNING, reply)
    with app_watching(account, I2V_ID) as terminal:
        terminal.until_shows("● running !", *texts)
        terminal.until(lambda: account.jobs_in_file()[0].get("problem"), "the problem in the file")
        quit_app(terminal)
    assert account.jobs_in_file()[0]["status"] == "running"
    contents = [file.read_bytes() for file in account.home.rglob("*") if file.is_file()]
    assert not [content for content in (terminal.output, *contents) if API_KEY.encode() in content]


def test_a_rate_limited_endpoint_is_not_polled_before_retry_after(
    account: Account, gateway: DocumentedGateway
) -> None:
    """No job of it is; the footer says so."""
    gateway.script(I2V_ID, I2V_RUNNING, RATE_LIMITED, I2V_DONE)
    gateway.script(I2V_ID_2, I2V_RUNNING)
    with app_watching(account, I2V_ID, I2V_ID_2) as terminal:
        terminal.until_shows("rate-limited (429)")
        terminal.until_shows("✓ done")
        quit_app(terminal)
    polls = [poll for poll in gateway.requests if poll.path == I2V_PATH]
    limited_at = next(poll.received_at for poll in polls if poll.reply.status == 429)
    later = [
        poll.received_at - limited_at for poll in polls if poll.received_at > limited_at + 0.05
    ]
    assert min(later) >= 1


def test_without_an_api_key_only_endpoints_that_need_none_are_polled(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Jobs of the others name the settings for the key."""
    del account.environment["PIXAZO_API_KEY"]
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ new !", "needs an API key", "o1 API key missing")
        wait_for_polls(terminal, gateway, I2V_ID)
        quit_app(terminal)
    assert not gateway.requests_for(O1_ID)
    assert not [poll for poll in gateway.requests if poll.header(KEY_HEADER)]
    assert "gateway.key or $PIXAZO_API_KEY" in account.tracked()[O1_ID]["problem"]


def test_a_config_whose_key_others_can_read_is_reported_with_the_remedy(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Once it is private, nothing is reported."""
    del account.environment["PIXAZO_API_KEY"]
    account.configure(f'[gateway]\nurl = "{gateway.url}"\nkey = "{API_KEY}"\n')
    account.config.chmod(0o644)
    with app_watching(account) as terminal:
        terminal.until_shows("Others can read the key", "chmod 600")
        quit_app(terminal)
    account.config.chmod(0o600)
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        assert "Others can read" not in terminal.text
        quit_app(terminal)
    assert API_KEY not in terminal.text


def test_an_unreachable_gateway_is_reported_and_the_app_stays_open(tmp_path: Path) -> None:
    """Jobs keep their status."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        account = account_polling(f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path)
    with app_watching(account) as terminal:
        terminal.until_shows("○ new !", "gateway unreachable", "unreachable for")
        quit_app(terminal)
    assert {job["status"] for job in account.tracked().values()} == {"unknown"}
