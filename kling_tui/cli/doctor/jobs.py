"""Checks that the job file can be read and written, and which results expire soon."""

import fcntl
import tempfile
import time
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.formatting import text
from kling_tui.jobs import RESULT_RETENTION, Job
from kling_tui.polling.leases import is_polled
from kling_tui.storage.store import Store, StoreError


def check_jobs(path: Path, now: datetime) -> Iterator[CheckResult]:
    """Yield the state of the job file and its folder, without changing them."""
    store = Store(path)
    try:
        store.load()
    except StoreError as error:
        yield CheckResult("job file", f"{path}: cannot be used", f"fix it: {error}")
    else:
        jobs = store.jobs.values()
        size = f", {path.stat().st_size:,} bytes" if path.exists() else ", does not exist yet"
        yield CheckResult("job file", f"{path}: {text.count(len(jobs), 'job')}{size}")
        for warning in store.warnings:
            yield CheckResult("job file", "some of its jobs may be missing", f"fix it: {warning}")
        yield from _check_results(jobs, now)
    yield from _check_folder(path)


def _check_folder(path: Path) -> Iterator[CheckResult]:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield CheckResult("job file", f"{folder} is writable")
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except OSError as error:
        advice = (
            "choose another folder with --jobs or jobs.file; "
            "in this one nothing can be saved, and every kling-tui polls by itself"
        )
        yield CheckResult("job file", f"{folder}: {error.strerror or error}", advice)
        return
    others = "another" if is_polled(path, time.monotonic()) else "no other"
    yield CheckResult("lock", f"OK; {others} kling-tui is polling")


def _check_results(jobs: Collection[Job], now: datetime) -> Iterator[CheckResult]:
    """Yield how many results have expired, and the next one to expire."""
    awaiting = [(job.expires_at, job) for job in jobs if job.expires_at]
    live = [(expires_at, job) for expires_at, job in awaiting if expires_at > now]
    expired = len(awaiting) - len(live)
    if expired:
        message = f"{text.count(expired, 'result')} expired after {RESULT_RETENTION.days} days"
        yield CheckResult("results", message)
    if live:
        expires_at, job = min(live, key=lambda pair: pair[0])
        message = f"{job.name} expires next, at {text.local(expires_at, now)}"
        advice = f"kling-tui download {job.id}" if job.expires_soon(now) else ""
        yield CheckResult("results", message, advice)
    elif not expired:
        yield CheckResult("results", "all downloaded")
