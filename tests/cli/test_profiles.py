"""Profiles: each job is asked about at its own gateway with its own key, and nowhere else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.independent_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    IndependentGateway,
    answer,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account, Terminal

KEY, STUDIO_KEY = "s3cr3t-0f-4-k3y", "4n0th3r-s3cr3t"
OTHER = "842250903629086785"
URL = "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1"
REFUSED = answer({"error": f"who is {STUDIO_KEY}?"}, 401)


@pytest.fixture
def studio() -> Iterator[IndependentGateway]:
    """Start another gateway."""
    with IndependentGateway() as started:
        yield started


@pytest.fixture
def account(account: Account, studio: IndependentGateway) -> Account:
    """Give the account a profile at that gateway."""
    profile = f'[profile.studio]\nurl = "{studio.url}"\nkey = "{STUDIO_KEY}"\n'
    account.configure(account.config.read_text("utf-8") + profile)
    account.config.chmod(0o600)
    return account


def keys_sent(gateway: IndependentGateway) -> set[str]:
    """Return the keys that a gateway was ever shown."""
    return {key for asked in gateway.asked for key in asked.header(KEY_HEADER)}


def listed(account: Account, *options: str, **environment: str) -> list[str]:
    """Return the ids that ``list`` finds."""
    ended = account.run(*options, "list", "--json", **environment)
    return [job["id"] for job in json.loads(ended.stdout)]


def test_each_key_goes_to_its_own_gateway_alone(
    account: Account, gateway: IndependentGateway, studio: IndependentGateway
) -> None:
    """What two profiles track is asked about at two gateways, each with the key of its own."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    studio.script(REQUEST, O1_DONE)
    assert account.run("add", TASK).returncode == 0
    assert account.run("--profile", "studio", "add", REQUEST).returncode == 0
    ended = account.run("wait")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.split()) == 2
    assert {each.job_id for each in gateway.asked} == {TASK}
    assert {each.job_id for each in studio.asked} == {REQUEST}
    assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})
    sent = [str(each.headers) + each.path + repr(each.body) for each in studio.asked]
    assert KEY not in "".join(sent)
    assert {job["id"]: job.get("profile") for job in account.held()} == {
        TASK: None,
        REQUEST: "studio",
    }


def test_without_a_key_of_its_own_none_is_sent(
    account: Account, gateway: IndependentGateway, studio: IndependentGateway
) -> None:
    """Neither the variable nor [gateway] lends its key to another profile."""
    studio.script(TASK, I2V_DONE)
    account.configure(
        f'[gateway]\nurl = "{gateway.url}"\nkey = "{KEY}"\n[profile.studio]\nurl = "{studio.url}"\n'
    )
    account.config.chmod(0o600)
    account.run("--profile", "studio", "add", TASK, REQUEST)
    ended = account.run("wait", REQUEST)
    assert ended.returncode == 4
    assert "studio o1: Kling O1" in ended.stderr
    assert "set profile.studio.key" in ended.stderr
    assert account.run("wait", TASK).returncode == 0
    assert (keys_sent(studio), gateway.asked) == (set(), [])


def test_one_that_is_refused_stops_no_other(
    account: Account, gateway: IndependentGateway, studio: IndependentGateway
) -> None:
    """It is named with the setting to check; its key is hidden wherever it is said back."""
    gateway.script(TASK, *[I2V_RUNNING] * 5, I2V_DONE)
    studio.script(OTHER, REFUSED)
    account.run("add", TASK)
    account.run("--profile", "studio", "add", OTHER)
    ended = account.run("wait")
    assert (ended.returncode, ended.stdout) == (4, f"{URL}\n")
    assert "refused; studio i2v: the gateway refuses the key" in ended.stderr
    assert "check profile.studio.key (401): who is [key]?" in ended.stderr
    held = account.jobs.read_text("utf-8")
    assert not any(key in text for key in (KEY, STUDIO_KEY) for text in (held, ended.stderr))


def test_choose_what_commands_mean(account: Account, gateway: IndependentGateway) -> None:
    """The option wins over the variable; without either, all profiles are meant."""
    gateway.script(TASK, I2V_DONE)
    account.run("add", TASK)
    account.run("add", REQUEST, KLING_TUI_PROFILE="studio")
    assert listed(account) == [TASK, REQUEST]
    assert listed(account, "--profile", "studio") == [REQUEST]
    assert listed(account, KLING_TUI_PROFILE="studio") == [REQUEST]
    assert listed(account, "--profile", "default", KLING_TUI_PROFILE="studio") == [TASK]
    assert account.run("--profile", "default", "wait").stdout == f"{URL}\n"
    costs = json.loads(account.run("cost", "--json").stdout)
    assert {name: sums["jobs"] for name, sums in costs["by_profile"].items()} == {
        "": 1,
        "studio": 1,
    }
    told = account.run("cost").stdout
    assert ("  default  " in told, "  studio   " in told) == (True, True)
    own = json.loads(account.run("--profile", "studio", "cost", "--json").stdout)
    assert (own["jobs"], own["in_flight_usd"]) == (1, "0.90")
    ended = account.run("--profile", "studio", "download")
    assert (ended.returncode, ended.stderr) == (0, "kling-tui: every result is here\n")


def test_are_told_in_lists(account: Account) -> None:
    """The list has a column for them only where a job has one."""
    account.run("add", TASK)
    assert "PROFILE" not in account.run("list").stdout
    account.run("--profile", "studio", "add", REQUEST)
    head, *rows = account.run("list").stdout.splitlines()
    place = head.index("PROFILE")
    assert [row[place:].split()[0] for row in rows] == ["default", "studio"]


@pytest.mark.parametrize(
    "command", ["add 1", "list", "watch", "wait", "cost", "doctor", "download"]
)
def test_one_that_there_is_not(account: Account, command: str) -> None:
    """A wrong name is bad usage, and the names that there are are told."""
    for ended in (
        account.run("--profile", "studoi", *command.split()),
        account.run(*command.split(), KLING_TUI_PROFILE="studoi"),
    ):
        assert ended.returncode == 2
        words = "there is no profile 'studoi'; expected one of default, studio\n"
        assert ended.stderr.endswith(words)


def test_an_id_is_tracked_for_one_profile(account: Account) -> None:
    """To add it for another is an error that says what to do; for the same one it is none."""
    account.run("add", TASK)
    ended = account.run("--profile", "studio", "add", TASK, REQUEST)
    assert (ended.returncode, ended.stdout) == (2, f"{REQUEST}\n")
    assert ended.stderr == (
        f"kling-tui: {TASK} is already tracked, for the profile default; to track it for another, "
        f"first:  kling-tui remove {TASK}\n"
    )
    for options in ((), ("--profile", "studio")):
        again = account.run(*options, "add", REQUEST)
        assert (again.returncode, again.stdout) == (0, f"{REQUEST}\n")
    assert [job.get("profile") for job in account.held()] == [None, "studio"]


def test_one_that_is_gone(
    account: Account, gateway: IndependentGateway, studio: IndependentGateway
) -> None:
    """Its jobs are listed with the reason, and can be found by its name; nobody asks about them."""
    gateway.script(TASK, I2V_DONE)
    account.run("--profile", "studio", "add", REQUEST)
    account.configure(account.config.read_text("utf-8").partition("[profile")[0])
    account.run("add", TASK)
    words = "not polled: the config has no profile 'studio' any more"
    assert account.tracked()[REQUEST]["problem"] == words
    assert listed(account, "--profile", "studio") == [REQUEST]
    ended = account.run("wait", REQUEST)
    assert (ended.returncode, ended.stderr) == (2, f"kling-tui: {REQUEST} is {words}\n")
    assert account.run("wait").stdout == f"{URL}\n"
    assert studio.asked == []


def test_doctor_looks_at_each(
    account: Account, gateway: IndependentGateway, studio: IndependentGateway
) -> None:
    """Keys and gateways of all profiles are checked, or of the one that is asked for."""
    for each in (gateway, studio):
        each.script("", answer({"error": "Invalid request parameters"}, 400))
        each.script("None", answer({"error": "Invalid request parameters"}, 400))
    ended = account.run("doctor")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "default: from $PIXAZO_API_KEY" in ended.stdout
    assert "studio: from profile.studio.key" in ended.stdout
    assert f"studio: {studio.url} answers" in ended.stdout
    assert STUDIO_KEY not in ended.stdout
    assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})
    before = len(gateway.asked)
    ended = account.run("--profile", "studio", "doctor")
    assert "default: from" not in ended.stdout
    assert len(gateway.asked) == before


def test_a_key_in_an_open_file(account: Account, tmp_path: Path) -> None:
    """That of a profile deserves the same hint."""
    account.config.chmod(0o644)
    assert f"chmod 600 {tmp_path}" in account.run("doctor").stdout


WIDE = (160, 40)


class TestApp:
    """All profiles together on one screen."""

    def test_shows_each_jobs_profile(
        self, account: Account, gateway: IndependentGateway, studio: IndependentGateway
    ) -> None:
        """There is a column, a line in the detail, a sum for each, and the filter finds a name."""
        gateway.script(TASK, I2V_DONE)
        studio.script(REQUEST, O1_DONE)
        account.run("add", TASK, "--label", "mine")
        account.run("--profile", "studio", "add", REQUEST, "--label", "theirs")
        with account.open(size=WIDE) as terminal:
            terminal.until_shows("Profile", "$0.35", "default $0.35", "studio $0.90")
            terminal.until(lambda: told(terminal, "mine", "default"))
            terminal.until(lambda: told(terminal, "theirs", "studio"))
            terminal.press("/")
            terminal.until_shows("words in id")
            terminal.press(*"studio", "\r")
            terminal.until_hides("mine")
            terminal.until_shows("theirs", "1 hidden by the filter", "profile    studio")
            terminal.press("q")
            assert terminal.wait() == 0
        assert (keys_sent(gateway), keys_sent(studio)) == ({KEY}, {STUDIO_KEY})

    def test_goes_on_with_the_others_where_one_is_refused(
        self, account: Account, gateway: IndependentGateway, studio: IndependentGateway
    ) -> None:
        """Banner and footer name whose key it is; jobs of the other end meanwhile."""
        gateway.script(TASK, I2V_RUNNING)
        studio.script(OTHER, REFUSED)
        account.run("add", TASK)
        account.run("--profile", "studio", "add", OTHER)
        with account.open(size=WIDE) as terminal:
            terminal.until_shows(
                "studio i2v: the gateway refuses the key", "studio i2v API key rejected"
            )
            terminal.until_shows("check profile.studio.key (401): who is [key]?", "1 running")
            gateway.script(TASK, I2V_DONE)
            terminal.until_shows("1 done")
            assert not terminal.shows("default i2v")
            terminal.press("q")
            assert terminal.wait() == 0
        assert STUDIO_KEY not in terminal.text
        assert len(studio.asked) < 5

    def test_tracks_for_the_profile_that_is_chosen(
        self, account: Account, gateway: IndependentGateway, studio: IndependentGateway
    ) -> None:
        """The dialog begins with the one of the command line, and goes on to the next by a key."""
        for each in (gateway, studio):
            each.script(TASK, I2V_RUNNING)
            each.script(OTHER, I2V_RUNNING)
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
            terminal.paste(OTHER)
            terminal.press("\x0f")
            terminal.until_shows("1 job to track for default.", "^o Profile")
            terminal.press("\r")
            terminal.until_shows("2 running")
            terminal.press("q")
            assert terminal.wait() == 0
        assert {each.job_id for each in gateway.asked} == {OTHER}
        assert {each.job_id for each in studio.asked} == {TASK}
        assert [job.get("profile") for job in account.held()] == ["studio", None]


def told(terminal: Terminal, *words: str) -> bool:
    """Whether some words stand in one line of the screen."""
    return any(all(each in line for each in words) for line in terminal.lines)
