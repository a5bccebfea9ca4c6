"""Programs of the person's: real small ones, that are told of jobs or have to open something."""

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


def python(script: str) -> tuple[str, ...]:
    """Return the call of a program in Python."""
    return (sys.executable, "-c", script)


async def appearing(file: Path) -> str:
    """Return what a file holds once it holds a whole line."""
    await wait_until(lambda: held_by(file).endswith("\n"))
    return held_by(file)


def held_by(file: Path) -> str:
    """Return what a file holds; nothing where there is none."""
    return file.read_text("utf-8") if file.exists() else ""


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [file.name for file in folder.iterdir()]


def program(folder: Path, name: str) -> str:
    """Make a program that does nothing, and return its name."""
    file = folder / name
    file.write_text("#!/bin/sh\n", "utf-8")
    file.chmod(0o755)
    return name


async def test_tells_a_program_of_a_job(tmp_path: Path) -> None:
    """The program reads the job as documented JSON, and the words after it are its arguments."""
    script = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    job = a_job(label="$(touch harm); `harm` *")
    heard = tmp_path / "a file; with $HOME in its name"
    command = NotifyCommand((*python(script), str(heard)), lambda job: json.dumps(job_as_json(job)))
    await command.run(job)
    assert json.loads(held_by(heard)) == job_as_json(job)
    assert names_in(tmp_path) == [heard.name]


async def test_runs_a_few_at_once(tmp_path: Path) -> None:
    """Each job has a run of its own, and no more run together than may."""
    script = (
        "import os, pathlib, sys, time; here = pathlib.Path(sys.argv[1]);"
        "mine = here / str(os.getpid()); mine.touch(); time.sleep(0.05);"
        "print(len(list(here.iterdir())), file=open(sys.argv[2], 'a')); mine.unlink()"
    )
    running, counted = tmp_path / "running", tmp_path / "counted"
    running.mkdir()
    command = NotifyCommand((*python(script), str(running), str(counted)), repr, concurrency=2)
    await asyncio.gather(*(command.run(a_job(f"job{number}")) for number in range(6)))
    counts = held_by(counted).split()
    assert len(counts) == 6
    assert set(counts) <= {"1", "2"}


async def test_says_what_went_wrong(caplog: pytest.LogCaptureFixture) -> None:
    """A program that is not there, or that fails, is named with the reason, in the log too."""
    missing = NotifyCommand(("no-such-program-at-all",), repr)
    with pytest.raises(ProgramError, match="no-such-program-at-all cannot be started: No such"):
        await missing.run(a_job("CjOne"))
    failing = NotifyCommand(python("raise SystemExit(3)"), repr)
    with pytest.raises(ProgramError, match="failed with status 3"):
        await failing.run(a_job("CjTwo"))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "notify.command for CjOne",
        "notify.command for CjTwo",
    ]


async def test_does_not_mind_a_program_that_reads_nothing() -> None:
    """What is not read is no failure, however long it is."""
    await run_with_input(python("pass"), "x" * 1_000_000, TIMEOUT)


async def test_ends_a_program_that_takes_too_long(tmp_path: Path) -> None:
    """When its time is over, it is ended together with what it has started."""
    pids = tmp_path / "pids"
    started = python("import time; time.sleep(600)")
    script = (
        "import os, subprocess, sys;"
        f"child = subprocess.Popen({started!r});"
        f"print(os.getpid(), child.pid, file=open({str(pids)!r}, 'w'), flush=True);"
        "child.wait()"
    )
    slow = asyncio.create_task(run_with_input(python(script), "", TIMEOUT))
    mine, child = map(int, (await appearing(pids)).split())
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    for pid in mine, child:
        await wait_until(partial(is_not_running, pid))
    with pytest.raises(ProgramError, match=r"did not end within 0\.01 s"):
        await run_with_input(started, "", 0.01)


def is_not_running(pid: int) -> bool:
    """Whether a process is gone, or has only to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return ") Z " in held_by(Path(f"/proc/{pid}/stat"))


async def test_opens_with_a_program_that_lives_on(tmp_path: Path) -> None:
    """The browser gets the address as one argument, no terminal, and a session of its own."""
    seen = tmp_path / "seen"
    script = (
        "import os, sys; print(sys.argv[1:], os.getsid(0) == os.getpid(),"
        "[os.readlink(f'/proc/self/fd/{n}') for n in range(3)] == ['/dev/null'] * 3,"
        "sep='|', file=open(sys.argv[1], 'w'))"
    )
    url = "https://example.com/a b;c&d.mp4"
    await open_with((*python(script), str(seen)), url)
    assert await appearing(seen) == f"{[str(seen), url]}|True|True\n"
    await open_with((*python(script), str(seen), "--to=%s", "x"), url)
    assert (await appearing(seen)).startswith(str([str(seen), f"--to={url}", "x"]))


async def test_says_why_nothing_opens() -> None:
    """A browser that is not there or fails at once is said to."""
    with pytest.raises(ProgramError, match="no-such-browser cannot be started"):
        await open_with(("no-such-browser",), "https://example.com")
    with pytest.raises(ProgramError, match="failed with status 4"):
        await open_with(python("raise SystemExit(4)"), "https://example.com")


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
def test_finds_what_opens(
    tmp_path: Path,
    environ: dict[str, str],
    platform: str,
    remote: bool,  # noqa: FBT001 - a case's value
    expected: tuple[str, ...],
) -> None:
    """$BROWSER counts first, and the desktop's program only where somebody sees the desktop."""
    for name in "xdg-open", "open", "browser":
        program(tmp_path, name)
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
def test_opens_only_what_is_safe(url: str, openable: bool) -> None:  # noqa: FBT001
    """A reply cannot have a browser open a file, run a script or send in the clear."""
    assert is_openable(url) is openable


def test_the_words_of_a_browser_are_split_as_a_shell_would() -> None:
    """What is quoted stays together."""
    words = shlex.join(["sh", "-c", "exit 0", "%s"])
    found = find_opener({"BROWSER": words, "PATH": os.environ["PATH"]}, "linux", remote=False)
    assert found == ("sh", "-c", "exit 0", "%s")
