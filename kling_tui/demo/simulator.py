"""Simulated jobs: each has a script, which returns the response for the time of a poll."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from kling_tui.demo.http_types import Response

Kind = Literal["i2v", "o1", "v2", "wan"]

MAX_GENERATED_JOBS = 4000


@dataclass(frozen=True)
class Moment:
    """The time of a poll, relative to the polled job."""

    elapsed: float
    """Demo seconds since the job was submitted."""
    submitted_at: float
    """Unix time in wall seconds."""
    speed: float
    """The speed factor: demo seconds per wall second."""
    url: str
    """The gateway's URL, without a trailing slash."""
    step_start: float = 0.0
    """Demo seconds since submission at which the current step of a timeline began."""

    def wall_seconds(self, demo_seconds: float) -> float:
        """Convert demo seconds to wall seconds."""
        return demo_seconds / self.speed

    def epoch_ms(self, elapsed: float) -> int:
        """Convert demo seconds since submission to Unix milliseconds, as in I2V responses."""
        return round(1000 * (self.submitted_at + self.wall_seconds(elapsed)))

    def iso_datetime(self, elapsed: float) -> str:
        """Convert demo seconds since submission to ISO 8601, as in the unified status call."""
        when = datetime.fromtimestamp(self.submitted_at + self.wall_seconds(elapsed), UTC)
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class DemoJob:
    """A simulated job."""

    id: str
    kind: Kind
    label: str
    age: float
    """Demo seconds that have passed since its submission when it is added."""
    script: "Script"


Script = Callable[[DemoJob, Moment], Response]
"""Returns the response to a poll; the same for the same job and moment."""


class JobSimulator:
    """The jobs of a gateway, and the demo time since each was submitted.

    Demo time is 0 until ``start``, then runs ``speed`` times as fast as ``clock`` (Unix time in
    seconds). At most ``max_generated_jobs`` of the jobs made by ``generate_job`` are kept, the
    newest. Safe to use from several threads.
    """

    def __init__(
        self,
        jobs: Sequence[DemoJob],
        generate_job: Callable[[Kind, str], DemoJob],
        *,
        speed: float,
        clock: Callable[[], float],
        max_generated_jobs: int = MAX_GENERATED_JOBS,
    ) -> None:
        if not 0 < speed < math.inf:
            raise ValueError(f"speed must be a number above 0, not {speed}")
        self._generate_job = generate_job
        self._speed = speed
        self._clock = clock
        self._max_generated_jobs = max_generated_jobs
        self._started_at: float | None = None
        self._url = ""
        self._lock = threading.Lock()
        # Each job with the demo second at which it was submitted.
        self._jobs: dict[tuple[Kind, str], tuple[DemoJob, float]] = {}
        self._generated: OrderedDict[tuple[Kind, str], tuple[DemoJob, float]] = OrderedDict()
        for job in jobs:
            self.add_job(job)

    def start(self, url: str) -> None:
        """Start demo time, the first time; ``url`` is the gateway's, for links in responses."""
        self._url = url
        if self._started_at is None:
            self._started_at = self._clock()

    def add_job(self, job: DemoJob) -> None:
        """Add a job; it replaces one with the same kind and id."""
        with self._lock:
            self._jobs[job.kind, job.id] = job, self._now() - job.age

    def jobs(self) -> list[DemoJob]:
        """Return the added jobs in their order, without generated ones."""
        with self._lock:
            return [job for job, _ in self._jobs.values()]

    def poll(self, kind: Kind, job_id: str, *, generate: bool) -> Response | None:
        """Return a job's response, or None if it is unknown; ``generate`` adds it instead."""
        with self._lock:
            entry = self._jobs.get((kind, job_id)) or self._generated.get((kind, job_id))
            if entry is None and generate:
                entry = self._add_generated_job(kind, job_id)
            if entry is None:
                return None
            job, moment = entry[0], self._moment(entry[1])
        # Outside the lock, because a script may block.
        return job.script(job, moment)

    def _add_generated_job(self, kind: Kind, job_id: str) -> tuple[DemoJob, float]:
        job = self._generate_job(kind, job_id)
        self._generated[kind, job_id] = entry = job, self._now() - job.age
        if len(self._generated) > self._max_generated_jobs:
            self._generated.popitem(last=False)
        return entry

    def _now(self) -> float:
        """Return the demo time in demo seconds."""
        if self._started_at is None:
            return 0.0
        return (self._clock() - self._started_at) * self._speed

    def _moment(self, submitted: float) -> Moment:
        """Return the current moment of a job that was submitted at a demo second."""
        submitted_at = (self._started_at or 0.0) + submitted / self._speed
        return Moment(self._now() - submitted, submitted_at, self._speed, self._url)
