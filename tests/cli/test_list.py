"""``list``: JSON and text output, filters, and no request to the gateway."""

import json
from typing import Any

import pytest

from tests.support.commands import listed_ids
from tests.support.documented_gateway import DocumentedGateway
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account

URL = "https://cdn.klingai.com/bs2/raw_video_1.mp4?cacheKey=a%2Fb&x-kcdn-pid=1"

JOB_FILE = f"""\
version = 1

[[jobs]]
id = "{REQUEST}"
kind = "o1"
label = "héron"
profile = "studio"
added_at = 2026-11-20T10:00:00Z
price = {{ usd = "0.90" }}
status = "succeeded"
raw_status = "COMPLETED"
message = "fine"
problem = "no answer within 10 s"
problem_since = 2026-11-20T10:03:00Z
videos = [
  {{ url = "{URL}", id = "v1", duration = 5.1, width = 1280, height = 720, \
content_type = "video/mp4", file = "/clips/heron.mp4" }},
  {{ url = "{URL}&n=2" }},
]
prompt = "Take @Image1 as the start frame..."
aspect_ratio = "16:9"
processing_seconds = 87.0
created_at = 2026-11-20T11:00:00.172+01:00
updated_at = 2026-11-20T10:01:27Z
checked_at = 2026-11-20T10:02:00Z
ended_at = 2026-11-20T10:01:27Z
history = [{{ at = 2026-11-20T10:01:27Z, status = "succeeded", raw_status = "COMPLETED" }}]
reply = "{{}}"

[[jobs]]
id = "{TASK}"
kind = "i2v"
added_at = 2026-11-20T10:00:00Z
status = "queued"
queue_position = 2
eta_seconds = 45.0
percent = 40.0
"""
VIDEO = {
    "url": URL,
    "id": "v1",
    "duration": 5.1,
    "width": 1280,
    "height": 720,
    "content_type": "video/mp4",
    "file": "/clips/heron.mp4",
}
JOBS_AS_JSON: list[dict[str, Any]] = [
    {
        "id": REQUEST,
        "kind": "o1",
        "label": "héron",
        "profile": "studio",
        "status": "succeeded",
        "raw_status": "COMPLETED",
        "message": "fine",
        "failure_reason": None,
        "problem": "no answer within 10 s",
        "queue_position": None,
        "eta_seconds": None,
        "percent": None,
        "videos": [VIDEO, {**dict.fromkeys(VIDEO), "url": f"{URL}&n=2"}],
        "prompt": "Take @Image1 as the start frame...",
        "aspect_ratio": "16:9",
        "processing_seconds": 87,
        "cost_usd": "0.90",
        "added_at": "2026-11-20T10:00:00Z",
        "created_at": "2026-11-20T10:00:00.172Z",
        "updated_at": "2026-11-20T10:01:27Z",
        "checked_at": "2026-11-20T10:02:00Z",
        "ended_at": "2026-11-20T10:01:27Z",
        "unread": False,
        "review": None,
    },
    {
        "id": TASK,
        "kind": "i2v",
        "label": "",
        "profile": "",
        "status": "queued",
        "raw_status": None,
        "message": None,
        "failure_reason": None,
        "problem": None,
        "queue_position": 2,
        "eta_seconds": 45,
        "percent": 40,
        "videos": [],
        "prompt": None,
        "aspect_ratio": None,
        "processing_seconds": None,
        "cost_usd": None,
        "added_at": "2026-11-20T10:00:00Z",
        "created_at": None,
        "updated_at": None,
        "checked_at": None,
        "ended_at": None,
        "unread": False,
        "review": None,
    },
]


@pytest.fixture
def jobs(account: Account) -> None:
    """Track a job with all fields set, and one with few."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_text(JOB_FILE, "utf-8")


@pytest.mark.usefixtures("jobs")
def test_json_has_every_documented_field_in_order(account: Account) -> None:
    """Unknown values are null."""
    printed: list[dict[str, Any]] = json.loads(account.run("list", "--json").stdout)
    assert printed == JOBS_AS_JSON
    assert [list(job) for job in printed] == [list(JOBS_AS_JSON[0])] * 2


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["queued"], [TASK]),
        (["succeeded", "queued"], [REQUEST, TASK]),
        (["failed"], []),
    ],
)
def test_status_option_is_repeatable(account: Account, wanted: list[str], found: list[str]) -> None:
    """Jobs with any of the given statuses are listed."""
    options = [option for status in wanted for option in ("--status", status)]
    result = account.run("list", "--json", *options)
    assert [job["id"] for job in json.loads(result.stdout)] == found
    plain = account.run("list", *options)
    assert all(job_id in plain.stdout for job_id in found)
    assert plain.returncode == 0
    assert plain.stderr == ("" if found else "kling-tui: no job matches (2 tracked)\n")


@pytest.mark.usefixtures("jobs")
def test_text_has_one_line_per_job_without_colours(account: Account) -> None:
    """Each line ends with the exact URLs of the results."""
    lines = account.run("list").stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].split() == [
        "✓", "done", REQUEST, "o1", "studio", "$0.90", *lines[1].split()[6:8], "héron", URL,
        f"{URL}&n=2",
    ]  # fmt: skip
    assert "2nd in queue" in lines[2]
    assert "\x1b" not in "".join(lines)


def test_without_jobs_explains_how_to_add_one(account: Account) -> None:
    """It is no error: nothing or an empty array on standard output, a hint on standard error."""
    result = account.run("list")
    assert (result.returncode, result.stdout) == (0, "")
    assert "kling-tui add ID" in result.stderr
    assert account.run("list", "--json").stdout == "[]\n"
    assert list(account.home.iterdir()) == []


def test_sends_no_request_to_the_gateway(account: Account, gateway: DocumentedGateway) -> None:
    """The gateway sees no connection."""
    account.run("add", TASK)
    assert (listed_ids(account), gateway.connections) == ([TASK], 0)


@pytest.mark.pty
@pytest.mark.slow
def test_lines_fit_into_the_terminal_but_not_into_a_pipe(account: Account) -> None:
    """In a pipe, nothing is cut."""
    account.jobs.parent.mkdir(parents=True, exist_ok=True)
    account.jobs.write_text(JOB_FILE, "utf-8")
    with account.open("list", size=(80, 20)) as terminal:
        assert terminal.wait() == 0
        assert all(line.rstrip("\r") for line in terminal.lines[:3])
        assert not terminal.lines[3].strip()
        assert URL not in terminal.text
        assert "…" in terminal.text
    assert URL in account.run("list").stdout
