"""What all figures are measured with: accounts full of jobs, a gateway, programs on lines."""

import json
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Self

from kling_tui.config.settings import Config
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store
from tests.benchmarks.line import PATIENCE, SIZE, Line
from tests.support.documented_gateway import O1_DONE, O1_FAILED, Reply, i2v_done_reply
from tests.support.terminal import Account

OURS = (sys.executable, "-m", "kling_tui")
PROGRAMS = "tests.benchmarks.programs"
NAMED = b"shot-"
"""What the label of every job begins with."""
_OF_TESTS = {"PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"}
"""Variables by which Python warns of more, and compiles anew at each start."""
_BETWEEN = timedelta(minutes=10)
_LASTED = timedelta(seconds=90)
_CONFIG = """
[gateway]
url = "{url}"
key = "benchmark-key"
concurrency = {concurrency}
[poll]
first = {every}
slowest = {slowest}
jitter = {jitter}
[notify]
bell = false
[ui]
output = "{output}"
"""


def program(name: str, *arguments: object) -> tuple[str, ...]:
    """Return the command that starts a program of the benchmarks."""
    return (sys.executable, "-m", f"{PROGRAMS}.{name}", *map(str, arguments))


class FastGateway:
    """The gateway in a process of its own."""

    def __init__(self, takes: float = 0.0) -> None:
        """Start it; `takes` is after how many seconds an answer comes."""
        self._process = subprocess.Popen(  # noqa: S603 - a program of the benchmarks
            program("gateway", takes), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def asked(self) -> list[tuple[float, str, bool]]:
        """Return of each poll when it came, for which job, and whether that had ended."""
        asked: list[tuple[float, str, bool]] = self._request("/asked")
        return asked

    def end(self, *ids: str) -> None:
        """End jobs."""
        self._request("/end", ids)

    def _request(self, path: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        with urllib.request.urlopen(self.url + path, body, PATIENCE) as reply:  # noqa: S310
            return json.load(reply)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@dataclass
class Tracking:
    """An account and what is tracked in it."""

    account: Account
    jobs: Path
    live: list[str]
    """The ids of the jobs that have not ended."""

    @property
    def command(self) -> tuple[str, ...]:
        """What opens the app, after the program's name."""
        return "--config", str(self.account.config), "--jobs", str(self.jobs)

    def open(self, *command: str, lines: int = SIZE[1]) -> Line:
        """Open the app, or run another command, on a terminal of so many lines."""
        return Line(command or (*OURS, *self.command), self.environment, lines)

    @property
    def environment(self) -> dict[str, str]:
        """The account's variables, without those by which tests differ from what people have."""
        return {k: v for k, v in self.account.environment.items() if k not in _OF_TESTS}

    def has_ended(self, job_id: str) -> bool:
        """Tell whether the job file says that a job has ended."""
        held = tomllib.loads(self.jobs.read_text("utf-8"))["jobs"]
        return any(job["id"] == job_id and job["status"] == "succeeded" for job in held)


@dataclass
class Bench:
    """One run of the benchmarks."""

    folder: Path
    gateway: FastGateway
    quick: bool

    def either(self, full: int, quick: int) -> int:
        """Return a number of seconds, rounds or keys, by how thorough the run is to be."""
        return quick if self.quick else full

    @contextmanager
    def tracking(
        self,
        total: int,
        live: int,
        *,
        url: str = "",
        output: str = "lean",
        concurrency: int = 8,
        every: tuple[float, float, float] = (5.0, 15.0, 0.2),
    ) -> Iterator[Tracking]:
        """Make an account with so many jobs, for as long as it is used.

        `every` is the settings first, slowest and jitter.
        """
        home = self.folder / f"{total}-{live}-{output}-{len(list(self.folder.iterdir()))}"
        account = Account(home)
        first, slowest, jitter = every
        account.configure(
            _CONFIG.format(
                url=url or self.gateway.url,
                concurrency=concurrency,
                every=first,
                slowest=slowest,
                jitter=jitter,
                output=output,
            )
        )
        account.config.chmod(0o600)  # there is a key in it, and advice on it would cost bytes
        jobs = tracked(total, live, datetime.now(UTC).replace(microsecond=0))
        store = Store(account.jobs)
        store.put(*jobs)
        store.save()
        yield Tracking(account, account.jobs, [job.id for job in jobs if not job.ended])
        shutil.rmtree(home)

    def medians(self, rounds: int, *measures: Callable[[], float]) -> list[float]:
        """Return the median of each measure, taken in turn."""
        taken = [[measure() for measure in measures] for _ in range(rounds)]
        return [median(values) for values in zip(*taken, strict=True)]


def tracked(total: int, live: int, now: datetime) -> list[Job]:
    """Return jobs as they come to be over the weeks: one every ten minutes, the last ones live."""
    price = Config().price
    jobs = []
    for number in range(total):
        left = total - number
        kind = ("i2v", "o1")[number % 2]
        job_id = f"Cj{number:018}" if kind == "i2v" else f"a1b2c3d4-e5f6-7890-91a4-{number:012}"
        is_live = left <= live
        added = now - timedelta(seconds=7 * left) if is_live else now - _BETWEEN * left
        job = Job(
            id=job_id,
            kind=kind,
            added_at=added,
            price=price.of(kind),
            label=f"shot-{number:05}",
        )
        jobs.append(job if is_live else _ended(job, _last_reply(job, number)))
    return jobs


def _last_reply(job: Job, number: int) -> Reply:
    if job.kind == "i2v":
        url = f"https://cdn.klingai.com/bs2/upload/{job.id}/raw_video_{number % 7}.mp4?cacheKey=x"
        return i2v_done_reply({"id": f"video-{number}", "url": url, "duration": "5.1"})
    return O1_FAILED if number % 10 == 1 else O1_DONE


def _ended(job: Job, answer: Reply) -> Job:
    """Return a job as the program keeps it once it has been seen running and then ended."""
    body = json.loads(answer.body)
    done = BUILT_IN[job.kind].parse(body, 200)
    assert done is not None
    began, ended = job.added_at, job.added_at + _LASTED
    # The documents' own moments are years ago.
    if done.created_at:
        done = replace(done, created_at=began, updated_at=ended)
    done = replace(done, reply=json.dumps(body, indent=2))
    running = replace(
        done, status=Status.RUNNING, raw_status="processing", videos=(), updated_at=None
    )
    return job.with_report(running, began).with_report(done, ended)


def run_to_end(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a program in pipes, and return what it prints."""
    return subprocess.run(  # noqa: S603 - programs of the benchmarks
        command, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout
