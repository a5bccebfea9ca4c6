"""Jobs are watched to their ends, and are the same after a restart."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_PATH,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_PATH,
    O1_QUEUED,
    O1_RUNNING,
    DocumentedGateway,
    PollRequest,
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
    quit_app,
    table_rows,
    wait_for_polls,
)

pytestmark = [pytest.mark.pty, pytest.mark.slow]


@dataclass
class Sessions:
    """What was observed of two sessions: in the first, all jobs but I2V_ID_2 end."""

    gateway: DocumentedGateway
    account: Account
    titles: list[str] = field(default_factory=list)
    jobs_while_open: dict[str, dict[str, Any]] = field(default_factory=dict)
    output_after_exit: str = ""
    first_polls: list[PollRequest] = field(default_factory=list)
    first_rows: list[str] = field(default_factory=list)
    second_rows: list[str] = field(default_factory=list)
    second_polls: list[PollRequest] = field(default_factory=list)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """Watch four jobs until three have ended, quit, and open the app again."""
    with DocumentedGateway() as gateway:
        account = account_polling(gateway.url, tmp_path_factory.mktemp("home"))
        sessions = Sessions(gateway, account)
        gateway.script(I2V_ID, I2V_RUNNING)
        gateway.script(O1_ID, O1_QUEUED)
        gateway.script(I2V_NUMERIC_ID, I2V_RUNNING)
        gateway.script(I2V_ID_2, I2V_RUNNING)
        with app_watching(account, I2V_ID, O1_ID, I2V_NUMERIC_ID, I2V_ID_2) as terminal:
            terminal.until_shows("● running", "○ queued", "2nd in queue", "4 jobs")
            sessions.titles.append(terminal.title)
            gateway.script(I2V_ID, I2V_FAILED)
            gateway.script(I2V_NUMERIC_ID, I2V_DONE)
            gateway.script(O1_ID, O1_RUNNING)
            terminal.until_shows("✗ failed", "risk control", "✓ done", "5.1 s video")
            terminal.until_hides("○ queued")
            gateway.script(O1_ID, O1_DONE)
            terminal.until_shows(" 5 s video")
            sessions.titles.append(terminal.title)
            wait_for_polls(terminal, gateway, I2V_ID_2)
            terminal.until(lambda: account.tracked()[O1_ID]["status"] == "succeeded")
            sessions.jobs_while_open = account.tracked()
            sessions.first_rows = table_rows(terminal)
            quit_app(terminal)
            sessions.output_after_exit = terminal.output_after_exit
        sessions.first_polls = list(gateway.requests)
        gateway.requests.clear()
        with account.open() as terminal:
            terminal.until_shows("✓ done", "✗ failed", "● running")
            wait_for_polls(terminal, gateway, I2V_ID_2)
            sessions.second_rows = table_rows(terminal)
            quit_app(terminal)
        sessions.second_polls = list(gateway.requests)
        yield sessions


def test_polls_are_the_documented_requests(sessions: Sessions) -> None:
    """Method, path, body and headers."""
    id_fields = {I2V_PATH: "task_id", O1_PATH: "request_id"}
    assert {poll.path for poll in sessions.first_polls} == set(id_fields)
    for poll in sessions.first_polls:
        assert poll.method == "POST"
        assert json.loads(poll.body) == {id_fields[poll.path]: poll.job_id}
        assert poll.path == (O1_PATH if poll.job_id == O1_ID else I2V_PATH)
        assert poll.header("Content-Type") == ["application/json"]
        assert poll.header("Cache-Control") == ["no-cache"]
        assert poll.header(KEY_HEADER) == [API_KEY]
        assert poll.header("Authorization") == poll.header("Cookie") == []


def test_polls_reuse_connections(sessions: Sessions) -> None:
    """At most one for each job, and one more after the restart."""
    assert sessions.gateway.connections <= 5


def test_a_job_that_has_ended_is_not_polled_again(sessions: Sessions) -> None:
    """Not after a restart either."""
    last_replies = {I2V_ID: I2V_FAILED, I2V_NUMERIC_ID: I2V_DONE, O1_ID: O1_DONE}
    for job_id, last_reply in last_replies.items():
        replies = [poll.reply for poll in sessions.first_polls if poll.job_id == job_id]
        assert replies.count(last_reply) == 1
        assert replies[-1] == last_reply
    assert {poll.job_id for poll in sessions.second_polls} == {I2V_ID_2}


def test_list_prints_every_field_of_an_o1_reply(sessions: Sessions) -> None:
    """While the app is still open."""
    job = sessions.jobs_while_open[O1_ID]
    assert (job["status"], job["raw_status"], job["cost_usd"]) == (
        "succeeded", "COMPLETED", "0.90",
    )  # fmt: skip
    assert job["prompt"] == "Take @Image1 as the start frame..."
    assert (job["aspect_ratio"], job["processing_seconds"]) == ("16:9", 87)
    assert job["videos"] == [
        {
            "url": "https://storage.pixazo.ai/videos/a1b2c3d4.mp4",
            "id": None,
            "duration": 5,
            "width": 1280,
            "height": 720,
            "content_type": "video/mp4",
            "file": None,
        }
    ]


def test_list_prints_every_field_of_an_i2v_reply(sessions: Sessions) -> None:
    """With the unchanged link."""
    job = sessions.jobs_while_open[I2V_NUMERIC_ID]
    assert (job["status"], job["raw_status"], job["cost_usd"]) == (
        "succeeded", "succeed", "0.35",
    )  # fmt: skip
    assert job["created_at"] == "2024-11-13T11:53:14.172Z"
    assert job["updated_at"] == job["ended_at"] == "2024-11-13T11:57:58.648Z"
    (video,) = job["videos"]
    assert video["id"] == "6eefbb94-a633-4fe7-bf37-3a24fc2de32b"
    assert video["url"].endswith("/raw_video_1.mp4?cacheKey=a%2Fb&x=1")
    assert video["duration"] == 5.1


def test_a_failed_job_keeps_the_reason_of_the_gateway(sessions: Sessions) -> None:
    """With its status."""
    job = sessions.jobs_while_open[I2V_ID]
    assert (job["status"], job["raw_status"], job["videos"]) == ("failed", "failed", [])
    assert job["message"] == "Failure to pass the risk control system"


def test_the_terminal_title_counts_jobs(sessions: Sessions) -> None:
    """Those that are running and those that failed."""
    assert sessions.titles[0].startswith("4 running · 0 failed")
    assert sessions.titles[1].startswith("1 running · 1 failed")


def test_a_summary_is_printed_after_quitting(sessions: Sessions) -> None:
    """On the normal screen, with the share of the session, and why a job failed."""
    all_jobs, session, failed = sessions.output_after_exit.splitlines()
    assert all_jobs == (
        "4 jobs: 1 running, 2 succeeded, 1 failed; $1.25 spent, $0.35 in flight, $0.35 failed"
    )
    assert session == (
        "this session: 3 jobs ended: 2 succeeded, 1 failed; $1.25 spent, $0.35 failed"
    )
    assert failed == f"failed: {I2V_ID}: Failure to pass the risk control system"


def test_the_table_is_the_same_after_a_restart(sessions: Sessions) -> None:
    """The same jobs, statuses and order."""
    assert len(sessions.first_rows) == 4
    assert sessions.second_rows == sessions.first_rows


def test_the_api_key_is_in_no_file(sessions: Sessions) -> None:
    """Not in the log either."""
    files = [file for file in sessions.account.home.rglob("*") if file.is_file()]
    assert "kling-tui.log" in {file.name for file in files}
    assert not [file for file in files if API_KEY.encode() in file.read_bytes()]
