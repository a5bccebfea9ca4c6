"""The app on a real terminal, against a gateway that was written from the documents alone."""

import json
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.support.independent_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_PATH,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_PATH,
    O1_QUEUED,
    O1_RUNNING,
    Answer,
    Asked,
    IndependentGateway,
    answer,
    i2v,
    o1,
)
from tests.support.terminal import PATIENCE, PROGRAM, Account, Terminal

TASK = "CjNQtmctxFMAAAAxxxxxx"
LASTING = "CjI17WevH1IAAAAAAHmgsw"
NUMBER = "842250903629086785"
REQUEST = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
KEY = "s3cr3t-0f-4-k3y"
SUMMARY = "2 jobs: 2 running; $0.00 spent, $1.25 in flight\n"
OPENS = {"a": "Add jobs", "?": " Keys ─", "/": "words in id", "e": "None: the"}
"""What the screen shows once a key was pressed."""
_COLOURS = {*range(30, 50), *range(90, 108)}


@pytest.fixture
def gateway() -> Iterator[IndependentGateway]:
    """Start a gateway with a running job of each kind."""
    with IndependentGateway() as started:
        started.script(TASK, I2V_RUNNING)
        started.script(REQUEST, O1_QUEUED)
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: IndependentGateway) -> Account:
    """Make an account with a key, whose settings lead to the gateway."""
    return account_at(tmp_path, gateway.url)


def account_at(home: Path, url: str) -> Account:
    """Make an account that polls a gateway every tenth of a second."""
    made = Account(home)
    made.environment["PIXAZO_API_KEY"] = KEY
    made.configure(f'[gateway]\nurl = "{url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n')
    return made


@contextmanager
def watching(account: Account, *ids: str, **options: Any) -> Iterator[Terminal]:
    """Open the app on jobs that were tracked just now."""
    account.track(*(ids or (TASK, REQUEST)))
    with account.open(**options) as terminal:
        yield terminal
        assert "Traceback" not in terminal.text


def asked_again(
    terminal: Terminal, gateway: IndependentGateway, job_id: str, times: int = 4
) -> None:
    """Wait until a job has been polled so many times more."""
    known = len(gateway.about(job_id))
    terminal.until(lambda: len(gateway.about(job_id)) >= known + times, f"polls of {job_id}")


def rest(terminal: Terminal) -> None:
    """Leave the app by its key."""
    terminal.press("q")
    assert terminal.wait() == 0


@dataclass
class Story:
    """What was seen of one person's day with a few jobs."""

    gateway: IndependentGateway
    account: Account
    titles: list[str] = field(default_factory=list)
    while_open: dict[str, dict[str, Any]] = field(default_factory=dict)
    afterwards: str = ""
    first_run: list[Asked] = field(default_factory=list)
    table: list[str] = field(default_factory=list)
    table_again: list[str] = field(default_factory=list)
    second_run: list[Asked] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Watch jobs of both kinds to their ends beside one that goes on, leave, and come back."""
    with IndependentGateway() as gateway:
        account = account_at(tmp_path_factory.mktemp("home"), gateway.url)
        story = Story(gateway, account)
        gateway.script(TASK, I2V_RUNNING)
        gateway.script(REQUEST, O1_QUEUED)
        gateway.script(NUMBER, I2V_RUNNING)
        gateway.script(LASTING, I2V_RUNNING)
        with watching(account, TASK, REQUEST, NUMBER, LASTING) as terminal:
            terminal.until_shows("● running", "○ queued", "2nd in queue", "4 jobs")
            story.titles.append(terminal.title)
            gateway.script(TASK, I2V_FAILED)
            gateway.script(NUMBER, I2V_DONE)
            gateway.script(REQUEST, O1_RUNNING)
            terminal.until_shows("✗ failed", "risk control", "✓ done", "5.1 s video")
            terminal.until_hides("○ queued")
            gateway.script(REQUEST, O1_DONE)
            terminal.until_shows(" 5 s video")
            story.titles.append(terminal.title)
            asked_again(terminal, gateway, LASTING)
            terminal.until(lambda: account.tracked()[REQUEST]["status"] == "succeeded")
            story.while_open = account.tracked()
            story.table = job_lines(terminal)
            rest(terminal)
            story.afterwards = terminal.afterwards
        story.first_run = list(gateway.asked)
        gateway.asked.clear()
        with account.open() as terminal:
            terminal.until_shows("✓ done", "✗ failed", "● running")
            asked_again(terminal, gateway, LASTING)
            story.table_again = job_lines(terminal)
            rest(terminal)
        story.second_run = list(gateway.asked)
        yield story


def job_lines(terminal: Terminal) -> list[str]:
    """Return the state, the job and the kind of each line of the table."""
    lines = (re.search(r"[●○✓✗] .*?  (i2v|o1) ", line) for line in terminal.lines)
    return [found[0] for found in lines if found]


def ended(terminal: Terminal) -> int:
    """Count the jobs in the table that have ended."""
    return len([line for line in job_lines(terminal) if line[0] in "✓✗"])


class TestStory:
    """Jobs are watched to their ends, and found as they were on the next day."""

    def test_asks_as_documented(self, story: Story) -> None:
        """Each poll is the documented request: method, path, body and headers."""
        field_of = {I2V_PATH: "task_id", O1_PATH: "request_id"}
        assert {asked.path for asked in story.first_run} == set(field_of)
        for asked in story.first_run:
            assert asked.method == "POST"
            assert json.loads(asked.body) == {field_of[asked.path]: asked.job_id}
            assert asked.path == (O1_PATH if asked.job_id == REQUEST else I2V_PATH)
            assert asked.header("Content-Type") == ["application/json"]
            assert asked.header("Cache-Control") == ["no-cache"]
            assert asked.header(KEY_HEADER) == [KEY]
            assert asked.header("Authorization") == asked.header("Cookie") == []

    def test_keeps_connections(self, story: Story) -> None:
        """Polls share connections: one for each job at most, and one more after the restart."""
        assert story.gateway.connections <= 5

    def test_leaves_finished_jobs_alone(self, story: Story) -> None:
        """The poll that tells of a job's end is its last, also after a restart."""
        ends = {TASK: I2V_FAILED, NUMBER: I2V_DONE, REQUEST: O1_DONE}
        for job_id, end in ends.items():
            told = [asked.answer for asked in story.first_run if asked.job_id == job_id]
            assert told.count(end) == 1
            assert told[-1] == end
        assert {asked.job_id for asked in story.second_run} == {LASTING}

    def test_keeps_what_o1_says(self, story: Story) -> None:
        """``list --json`` has every field of an O1 reply, while the app is still open."""
        job = story.while_open[REQUEST]
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

    def test_keeps_what_i2v_says(self, story: Story) -> None:
        """``list --json`` has every field of an I2V reply, the link to the letter."""
        job = story.while_open[NUMBER]
        assert (job["status"], job["raw_status"], job["cost_usd"]) == (
            "succeeded", "succeed", "0.35",
        )  # fmt: skip
        assert job["created_at"] == "2024-11-13T11:53:14.172Z"
        assert job["updated_at"] == job["ended_at"] == "2024-11-13T11:57:58.648Z"
        (video,) = job["videos"]
        assert video["id"] == "6eefbb94-a633-4fe7-bf37-3a24fc2de32b"
        assert video["url"].endswith("/raw_video_1.mp4?cacheKey=a%2Fb&x=1")
        assert video["duration"] == 5.1

    def test_keeps_why_a_job_failed(self, story: Story) -> None:
        """A failed job has its status and the reason that the gateway gave."""
        job = story.while_open[TASK]
        assert (job["status"], job["raw_status"], job["videos"]) == ("failed", "failed", [])
        assert job["message"] == "Failure to pass the risk control system"

    def test_names_the_terminal(self, story: Story) -> None:
        """The terminal's title counts the jobs."""
        assert story.titles[0].startswith("4 running · 0 failed")
        assert story.titles[1].startswith("1 running · 1 failed")

    def test_leaves_a_line(self, story: Story) -> None:
        """One line of summary stays on the normal screen."""
        words = "4 jobs: 1 running, 2 succeeded, 1 failed; $1.25 spent, $0.35 in flight\n"
        assert story.afterwards == words

    def test_finds_everything_as_it_was(self, story: Story) -> None:
        """After a restart, the table has the same jobs in the same states and order."""
        assert len(story.table) == 4
        assert story.table_again == story.table

    def test_keeps_the_key_to_itself(self, story: Story) -> None:
        """The key is in none of the files, the log among them."""
        files = [file for file in story.account.home.rglob("*") if file.is_file()]
        assert "kling-tui.log" in {file.name for file in files}
        assert not [file for file in files if KEY.encode() in file.read_bytes()]


def test_shows_hostile_words_as_text(account: Account, gateway: IndependentGateway) -> None:
    """Markup and escape sequences in a reply are text, and reach the terminal harmless."""
    hostile = "[/nope][@click=app.quit]x[/] \x1b]0;owned\x07\x1b[2J\u202e"
    gateway.script(TASK, i2v("processing", hostile))
    gateway.script(REQUEST, o1("FAILED", error=hostile))
    with watching(account) as terminal:
        terminal.until_shows("✗ failed", "● running", "[/nope][@click=app.quit]x[/] ]0;owned")
        assert "owned" not in terminal.title
        assert "\u202e" not in terminal.text
        asked_again(terminal, gateway, TASK)
        rest(terminal)


class TestComingAndGoing:
    """Jobs come and go while the app is open."""

    def test_by_other_processes(self, account: Account, gateway: IndependentGateway) -> None:
        """What ``add`` tracks is polled within two seconds; what ``remove`` forgets, no more."""
        gateway.script(NUMBER, I2V_RUNNING)
        with watching(account, TASK) as terminal:
            terminal.until_shows("● running")
            assert account.run("add", NUMBER, "--label", "late").returncode == 0
            added_at = time.monotonic()
            terminal.until_shows("2 jobs", "late")
            terminal.until(lambda: gateway.about(NUMBER), "a poll of the added job")
            assert gateway.about(NUMBER)[0].at - added_at < 2
            assert account.run("remove", TASK).returncode == 0
            terminal.until_shows("1 job,")
            polls = len(gateway.about(TASK))
            asked_again(terminal, gateway, NUMBER)
            assert len(gateway.about(TASK)) <= polls + 1
            rest(terminal)
        assert set(account.tracked()) == {NUMBER}

    def test_by_the_add_dialog(self, account: Account, gateway: IndependentGateway) -> None:
        """What is pasted is shown, tracked on Enter, polled and saved: ids and JSON alike."""
        gateway.script(NUMBER, I2V_RUNNING)
        gateway.script(LASTING, I2V_RUNNING)
        with account.open() as terminal:
            terminal.until_shows("No jobs are tracked yet")
            self.paste(terminal, f"{NUMBER}\r{REQUEST}\r", "2 jobs to track")
            terminal.until_shows("○ queued", "● running")
            self.paste(terminal, f'{{\r "data": {{"task_id": "{LASTING}"}}\r}} ', "1 job to track")
            for each in (NUMBER, REQUEST, LASTING):
                asked_again(terminal, gateway, each, 2)
            rest(terminal)
        assert list(account.tracked()) == [NUMBER, REQUEST, LASTING]

    @staticmethod
    def paste(terminal: Terminal, text: str, verdict: str) -> None:
        """Open the dialog, paste, and track what it finds."""
        terminal.press("a")
        terminal.until_shows("Add jobs", "Nothing found yet")
        terminal.paste(text)
        terminal.until_shows(verdict)
        terminal.press("\r")
        terminal.until_hides("Add jobs")

    def test_by_keys(self, account: Account, gateway: IndependentGateway) -> None:
        """A job that is removed is gone at once, also from the file; undo brings it back."""
        with watching(account) as terminal:
            terminal.until_shows("▌○ queued", "● running")
            self.until_saved(terminal, account)
            before = account.tracked()[REQUEST]
            terminal.press("x")
            terminal.until_shows("1 job,", "u takes that back")
            terminal.until(lambda: [job["id"] for job in account.held()] == [TASK])
            polls = len(gateway.about(REQUEST))
            asked_again(terminal, gateway, TASK)
            assert len(gateway.about(REQUEST)) <= polls + 1
            terminal.press("u")
            terminal.until_shows("2 jobs,")
            asked_again(terminal, gateway, REQUEST)
            rest(terminal)
        assert account.tracked()[REQUEST] | {"checked_at": before["checked_at"]} == before

    def test_keeps_a_damaged_file(self, account: Account) -> None:
        """A job file that breaks while the app is open is shown so, and stays byte for byte."""
        with watching(account) as terminal:
            self.until_saved(terminal, account)
            sound = account.jobs.read_bytes()
            account.jobs.write_bytes(sound + b"[[jobs]\n")
            terminal.until_shows("ot saved", "restore")
            terminal.press("q")
            terminal.until_shows("Press q again")
            assert account.jobs.read_bytes() == sound + b"[[jobs]\n"
            account.jobs.write_bytes(sound)
            rest(terminal)
        assert set(account.tracked()) == {TASK, REQUEST}

    def test_goes_on_with_a_restored_file(self, account: Account) -> None:
        """A job file that another process puts back in place is taken over, with all since."""
        with watching(account) as terminal:
            self.until_saved(terminal, account)
            account.jobs.write_bytes(b"[[jobs]\n")
            terminal.until_shows("ot saved", "restore")
            terminal.press("x")
            assert account.run("restore").returncode == 0
            terminal.until_hides("ot saved")
            rest(terminal)
        assert set(account.tracked()) == {TASK}

    def test_reads_a_large_file_while_open(
        self, account: Account, gateway: IndependentGateway
    ) -> None:
        """A job file that takes long to read is read after the first paint, and nothing is lost."""
        account.track(TASK, *(f"C{number:021}" for number in range(3000)))
        with account.open() as terminal:
            terminal.until_shows("3,001 jobs")
            asked_again(terminal, gateway, TASK, 1)
            rest(terminal)
        assert len(account.tracked()) == 3001

    @staticmethod
    def until_saved(terminal: Terminal, account: Account) -> None:
        """Wait until the file says that each job is running."""
        terminal.until(lambda: [job.get("status") for job in account.held()] == ["running"] * 2)


HTML = {"Content-Type": "text/html"}
OF_A_JOB = {
    TASK: (answer({"error": "Invalid request parameters"}, 400), "does not take this id"),
    NUMBER: (answer({"error": "Endpoint not found"}, 404), "does not know this job"),
    LASTING: (answer({"error": "An unexpected error occurred"}, 500), "is in trouble"),
    REQUEST: (Answer(200, {}, b'{"status": "IN_PR'), "does not say how the job is"),
}
OF_ALL = {
    "401": (answer({"error": f"bad key {KEY}"}, 401), ["refuses the key", "bad key [key]"]),
    "502": (Answer(502, HTML, b"<h1>Bad Gateway</h1>"), ["a proxy answers for the gateway"]),
}
BUSY = answer({"error": "Rate limit exceeded, please retry later"}, 429, Retry_After="1")


class TestFaults:
    """The world's faults are words, and never change a job's status."""

    def test_of_single_jobs(self, account: Account, gateway: IndependentGateway) -> None:
        """A poll that fails is told of beside the job's status; a good answer takes it away."""
        for job_id, (reply, _) in OF_A_JOB.items():
            gateway.script(job_id, O1_RUNNING if job_id == REQUEST else I2V_RUNNING, reply)
        with watching(account, *OF_A_JOB, size=(200, 60)) as terminal:
            terminal.until(lambda: "\n".join(terminal.lines).count("● running !") == 4)
            terminal.until(lambda: all(job.get("problem") for job in account.held()))
            for job in account.held():
                assert OF_A_JOB[job["id"]][1] in job["problem"]
                assert job["status"] == "running"
                gateway.script(job["id"], O1_DONE if job["id"] == REQUEST else I2V_DONE)
            terminal.press("R")
            terminal.until(lambda: ended(terminal) == 4, "four ends")
            terminal.until_hides(" !")
            rest(terminal)
        assert {job["problem"] for job in account.tracked().values()} == {None}

    @pytest.mark.parametrize("fault", OF_ALL)
    def test_of_the_endpoint(
        self, account: Account, gateway: IndependentGateway, fault: str
    ) -> None:
        """A refusal or an outage is told of in words, without the key that it repeats."""
        reply, words = OF_ALL[fault]
        gateway.script(TASK, I2V_RUNNING, reply)
        with watching(account, TASK) as terminal:
            terminal.until_shows("● running !", *words)
            terminal.until(lambda: account.held()[0].get("problem"), "the problem in the file")
            rest(terminal)
        assert account.held()[0]["status"] == "running"
        held = [file.read_bytes() for file in account.home.rglob("*") if file.is_file()]
        assert not [each for each in (terminal.output, *held) if KEY.encode() in each]

    def test_keeps_the_peace(self, account: Account, gateway: IndependentGateway) -> None:
        """After a 429 no job of that endpoint is polled before Retry-After is over."""
        gateway.script(TASK, I2V_RUNNING, BUSY, I2V_DONE)
        gateway.script(LASTING, I2V_RUNNING)
        with watching(account, TASK, LASTING) as terminal:
            terminal.until_shows("rate-limited (429)")
            terminal.until_shows("✓ done")
            rest(terminal)
        asked = [each for each in gateway.asked if each.path == I2V_PATH]
        busy = next(each for each in asked if each.answer.status == 429)
        later = [each.at - busy.at for each in asked if each.at > busy.at + 0.05]
        assert min(later) >= 1

    def test_misses_a_key(self, account: Account, gateway: IndependentGateway) -> None:
        """Without a key, O1 is not asked but says what it needs; I2V is asked without one."""
        del account.environment["PIXAZO_API_KEY"]
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ new !", "needs a key")
            asked_again(terminal, gateway, TASK)
            rest(terminal)
        assert not gateway.about(REQUEST)
        assert not [asked for asked in gateway.asked if asked.header(KEY_HEADER)]
        assert "gateway.key or $PIXAZO_API_KEY" in account.tracked()[REQUEST]["problem"]

    def test_finds_a_key_that_others_can_read(
        self, account: Account, gateway: IndependentGateway
    ) -> None:
        """A config with a key in it that is not private is pointed out, with what to do."""
        del account.environment["PIXAZO_API_KEY"]
        account.configure(f'[gateway]\nurl = "{gateway.url}"\nkey = "{KEY}"\n')
        account.config.chmod(0o644)
        with watching(account) as terminal:
            terminal.until_shows("Others can read the key", "chmod 600")
            rest(terminal)
        account.config.chmod(0o600)
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ queued")
            assert "Others can read" not in terminal.text
            rest(terminal)
        assert KEY not in terminal.text

    def test_finds_nobody(self, tmp_path: Path) -> None:
        """A gateway that cannot be reached is said so, and the app stays open."""
        with socket.create_server(("127.0.0.1", 0)) as closed:
            account = account_at(tmp_path, f"http://127.0.0.1:{closed.getsockname()[1]}")
        with watching(account) as terminal:
            terminal.until_shows("○ new !", "cannot be reached", "unreachable for")
            rest(terminal)
        assert {job["status"] for job in account.tracked().values()} == {"unknown"}


class TestRefusals:
    """What keeps the app from opening gives words on the normal screen."""

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ('[keys]\nfrobnicate = "f"\n', "keys.frobnicate is no key of the app"),
            ('[ui]\ntheme = "nope"\n', "ui.theme is 'nope'; expected one of"),
        ],
    )
    def test_names_the_setting(self, account: Account, settings: str, words: str) -> None:
        """A setting that cannot be used is named, with its file."""
        account.configure(settings)
        with account.open(size=(400, 20)) as terminal:
            assert terminal.wait() == 2
            assert terminal.shows(f"kling-tui: {account.config}: {words}")
            assert "\x1b[?1049h" not in terminal.text

    def test_names_the_job_file(self, account: Account) -> None:
        """A damaged job file is named with the line, and left as it is."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_bytes(b"version = 1\n[[jobs]\n")
        with account.open(size=(400, 20)) as terminal:
            assert terminal.wait() == 2
            assert terminal.shows(str(account.jobs), "not TOML", "line 2")
        assert account.jobs.read_bytes() == b"version = 1\n[[jobs]\n"

    def test_does_not_draw_into_a_file(self, account: Account) -> None:
        """Where standard error is no terminal, the picture would go there: words do instead."""
        redirected = ("/bin/sh", "-c", 'exec "$@" 2>words', "sh", *PROGRAM)
        with Terminal(redirected, account.environment, account.home) as terminal:
            assert terminal.wait() == 2
        assert "standard error" in (account.home / "words").read_text("utf-8")


class TestLeaving:
    """Every way out leaves the terminal and the file in good order."""

    @pytest.mark.parametrize("keys", ["q", "\x03", "a\x03", "/\x03"])
    def test_by_a_key(self, account: Account, keys: str) -> None:
        """q, and ctrl+c wherever one is, leave with status 0 and one line on the normal screen."""
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ queued")
            for key in keys:
                terminal.press(key)
                terminal.until_shows(OPENS.get(key, ""))
            assert terminal.wait() == 0
            assert terminal.afterwards == SUMMARY
            assert terminal.restored

    @pytest.mark.parametrize(
        ("number", "status", "key"),
        [
            (signal.SIGTERM, 143, "a"),
            (signal.SIGHUP, 129, ""),
            (signal.SIGINT, 130, ""),
        ],
    )
    def test_by_a_signal(
        self,
        account: Account,
        gateway: IndependentGateway,
        number: signal.Signals,
        status: int,
        key: str,
    ) -> None:
        """A signal saves what was not saved yet, leaves quickly, and gives the terminal back."""
        with watching(account) as terminal:
            self.learn_something(terminal, gateway)
            terminal.press(key)
            terminal.until_shows(OPENS.get(key, ""))
            terminal.send(number)
            told_at = time.monotonic()
            assert terminal.wait() == status
            assert time.monotonic() - told_at < 3
            assert terminal.restored
            assert terminal.afterwards == ""
        assert account.tracked()[REQUEST]["eta_seconds"] == 7

    def test_before_it_is_open(self, account: Account) -> None:
        """A signal at the first moment gives the terminal back as well."""
        with watching(account) as terminal:
            terminal.until(lambda: "\x1b[?1049h" in terminal.text, "the alternate screen")
            terminal.send(signal.SIGTERM)
            assert terminal.wait() == 143
            assert terminal.restored

    def test_while_another_holds_the_file(self, account: Account) -> None:
        """A job file that is locked for long cannot keep the app from ending."""
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ queued")
            with FileLock(f"{account.jobs}.lock"):
                terminal.press("x")
                terminal.until_shows("u takes that back")
                terminal.send(signal.SIGTERM)
                told_at = time.monotonic()
                assert terminal.wait() == 143
                assert time.monotonic() - told_at < 3
            assert terminal.restored

    @pytest.mark.parametrize("controlling", [True, False], ids=["told", "not told"])
    def test_by_a_window_that_closes(
        self, account: Account, gateway: IndependentGateway, *, controlling: bool
    ) -> None:
        """A terminal that is gone ends the app, be it told so by a signal or not."""
        with watching(account, controlling=controlling) as terminal:
            self.learn_something(terminal, gateway)
            terminal.hang_up()
            closed_at = time.monotonic()
            assert terminal.wait() == 129
            assert time.monotonic() - closed_at < 3
        assert account.tracked()[REQUEST]["eta_seconds"] == 7

    def test_though_nobody_reads(self, account: Account, gateway: IndependentGateway) -> None:
        """A terminal that takes nothing more keeps the app from nothing: polls, saving, ending."""
        with watching(account) as terminal:
            self.leave_unread(terminal, account, gateway)
            terminal.send(signal.SIGTERM)
            assert terminal.process.wait(3) == 143
        assert set(account.tracked()) == {TASK, REQUEST}

    def test_after_nobody_has_read(self, account: Account, gateway: IndependentGateway) -> None:
        """A terminal that reads again shows what is now."""
        with watching(account) as terminal:
            self.leave_unread(terminal, account, gateway)
            terminal.until_shows("✓ done", "5.1 s video", "○ queued")
            rest(terminal)

    @staticmethod
    def leave_unread(terminal: Terminal, account: Account, gateway: IndependentGateway) -> None:
        """Read nothing for longer than frames could be queued; meanwhile a job ends."""

        def wait(holds: Callable[[], bool]) -> None:
            deadline = time.monotonic() + PATIENCE
            while not holds():
                assert time.monotonic() < deadline
                time.sleep(0.02)

        terminal.until_shows("● running", "○ queued")
        terminal.fill()
        for polls in range(len(gateway.asked), len(gateway.asked) + 60):
            terminal.press("s")
            wait(lambda: len(gateway.asked) > polls)  # noqa: B023 - used at once
        gateway.script(TASK, I2V_DONE)
        wait(lambda: "succeeded" in (job.get("status") for job in account.held()))

    def test_for_a_while(self, account: Account, gateway: IndependentGateway) -> None:
        """ctrl+z gives the terminal back until the app is brought to the foreground again."""
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ queued")
            terminal.press("\x1a")
            terminal.until(terminal.stopped, "the stop")
            assert terminal.restored
            terminal.send(signal.SIGCONT)
            asked_again(terminal, gateway, TASK)
            terminal.until_shows("● running", "○ queued")
            rest(terminal)

    def test_by_a_fault_of_our_own(self, account: Account) -> None:
        """A traceback does not show the values of variables, among which the key is."""
        program = account.home / "faulty.py"
        program.write_text(_FAULTY, "utf-8")
        arguments = (sys.executable, str(program))
        with Terminal(arguments, account.environment, account.home) as terminal:
            assert terminal.wait() == 1
            assert terminal.shows("RuntimeError: a fault")
            assert KEY not in terminal.text

    @staticmethod
    def learn_something(terminal: Terminal, gateway: IndependentGateway) -> None:
        """Wait for an answer with no news in it but time, which is not saved at once."""
        terminal.until_shows("● running", "○ queued")
        gateway.script(REQUEST, o1("IN_PROGRESS", queue_position=2, estimated_wait_seconds=7))
        terminal.until_shows("2nd in queue, 7 s left")


_FAULTY = '''\
"""The app, whose connection has a fault of the program's own."""

import os
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from kling_tui.downloads.queue import DownloadOptions
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies


@asynccontextmanager
async def connect():
    key = os.environ["PIXAZO_API_KEY"]
    raise RuntimeError(f"a fault{key[:0]}")
    yield {}


store = Store(Path("jobs.toml"))
options = DownloadOptions(folder=Path("videos"), connect=connect, clock=time.monotonic)
dependencies = AppDependencies(
    store=store,
    connect=connect,
    download_options=options,
    endpoints={},
    now=lambda: datetime.now(UTC),
)
KlingApp(dependencies).run()
raise SystemExit(app.return_code)
'''


class TestScreens:
    """The app on terminals of all sorts."""

    def test_of_any_size(self, account: Account) -> None:
        """Table, dialogs and detail open and close on small and large screens."""
        with watching(account, TASK, size=(40, 10)) as terminal:
            for size in (40, 10), (60, 20), (200, 60):
                terminal.resize(*size)
                terminal.until_shows("● running", "CjNQ", "Progress")
                look_around(terminal, "ae")
                terminal.press("\r")
                terminal.until_hides("Progress")
                terminal.press("\x1b")
                terminal.until_shows("Progress", "● running")
            rest(terminal)

    def test_in_a_storm_of_sizes(self, account: Account, gateway: IndependentGateway) -> None:
        """However often and fast the window changes, the last size is drawn."""
        with watching(account) as terminal:
            terminal.until_shows("● running", "○ queued")
            for step in range(100):
                terminal.resize(1 + step * 37 % 200, 1 + step * 13 % 60)
                terminal.read(0.002)
            terminal.resize(100, 30)
            terminal.until(lambda: terminal.lines[0].endswith("─╮"), "the frame of 100 columns")
            terminal.until_shows("● running", "○ queued")
            asked_again(terminal, gateway, TASK)
            rest(terminal)

    def test_without_colour(self, account: Account) -> None:
        """With NO_COLOR, no colour is sent: nothing but bold, dim, underlined and reversed."""
        with watching(account, NO_COLOR="1") as terminal:
            terminal.until_shows("▌", "● running", "○ queued", "gateway OK")
            look_around(terminal, "a?/e")
            rest(terminal)
        assert not terminal.styles & _COLOURS
        assert terminal.styles

    def test_with_sixteen_colours(self, account: Account) -> None:
        """A plain xterm gets its sixteen colours only."""
        with watching(account, TERM="xterm", COLORTERM="") as terminal:
            terminal.until_shows("▌", "● running", "○ queued", "gateway OK")
            rest(terminal)
        assert terminal.styles & _COLOURS
        assert not terminal.styles & {38, 48}


def look_around(terminal: Terminal, keys: str) -> None:
    """Open what keys open, and close it again."""
    for key in keys:
        terminal.press(key)
        terminal.until_shows(OPENS[key])
        terminal.press("\x1b")
        terminal.until_hides(OPENS[key])


def test_demo(tmp_path: Path) -> None:
    """The demo moves by itself, heeds nothing of the user's, and leaves nothing behind."""
    account = Account(tmp_path / "home")
    account.configure("broken")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with account.open("demo", "--speed", "10", TMPDIR=str(scratch)) as terminal:
        terminal.until_shows("demo gateway", "✓ done", "● running")
        before = ended(terminal)
        terminal.until(lambda: ended(terminal) > before, "another job's end")
        terminal.send(signal.SIGTERM)
        assert terminal.wait() == 143
    assert [file for file in account.home.rglob("*") if file.is_file()] == [account.config]
    assert list(scratch.iterdir()) == []
