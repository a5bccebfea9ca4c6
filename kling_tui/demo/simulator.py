"""Jobs that play a script, and the stage that knows how far each of them is."""

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
"""How many jobs that nobody staged are kept; then the oldest is forgotten."""


@dataclass(frozen=True)
class Moment:
    """The time at which a job is asked about."""

    elapsed: float
    """Demo seconds since the job was submitted."""
    submitted_at: float
    """When that was: Unix time in wall seconds."""
    speed: float
    """Demo seconds in a wall second."""
    url: str
    """Where the gateway listens, without a slash at the end."""
    step_start: float = 0.0
    """The demo second of the job at which its present scene began."""

    def wall_seconds(self, seconds: float) -> float:
        """Turn demo seconds into wall seconds."""
        return seconds / self.speed

    def epoch_ms(self, second: float) -> int:
        """Turn a demo second of the job into Unix milliseconds, as I2V replies tell time."""
        return round(1000 * (self.submitted_at + self.wall_seconds(second)))

    def iso_datetime(self, second: float) -> str:
        """Turn a demo second of the job into ISO 8601, as the unified status call tells time."""
        when = datetime.fromtimestamp(self.submitted_at + self.wall_seconds(second), UTC)
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class DemoJob:
    """A job of the demo: who it is, and what it answers when."""

    id: str
    kind: Kind
    label: str
    age: float
    """Demo seconds that it has already run when it is staged."""
    script: "Script"


Script = Callable[[DemoJob, Moment], Response]
"""What a job answers; the same for the same job and moment."""


class JobSimulator:
    """The jobs that a gateway knows, staged or improvised, and their time.

    Demo time stands at 0 until ``open``, then runs ``speed`` times as fast as ``clock``
    (Unix time in seconds). Threads may share a stage.
    """

    def __init__(
        self,
        staged: Sequence[DemoJob],
        improvise: Callable[[Kind, str], DemoJob],
        *,
        speed: float,
        clock: Callable[[], float],
    ) -> None:
        if not 0 < speed < math.inf:
            raise ValueError(f"speed must be a number above 0, not {speed}")
        self._improvise = improvise
        self._speed = speed
        self._clock = clock
        self._opened: float | None = None
        self._url = ""
        self._lock = threading.Lock()
        # Each job with the demo second at which it was submitted.
        self._staged: dict[tuple[Kind, str], tuple[DemoJob, float]] = {}
        self._improvised: OrderedDict[tuple[Kind, str], tuple[DemoJob, float]] = OrderedDict()
        for job in staged:
            self.add_job(job)

    def start(self, url: str) -> None:
        """Let time run, once; the gateway's URL goes into the replies."""
        self._url = url
        if self._opened is None:
            self._opened = self._clock()

    def add_job(self, job: DemoJob) -> None:
        """Stage a job, in place of one with the same kind and id."""
        with self._lock:
            self._staged[job.kind, job.id] = job, self._now() - job.age

    def jobs(self) -> list[DemoJob]:
        """List the staged jobs in their order."""
        with self._lock:
            return [job for job, _ in self._staged.values()]

    def poll(self, kind: Kind, job_id: str, *, well_shaped: bool) -> Response | None:
        """Play a job's script; an id that nobody staged starts a job if it is well shaped."""
        with self._lock:
            known = self._staged.get((kind, job_id)) or self._improvised.get((kind, job_id))
            if known is None and well_shaped:
                known = self._start(kind, job_id)
            if known is None:
                return None
            job, moment = known[0], self._moment(known[1])
        # Outside the lock: a script may take its time, and others are not to wait for it.
        return job.script(job, moment)

    def _start(self, kind: Kind, job_id: str) -> tuple[DemoJob, float]:
        job = self._improvise(kind, job_id)
        self._improvised[kind, job_id] = known = job, self._now() - job.age
        if len(self._improvised) > MAX_GENERATED_JOBS:
            self._improvised.popitem(last=False)
        return known

    def _now(self) -> float:
        return 0.0 if self._opened is None else (self._clock() - self._opened) * self._speed

    def _moment(self, submitted: float) -> Moment:
        opened = self._opened or 0.0
        return Moment(
            self._now() - submitted, opened + submitted / self._speed, self._speed, self._url
        )
