"""Of all programs that are open on one job file, one asks the gateway."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kling_tui.polling.leader import LeaderLock
from tests.support.independent_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_QUEUED,
    IndependentGateway,
    answer,
    o1,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import PATIENCE, Account, Terminal

MOVING = (O1_QUEUED, o1("IN_PROGRESS", queue_position=1, estimated_wait_seconds=20))
"""Answers that are news each time."""
WITHIN = 5.0
"""Seconds after which somebody else asks when the asker has gone."""


class TestAsker:
    """The right to ask."""

    def test_one_has_it(self, tmp_path: Path) -> None:
        """It is kept until it is left, and then free for another."""
        one, other = LeaderLock(tmp_path / "jobs.toml"), LeaderLock(tmp_path / "jobs.toml")
        assert (one.try_acquire(), other.try_acquire(), one.try_acquire()) == (True, False, True)
        one.release()
        assert (other.try_acquire(), one.try_acquire()) == (True, False)
        other.release()
        other.release()
        assert one.try_acquire()
        one.release()

    def test_is_of_one_file(self, tmp_path: Path) -> None:
        """Those who are open on another file are not in the way."""
        one, other = LeaderLock(tmp_path / "jobs.toml"), LeaderLock(tmp_path / "more.toml")
        assert (one.try_acquire(), other.try_acquire()) == (True, True)
        one.release()
        other.release()

    def test_outlives_the_removal_of_its_file(self, tmp_path: Path) -> None:
        """Where the lock's file was removed, the first to look makes another."""
        one, other = LeaderLock(tmp_path / "jobs.toml"), LeaderLock(tmp_path / "jobs.toml")
        assert one.try_acquire()
        (tmp_path / "jobs.toml.asking").unlink()
        assert (one.try_acquire(), other.try_acquire()) == (True, False)
        one.release()

    def test_without_locks(self, tmp_path: Path) -> None:
        """Where no lock can be had, everybody asks alone, until there can be one."""
        folder = tmp_path / "later"
        one, other = LeaderLock(folder / "jobs.toml"), LeaderLock(folder / "jobs.toml")
        assert (one.try_acquire(), other.try_acquire()) == (True, True)
        folder.mkdir()
        assert (one.try_acquire(), other.try_acquire()) == (True, False)
        one.release()


@pytest.fixture
def gateway() -> Iterator[IndependentGateway]:
    """Start a gateway with a running job of each kind."""
    with IndependentGateway() as started:
        started.script(TASK, I2V_RUNNING)
        started.script(REQUEST, *[MOVING[number % 2] for number in range(1000)])
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: IndependentGateway) -> Account:
    """Make an account that tracks both jobs and polls every tenth of a second."""
    made = Account(tmp_path)
    poll = "[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n"
    made.configure(f'[gateway]\nurl = "{gateway.url}"\n{poll}')
    made.track(TASK, REQUEST)
    return made


def askers(gateway: IndependentGateway, job_id: str, since: float = 0.0) -> list[str]:
    """Return who asked about a job since a moment: the keys that programs go by here."""
    asked = (each for each in gateway.about(job_id) if each.at >= since)
    return [each.header(KEY_HEADER)[0] for each in asked]


def asked_by(gateway: IndependentGateway, name: str) -> Callable[[], bool]:
    """Return whether a program has asked about both jobs since now."""
    since = time.monotonic()
    return lambda: all(name in askers(gateway, job_id, since) for job_id in (TASK, REQUEST))


@contextmanager
def watcher(account: Account, name: str) -> "Iterator[subprocess.Popen[str]]":
    """Run ``watch`` under a key of its own."""
    account.environment["PIXAZO_API_KEY"] = name
    with account.start("watch", "--json") as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def app(account: Account, name: str) -> Iterator[Terminal]:
    """Run the app under a key of its own."""
    with account.open(PIXAZO_API_KEY=name) as terminal:
        yield terminal


def has_told(running: "subprocess.Popen[str]") -> bool:
    """Whether a watcher has printed anything since this was asked last."""
    assert running.stdout
    handle = running.stdout.fileno()
    return bool(select.select([handle], [], [], 0)[0] and os.read(handle, 1 << 16))


def moved(
    gateway: IndependentGateway, until: Callable[[Callable[[], object]], None], gone: str
) -> str:
    """Wait until another asks than a program that has gone, and return who."""
    since = time.monotonic()
    until(lambda: set(askers(gateway, TASK, since)) - {gone})
    assert time.monotonic() - since < WITHIN
    (name,) = set(askers(gateway, TASK, since)) - {gone}
    return name


def test_two_watchers_and_an_app(account: Account, gateway: IndependentGateway) -> None:
    """Each job is asked about by one of them only; when that one is killed, another takes over."""
    with ExitStack() as stack:
        terminal = stack.enter_context(app(account, "app"))
        terminal.until(asked_by(gateway, "app"), "polls by the app")
        running = {name: stack.enter_context(watcher(account, name)) for name in ("one", "two")}
        untold = list(running.values())
        terminal.until(
            lambda: not untold or (has_told(untold[-1]) and untold.pop() and not untold),
            "news from both watchers",
        )
        assert set(askers(gateway, TASK) + askers(gateway, REQUEST)) == {"app"}

        terminal.process.kill()
        first = moved(gateway, account.until, "app")
        running[first].kill()
        second = moved(gateway, account.until, first)
        assert {first, second} == {"one", "two"}
        gateway.script(TASK, I2V_DONE)
        gateway.script(REQUEST, O1_DONE)
        assert running[second].wait(PATIENCE) == 0


def test_the_app_learns_from_a_watcher(account: Account, gateway: IndependentGateway) -> None:
    """An app that does not ask says so, shows what others learn, and asks when told to."""
    with watcher(account, "watcher"):
        account.until(asked_by(gateway, "watcher"))
        with app(account, "app") as terminal:
            terminal.until_shows("another kling-tui is polling", "● running", "○ queued")
            assert "app" not in askers(gateway, TASK)
            gateway.script(REQUEST, O1_DONE)
            terminal.until_shows("✓ done")
            terminal.press("R")
            terminal.until(lambda: "app" in askers(gateway, TASK), "a poll by the app")
            terminal.press("q")
            assert terminal.wait() == 0
    assert askers(gateway, TASK).count("app") == 1


@pytest.mark.parametrize("key", [" ", "\x1a"], ids=["paused", "suspended"])
def test_an_app_that_rests(account: Account, gateway: IndependentGateway, key: str) -> None:
    """An app that is paused or suspended lets others ask."""
    with app(account, "app") as terminal:
        terminal.until(asked_by(gateway, "app"), "polls by the app")
        with watcher(account, "watcher") as running:
            terminal.until(lambda: has_told(running), "that the watcher is there")
            terminal.press(key)
            moved(gateway, lambda holds: terminal.until(holds), "app")
        terminal.send(signal.SIGCONT)


def test_a_refusal_of_the_asker(account: Account, gateway: IndependentGateway) -> None:
    """Who does not ask looks for itself why the asker fails, and gives up when refused too."""
    gateway.script(TASK, answer({"error": "who are you?"}, 401))
    with app(account, "app") as terminal:
        terminal.until_shows("who are you?")
        ended = account.run("wait", TASK, PIXAZO_API_KEY="waiter")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "who are you?" in ended.stderr
    assert "waiter" in askers(gateway, TASK)
