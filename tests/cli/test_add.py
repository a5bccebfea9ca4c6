"""``add``: ids from arguments and standard input, kinds, labels and prices."""

import json
import re

import pytest

from tests.support.commands import NUMBER, assert_usage_error, saved_ids
from tests.support.jobs import REQUEST
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

TASK = "CjNQtmctxFMAAAAxxxxxx"
"""The sample id of the API documents."""


def test_prints_each_new_id(account: Account) -> None:
    """Each new id is a line of standard output; standard error is empty."""
    result = account.run("add", TASK, REQUEST, NUMBER)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split() == [TASK, REQUEST, NUMBER]


def test_detects_the_kind_from_the_shape_of_the_id(account: Account) -> None:
    """The ids of the API documents have known shapes; a new job has no status yet."""
    account.run("add", TASK, REQUEST, NUMBER, "--label", "reel")
    saved = {
        job["id"]: (job["kind"], job["label"], job["status"]) for job in account.jobs_in_file()
    }
    assert saved == {
        TASK: ("i2v", "reel", "unknown"),
        REQUEST: ("o1", "reel", "unknown"),
        NUMBER: ("i2v", "reel", "unknown"),
    }


def test_keeps_the_order_of_ids(account: Account) -> None:
    """Jobs are saved in the order of the arguments."""
    ids = [f"{NUMBER[:-1]}{digit}" for digit in "3920581746"]
    account.run("add", *ids)
    assert saved_ids(account) == ids


@pytest.mark.parametrize("kind", ["i2v", "o1"])
def test_kind_option_overrides_detection(account: Account, kind: str) -> None:
    """--kind wins over the shape, and accepts any shape."""
    assert account.run("add", TASK, REQUEST, "take-12", "--kind", kind).returncode == 0
    assert [job["kind"] for job in account.jobs_in_file()] == [kind] * 3


@pytest.mark.parametrize(
    "stdin",
    [
        f"{TASK}\n{REQUEST}\n",
        f"{TASK}\r\n\r\n  {REQUEST}",
        f"{TASK}, {REQUEST}",
        json.dumps([{"task_id": TASK}, {"request_id": REQUEST}]),
        json.dumps([TASK, REQUEST]),
        f'{{"code": 0, "data": {{"task_id": "{TASK}"}}}}\n{{"request_id": "{REQUEST}"}}\n',
        json.dumps([{"data": {"task_id": TASK}}, {"request_id": REQUEST}], indent=2),
        "\N{BYTE ORDER MARK}" + json.dumps([TASK, REQUEST]),
    ],
    ids=["lines", "ragged", "commas", "objects", "strings", "json lines", "indented", "marked"],
)
def test_reads_ids_or_json_from_standard_input(account: Account, stdin: str) -> None:
    """- reads ids, one per line, or JSON like the response of a submit call."""
    result = account.run("add", "-", stdin=stdin)
    assert (result.returncode, result.stderr) == (0, "")
    assert saved_ids(account) == [TASK, REQUEST]


@pytest.mark.parametrize(
    ("body", "job_id"),
    [
        ({"task_id": NUMBER}, NUMBER),
        ({"task_id": int(NUMBER)}, NUMBER),
        ({"request_id": TASK, "data": {"task_id": NUMBER}}, NUMBER),
        ({"request_id": REQUEST}, REQUEST),
    ],
)
def test_finds_the_id_in_a_json_object(
    account: Account, body: dict[str, object], job_id: str
) -> None:
    """A single object may span several lines, and stand beside an id."""
    result = account.run("add", TASK, "-", stdin=json.dumps(body, indent=2))
    assert (result.returncode, result.stderr) == (0, "")
    assert saved_ids(account) == [TASK, job_id]


def test_tracked_id_is_no_error_and_keeps_its_label(account: Account) -> None:
    """An id that is already tracked is printed, reported and not changed."""
    account.run("add", TASK, "--label", "first")
    result = account.run("add", TASK, REQUEST, REQUEST, "--label", "second")
    assert (result.returncode, result.stdout.split()) == (0, [TASK, REQUEST])
    assert result.stderr == f"kling-tui: {TASK} is already tracked; its label was not changed\n"
    assert [job["label"] for job in account.jobs_in_file()] == ["first", "second"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("take-12", "unrecognised id format"),
        ("x" * 300, "longer than 200 characters"),
        ("Cj\x1b[31mred\x07", "characters that no id has"),
        ('{"task_id": "Cj', "neither an id nor valid JSON"),
        ('{"id": "CjNQtmctxFMAAAAxxxxxx"}', "no task_id, data.task_id or request_id"),
    ],
)
def test_tracks_valid_ids_beside_an_invalid_one(account: Account, bad: str, message: str) -> None:
    """An invalid id gives a message and status 2; the others are tracked."""
    result = account.run("add", TASK, "-", REQUEST, stdin=bad)
    assert (result.returncode, result.stdout.split()) == (2, [TASK, REQUEST])
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.rstrip().isprintable()
    assert saved_ids(account) == [TASK, REQUEST]


@pytest.mark.parametrize("stdin", [b"", b"\n \n", b"[]", b"\xff\xfe\x00"])
def test_input_without_ids_is_a_usage_error(account: Account, stdin: bytes) -> None:
    """An empty or useless input gives a message."""
    assert_usage_error(account.run("add", "-", stdin=stdin))


def test_label_is_sanitized(account: Account) -> None:
    """Control characters are removed and markup stays text, in the file and on the screen."""
    account.run("add", TASK, "--label", "\x1b]0;owned\x07[/nope]\u202e[red]\n'''\"\"\"")
    assert [job["label"] for job in account.jobs_in_file()] == ["]0;owned[/nope][red] '''\"\"\""]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]|\u202e", account.run("list").stdout)


def test_price_is_fixed_when_a_job_is_added(account: Account) -> None:
    """A later price change does not affect tracked jobs."""
    account.run("add", TASK)
    account.configure("[price]\ni2v = { usd = 9 }\n")
    account.run("add", NUMBER)
    costs = {job_id: job["cost_usd"] for job_id, job in account.tracked().items()}
    assert costs == {TASK: "0.35", NUMBER: "9.00"}


@pytest.mark.slow
def test_concurrent_commands_lose_no_id(account: Account) -> None:
    """Processes that add jobs at the same time keep each other's jobs."""
    ids = {f"{NUMBER[:-1]}{digit}" for digit in range(6)}
    processes = [account.start("add", job_id) for job_id in ids]
    for process in processes:
        process.communicate(timeout=TIMEOUT)
    assert [process.returncode for process in processes] == [0] * len(ids)
    assert set(saved_ids(account)) == ids
