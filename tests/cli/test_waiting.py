"""``wait`` and ``watch``: exit statuses, standard output and standard error, by a real gateway."""

import json
import os
import signal
import subprocess

import pytest

from kling_tui.demo import SETTINGS
from tests.support.independent_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    O1_DONE,
    O1_QUEUED,
    V2_DONE,
    V2_RUNNING,
    IndependentGateway,
    answer,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import PATIENCE, PROGRAM, Account

OTHER = "842250903629086785"
URL = "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1"
O1_URL = "https://storage.pixazo.ai/videos/a1b2c3d4.mp4"
UNIFIED = "hailuo-02_019da2c1-3e5f-7a90-8c16-2b7d4f9e0a58"
V2_URL = "https://cdn.pixazo.ai/videos/019da2c4.mp4?sig=a%2Fb"
SIBLING = "wan-5d0c9e7a41b2f368"
WAN_PATH = "/wan-image-to-video/v1/wan-image-to-video-request-result"
BOTH = pytest.mark.parametrize("command", ["wait", "watch"])


def states(lines: str) -> list[str]:
    """Return the states in lines of JSON."""
    return [json.loads(line)["status"] for line in lines.splitlines()]


def saved(account: Account) -> dict[str, str]:
    """Return the states in the job file, as another command reads them."""
    return {job_id: job["status"] for job_id, job in account.tracked().items()}


class TestWait:
    """``wait`` prints the URLs of results, and nothing else, on standard output."""

    def test_succeeds(self, account: Account, gateway: IndependentGateway) -> None:
        """All done is status 0, and each URL is there to the letter once its job has ended."""
        gateway.script(TASK, I2V_RUNNING, I2V_DONE)
        gateway.script(REQUEST, O1_QUEUED, O1_DONE)
        account.track(TASK, REQUEST)
        ended = account.run("wait", TASK, REQUEST)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert sorted(ended.stdout.split()) == [URL, O1_URL]
        assert set(saved(account).values()) == {"succeeded"}

    def test_needs_no_ids(self, account: Account, gateway: IndependentGateway) -> None:
        """Without ids it waits for all that has not ended."""
        gateway.script(TASK, I2V_DONE)
        gateway.script(OTHER, I2V_DONE)
        account.track(TASK, OTHER)
        ended = account.run("wait", "--all")
        assert (ended.returncode, ended.stdout.split()) == (0, [URL, URL])

    def test_of_the_unified_call_and_of_the_config(
        self, account: Account, gateway: IndependentGateway
    ) -> None:
        """Jobs of each endpoint are asked about in its own way, and priced where that is known."""
        gateway.script(UNIFIED, V2_RUNNING, V2_DONE)
        gateway.script(SIBLING, answer({"output_url": O1_URL}))
        account.configure(account.config.read_text("utf-8") + SETTINGS)
        assert account.run("add", UNIFIED, SIBLING).returncode == 0
        ended = account.run("wait", UNIFIED, SIBLING)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert sorted(ended.stdout.split()) == [V2_URL, O1_URL]
        asked = {(each.method, each.path) for each in gateway.asked}
        assert asked == {("GET", f"/v2/requests/status/{UNIFIED}"), ("POST", WAN_PATH)}
        assert all(each.header("Ocp-Apim-Subscription-Key") for each in gateway.asked)
        told = {job["kind"]: job["cost_usd"] for job in account.tracked().values()}
        assert told == {"v2": None, "wan": "0.25"}

    def test_of_an_endpoint_that_is_gone(
        self, account: Account, gateway: IndependentGateway
    ) -> None:
        """It is the reason why nobody would ever ask; without ids, the others are waited for."""
        gateway.script(TASK, I2V_DONE)
        settings = account.config.read_text("utf-8")
        account.configure(settings + SETTINGS)
        account.run("add", TASK, SIBLING)
        account.configure(settings)
        ended = account.run("wait", SIBLING)
        words = f"{SIBLING} is not polled: the config has no endpoint 'wan' any more"
        assert (ended.returncode, ended.stderr) == (2, f"kling-tui: {words}\n")
        assert account.run("wait").stdout == f"{URL}\n"
        assert words.endswith(account.tracked()[SIBLING]["problem"])
        assert account.run("list", "--kind", "wan").stdout.count(SIBLING) == 1
        assert "problem" not in next(job for job in account.jobs_in_file() if job["id"] == SIBLING)

    def test_of_what_has_ended(self, account: Account, gateway: IndependentGateway) -> None:
        """What ended before is told again for those who name it, and asked about no more."""
        gateway.script(TASK, I2V_DONE)
        account.track(TASK)
        account.run("wait")
        asked = len(gateway.asked)
        again = account.run("wait", TASK)
        assert (again.returncode, again.stdout) == (0, f"{URL}\n")
        nothing = account.run("wait")
        assert (nothing.returncode, nothing.stdout) == (0, "")
        assert nothing.stderr == "kling-tui: no tracked job is left to wait for\n"
        assert len(gateway.asked) == asked

    def test_failure_among_several(self, account: Account, gateway: IndependentGateway) -> None:
        """A failed job makes the status 1, but only when the others have ended too."""
        gateway.script(TASK, I2V_FAILED)
        gateway.script(OTHER, *[I2V_RUNNING] * 5, I2V_DONE)
        account.track(TASK, OTHER)
        ended = account.run("wait", TASK, OTHER)
        assert (ended.returncode, ended.stdout) == (1, f"{URL}\n")
        words = f"kling-tui: {TASK} failed: Failure to pass the risk control system\n"
        assert ended.stderr == words

    def test_fail_fast(self, account: Account, gateway: IndependentGateway) -> None:
        """With --fail-fast the first failure is the end, and the others go on."""
        gateway.script(TASK, I2V_FAILED)
        gateway.script(OTHER, I2V_RUNNING)
        account.track(TASK, OTHER)
        assert account.run("wait", "--fail-fast").returncode == 1
        assert saved(account)[TASK] == "failed"

    def test_any(self, account: Account, gateway: IndependentGateway) -> None:
        """With --any one success will do, whatever fails or still runs."""
        gateway.script(TASK, I2V_FAILED)
        gateway.script(OTHER, *[I2V_RUNNING] * 3, I2V_DONE)
        gateway.script(REQUEST, O1_QUEUED)
        account.track(TASK, OTHER, REQUEST)
        ended = account.run("wait", "--any")
        assert (ended.returncode, ended.stdout) == (0, f"{URL}\n")

    def test_any_of_failures(self, account: Account, gateway: IndependentGateway) -> None:
        """With --any it takes all to fail."""
        gateway.script(TASK, I2V_FAILED)
        gateway.script(OTHER, I2V_RUNNING, I2V_FAILED)
        account.track(TASK, OTHER)
        assert account.run("wait", "--any").returncode == 1

    def test_says_what_goes_wrong_once(self, account: Account, gateway: IndependentGateway) -> None:
        """A fault that all jobs share has one line."""
        broken = answer({"error": "upstream sighs"}, 503)
        for job_id in (TASK, OTHER):
            gateway.script(job_id, *[broken] * 3, I2V_DONE)
        account.track(TASK, OTHER)
        ended = account.run("wait")
        assert ended.returncode == 0
        assert ended.stderr.count("upstream sighs") == 1


class TestWatch:
    """``watch`` prints a line for each change."""

    def test_as_json(self, account: Account, gateway: IndependentGateway) -> None:
        """Each change is a whole job on a line; a poll that tells no news has none."""
        gateway.script(TASK, *[I2V_RUNNING] * 3, I2V_DONE)
        account.track(TASK)
        ended = account.run("watch", "--json")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert states(ended.stdout) == ["running", "succeeded"]
        assert json.loads(ended.stdout.splitlines()[-1]) == account.tracked()[TASK]

    def test_in_a_pipe(self, account: Account, gateway: IndependentGateway) -> None:
        """Lines in a pipe are plain, and tell moment, state, id, kind and result."""
        gateway.script(TASK, I2V_RUNNING, I2V_DONE)
        account.track(TASK)
        first, last = account.run("watch").stdout.splitlines()
        assert first.split()[1:5] == ["●", "running", TASK, "i2v"]
        assert last.split()[1:] == ["✓", "done", TASK, "i2v", URL]

    def test_tells_of_faults(self, account: Account, gateway: IndependentGateway) -> None:
        """A poll that fails is a change of its own, and changes no state."""
        gateway.script(TASK, I2V_RUNNING, answer({"error": "sighs"}, 503), I2V_RUNNING, I2V_FAILED)
        account.track(TASK)
        ended = account.run("watch", "--json")
        told = [
            (job["status"], bool(job["problem"]))
            for job in map(json.loads, ended.stdout.splitlines())
        ]
        assert ended.returncode == 1
        assert told == [
            ("running", False),
            ("running", True),
            ("running", False),
            ("failed", False),
        ]

    def test_follows_what_is_added(self, account: Account, gateway: IndependentGateway) -> None:
        """Without ids, jobs that are tracked meanwhile are watched as well."""
        gateway.script(TASK, I2V_RUNNING)
        gateway.script(OTHER, I2V_RUNNING, I2V_DONE)
        account.track(TASK)
        with account.start("watch", "--json") as running:
            assert running.stdout
            assert states(running.stdout.readline()) == ["running"]
            account.run("add", OTHER)
            assert states(running.stdout.readline()) == ["running"]
            gateway.script(TASK, I2V_DONE)
            rest, words = running.communicate(timeout=PATIENCE)
            assert (running.returncode, words) == (0, "")
            assert states(rest) == ["succeeded"] * 2

    def test_on_a_terminal(self, account: Account, gateway: IndependentGateway) -> None:
        """Live jobs have a line that moves, below what has ended, which stays."""
        gateway.script(TASK, I2V_RUNNING)
        gateway.script(REQUEST, O1_QUEUED)
        account.track(TASK, REQUEST)
        with account.open("watch", size=(140, 12)) as terminal:
            terminal.until_shows("● running", "○ queued", "2nd in queue")
            gateway.script(REQUEST, O1_DONE)
            terminal.until_shows("✓ done", O1_URL)
            gateway.script(TASK, I2V_FAILED)
            assert terminal.wait() == 1
            terminal.until_shows("✗ failed", "risk control")
            terminal.until_hides("● running")
            assert {31, 32} <= terminal.sgr_codes

    def test_without_colour(self, account: Account, gateway: IndependentGateway) -> None:
        """$NO_COLOR takes the colours away; there are no more lines than fit."""
        ids = [f"8422509036290867{number:02}" for number in range(12)]
        for each in ids:
            gateway.script(each, I2V_RUNNING)
        account.track(*ids)
        with account.open("watch", size=(60, 8), NO_COLOR="1") as terminal:
            terminal.until_shows("… and 6 more")
            terminal.until(lambda: sum("running" in line for line in terminal.lines) == 6)
            terminal.press("\x03")
            assert terminal.wait() == 130
            assert not terminal.sgr_codes


@BOTH
class TestEnds:
    """How both end, and what they say of it."""

    def test_when_time_runs_out(
        self, account: Account, gateway: IndependentGateway, command: str
    ) -> None:
        """Time that runs out is status 3, and the jobs are said to go on."""
        gateway.script(TASK, I2V_RUNNING)
        account.track(TASK)
        ended = account.run(command, "--timeout", "4", TASK)
        assert ended.returncode == 3
        words = "kling-tui: time ran out; 1 job not ended yet, and tracked as before\n"
        assert ended.stderr == words
        assert saved(account) == {TASK: "running"}

    @pytest.mark.parametrize("status", [401, 402, 403])
    def test_when_refused(
        self, account: Account, gateway: IndependentGateway, command: str, status: int
    ) -> None:
        """A gateway that lets nobody in is status 4, in its own words, without the key."""
        key = account.environment["PIXAZO_API_KEY"]
        gateway.script(TASK, answer({"error": f"not you, {key}"}, status))
        account.track(TASK)
        ended = account.run(command, TASK)
        assert ended.returncode == 4
        assert "not you" in ended.stdout + ended.stderr
        assert key not in ended.stdout + ended.stderr
        assert saved(account) == {TASK: "unknown"}

    def test_when_one_kind_is_refused(
        self, account: Account, gateway: IndependentGateway, command: str
    ) -> None:
        """What can still be learned is waited for before a refusal ends it."""
        gateway.script(REQUEST, answer({"error": "no credit"}, 402))
        gateway.script(TASK, *[I2V_RUNNING] * 5, I2V_DONE)
        account.track(TASK, REQUEST)
        ended = account.run(command)
        assert (ended.returncode, URL in ended.stdout) == (4, True)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["nope"], "not tracked: 'nope'; track first:  kling-tui add ID"),
            (["--timeout", "soon"], "expected seconds from 0 to"),
            (["--timeout", "nan"], "expected seconds from 0 to"),
        ],
    )
    def test_by_bad_usage(
        self, account: Account, command: str, arguments: list[str], words: str
    ) -> None:
        """An id that is not tracked, or no time, is status 2."""
        account.track(TASK)
        ended = account.run(command, *arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr

    def test_where_nobody_can_be_asked(self, account: Account, command: str) -> None:
        """A kind without endpoint is nothing to wait for: named it is an error, else left out."""
        account.track(TASK)
        text = account.jobs.read_text("utf-8").replace('"i2v"', '"v9"')
        account.jobs.write_text(text, "utf-8")
        ended = account.run(command, TASK)
        assert (ended.returncode, "'v9'" in ended.stderr) == (2, True)
        assert account.run(command).returncode == 0

    @pytest.mark.parametrize(
        ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
    )
    def test_by_a_signal(
        self,
        account: Account,
        gateway: IndependentGateway,
        command: str,
        number: signal.Signals,
        status: int,
    ) -> None:
        """A signal ends it in good order, with all that was learned saved."""
        gateway.script(TASK, I2V_RUNNING)
        account.track(TASK)
        with account.start(command, "--timeout", "60") as running:
            account.until(lambda: len(gateway.about(TASK)) >= 2)
            running.send_signal(number)
            _, words = running.communicate(timeout=PATIENCE)
        assert running.returncode == status
        assert words == "kling-tui: 1 job not ended yet, and tracked as before\n"
        assert saved(account) == {TASK: "running"}
        assert account.jobs_in_file()[0]["checked_at"]

    def test_when_nobody_reads(
        self, account: Account, gateway: IndependentGateway, command: str
    ) -> None:
        """It ends soon after its reader has gone, though it has nothing to say."""
        gateway.script(TASK, I2V_RUNNING)
        account.track(TASK)
        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as pipe:
            running = subprocess.Popen(  # noqa: S603 - the program under test
                (*PROGRAM, command), env=account.environment,
                stdout=pipe, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        with running:
            account.until(lambda: len(gateway.about(TASK)) >= 2)
            os.close(reader)
            _, words = running.communicate(timeout=PATIENCE)
        assert (running.returncode, words) == (0, "")
        assert saved(account) == {TASK: "running"}

    def test_where_nothing_can_be_saved(
        self, account: Account, gateway: IndependentGateway, command: str
    ) -> None:
        """Where no lock can be had, it asks alone, and tells what it could not save."""
        gateway.script(TASK, I2V_DONE)
        account.track(TASK)
        for lock in ("jobs.toml.lock", "jobs.toml.asking"):
            (account.jobs.parent / lock).mkdir()
        ended = account.run(command)
        assert (ended.returncode, URL in ended.stdout) == (0, True)
        assert "kling-tui: not saved" in ended.stderr

    def test_keeps_the_screen_out(
        self, account: Account, gateway: IndependentGateway, command: str
    ) -> None:
        """Neither loads the screen's library, and with nothing to wait for no HTTP either."""
        gateway.script(TASK, I2V_DONE)
        account.track(TASK)
        assert not loaded(account, command) & {"textual", "kling_tui.tui.app"}
        assert not loaded(account, command) & {"textual", "rich", "httpx"}


def loaded(account: Account, *command: str) -> set[str]:
    """Return the modules that a command imports."""
    ended = account.run(*command, PYTHONPROFILEIMPORTTIME="1")
    assert ended.returncode == 0
    return {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
