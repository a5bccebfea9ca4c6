"""``wait``: result URLs on standard output, everything else on standard error."""

import pytest

from kling_tui.demo import SETTINGS
from tests.support.commands import I2V_URL, NUMBER, O1_URL
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    O1_DONE,
    O1_QUEUED,
    V2_DONE,
    V2_RUNNING,
    DocumentedGateway,
    json_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account

UNIFIED = "hailuo-02_019da2c1-3e5f-7a90-8c16-2b7d4f9e0a58"
V2_URL = "https://cdn.pixazo.ai/videos/019da2c4.mp4?sig=a%2Fb"
SIBLING = "wan-5d0c9e7a41b2f368"
WAN_PATH = "/wan-image-to-video/v1/wan-image-to-video-request-result"


def test_prints_urls_when_all_have_succeeded(account: Account, gateway: DocumentedGateway) -> None:
    """Status 0, and the exact URL of each result."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    gateway.script(REQUEST, O1_QUEUED, O1_DONE)
    account.track(TASK, REQUEST)
    result = account.run("wait", TASK, REQUEST)
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(result.stdout.split()) == [I2V_URL, O1_URL]
    assert {job["status"] for job in account.tracked().values()} == {"succeeded"}


def test_printed_end_is_not_seen(account: Account, gateway: DocumentedGateway) -> None:
    """A script in the background does not mean that the user has looked; it can ask, too."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    account.track(TASK)
    assert account.run("wait", TASK).stdout.split() == [I2V_URL]
    assert [job["unread"] for job in account.tracked().values()] == [True]


def test_without_ids_waits_for_all_unfinished_jobs(
    account: Account, gateway: DocumentedGateway
) -> None:
    """--all is the default."""
    gateway.script(TASK, I2V_DONE)
    gateway.script(NUMBER, I2V_DONE)
    account.track(TASK, NUMBER)
    result = account.run("wait", "--all")
    assert (result.returncode, result.stdout.split()) == (0, [I2V_URL, I2V_URL])


def test_each_endpoint_is_polled_in_its_own_way(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The unified status call and a configured endpoint; costs are known where a price is."""
    gateway.script(UNIFIED, V2_RUNNING, V2_DONE)
    gateway.script(SIBLING, json_reply({"output_url": O1_URL}))
    account.configure(account.config.read_text("utf-8") + SETTINGS)
    assert account.run("add", UNIFIED, SIBLING).returncode == 0
    result = account.run("wait", UNIFIED, SIBLING)
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(result.stdout.split()) == [V2_URL, O1_URL]
    requests = {(request.method, request.path) for request in gateway.requests}
    assert requests == {("GET", f"/v2/requests/status/{UNIFIED}"), ("POST", WAN_PATH)}
    assert all(request.header("Ocp-Apim-Subscription-Key") for request in gateway.requests)
    costs = {job["kind"]: job["cost_usd"] for job in account.tracked().values()}
    assert costs == {"v2": None, "wan": "0.25"}


def test_job_of_a_removed_endpoint_is_a_usage_error(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The message has the reason; without ids, the other jobs are waited for."""
    gateway.script(TASK, I2V_DONE)
    settings = account.config.read_text("utf-8")
    account.configure(settings + SETTINGS)
    account.run("add", TASK, SIBLING)
    account.configure(settings)
    result = account.run("wait", SIBLING)
    message = f"{SIBLING} is not polled: the config has no endpoint 'wan' any more"
    assert (result.returncode, result.stderr) == (2, f"kling-tui: {message}\n")
    assert account.run("wait").stdout == f"{I2V_URL}\n"
    assert message.endswith(account.tracked()[SIBLING]["problem"])
    assert account.run("list", "--kind", "wan").stdout.count(SIBLING) == 1
    assert "problem" not in next(job for job in account.jobs_in_file() if job["id"] == SIBLING)


def test_ended_job_is_printed_but_not_polled(account: Account, gateway: DocumentedGateway) -> None:
    """A named job that has ended is reported again, without a request."""
    gateway.script(TASK, I2V_DONE)
    account.track(TASK)
    account.run("wait")
    requests = len(gateway.requests)
    again = account.run("wait", TASK)
    assert (again.returncode, again.stdout) == (0, f"{I2V_URL}\n")
    nothing = account.run("wait")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "kling-tui: nothing to wait for: all jobs have ended\n"
    assert len(gateway.requests) == requests


def test_failed_job_gives_status_1_after_all_have_ended(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The other jobs are waited for."""
    gateway.script(TASK, I2V_FAILED)
    gateway.script(NUMBER, *[I2V_RUNNING] * 5, I2V_DONE)
    account.track(TASK, NUMBER)
    result = account.run("wait", TASK, NUMBER)
    assert (result.returncode, result.stdout) == (1, f"{I2V_URL}\n")
    message = f"kling-tui: {TASK} failed: Failure to pass the risk control system\n"
    assert result.stderr == message


def test_fail_fast_exits_at_the_first_failure(account: Account, gateway: DocumentedGateway) -> None:
    """The other jobs are not waited for."""
    gateway.script(TASK, I2V_FAILED)
    gateway.script(NUMBER, I2V_RUNNING)
    account.track(TASK, NUMBER)
    assert account.run("wait", "--fail-fast").returncode == 1
    assert account.tracked()[TASK]["status"] == "failed"


def test_any_exits_at_the_first_success(account: Account, gateway: DocumentedGateway) -> None:
    """Failed and running jobs do not matter."""
    gateway.script(TASK, I2V_FAILED)
    gateway.script(NUMBER, *[I2V_RUNNING] * 3, I2V_DONE)
    gateway.script(REQUEST, O1_QUEUED)
    account.track(TASK, NUMBER, REQUEST)
    result = account.run("wait", "--any")
    assert (result.returncode, result.stdout) == (0, f"{I2V_URL}\n")


def test_any_gives_status_1_if_all_fail(account: Account, gateway: DocumentedGateway) -> None:
    """A failure alone does not end it."""
    gateway.script(TASK, I2V_FAILED)
    gateway.script(NUMBER, I2V_RUNNING, I2V_FAILED)
    account.track(TASK, NUMBER)
    assert account.run("wait", "--any").returncode == 1


@pytest.mark.slow
def test_shared_problem_is_printed_once(account: Account, gateway: DocumentedGateway) -> None:
    """An error of all jobs has one line."""
    broken = json_reply({"error": "upstream sighs"}, 503)
    for job_id in (TASK, NUMBER):
        gateway.script(job_id, *[broken] * 3, I2V_DONE)
    account.track(TASK, NUMBER)
    result = account.run("wait")
    assert result.returncode == 0
    assert result.stderr.count("upstream sighs") == 1


@pytest.mark.parametrize("command", ["wait", "watch"])
def test_without_any_key_the_error_says_how_to_set_one(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """By the app, or in the config file."""
    account.environment.pop("PIXAZO_API_KEY")
    account.track(REQUEST)
    result = account.run(command, REQUEST)
    assert (result.returncode, gateway.requests) == (4, [])
    assert f"run kling-tui to enter one, or set gateway.key in {account.config}" in result.stderr


@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_key_names_the_setting_and_its_file(
    account: Account, gateway: DocumentedGateway, status: int
) -> None:
    """Or the variable, or the vendor's file; never the key."""
    gateway.script(REQUEST, json_reply({"error": "no"}, status))
    account.track(REQUEST)
    assert "check $PIXAZO_API_KEY" in account.run("wait", REQUEST).stderr
    account.environment.pop("PIXAZO_API_KEY")
    file = account.home / ".pixazo" / "api-key"
    file.parent.mkdir()
    file.write_text("k3y-of-the-vendor", "utf-8")
    result = account.run("wait", REQUEST)
    assert f"check {file} ({status})" in result.stderr
    text = account.config.read_text("utf-8")
    account.configure(text.replace("[poll]", 'key = "k3y-of-the-file"\n[poll]'))
    result = account.run("wait", REQUEST)
    assert f"check gateway.key in {account.config} ({status})" in result.stderr
    account.configure(text.replace("[poll]", 'key_command = "echo k3y-of-the-file"\n[poll]'))
    result = account.run("wait", REQUEST)
    assert f"check gateway.key_command in {account.config} ({status})" in result.stderr
    assert "k3y" not in result.stderr
