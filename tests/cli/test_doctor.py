"""``doctor`` finds what is wrong, and says what to do."""

import os
import signal
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from kling_tui.demo import SETTINGS, DemoGateway
from kling_tui.sanitize import sanitize_line
from tests.support.independent_gateway import IndependentGateway, answer
from tests.support.jobs import TASK
from tests.support.terminal import Account

EMPTY = answer({"error": "Invalid request parameters"}, 400)


def problems(account: Account, status: int = 2, **environment: str) -> dict[str, str]:
    """Run it, and return what it found wrong: by what it is about, with what to do."""
    ended = account.run("doctor", **environment)
    assert (ended.returncode, ended.stderr) == (status, "")
    assert (account.environment.get("PIXAZO_API_KEY") or "k3y") not in ended.stdout
    wrong, about = {}, ""
    for line in ended.stdout.splitlines():
        assert line.startswith(("✓ ", "✗ ", "    → ")), line
        if line.startswith("✗"):
            about, _, words = line[2:].partition("  ")
            wrong[about] = words.strip()
        elif line.startswith("    →"):
            wrong[about] += line
    assert bool(wrong) == (status == 2)
    assert all("→" in words for words in wrong.values())
    return wrong


def test_all_is_well(account: Account, gateway: IndependentGateway) -> None:
    """A gateway that answers an empty question as documented is in order; nothing is tracked."""
    gateway.script("", EMPTY)
    gateway.script("None", EMPTY)
    account.configure(account.config.read_text("utf-8") + SETTINGS)
    ended = account.run("doctor")
    assert (ended.returncode, ended.stderr) == (0, "")
    for words in (
        "from $PIXAZO_API_KEY",
        "Invalid request parameters",
        "0 jobs",
        "does not exist yet",
    ):
        assert words in ended.stdout
    for kind in ("i2v", "o1", "v2", "wan"):
        assert f"{kind}, request without an id" in ended.stdout
    assert not account.jobs.exists()


@pytest.mark.parametrize("key", ["s3cr3t-0f-4-k3y", ""])
def test_nobody_there(account: Account, key: str) -> None:
    """A gateway that cannot be reached is told of, and the rest is checked all the same."""
    account.environment["PIXAZO_API_KEY"] = key
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\n')
    assert "cannot be reached" in problems(account)["gateway"]


def test_a_gateway_that_never_answers(account: Account) -> None:
    """Silence is waited for no longer than a poll is."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\ntimeout = 0.3\n')
        assert "no answer within 0.3 s" in problems(account)["gateway"]


def test_refused(account: Account, gateway: IndependentGateway) -> None:
    """A key that is not let in is told of without being shown."""
    key = account.environment["PIXAZO_API_KEY"]
    gateway.script("", answer({"error": f"who is {key}?"}, 401))
    gateway.script("None", EMPTY)
    assert "check the key" in problems(account)["gateway"]


@pytest.mark.parametrize(("hours", "words"), [(2, "1 h behind"), (-2, "2 h ahead of")])
def test_clocks_apart(account: Account, hours: int, words: str) -> None:
    """A clock that is wrong is told of, with which way."""
    with DemoGateway(clock=lambda: time.time() + hours * 3_600) as gateway:
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
        assert problems(account)["clock"].startswith(words)


def test_settings(account: Account, gateway: IndependentGateway) -> None:
    """A bad config, one that is missing, an open one with a key, and no key: each is named."""
    account.environment.pop("PIXAZO_API_KEY")
    account.configure(f'[gateway]\nurl = "{gateway.url}"\nkey = "k3y-in-the-file"\n')
    account.config.chmod(0o644)
    wrong = problems(account)
    assert "chmod 600" in wrong["config"]
    assert "k3y-in-the-file" not in str(wrong)
    account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
    assert "set $PIXAZO_API_KEY" in problems(account)["key"]
    for text, words in (("keys]\nremov = 'x'", "mean remove"), ("ui]\ntheme = 'x'", "ui.theme")):
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n[{text}\n')
        assert words in problems(account)["config"]
    gone = str(account.home / "gone.toml")
    assert f"{gone}: does not exist" in problems(account, KLING_TUI_CONFIG=gone)["config"]


def test_job_file(account: Account) -> None:
    """A damaged job file is named with the place, and results that are about to go are told of."""
    account.track(TASK)
    ended = (datetime.now(UTC) - timedelta(days=29)).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = (
        f'status = "succeeded"\nended_at = {ended}\nvideos = [{{ url = "https://cdn.test/1" }}]\n'
    )
    account.jobs.write_text(account.jobs.read_text("utf-8") + result, "utf-8")
    assert f"kling-tui download {TASK}" in problems(account)["results"]
    account.jobs.write_text("version = \n", "utf-8")
    assert "not TOML" in problems(account)["job file"]


def test_on_a_terminal(account: Account, gateway: IndependentGateway) -> None:
    """The terminal is asked what it can, and is left as it was though it does not answer."""
    gateway.script("", EMPTY)
    gateway.script("None", EMPTY)
    with account.open("doctor", size=(100, 40)) as terminal:
        assert terminal.wait() == 0
        terminal.until_shows("100 columns, 40 lines", "true colour", "bell", "videos are shown")
        assert "\x1b[?2026$p" in terminal.text
    with account.open("doctor", size=(30, 40), TERM="dumb", COLORTERM="") as terminal:
        assert terminal.wait() == 2


def test_in_tmux(account: Account) -> None:
    """Inside of tmux it is asked what it does with the clipboard."""
    tmux = account.home / "bin" / "tmux"
    tmux.parent.mkdir()
    tmux.write_text("#!/bin/sh\necho external\n", "utf-8")
    tmux.chmod(0o700)
    path = os.pathsep.join((str(tmux.parent), account.environment["PATH"]))
    with account.open("doctor", size=(100, 40), TMUX="x", PATH=path) as terminal:
        assert terminal.wait() == 2
        terminal.until_shows("set-clipboard on")


def test_can_be_interrupted(account: Account) -> None:
    """While it waits for an answer, an interrupt ends it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\n')
        with account.start("doctor") as running:
            silent.accept()[0].close()
            running.send_signal(signal.SIGINT)
            out, words = running.communicate()
    assert (running.returncode, words) == (130, "")
    assert sanitize_line(out)
