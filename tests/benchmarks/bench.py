"""What all benchmarks use: accounts with many jobs, a gateway, and programs on terminals."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Self

from msgspec.structs import replace

from kling_tui.config.settings import Config
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store
from tests.benchmarks.pty_process import SIZE, TIMEOUT, PtyProcess
from tests.support.documented_gateway import O1_DONE, O1_FAILED, Reply, i2v_done_reply
from tests.support.terminal import Account

OURS = (sys.executable, "-m", "kling_tui")
PROGRAMS = "tests.benchmarks.programs"
LABEL_PREFIX = b"shot-"
"""The start of every job's label."""
_TEST_VARIABLES = {"PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"}
"""Variables that make Python slower in tests than it is for users."""
_JOB_INTERVAL = timedelta(minutes=10)
_JOB_DURATION = timedelta(seconds=90)
_CONFIG = """
[gateway]
url = "{url}"
key = "benchmark-key"
concurrency = {concurrency}
[poll]
first = {first}
slowest = {slowest}
jitter = {jitter}
[notify]
bell = false
[ui]
output = "{output}"
"""


def program_command(name: str, *arguments: object) -> tuple[str, ...]:
    """Return the command that starts one of the benchmarks' own programs."""
    return (sys.executable, "-m", f"{PROGRAMS}.{name}", *map(str, arguments))


class GatewayProcess:
    """`programs.gateway` in a process.

    A reply costs it some 30 µs of CPU time, and a poll costs the client about 700 µs: it is never
    the bottleneck.
    """

    def __init__(self, delay: float = 0.0, *, changing: bool = False) -> None:
        """Start it; `delay` is the seconds between a poll and its reply.

        `changing` is whether each reply about a job differs from the one before.
        """
        self._process = subprocess.Popen(  # noqa: S603 - a program of the benchmarks
            program_command("gateway", delay, *(["changing"] if changing else [])),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def polls(self) -> list[tuple[float, str, bool]]:
        """Return of each poll its monotonic second, the job's id, and whether it had ended."""
        polls: list[tuple[float, str, bool]] = self._request("/polls")
        return polls

    def poll_count(self) -> int:
        """Return the number of polls so far."""
        count: int = self._request("/count")
        return count

    def end_jobs(self, *ids: str) -> None:
        """End jobs."""
        self._request("/end", ids)

    def _request(self, path: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        with urllib.request.urlopen(self.url + path, body, TIMEOUT) as reply:  # noqa: S310
            return json.load(reply)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@dataclass
class TrackedJobs:
    """An account and the jobs that are tracked in it."""

    account: Account
    job_file: Path
    live_ids: list[str]
    """The ids of the jobs that have not ended."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments with which the app opens the job file."""
        return "--config", str(self.account.config), "--jobs", str(self.job_file)

    def open(self, *command: str, lines: int = SIZE[1]) -> PtyProcess:
        """Open the app, or another command, on a terminal of so many lines."""
        return PtyProcess(command or (*OURS, *self.arguments), self.environment, lines)

    @property
    def environment(self) -> dict[str, str]:
        """The account's variables, without those that are set for tests only."""
        return {k: v for k, v in self.account.environment.items() if k not in _TEST_VARIABLES}

    def has_succeeded(self, job_id: str) -> bool:
        """Whether the job file has a job as succeeded."""
        jobs = tomllib.loads(self.job_file.read_text("utf-8"))["jobs"]
        return any(job["id"] == job_id and job["status"] == "succeeded" for job in jobs)


@dataclass
class Bench:
    """One run of the benchmarks."""

    folder: Path
    gateway: GatewayProcess
    quick: bool
    code: Path | None = None
    """The folder from which the programs import the app and the benchmarks; None: as installed."""

    @property
    def _code_environment(self) -> dict[str, str]:
        if self.code is None:
            return {}
        return {"PYTHONPATH": str(self.code), "PYTHONSAFEPATH": "1"}

    def run(self, *command: str, environment: Mapping[str, str] = os.environ) -> str:
        """Run a program in pipes, and return its output."""
        return subprocess.run(  # noqa: S603 - programs of the benchmarks
            command,
            env={**environment, **self._code_environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=TIMEOUT,
        ).stdout

    def full_or_quick(self, full: int, quick: int) -> int:
        """Return a number of seconds, rounds or keys, for a full or a quick run."""
        return quick if self.quick else full

    @contextmanager
    def track_jobs(
        self,
        total: int,
        live: int,
        *,
        url: str = "",
        output: str = "lean",
        concurrency: int = 8,
        schedule: tuple[float, float, float] = (5.0, 15.0, 0.2),
    ) -> Iterator[TrackedJobs]:
        """Make an account with so many jobs, and delete it afterwards.

        `schedule` is the settings first, slowest and jitter.
        """
        home = self.folder / f"{total}-{live}-{output}-{len(list(self.folder.iterdir()))}"
        account = Account(home)
        account.environment.update(self._code_environment)
        first, slowest, jitter = schedule
        account.configure(
            _CONFIG.format(
                url=url or self.gateway.url,
                concurrency=concurrency,
                first=first,
                slowest=slowest,
                jitter=jitter,
                output=output,
            )
        )
        # Otherwise the app warns that others can read the key, and the warning is output.
        account.config.chmod(0o600)
        jobs = make_jobs(total, live, datetime.now(UTC).replace(microsecond=0))
        store = Store(account.jobs)
        store.put(*jobs)
        store.save()
        yield TrackedJobs(account, account.jobs, [job.id for job in jobs if not job.ended])
        shutil.rmtree(home)

    def medians(self, rounds: int, *measures: Callable[[], float]) -> list[float]:
        """Return the median of each measure; each round takes every measure once."""
        values = [[measure() for measure in measures] for _ in range(rounds)]
        return [median(column) for column in zip(*values, strict=True)]


def make_jobs(total: int, live: int, now: datetime) -> list[Job]:
    """Return jobs added every ten minutes until `now`, of which the last ones are live."""
    price = Config().price
    jobs = []
    for number in range(total):
        remaining = total - number
        kind = ("i2v", "o1")[number % 2]
        job_id = f"Cj{number:018}" if kind == "i2v" else f"a1b2c3d4-e5f6-7890-91a4-{number:012}"
        is_live = remaining <= live
        age = timedelta(seconds=7 * remaining) if is_live else _JOB_INTERVAL * remaining
        job = Job(
            id=job_id,
            kind=kind,
            added_at=now - age,
            price=price.of(kind),
            label=f"{LABEL_PREFIX.decode()}{number:05}",
        )
        jobs.append(job if is_live else _as_ended(job, _final_reply(job, number)))
    return jobs


def _final_reply(job: Job, number: int) -> Reply:
    if job.kind == "i2v":
        url = f"https://cdn.klingai.com/bs2/upload/{job.id}/raw_video_{number % 7}.mp4?cacheKey=x"
        return i2v_done_reply({"id": f"video-{number}", "url": url, "duration": "5.1"})
    return O1_FAILED if number % 10 == 1 else O1_DONE


def _as_ended(job: Job, reply: Reply) -> Job:
    """Return a job as it is stored after polls that found it running, then ended, and was seen."""
    body = json.loads(reply.body)
    final = BUILT_IN[job.kind].parse(body, 200)
    assert final is not None
    started_at, ended_at = job.added_at, job.added_at + _JOB_DURATION
    # The times in the documents' replies are years ago.
    if final.created_at:
        final = replace(final, created_at=started_at, updated_at=ended_at)
    final = replace(final, reply=json.dumps(body, indent=2))
    running = replace(
        final, status=Status.RUNNING, raw_status="processing", videos=(), updated_at=None
    )
    ended = job.with_report(running, started_at).with_report(final, ended_at)
    return replace(ended, unread=False)
