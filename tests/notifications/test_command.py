"""The notify command is run with a job as input; real small programs are used."""

import asyncio
import json
import os
from functools import partial
from pathlib import Path

import pytest

from kling_tui.formatting.output import job_as_json
from kling_tui.notifications.command import NotifyCommand, ProgramError, run_with_input
from tests.support.jobs import a_job
from tests.support.programs import content, python_command, wait_for_line
from tests.support.waiting import TIMEOUT, wait_until


def file_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [file.name for file in folder.iterdir()]


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
