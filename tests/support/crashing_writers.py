"""Several writers of one job file, any of which can be killed during a save.

A program for test_crashes.py. It reads steps from standard input, one JSON array per line, and
answers each with a line:

``["open", path]``            opens several writers of a file
``["count", path]``           answers how many lines of the storage package the save of one job
                              executes
``[writer, "save", line]``    saves in a process that is killed before it executes that line of the
                              storage package, and answers "killed", or "saved" if the save has
                              fewer lines; then the writer is opened again
``[writer, act, id]``         changes a job and answers "done", or "unknown" if the writer does not
                              have it
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from msgspec.structs import replace

from kling_tui import storage
from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store

WRITERS = 3
_NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
_STORAGE_FOLDER = f"{Path(storage.__file__).parent}{os.sep}"


def open_writer(path: Path) -> Store:
    """Return a writer that has loaded the file."""
    store = Store(path)
    store.load()
    return store


def change(store: Store, act: str, job_id: str) -> bool:
    """Change a job; returns whether the writer has it."""
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


def trace_lines(on_line: Callable[[], None]) -> None:
    """Call `on_line` before each line of the storage package that this thread executes."""

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(_STORAGE_FOLDER):
            return None
        if event == "line":
            on_line()
        return trace

    sys.settrace(trace)


def count_lines(path: Path) -> int:
    """Return how many lines of the storage package it takes to save one more job."""
    store = open_writer(path)
    change(store, "put", "second")
    lines = 0

    def count() -> None:
        nonlocal lines
        lines += 1

    trace_lines(count)
    store.save()
    sys.settrace(None)
    return lines


def kill_before(line: int) -> None:
    """Kill this process before it executes a line of the storage package, counted from 0."""
    remaining = line

    def count_down() -> None:
        nonlocal remaining
        remaining -= 1
        if remaining < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    trace_lines(count_down)


def save(store: Store, line: int) -> bool:
    """Save in a child process that is killed before `line`; returns whether it completed."""
    child = os.fork()
    if child == 0:
        kill_before(line)
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
                writers = [open_writer(path) for _ in range(WRITERS)]
                reply = "open"
            case ["count", str(name)]:
                reply = str(count_lines(Path(name)))
            case [int(number), "save", int(line)]:
                reply = "saved" if save(writers[number], line) else "killed"
                writers[number] = open_writer(path)
            case [int(number), str(act), str(job_id)]:
                reply = "done" if change(writers[number], act, job_id) else "unknown"
        print(reply, flush=True)  # noqa: T201 - the protocol is on standard output


if __name__ == "__main__":
    main()
