"""Writers of one job file, any of which can be killed amid a save; a program for test_crashes.py.

It reads steps from standard input, one JSON list a line, and answers each with a word:
``["open", path]`` begins anew with several writers; ``[writer, act, id]`` changes a job as that
writer knows it; ``[writer, "save", line]`` saves in a process that is killed before it executes
that line of the store's own code, if the save has as many. Its writer then begins anew.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store

WRITERS = 3
_NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
_TRACED = {"atomic.py", "jobs_file.py", "archive.py", "store.py", "merge.py"}


def opened(path: Path) -> Store:
    """Return a writer that has read the file."""
    store = Store(path)
    store.load()
    return store


def change(store: Store, act: str, job_id: str) -> bool:
    """Change a job; returns whether the writer knows it."""
    if act == "put":
        store.put(Job(id=job_id, kind="i2v", added_at=_NOW))
        return True
    job = store.jobs.get(job_id)
    if job is None:
        return False
    if act == "remove":
        store.remove(job_id)
    elif act == "end":
        store.put(replace(job, status=Status.FAILED, ended_at=_NOW))
    else:
        store.put(replace(job, label=act))
    return True


def killed_at(line: int) -> Any:
    """Return a trace function that kills this process before it executes so many lines."""
    rest = line

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal rest
        if Path(frame.f_code.co_filename).name not in _TRACED:
            return None
        rest -= event == "line"
        if rest < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def saved(store: Store, line: int) -> bool:
    """Save in a process of its own, which may be killed; returns whether it came to its end."""
    child = os.fork()
    if child == 0:
        sys.settrace(killed_at(line))
        store.save()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main() -> None:
    """Do each step, and answer it."""
    path, writers = Path(), list[Store]()
    for text in sys.stdin:
        match json.loads(text):
            case ["open", str(name)]:
                path = Path(name)
                writers = [opened(path) for _ in range(WRITERS)]
                reply = "open"
            case [int(number), "save", int(line)]:
                reply = "saved" if saved(writers[number], line) else "killed"
                writers[number] = opened(path)
            case [int(number), str(act), str(job_id)]:
                reply = "done" if change(writers[number], act, job_id) else "unknown"
        print(reply, flush=True)  # noqa: T201 - this is how it answers


if __name__ == "__main__":
    main()
