"""``--filter`` of `list`, `watch`, `wait`, `download` and `cost`."""

import json

import pytest

from tests.support.commands import I2V_URL, NUMBER
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    DocumentedGateway,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account

COMMANDS = ("list", "watch", "wait", "download", "cost")
_ENDED = f"""\
status = "succeeded"
ended_at = 2026-11-20T10:00:00Z
label = "hero shot"
videos = [{{ url = "{I2V_URL}" }}]
"""


@pytest.fixture
def account(account: Account, gateway: DocumentedGateway) -> Account:
    """Track a live job, a live one with a label, and one with a label that has ended."""
    gateway.script(TASK, I2V_RUNNING)
    account.track(TASK, REQUEST)
    account.jobs.write_text(account.jobs.read_text("utf-8") + _ENDED, "utf-8")
    account.run("add", NUMBER, "--label", "hero")
    return account


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("label:hero status:faild", "--filter, character 19: 'faild': did you mean failed?"),
        ("kind:i2x", "--filter, character 6: 'i2x': did you mean i2v? Expected i2v, o1"),
        ("profile:other", "--filter, character 9: 'other': expected default"),
        ('"hero', "--filter, character 1: this quote is not closed"),
        ("", "--filter is empty; leave it out to include all jobs"),
        ("  ", "--filter is empty"),
        ("\x1b]0;x\x07:", "no job matches"),
    ],
)
def test_bad_filter(account: Account, command: str, query: str, message: str) -> None:
    """Status 2 and the position; an empty one does not mean all jobs."""
    result = account.run(command, "--filter", query)
    assert message in result.stderr
    assert "\x1b" not in result.stderr
    assert result.returncode == (0 if message == "no job matches" else 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_filter_that_matches_nothing_means_no_job(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """It never means all jobs: none is polled or downloaded."""
    result = account.run(command, "--filter", "nothing-like-it")
    assert result.returncode == 0
    assert "no job matches (3 tracked)" in result.stderr
    assert not gateway.requests
    assert command == "cost" or result.stdout == ""


def test_list_combines_it_with_other_options(account: Account) -> None:
    """A job must match all of them."""

    def listed(*options: str) -> list[str]:
        return [job["id"] for job in json.loads(account.run("list", "--json", *options).stdout)]

    assert listed("--filter", "label:hero") == [REQUEST, NUMBER]
    assert listed("--filter", "label:hero", "--kind", "o1") == [REQUEST]
    assert listed("--filter", "-label:hero", "--status", "unknown") == [TASK]
    assert listed("--filter", "label:hero", "--label", "hero") == [NUMBER]


def test_cost_sums_only_jobs_that_match(account: Account) -> None:
    """In the totals and in the groups."""
    printed = json.loads(account.run("cost", "--json", "--filter", "kind:o1").stdout)
    assert (printed["jobs"], printed["spent_usd"], printed["in_flight_usd"]) == (1, "0.90", "0.00")
    assert list(printed["by_kind"]) == ["o1"]


def test_wait_takes_the_jobs_that_match_at_the_start(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Also those that have ended; others are not awaited."""
    gateway.script(NUMBER, I2V_RUNNING, I2V_DONE)
    result = account.run("wait", "--filter", "label:hero")
    assert (result.returncode, result.stdout.split()) == (0, [I2V_URL, I2V_URL])
    assert account.tracked()[TASK]["status"] != "succeeded"


def test_wait_goes_on_when_a_job_no_longer_matches(
    account: Account, gateway: DocumentedGateway
) -> None:
    """What was meant is decided at the start."""
    gateway.script(NUMBER, I2V_RUNNING, I2V_FAILED)
    result = account.run("watch", "--json", "--filter", "hero -status:running is:live")
    statuses = [json.loads(line)["status"] for line in result.stdout.splitlines()]
    assert (result.returncode, statuses) == (1, ["running", "failed"])


@pytest.mark.parametrize("command", ["wait", "download"])
def test_ids_are_restricted_to_those_that_match(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """Ids and filter are combined."""
    result = account.run(command, "--filter", "-label:hero", NUMBER)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no job matches" in result.stderr
    assert not gateway.requests
