"""A script of 200 jobs over three days: when each is submitted and ends, and how."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kling_tui.demo import BLOOM, DUSK, SILK, Clip, DemoJob, Kind, Script, i2v, o1
from kling_tui.demo.scripts import timeline
from tests.support.scenes import START

OPENED = START
"""When the app is opened on the third day."""
_DAY_1, _DAY_2, _DAY_3 = (OPENED.replace(day=OPENED.day - ago, hour=0) for ago in (2, 1, 0))
SESSIONS = tuple((day + timedelta(hours=8), day + timedelta(hours=18)) for day in (_DAY_1, _DAY_2))
"""When the app is opened and closed on the first two days."""
OUTAGE = _DAY_2 + timedelta(hours=12), _DAY_2 + timedelta(hours=12, minutes=40)
"""From when until when the gateway is down."""
_ARCHIVE = "archive/clip"
"""The label of jobs that end long before they are tracked."""
_ARCHIVE_AGES = (29.2, 28.5, 27.6, 26.4, 25.3, 24.7, 23.2, 22.4, 20.0, 18.0, 15.0, 12.0)
"""Days before `OPENED` at which these ended."""
_CLIPS = (DUSK, SILK, BLOOM)
_FAILS_EVERY = 7
"""One job in so many fails."""
_REASONS: dict[Kind, tuple[str, ...]] = {
    "i2v": ("Failure to pass the risk control system", "Image pixel is invalid"),
    "o1": ("Invalid image URL provided in prompt",),
}
_PROMPT = "Take @Image1 as the start frame and let the camera drift closer"


@dataclass(frozen=True)
class ScriptedJob:
    """A job as it really is at the gateway."""

    id: str
    kind: Kind
    label: str
    submitted: datetime
    ended: datetime
    clip: Clip | None
    """Its result; None if it fails."""
    message: str
    """Why it fails, if it does."""

    def simulated(self, now: datetime) -> DemoJob:
        """Return it as the demo gateway has it at a time after its submission."""
        end = (self.ended - self.submitted).total_seconds()
        script = timeline((0.0, self._live(end)), (end, self._end))
        age = (now - self.submitted).total_seconds()
        return DemoJob(self.id, self.kind, self.label, age, script)

    def _live(self, end: float) -> Script:
        return o1.in_progress(done=end) if self.kind == "o1" else i2v.processing

    @property
    def _end(self) -> Script:
        if self.kind == "o1":
            return o1.completed(self.clip, _PROMPT) if self.clip else o1.failed(self.message)
        return i2v.succeeded(self.clip) if self.clip else i2v.failed(self.message)


@dataclass(frozen=True)
class Round:
    """Jobs that are tracked at the same time, with one label."""

    tracked: datetime
    jobs: tuple[ScriptedJob, ...]


_PLAN: tuple[tuple[datetime, float, str, Kind, int, float, float], ...] = (
    (_DAY_1, 9.5, "summer/scene 1", "i2v", 18, 2, 0.2),
    (_DAY_1, 11.0, "autumn/scene 1", "i2v", 18, 2, 0.2),
    (_DAY_1, 14.0, "launch/teaser", "o1", 14, 2, 0.2),
    (_DAY_1, 16.0, "moodboard", "i2v", 10, 2, 0.2),
    (_DAY_1, 17.75, "summer/scene 2", "i2v", 20, 45, 15),
    (_DAY_2, 10.0, "launch/cut", "o1", 16, 2, 0.2),
    (_DAY_2, 11.75, "autumn/scene 2", "i2v", 20, 5, 3),
    (_DAY_2, 14.0, "winter/scene 1", "i2v", 20, 2, 0.2),
    (_DAY_2, 16.0, "moodboard", "i2v", 10, 2, 0.2),
    (_DAY_2, 17.75, "summer/scene 3", "i2v", 16, 60, 30),
    (_DAY_2, 22.0, "autumn/scene 3", "i2v", 14, 10, 5),
    (_DAY_3, 7.0, "winter/scene 2", "i2v", 12, 20, 20),
)
"""Day, hour, label, kind, number of jobs, and minutes: to the first end, and between ends."""


def _rounds() -> Iterator[Round]:
    number = 0
    tracked = _DAY_1 + timedelta(hours=9)
    ends = [OPENED - timedelta(days=days) for days in _ARCHIVE_AGES]
    minutes = timedelta(minutes=4)
    yield Round(
        tracked,
        tuple(_job(index, "i2v", _ARCHIVE, end - minutes, end) for index, end in enumerate(ends)),
    )
    number += len(ends)
    for day, hour, label, kind, count, first, step in _PLAN:
        tracked = day + timedelta(hours=hour)
        ends = [tracked + timedelta(minutes=first + step * index) for index in range(count)]
        jobs = (_job(number + index, kind, label, tracked, end) for index, end in enumerate(ends))
        yield Round(tracked, tuple(jobs))
        number += count


def _job(number: int, kind: Kind, label: str, submitted: datetime, ended: datetime) -> ScriptedJob:
    noise = hashlib.blake2b(str(number).encode(), digest_size=16)
    job_id = f"C{base64.urlsafe_b64encode(noise.digest()).decode()[:21]}"
    if kind == "o1":
        digits = noise.hexdigest()
        job_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    fails = number % _FAILS_EVERY == _FAILS_EVERY // 2
    clip = None if fails else _CLIPS[number % len(_CLIPS)]
    reasons = _REASONS[kind]
    message = reasons[number // _FAILS_EVERY % len(reasons)] if fails else ""
    return ScriptedJob(job_id, kind, label, submitted, ended, clip, message)


ROUNDS = tuple(_rounds())
JOBS = tuple(job for each in ROUNDS for job in each.jobs)
DOWNLOADED = tuple(job for job in ROUNDS[0].jobs[1::3] if job.clip)
"""The jobs of the archive that are downloaded."""
