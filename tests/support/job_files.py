"""Job files in tests: accessed without a store, by stores, and by other processes."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import Any

from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import dump, load
from tests.support.jobs import a_job, after, seen

Changes = Mapping[str, Any] | None
"""Fields of a job with their new values; None is its removal."""
RUNNING_JOB = a_job(
    label="old", status=Status.RUNNING, checked_at=after(10), history=seen(Status.RUNNING)
)
SUCCEEDED: dict[str, Any] = {"status": Status.SUCCEEDED, "ended_at": after(20)}
"""The changes that end a job."""


def write_jobs(path: Path, *jobs: Job) -> Path:
    """Write a job file, and return its path."""
    path.write_text(dump(jobs), "utf-8")
    return path


def read_jobs(path: Path) -> dict[str, Job]:
    """Return the jobs of a file as another process reads it; none if it does not exist."""
    return load(path.read_text("utf-8"), path.name) if path.exists() else {}


def open_store(path: Path, *, archives: bool = True) -> Store:
    """Return a store that has loaded its files."""
    store = Store(path)
    store.load(archives=archives)
    return store


def save_jobs(path: Path, *jobs: Job) -> Store:
    """Return a store that has saved some jobs."""
    store = open_store(path)
    store.put(*jobs)
    store.save()
    return store


def change_job(store: Store, job_id: str, changes: Changes) -> None:
    """Change or remove a job of a store."""
    if changes is None:
        store.remove(job_id)
    else:
        store.put(replace(store.jobs[job_id], **changes))


_ADD_JOBS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
store = Store(Path(sys.argv[1]))
store.load()
store.put(*(Job(id=name, kind="i2v", added_at=datetime.now(UTC)) for name in sys.argv[2:]))
store.save()
"""


def add_in_other_process(path: Path, *ids: str) -> None:
    """Track jobs in another process, as the command ``add`` does."""
    run([sys.executable, "-c", _ADD_JOBS, path, *ids], check=True)  # noqa: S603


@contextmanager
def run_program(code: str, *arguments: object) -> Iterator[Popen[str]]:
    """Run Python code in another process, which is killed at the end of the block."""
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    with Popen(argv, stdin=PIPE, stdout=PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def read_line(process: Popen[str]) -> str:
    """Wait for a line that a process prints, and return it."""
    assert process.stdout
    return process.stdout.readline().strip()
