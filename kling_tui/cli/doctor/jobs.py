"""Whether the job file can be kept, and which results are about to go."""

import fcntl
import tempfile
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.polling.leases import is_polled
from kling_tui.storage.store import Store, StoreError

_KEPT = timedelta(days=30)
"""How long the model's maker keeps results."""
_SOON = timedelta(days=3)


def check_jobs(path: Path, now: datetime) -> Iterator[CheckResult]:
    """Yield how the job file is, without changing it."""
    store = Store(path)
    try:
        store.load()
    except StoreError as error:
        yield CheckResult("job file", f"{path}: cannot be used", f"mend it: {error}")
    else:
        jobs = store.jobs.values()
        size = f", {path.stat().st_size:,} bytes" if path.exists() else ", not there yet"
        yield CheckResult("job file", f"{path}: {text.count(len(jobs), 'job')}{size}")
        yield from _results(jobs, now)
    yield from _folder(path)


def _folder(path: Path) -> Iterator[CheckResult]:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield CheckResult("job file", f"{folder} can be written")
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except OSError as error:
        advice = "choose another place by --jobs or jobs.file; nothing is saved, each asks alone"
        yield CheckResult("job file", f"{folder}: {error.strerror or error}", advice)
        return
    yield CheckResult("lock", _asked(path))


def _asked(path: Path) -> str:
    if not path.with_name(f"{path.name}.asking").exists():
        return "works; no kling-tui is open on the file"
    polled = is_polled(path, time.monotonic())
    return f"works; {'a' if polled else 'no'} kling-tui is open on the file and asks the gateway"


def _results(jobs: Collection[Job], now: datetime) -> Iterator[CheckResult]:
    """Yield when the oldest result goes that is still there and was not fetched."""
    kept = [
        (job.ended_at + _KEPT, job)
        for job in jobs
        if job.ended_at and any(video.file is None for video in job.videos)
    ]
    there = [(ends, job) for ends, job in kept if ends > now]
    gone = len(kept) - len(there)
    if gone:
        words = f"{text.count(gone, 'result')} older than {_KEPT.days} days, likely deleted"
        yield CheckResult("results", words)
    if there:
        ends, job = min(there, key=lambda each: each[0])
        words = f"the oldest, {job.name}, is kept until {text.local(ends, now)}"
        soon = ends - now < _SOON
        yield CheckResult("results", words, f"kling-tui download {job.id}" if soon else "")
    elif not gone:
        yield CheckResult("results", "none that was not downloaded")
