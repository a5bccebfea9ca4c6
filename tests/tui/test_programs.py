"""Programs are run with a job as input, or to open a URL; real small programs are used."""

import asyncio
import json
import os
import shlex
import sys
from functools import partial
from pathlib import Path

import pytest

from kling_tui.formatting.output import job_as_json
from kling_tui.tui.programs import (
    NotifyCommand,
    ProgramError,
    find_opener,
    is_openable,
    open_with,
    run_with_input,
)
from tests.support.jobs import a_job
from tests.support.waiting import TIMEOUT, wait_until


def python_command(script: str) -> tuple[str, ...]:
    """Return the command line of a Python program."""
    return (sys.executable, "-c", script)


async def wait_for_line(file: Path) -> str:
    """Return the content of a file once it ends with a whole line."""
    await wait_until(lambda: content(file).endswith("\n"))
    return content(file)


def content(file: Path) -> str:
    """Return the content of a file; "" where there is none."""
    return file.read_text("utf-8") if file.exists() else ""


def file_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [file.name for file in folder.iterdir()]


def make_program(folder: Path, name: str) -> None:
    """Make a program that does nothing."""
    file = folder / name
    file.write_text("#!/bin/sh\n", "utf-8")
    file.chmod(0o755)


async def test_the_notify_command_gets_the_job_as_json(tmp_path: Path) -> None:
    """On standard input. No shell interprets its arguments or the job."""
    script = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    job = a_job(label="$(touch harm); `harm` *")
    input_file = tmp_path / "a file; with $HOME in its name"
    command = NotifyCommand(
        (*python_command(script), str(input_file)), lambda job: json.dumps(job_as_json(job)), {}
    )
    await command.run(job)
    assert json.loads(content(input_file)) == job_as_json(job)
    assert file_names(tmp_path) == [input_file.name]


@pytest.mark.slow
async def test_the_notify_command_runs_with_limited_concurrency(tmp_path: Path) -> None:
    """Once for each job, at most `concurrency` at a time."""
    script = (
        "import os, pathlib, sys, time; here = pathlib.Path(sys.argv[1]);"
        "mine = here / str(os.getpid()); mine.touch(); time.sleep(0.05);"
        "print(len(list(here.iterdir())), file=open(sys.argv[2], 'a')); mine.unlink()"
    )
    running, counts_file = tmp_path / "running", tmp_path / "counts"
    running.mkdir()
    command = NotifyCommand(
        (*python_command(script), str(running), str(counts_file)), repr, {}, concurrency=2
    )
    await asyncio.gather(*(command.run(a_job(f"job{number}")) for number in range(6)))
    counts = content(counts_file).split()
    assert len(counts) == 6
    assert set(counts) <= {"1", "2"}


async def test_a_failing_notify_command_is_named_with_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the error and in the log."""
    missing = NotifyCommand(("no-such-program-at-all",), repr, {})
    with pytest.raises(ProgramError, match="no-such-program-at-all cannot be started: No such"):
        await missing.run(a_job("CjOne"))
    failing = NotifyCommand(python_command("raise SystemExit(3)"), repr, {})
    with pytest.raises(ProgramError, match="failed with status 3"):
        await failing.run(a_job("CjTwo"))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "notify.command for CjOne",
        "notify.command for CjTwo",
    ]


async def test_a_program_need_not_read_its_input() -> None:
    """However long it is."""
    await run_with_input(python_command("pass"), "x" * 1_000_000, TIMEOUT, {})


async def test_a_cancelled_or_timed_out_program_is_killed(tmp_path: Path) -> None:
    """Together with its child processes."""
    pids = tmp_path / "pids"
    sleeping = python_command("import time; time.sleep(600)")
    script = (
        "import os, subprocess, sys;"
        f"child = subprocess.Popen({sleeping!r});"
        f"print(os.getpid(), child.pid, file=open({str(pids)!r}, 'w'), flush=True);"
        "child.wait()"
    )
    task = asyncio.create_task(run_with_input(python_command(script), "", TIMEOUT, {}))
    parent, child = map(int, (await wait_for_line(pids)).split())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in parent, child:
        await wait_until(partial(is_not_running, pid))
    with pytest.raises(ProgramError, match=r"did not end within 0\.01 s"):
        await run_with_input(sleeping, "", 0.01, {})


def is_not_running(pid: int) -> bool:
    """Return whether a process is gone, or a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return ") Z " in content(Path(f"/proc/{pid}/stat"))


async def test_an_opener_gets_the_url_as_one_argument(tmp_path: Path) -> None:
    """It runs in a new session, without access to the terminal; %s stands for the URL."""
    log = tmp_path / "log"
    script = (
        "import os, sys; print(sys.argv[1:], os.getsid(0) == os.getpid(),"
        "[os.readlink(f'/proc/self/fd/{n}') for n in range(3)] == ['/dev/null'] * 3,"
        "sep='|', file=open(sys.argv[1], 'w'))"
    )
    url = "https://example.com/a b;c&d.mp4"
    await open_with((*python_command(script), str(log)), url, {})
    assert await wait_for_line(log) == f"{[str(log), url]}|True|True\n"
    await open_with((*python_command(script), str(log), "--to=%s", "x"), url, {})
    assert (await wait_for_line(log)).startswith(str([str(log), f"--to={url}", "x"]))


async def test_an_opener_that_fails_at_once_is_named_with_the_reason() -> None:
    """Missing, or ending with an error."""
    with pytest.raises(ProgramError, match="no-such-browser cannot be started"):
        await open_with(("no-such-browser",), "https://example.com", {})
    with pytest.raises(ProgramError, match="failed with status 4"):
        await open_with(python_command("raise SystemExit(4)"), "https://example.com", {})


@pytest.mark.parametrize(
    ("environ", "platform", "remote", "expected"),
    [
        ({}, "linux", False, ()),
        ({"DISPLAY": ":0"}, "linux", False, ("xdg-open",)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", False, ("xdg-open",)),
        ({"DISPLAY": "localhost:10"}, "linux", True, ()),
        ({}, "darwin", False, ("open",)),
        ({}, "darwin", True, ()),
        ({"BROWSER": "browser --new"}, "linux", True, ("browser", "--new")),
        ({"BROWSER": "gone:browser %s"}, "linux", False, ("browser", "%s")),
        ({"BROWSER": "'unclosed", "DISPLAY": ":0"}, "linux", False, ("xdg-open",)),
        ({"BROWSER": "gone"}, "linux", False, ()),
    ],
)
def test_browser_variable_comes_before_the_opener_of_the_desktop(
    tmp_path: Path,
    environ: dict[str, str],
    platform: str,
    remote: bool,  # noqa: FBT001 - a parameter of the test
    expected: tuple[str, ...],
) -> None:
    """The desktop's opener is used only where there is a display and no SSH."""
    for name in "xdg-open", "open", "browser":
        make_program(tmp_path, name)
    found = find_opener({**environ, "PATH": str(tmp_path)}, platform, remote=remote)
    assert found == expected
    missing = find_opener({**environ, "PATH": str(tmp_path / "empty")}, platform, remote=remote)
    assert missing == ()


@pytest.mark.parametrize(
    ("url", "openable"),
    [
        ("https://v2.fal.media/a.mp4", True),
        ("HTTPS://v2.fal.media/a.mp4", True),
        ("http://127.0.0.1:8000/a.mp4", True),
        ("http://[::1]/a.mp4", True),
        ("http://localhost/a.mp4", True),
        ("http://v2.fal.media/a.mp4", False),
        ("http://localhost.evil.com/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("--version", False),
        ("https://", False),
        ("https://[nope", False),
        ("", False),
    ],
)
def test_only_https_and_local_http_urls_are_openable(url: str, openable: bool) -> None:  # noqa: FBT001
    """So that a reply cannot make a browser open a file, run a script or use plain HTTP."""
    assert is_openable(url) is openable


def test_browser_variable_is_split_like_a_shell_command() -> None:
    """Quoted arguments stay together."""
    command = shlex.join(["sh", "-c", "exit 0", "%s"])
    found = find_opener({"BROWSER": command, "PATH": os.environ["PATH"]}, "linux", remote=False)
    assert found == ("sh", "-c", "exit 0", "%s")
