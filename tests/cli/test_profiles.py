"""Profiles: each job is polled at the gateway of its profile, with the key of its profile."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import I2V_URL, KEY, NUMBER, listed_ids
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    DocumentedGateway,
    json_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account, Terminal

STUDIO_KEY = "4n0th3r-s3cr3t"
REFUSED = json_reply({"error": f"who is {STUDIO_KEY}?"}, 401)


@pytest.fixture
def studio() -> Iterator[DocumentedGateway]:
    """Start the gateway of the second profile."""
    with DocumentedGateway() as started:
        yield started


@pytest.fixture
def account(
    account: Account,
    gateway: DocumentedGateway,  # noqa: ARG001
    studio: DocumentedGateway,
) -> Account:
    """Configure the default gateway and a profile for the second one."""
    profile = f'[profile.studio]\nurl = "{studio.url}"\nkey = "{STUDIO_KEY}"\n'
    account.configure(account.config.read_text("utf-8") + profile)
    account.config.chmod(0o600)
    return account


def keys_sent(gateway: DocumentedGateway) -> set[str]:
    """Return the API keys in all requests to a gateway."""
    return {key for request in gateway.requests for key in request.header(KEY_HEADER)}


def test_each_key_is_sent_only_to_its_own_gateway(
    account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
) -> None:
    """Jobs of two profiles are polled at two gateways."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    studio.script(REQUEST, O1_DONE)
    assert account.run("add", TASK).returncode == 0
    assert account.run("--profile", "studio", "add", REQUEST).returncode == 0
    result = account.run("wait")
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.split()) == 2
    assert {request.job_id for request in gateway.requests} == {TASK}
    assert {request.job_id for request in studio.requests} == {REQUEST}
    assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})
    sent = [str(request.headers) + request.path + repr(request.body) for request in studio.requests]
    assert KEY not in "".join(sent)
    assert {job["id"]: job.get("profile") for job in account.jobs_in_file()} == {
        TASK: None,
        REQUEST: "studio",
    }


@pytest.mark.slow
def test_profile_without_a_key_sends_none(
    account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
) -> None:
    """The keys of the variable and of [gateway] are not used for another profile."""
    studio.script(TASK, I2V_DONE)
    account.configure(
        f'[gateway]\nurl = "{gateway.url}"\nkey = "{KEY}"\n[profile.studio]\nurl = "{studio.url}"\n'
    )
    account.config.chmod(0o600)
    account.run("--profile", "studio", "add", TASK, REQUEST)
    result = account.run("wait", REQUEST)
    assert result.returncode == 4
    assert "studio o1: Kling O1" in result.stderr
    assert "set profile.studio.key" in result.stderr
    assert account.run("wait", TASK).returncode == 0
    assert (keys_sent(studio), gateway.requests) == (set(), [])


def test_rejected_profile_does_not_stop_the_others(
    account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
) -> None:
    """The message names the setting to check; a key that the gateway repeats is hidden."""
    gateway.script(TASK, *[I2V_RUNNING] * 5, I2V_DONE)
    studio.script(NUMBER, REFUSED)
    account.run("add", TASK)
    account.run("--profile", "studio", "add", NUMBER)
    result = account.run("wait")
    assert (result.returncode, result.stdout) == (4, f"{I2V_URL}\n")
    assert "stopped: studio i2v: API key rejected" in result.stderr
    assert f"check profile.studio.key in {account.config} (401): who is [key]?" in result.stderr
    saved = account.jobs.read_text("utf-8")
    assert not any(key in text for key in (KEY, STUDIO_KEY) for text in (saved, result.stderr))


def test_option_and_variable_select_a_profile(account: Account, gateway: DocumentedGateway) -> None:
    """The option wins; without either, commands use all profiles."""
    gateway.script(TASK, I2V_DONE)
    account.run("add", TASK)
    account.run("add", REQUEST, KLING_TUI_PROFILE="studio")
    assert listed_ids(account) == [TASK, REQUEST]
    assert listed_ids(account, "--profile", "studio") == [REQUEST]
    assert listed_ids(account, KLING_TUI_PROFILE="studio") == [REQUEST]
    assert listed_ids(account, "--profile", "default", KLING_TUI_PROFILE="studio") == [TASK]
    assert account.run("--profile", "default", "wait").stdout == f"{I2V_URL}\n"
    costs = json.loads(account.run("cost", "--json").stdout)
    assert {name: sums["jobs"] for name, sums in costs["by_profile"].items()} == {
        "": 1,
        "studio": 1,
    }
    table = account.run("cost").stdout
    assert ("  default  " in table, "  studio   " in table) == (True, True)
    own = json.loads(account.run("--profile", "studio", "cost", "--json").stdout)
    assert (own["jobs"], own["in_flight_usd"]) == (1, "0.90")
    result = account.run("--profile", "studio", "download")
    assert (result.returncode, result.stderr) == (
        0,
        "kling-tui: all results are already downloaded\n",
    )


def test_list_has_a_profile_column_only_if_needed(account: Account) -> None:
    """It appears when a job has another profile than the default one."""
    account.run("add", TASK)
    assert "PROFILE" not in account.run("list").stdout
    account.run("--profile", "studio", "add", REQUEST)
    heading, *rows = account.run("list").stdout.splitlines()
    column = heading.index("PROFILE")
    assert [row[column:].split()[0] for row in rows] == ["default", "studio"]


@pytest.mark.parametrize(
    "command", ["add 1", "list", "watch", "wait", "cost", "doctor", "download"]
)
def test_unknown_profile_is_a_usage_error(account: Account, command: str) -> None:
    """The message lists the profiles."""
    for result in (
        account.run("--profile", "studoi", *command.split()),
        account.run(*command.split(), KLING_TUI_PROFILE="studoi"),
    ):
        assert result.returncode == 2
        message = "there is no profile 'studoi'; expected one of default, studio\n"
        assert result.stderr.endswith(message)


def test_id_can_be_tracked_for_one_profile_only(account: Account) -> None:
    """Adding it for another is an error with advice; for the same one it is not."""
    account.run("add", TASK)
    result = account.run("--profile", "studio", "add", TASK, REQUEST)
    assert (result.returncode, result.stdout) == (2, f"{REQUEST}\n")
    assert result.stderr == (
        f"kling-tui: {TASK} is already tracked for the profile default; to track it for another, "
        f"first run: kling-tui remove {TASK}\n"
    )
    for options in ((), ("--profile", "studio")):
        again = account.run(*options, "add", REQUEST)
        assert (again.returncode, again.stdout) == (0, f"{REQUEST}\n")
    assert [job.get("profile") for job in account.jobs_in_file()] == [None, "studio"]


def test_jobs_of_a_removed_profile_are_listed_but_not_polled(
    account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
) -> None:
    """The list has the reason, and --profile still selects them."""
    gateway.script(TASK, I2V_DONE)
    account.run("--profile", "studio", "add", REQUEST)
    account.configure(account.config.read_text("utf-8").partition("[profile")[0])
    account.run("add", TASK)
    message = "not polled: the config has no profile 'studio' any more"
    assert account.tracked()[REQUEST]["problem"] == message
    assert listed_ids(account, "--profile", "studio") == [REQUEST]
    result = account.run("wait", REQUEST)
    assert (result.returncode, result.stderr) == (2, f"kling-tui: {REQUEST} is {message}\n")
    assert account.run("wait").stdout == f"{I2V_URL}\n"
    assert studio.requests == []


def test_doctor_checks_each_profile(
    account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
) -> None:
    """Or only the selected one."""
    for server in (gateway, studio):
        server.script("", json_reply({"error": "Invalid request parameters"}, 400))
        server.script("None", json_reply({"error": "Invalid request parameters"}, 400))
    result = account.run("doctor")
    assert (result.returncode, result.stderr) == (0, "")
    assert "default: from $PIXAZO_API_KEY" in result.stdout
    assert "studio: from profile.studio.key" in result.stdout
    assert f"studio: {studio.url} answers" in result.stdout
    assert STUDIO_KEY not in result.stdout
    assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})
    requests = len(gateway.requests)
    result = account.run("--profile", "studio", "doctor")
    assert "default: from" not in result.stdout
    assert len(gateway.requests) == requests


def test_doctor_reports_a_readable_profile_key(account: Account, tmp_path: Path) -> None:
    """The advice is the same as for the key of [gateway]."""
    account.config.chmod(0o644)
    assert f"chmod 600 {tmp_path}" in account.run("doctor").stdout


WIDE = (160, 40)


@pytest.mark.pty
class TestApp:
    """The app shows all profiles together."""

    def test_shows_the_profile_of_each_job(
        self, account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
    ) -> None:
        """In a column, in the detail, in the totals, and for the filter."""
        gateway.script(TASK, I2V_DONE)
        studio.script(REQUEST, O1_DONE)
        account.run("add", TASK, "--label", "mine")
        account.run("--profile", "studio", "add", REQUEST, "--label", "theirs")
        with account.open(size=WIDE) as terminal:
            terminal.until_shows("Profile", "$0.35", "default $0.35", "studio $0.90")
            terminal.until(lambda: line_shows(terminal, "mine", "default"))
            terminal.until(lambda: line_shows(terminal, "theirs", "studio"))
            terminal.press("/")
            terminal.until_shows("words, status:failed")
            terminal.press(*"studio", "\r")
            terminal.until_hides("mine")
            terminal.until_shows("theirs", "1 hidden by the filter", "profile    studio")
            terminal.press("\x03")  # q may reach the input, if it arrives soon after Enter
            assert terminal.wait() == 0
        assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})

    def test_rejected_profile_does_not_stop_the_others(
        self, account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
    ) -> None:
        """Banner and footer name the profile; jobs of the other one end."""
        gateway.script(TASK, I2V_RUNNING)
        studio.script(NUMBER, REFUSED)
        account.run("add", TASK)
        account.run("--profile", "studio", "add", NUMBER)
        with account.open(size=WIDE) as terminal:
            terminal.until_shows("studio i2v: API key rejected", "studio i2v API key rejected")
            terminal.until_shows("check profile.studio.key in", "(401): who is [key]?", "1 running")
            gateway.script(TASK, I2V_DONE)
            terminal.until_shows("1 done")
            assert not terminal.shows("default i2v")
            terminal.press("q")
            assert terminal.wait() == 0
        assert STUDIO_KEY not in terminal.text
        assert len(studio.requests) < 5

    def test_add_dialog_uses_the_selected_profile(
        self, account: Account, gateway: DocumentedGateway, studio: DocumentedGateway
    ) -> None:
        """It starts with the profile of the command line; a key selects the next one."""
        for server in (gateway, studio):
            server.script(TASK, I2V_RUNNING)
            server.script(NUMBER, I2V_RUNNING)
        with account.open("--profile", "studio", size=WIDE) as terminal:
            terminal.until_shows("No jobs are tracked yet")
            terminal.press("a")
            terminal.until_shows("Add jobs")
            terminal.paste(TASK)
            terminal.until_shows("1 job to track for studio.")
            terminal.press("\r")
            terminal.until_shows("1 job tracked")
            terminal.press("a")
            terminal.until_shows("Add jobs")
            terminal.paste(NUMBER)
            terminal.press("\x0f")
            terminal.until_shows("1 job to track for default.", "^o Profile")
            terminal.press("\r")
            terminal.until_shows("2 running")
            terminal.press("q")
            assert terminal.wait() == 0
        assert {request.job_id for request in gateway.requests} == {NUMBER}
        assert {request.job_id for request in studio.requests} == {TASK}
        assert [job.get("profile") for job in account.jobs_in_file()] == ["studio", None]


def line_shows(terminal: Terminal, *texts: str) -> bool:
    """Return whether a line of the screen contains all texts."""
    return any(all(text in line for text in texts) for line in terminal.lines)
