"""Of all processes that are open on one job file, one polls each source of jobs."""

import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_QUEUED,
    DocumentedGateway,
    json_reply,
    o1_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account, Terminal
from tests.support.waiting import TIMEOUT

KEYLESS = "none"
"""Stands for a missing key."""
INTERVAL = 0.1
"""Seconds between two polls of a job."""
CHANGING = (O1_QUEUED, o1_reply("IN_PROGRESS", queue_position=1, estimated_wait_seconds=20))
"""Replies that change the job with each poll."""


@pytest.fixture
def gateway() -> Iterator[DocumentedGateway]:
    """Start a gateway with a running job of each kind."""
    with DocumentedGateway() as started:
        started.script(TASK, I2V_RUNNING)
        started.script(REQUEST, *[CHANGING[number % 2] for number in range(1000)])
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: DocumentedGateway) -> Account:
    """Make an account that tracks both jobs and polls every tenth of a second."""
    made = Account(tmp_path)
    made.configure(config(gateway))
    made.track(TASK, REQUEST)
    return made


def config(gateway: DocumentedGateway, *profiles: str) -> str:
    """Return a config that has the gateway in its own section and in profiles."""
    sections = ["gateway", *(f"profile.{name}" for name in profiles)]
    settings = "".join(f'[{section}]\nurl = "{gateway.url}"\n' for section in sections)
    return f"{settings}[poll]\nfirst = {INTERVAL}\nslowest = {INTERVAL}\njitter = 0\n"


def pollers(gateway: DocumentedGateway, job_id: str, since: float = 0.0) -> list[str]:
    """Return the API keys, which identify processes here, of the polls of a job since a time."""
    requests = (request for request in gateway.requests_for(job_id) if request.received_at >= since)
    return [(request.header(KEY_HEADER) or [KEYLESS])[0] for request in requests]


def polled_by(gateway: DocumentedGateway, name: str) -> Callable[[], bool]:
    """Return a condition: the process has polled both jobs since this call."""
    since = time.monotonic()
    return lambda: all(name in pollers(gateway, job_id, since) for job_id in (TASK, REQUEST))


@contextmanager
def watcher(
    account: Account, name: str, config_file: Path | None = None
) -> "Iterator[subprocess.Popen[str]]":
    """Run ``watch`` with a key that identifies it, and its own config if there is one."""
    if name == KEYLESS:
        account.environment.pop("PIXAZO_API_KEY", None)
    else:
        account.environment["PIXAZO_API_KEY"] = name
    options = ("--config", str(config_file)) if config_file else ()
    with account.start(*options, "watch", "--json") as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def app(account: Account, name: str) -> Iterator[Terminal]:
    """Run the app with a key that identifies it."""
    with account.open(PIXAZO_API_KEY=name) as terminal:
        yield terminal


def has_printed(running: "subprocess.Popen[str]") -> bool:
    """Return whether a process has printed anything since the last call."""
    assert running.stdout
    handle = running.stdout.fileno()
    return bool(select.select([handle], [], [], 0)[0] and os.read(handle, 1 << 16))


def next_leader(
    gateway: DocumentedGateway,
    until: Callable[[Callable[[], object]], None],
    former: str,
    job_id: str = TASK,
) -> str:
    """Wait until another process than the former leader polls a job, and return which."""
    since = time.monotonic()
    until(lambda: set(pollers(gateway, job_id, since)) - {former})
    (name,) = set(pollers(gateway, job_id, since)) - {former}
    return name


@pytest.mark.pty
@pytest.mark.slow
def test_another_process_takes_over_when_the_leader_is_killed(
    account: Account, gateway: DocumentedGateway
) -> None:
    """One of an app and two watchers polls, and all of them show the results."""
    with ExitStack() as stack:
        terminal = stack.enter_context(app(account, "app"))
        terminal.until(polled_by(gateway, "app"), "polls by the app")
        running = {name: stack.enter_context(watcher(account, name)) for name in ("one", "two")}
        silent = list(running.values())
        terminal.until(
            lambda: not silent or (has_printed(silent[-1]) and silent.pop() and not silent),
            "output of both watchers",
        )
        assert set(pollers(gateway, TASK) + pollers(gateway, REQUEST)) == {"app"}

        terminal.process.kill()
        first = next_leader(gateway, account.until, "app")
        running[first].kill()
        second = next_leader(gateway, account.until, first)
        assert {first, second} == {"one", "two"}
        check_polled_in_time(gateway, TASK, REQUEST)
        gateway.script(TASK, I2V_DONE)
        gateway.script(REQUEST, O1_DONE)
        assert running[second].wait(TIMEOUT) == 0


@pytest.mark.pty
@pytest.mark.slow
def test_following_app_shows_the_leaders_results_and_polls_on_request(
    account: Account, gateway: DocumentedGateway
) -> None:
    """It says that another process polls, and that all those polls fail."""
    with watcher(account, "watcher"):
        account.until(polled_by(gateway, "watcher"))
        with app(account, "app") as terminal:
            terminal.until_shows("another kling-tui is polling", "● running", "○ queued")
            for job_id in (TASK, REQUEST):
                gateway.script(job_id, json_reply({"error": "down"}, 500))
            terminal.until_shows("another kling-tui is polling", "all polls fail")
            gateway.script(TASK, I2V_RUNNING)
            terminal.until_shows("all polls of o1 fail")
            assert "app" not in pollers(gateway, TASK)
            gateway.script(REQUEST, O1_DONE)
            terminal.until_shows("✓ done")
            terminal.press("R")
            terminal.until(lambda: "app" in pollers(gateway, TASK), "a poll by the app")
            terminal.press("q")
            assert terminal.wait() == 0
    assert pollers(gateway, TASK).count("app") == 1


@pytest.mark.pty
@pytest.mark.slow
@pytest.mark.parametrize("key", [" ", "\x1a"], ids=["paused", "suspended"])
def test_paused_or_suspended_app_gives_up_leadership(
    account: Account, gateway: DocumentedGateway, key: str
) -> None:
    """A watcher polls instead."""
    with app(account, "app") as terminal:
        terminal.until(polled_by(gateway, "app"), "polls by the app")
        with watcher(account, "watcher") as running:
            terminal.until(lambda: has_printed(running), "output of the watcher")
            terminal.press(key)
            next_leader(gateway, lambda condition: terminal.until(condition), "app")
        terminal.send(signal.SIGCONT)


def check_polled_in_time(gateway: DocumentedGateway, *job_ids: str) -> None:
    """Check that no two successive polls of a job are further apart than is allowed."""
    for job_id in job_ids:
        times = [
            request.received_at
            for request in gateway.requests_for(job_id)
            if request.reply.status == 200
        ]
        gap = max(later - earlier for earlier, later in pairwise([*times, time.monotonic()]))
        assert gap < INTERVAL + 5.0, (job_id, gap)


@pytest.mark.slow
def test_another_process_takes_over_when_the_leader_is_stopped(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The first one goes on as a follower when it is continued."""
    with watcher(account, "one") as leader:
        account.until(polled_by(gateway, "one"))
        with watcher(account, "two") as follower:
            account.until(lambda: has_printed(follower))
            leader.send_signal(signal.SIGSTOP)
            account.until(polled_by(gateway, "two"))
            check_polled_in_time(gateway, TASK, REQUEST)
            continued_at = time.monotonic()
            leader.send_signal(signal.SIGCONT)
            account.until(lambda: pollers(gateway, TASK, continued_at).count("two") > 30)
            assert has_printed(leader)
            # A poll that had begun when it was stopped may be sent now.
            assert pollers(gateway, TASK, continued_at).count("one") <= 1


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux has small pipes")
def test_another_process_takes_over_when_the_leader_is_stuck_on_its_output(
    account: Account, gateway: DocumentedGateway
) -> None:
    """What it prints is not read, so it waits in the middle of printing."""
    with watcher(account, "stuck") as stuck:
        assert stuck.stdout
        fcntl.fcntl(stuck.stdout, fcntl.F_SETPIPE_SZ, select.PIPE_BUF)
        account.until(polled_by(gateway, "stuck"))
        with watcher(account, "two"):
            account.until(polled_by(gateway, "two"))
            check_polled_in_time(gateway, TASK, REQUEST)


@pytest.mark.pty
@pytest.mark.slow
def test_another_process_takes_over_when_the_leaders_key_is_refused(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The first one does not poll again, though its delay has passed."""
    with watcher(account, "one") as leader:
        account.until(polled_by(gateway, "one"))
        with app(account, "app") as terminal, watcher(account, "two") as follower:
            terminal.until(lambda: has_printed(follower), "output of the follower")
            gateway.refused_keys |= {"one", "app"}
            terminal.until(polled_by(gateway, "two"), "polls by the follower")
            assert leader.wait(TIMEOUT) == 4
            check_polled_in_time(gateway, TASK, REQUEST)
            since = time.monotonic()
            terminal.until(lambda: pollers(gateway, TASK, since).count("two") > 30, "polls")
            assert set(pollers(gateway, TASK, since)) == {"two"}


def track_studio_job(
    account: Account, gateway: DocumentedGateway, folder: Path
) -> tuple[str, Path]:
    """Track one more job, of a profile; return its id, and a config that has the profile."""
    job_id = "842250903629086785"
    gateway.script(job_id, I2V_RUNNING)
    account.track(TASK, REQUEST, job_id)
    text = account.jobs.read_text("utf-8")
    account.jobs.write_text(f'{text}profile = "studio"\n', "utf-8")
    path = folder / "other.toml"
    profile = '[profile.studio]\nkey = "studio"'
    path.write_text(config(gateway, "studio").replace("[profile.studio]", profile), "utf-8")
    return job_id, path


@pytest.mark.slow
def test_every_job_is_polled_in_time_through_a_freeze_and_a_kill(
    account: Account, gateway: DocumentedGateway, tmp_path: Path
) -> None:
    """Of five processes with two configs, one of them without a key.

    The one that polls is frozen for a while, and its successor is killed.
    """
    studio_job, other_config = track_studio_job(account, gateway, tmp_path)
    with ExitStack() as stack:
        running = {"one": stack.enter_context(watcher(account, "one"))}
        account.until(polled_by(gateway, "one"))
        for name, path in (("two", None), ("three", other_config), ("four", other_config)):
            running[name] = stack.enter_context(watcher(account, name, path))
        keyless = stack.enter_context(watcher(account, KEYLESS))
        for process in (*running.values(), keyless):
            account.until(partial(has_printed, process))
        account.until(lambda: pollers(gateway, studio_job))
        assert set(pollers(gateway, TASK) + pollers(gateway, REQUEST)) == {"one"}

        running["one"].send_signal(signal.SIGSTOP)
        second = next_leader(gateway, account.until, "one", REQUEST)
        account.until(lambda: set(pollers(gateway, TASK)) > {"one"})
        running["one"].send_signal(signal.SIGCONT)
        account.until(partial(has_printed, running["one"]))
        running[second].kill()
        next_leader(gateway, account.until, second, REQUEST)
        check_polled_in_time(gateway, TASK, REQUEST, studio_job)
        assert KEYLESS not in pollers(gateway, REQUEST)
        assert set(pollers(gateway, studio_job)) == {"studio"}


@pytest.mark.slow
def test_processes_with_different_configs_poll_what_each_can(
    account: Account, gateway: DocumentedGateway, tmp_path: Path
) -> None:
    """One has no key, one has another profile, one is frozen: every job is polled in time."""
    studio_job, other_config = track_studio_job(account, gateway, tmp_path)
    with ExitStack() as stack:
        stack.enter_context(watcher(account, KEYLESS))
        account.until(lambda: KEYLESS in pollers(gateway, TASK))
        keyed = stack.enter_context(watcher(account, "keyed"))
        account.until(lambda: "keyed" in pollers(gateway, REQUEST))
        stack.enter_context(watcher(account, "other", other_config))
        account.until(lambda: "studio" in pollers(gateway, studio_job))
        assert set(pollers(gateway, TASK)) == {KEYLESS}
        assert set(pollers(gateway, REQUEST)) == {"keyed"}
        keyed.send_signal(signal.SIGSTOP)
        account.until(lambda: "other" in pollers(gateway, REQUEST))
        check_polled_in_time(gateway, TASK, REQUEST, studio_job)
        assert set(pollers(gateway, studio_job)) == {"studio"}


@pytest.mark.pty
@pytest.mark.slow
def test_follower_checks_a_refused_key_with_its_own(
    account: Account, gateway: DocumentedGateway
) -> None:
    """It ends with the exit status for a refused key only after its own poll was refused."""
    gateway.script(TASK, json_reply({"error": "who are you?"}, 401))
    with app(account, "app") as terminal:
        terminal.until_shows("who are you?")
        ended = account.run("wait", TASK, PIXAZO_API_KEY="waiter")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "who are you?" in ended.stderr
    assert "waiter" in pollers(gateway, TASK)
