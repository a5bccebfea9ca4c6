"""``doctor``: reports each problem, and what to do about it."""

import os
import signal
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from kling_tui.cli.doctor.environment import (
    TESTED_TEXTUAL,
    check_environment,
    output_result,
)
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.demo import SETTINGS, DemoGateway
from kling_tui.sanitize import sanitize_line
from tests.support.documented_gateway import DocumentedGateway, json_reply
from tests.support.jobs import TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

MISSING_ID = json_reply({"error": "Invalid request parameters"}, 400)


pytestmark = pytest.mark.usefixtures("gateway")


def problems(account: Account, status: int = 2, **environment: str) -> dict[str, str]:
    """Run the command; return the message and advice of each problem by its topic."""
    result = account.run("doctor", **environment)
    assert (result.returncode, result.stderr) == (status, "")
    assert (account.environment.get("PIXAZO_API_KEY") or "k3y") not in result.stdout
    found, topic = {}, ""
    for line in result.stdout.splitlines():
        assert line.startswith(("✓ ", "✗ ", "– ", "    → ")), line
        if line.startswith("✗"):
            topic, _, message = line[2:].partition("  ")
            found[topic] = message.strip()
        elif line.startswith("    →"):
            found[topic] += line
    assert bool(found) == (status == 2)
    assert all("→" in problem for problem in found.values())
    return found


def test_no_problem(account: Account, gateway: DocumentedGateway) -> None:
    """A gateway that rejects a request without an id is OK; nothing is written."""
    gateway.script("", MISSING_ID)
    gateway.script("None", MISSING_ID)
    account.configure(account.config.read_text("utf-8") + SETTINGS)
    result = account.run("doctor")
    assert (result.returncode, result.stderr) == (0, "")
    for text in (
        "from $PIXAZO_API_KEY",
        "Invalid request parameters",
        "(expected)",
        "0 jobs",
        "does not exist yet",
        "all downloaded",
        "OK; no other kling-tui is polling",
    ):
        assert text in result.stdout
    for library in ("httpx", "httpcore", "pydantic-core"):
        assert f"{library} " in result.stdout
    for kind in ("i2v", "o1", "v2", "wan"):
        assert f"{kind}, request without an id" in result.stdout
    assert not account.jobs.exists()


def test_marks_of_results() -> None:
    """An optional part that is absent is no problem."""
    assert CheckResult("topic", "message").mark == "✓"
    assert CheckResult("topic", "message", "advice").mark == "✗"
    absent = CheckResult("topic", "message", absent=True)
    assert (absent.mark, absent.ok) == ("–", True)


def test_stock_output_is_reported(account: Account, gateway: DocumentedGateway) -> None:
    """Chosen by the config, or because Textual differs, which names the parts and is no problem."""
    gateway.script("", MISSING_ID)
    gateway.script("None", MISSING_ID)
    assert "output         only changed cells are sent" in account.run("doctor").stdout
    account.configure(account.config.read_text("utf-8") + '[ui]\noutput = "stock"\n')
    assert 'Textual\'s own, because ui.output is "stock"' in account.run("doctor").stdout
    result = output_result(["App._display", "Strip.render_ansi"])
    assert (result.mark, result.ok) == ("–", True)
    assert "differs in App._display, Strip.render_ansi" in result.message
    assert f"install textual {TESTED_TEXTUAL}" in result.message


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"TERM": "xterm-kitty"}, "kitty, TERM=xterm-kitty, "),
        ({"TERM": "screen", "STY": "1"}, " in screen, TERM=screen, "),
        ({"TERM": "dumb", "NO_COLOR": "1"}, "terminal not recognised, TERM=dumb, NO_COLOR=1, "),
        ({"TERM": "tmux", "TMUX": "x", "PATH": ""}, " in tmux, which does not respond, "),
    ],
)
def test_terminal_of_the_environment(environ: dict[str, str], shown: str) -> None:
    """Its name, the multiplexer, and the variables that decide about colours."""
    result, _ = check_environment(environ, stock_output=True)
    assert shown in f"{result.message}, "


@pytest.mark.parametrize("key", ["s3cr3t-0f-4-k3y", ""])
def test_unreachable_gateway(account: Account, key: str) -> None:
    """It is reported, and the other checks still run."""
    account.environment["PIXAZO_API_KEY"] = key
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\n')
    assert "gateway unreachable" in problems(account)["gateway"]


def test_gateway_that_never_answers(account: Account) -> None:
    """The check takes no longer than gateway.timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\ntimeout = 0.3\n')
        assert "no answer within 0.3 s" in problems(account)["gateway"]


def test_rejected_key(account: Account, gateway: DocumentedGateway) -> None:
    """The problem is reported without the key."""
    key = account.environment["PIXAZO_API_KEY"]
    gateway.script("", json_reply({"error": f"who is {key}?"}, 401))
    gateway.script("None", MISSING_ID)
    assert "check the key" in problems(account)["gateway"]


@pytest.mark.parametrize(("hours", "message"), [(2, "1 h behind"), (-2, "2 h ahead of")])
def test_wrong_clock(account: Account, hours: int, message: str) -> None:
    """The difference to the gateway's clock is reported."""
    with DemoGateway(clock=lambda: time.time() + hours * 3_600) as gateway:
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
        assert problems(account)["clock"].startswith(message)


def test_config_and_key(account: Account, gateway: DocumentedGateway) -> None:
    """Permissions, invalid settings, a missing file and a missing key are reported."""
    account.environment.pop("PIXAZO_API_KEY")
    account.configure(f'[gateway]\nurl = "{gateway.url}"\nkey = "k3y-in-the-file"\n')
    account.config.chmod(0o644)
    found = problems(account)
    assert "chmod 600" in found["config"]
    assert "k3y-in-the-file" not in str(found)
    account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
    assert "set $PIXAZO_API_KEY" in problems(account)["key"]
    for text, message in (("keys]\nremov = 'x'", "mean remove"), ("ui]\ntheme = 'x'", "ui.theme")):
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n[{text}\n')
        assert message in problems(account)["config"]
    missing = str(account.home / "missing.toml")
    assert f"{missing}: does not exist" in problems(account, KLING_TUI_CONFIG=missing)["config"]


def test_key_file_of_the_vendor(account: Account) -> None:
    """Doctor says that the key is from it, that others can read it, or why it cannot be read."""
    account.environment.pop("PIXAZO_API_KEY")
    file = account.home / ".pixazo" / "api-key"
    file.parent.mkdir()
    file.write_text("k3y-of-the-vendor\n", "utf-8")
    file.chmod(0o600)
    assert f"from {file} (not shown)" in account.run("doctor").stdout
    file.chmod(0o644)
    assert f"chmod 600 {file}" in problems(account)["key"]
    file.unlink()
    file.mkdir()
    assert f"{file} cannot be read: Is a directory" in problems(account)["key"]


def track_result(account: Account, age: timedelta) -> None:
    """Track a job with a result that has not been downloaded."""
    account.track(TASK)
    ended = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = (
        f'status = "succeeded"\nended_at = {ended}\nvideos = [{{ url = "https://cdn.test/1" }}]\n'
    )
    account.jobs.write_text(account.jobs.read_text("utf-8") + fields, "utf-8")


def test_job_file(account: Account) -> None:
    """Results that expire soon, and the position of an error in a corrupt file are reported."""
    track_result(account, timedelta(days=29))
    assert f"kling-tui download {TASK}" in problems(account)["results"]
    account.jobs.write_text("version = \n", "utf-8")
    assert "not TOML" in problems(account)["job file"]


def test_expired_result_is_no_problem(account: Account) -> None:
    """It can no longer be downloaded."""
    track_result(account, timedelta(days=31))
    assert "1 result expired after 30 days" in account.run("doctor").stdout
    assert problems(account, status=0) == {}


@pytest.mark.pty
@pytest.mark.slow
def test_on_a_terminal(account: Account, gateway: DocumentedGateway) -> None:
    """Its features are queried; it is restored even if it does not reply."""
    gateway.script("", MISSING_ID)
    gateway.script("None", MISSING_ID)
    with account.open("doctor", size=(100, 40)) as terminal:
        assert terminal.wait() == 0
        terminal.until_shows("100 columns, 40 lines", "true colour", "bell", "videos are shown")
        assert "\x1b[?2026$p" in terminal.text
    with account.open("doctor", size=(30, 40), TERM="dumb", COLORTERM="") as terminal:
        assert terminal.wait() == 2


@pytest.mark.pty
@pytest.mark.slow
def test_in_tmux(account: Account) -> None:
    """The version of tmux decides how the clipboard can be used."""
    tmux = account.home / "bin" / "tmux"
    tmux.parent.mkdir()
    tmux.write_text("#!/bin/sh\necho external\n", "utf-8")
    tmux.chmod(0o700)
    path = os.pathsep.join((str(tmux.parent), account.environment["PATH"]))
    with account.open("doctor", size=(100, 40), TMUX="x", PATH=path) as terminal:
        assert terminal.wait() == 2
        terminal.until_shows("set-clipboard on")


def test_interrupt_ends_it_with_status_130(account: Account) -> None:
    """Even while it waits for the gateway."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        account.configure(f'[gateway]\nurl = "http://127.0.0.1:{port}"\n')
        with account.start("doctor") as process:
            silent.accept()[0].close()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (130, "")
    assert sanitize_line(output)
