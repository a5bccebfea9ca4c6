"""What a job is: frozen values that answer questions about themselves, and no I/O."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from statistics import median
from typing import NamedTuple

DEFAULT_PROFILE = "default"
"""What a person calls the profile of the jobs that name none."""
MAX_HISTORY = 100
"""Transitions that are kept of one job, the last ones."""
MAX_DURATION_SAMPLES = 100
"""Jobs of a source that tell how long its jobs take, the last ones."""
MAX_VIDEOS = 100
"""Results of one job that are kept."""
SLOW_FACTOR = 3.0
"""How many times as long as is usual a job lives before it is called slow."""
SLOW_AFTER = 2400.0
"""Seconds after which a job is called slow where nothing is known of what is usual."""
_VOLATILE_FIELDS = {"checked_at", "updated_at", "eta_seconds", "percent", "reply"}
"""What of a job may differ with every poll."""
RESULT_RETENTION = timedelta(days=30)
"""How long results are kept after a job's end, by the word of the models' maker."""
EXPIRY_WARNING = timedelta(days=3)
"""How long before that a result which nobody has downloaded is worth a warning."""


class Status(StrEnum):
    """How a job is, whatever words its endpoint has for that."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        """Whether the job will not change any more."""
        return self in _ENDED_STATUSES


_ENDED_STATUSES = (Status.SUCCEEDED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a kind costs."""

    usd: Decimal
    """US dollars a unit."""
    per_seconds: float | None = None
    """Seconds of video in a unit; None where a generation is the unit, whatever its length."""


class Source(NamedTuple):
    """Where a job is asked about: the endpoint of a kind, at the gateway of a profile."""

    kind: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Video:
    """One result of a job."""

    url: str
    id: str | None = None
    duration: float | None = None
    """Seconds delivered, which differ from those asked for (5.1 for 5)."""
    width: int | None = None
    height: int | None = None
    content_type: str | None = None
    file: str | None = None
    """Where it was downloaded to."""

    @property
    def location(self) -> str:
        """Where it is to be had: on disk, else on the web."""
        return self.file or self.url


@dataclass(frozen=True, slots=True)
class Transition:
    """The moment at which a job was first seen in a state."""

    at: datetime
    status: Status
    raw_status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one reply of a gateway says about a job; None where it says nothing."""

    status: Status
    raw_status: str | None = None
    """The endpoint's own word."""
    message: str | None = None
    queue_position: int | None = None
    eta_seconds: float | None = None
    """Seconds until the end as the gateway estimates them."""
    percent: float | None = None
    """How much of the job is done by the gateway's count, from 0 to 100."""
    videos: tuple[Video, ...] = ()
    prompt: str | None = None
    aspect_ratio: str | None = None
    processing_seconds: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reply: str | None = None
    """The reply itself, as indented JSON."""
    conclusive: bool = True
    """False where an end is to be believed only when the gateway repeats it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A tracked job as last known. Times are in UTC, and None is what is not known."""

    id: str
    kind: str
    added_at: datetime
    price: Price | None = None
    """The price on the day the job was tracked; later prices do not change it."""
    label: str = ""
    profile: str = ""
    """Whose gateway and key it is asked with; empty is the profile of [gateway]."""
    status: Status = Status.UNKNOWN
    raw_status: str | None = None
    message: str | None = None
    problem: str | None = None
    """What went wrong with the last poll, which says nothing about the job."""
    problem_since: datetime | None = None
    queue_position: int | None = None
    eta_seconds: float | None = None
    """Seconds until the end, counted from `checked_at`."""
    percent: float | None = None
    """How much of it is done by the gateway's count, from 0 to 100."""
    videos: tuple[Video, ...] = ()
    prompt: str | None = None
    aspect_ratio: str | None = None
    processing_seconds: float | None = None
    created_at: datetime | None = None
    """By the gateway's clock."""
    updated_at: datetime | None = None
    """By the gateway's clock."""
    checked_at: datetime | None = None
    """When the gateway last answered for this job."""
    ended_at: datetime | None = None
    history: tuple[Transition, ...] = ()
    reply: str | None = None

    @property
    def source(self) -> Source:
        """Where it is asked about."""
        return Source(self.kind, self.profile)

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to poll for."""
        return self.status.ended

    @property
    def is_new(self) -> bool:
        """Whether nothing is known of it yet."""
        return self.status is Status.UNKNOWN and not self.history

    @property
    def name(self) -> str:
        """What a person calls it: the label, or the id where there is none."""
        return self.label or self.id

    @property
    def in_queue(self) -> bool:
        """Whether it still waits for its turn, in the status word or by its queue position."""
        return self.status is Status.QUEUED or (
            self.status is Status.RUNNING and bool(self.queue_position)
        )

    @property
    def seen_live(self) -> bool:
        """Whether a poll ever found it unfinished."""
        return any(not transition.status.ended for transition in self.history)

    @property
    def files(self) -> tuple[str, ...]:
        """Where the results are that were downloaded."""
        return tuple(video.file for video in self.videos if video.file)

    @property
    def downloaded(self) -> bool:
        """Whether every result is in a file."""
        return bool(self.videos) and all(video.file for video in self.videos)

    @property
    def awaits_download(self) -> bool:
        """Whether there is a result that is in no file."""
        return self.status is Status.SUCCEEDED and bool(self.videos) and not self.downloaded

    @property
    def expires_at(self) -> datetime | None:
        """When its results can be fetched no more."""
        return self.ended_at + RESULT_RETENTION if self.ended_at and self.awaits_download else None

    def is_expired(self, now: datetime) -> bool:
        """Whether its results are gone, and were not downloaded."""
        return self.expires_at is not None and self.expires_at <= now

    def expires_soon(self, now: datetime) -> bool:
        """Whether its results are about to go, and are not downloaded."""
        return self.expires_at is not None and now < self.expires_at <= now + EXPIRY_WARNING

    @property
    def seconds(self) -> float | None:
        """Seconds of video delivered, over all results."""
        lengths = [video.duration for video in self.videos if video.duration is not None]
        return sum(lengths) if lengths else None

    def elapsed(self, now: datetime) -> float | None:
        """Seconds from its start until its end, or until `now` while it lives.

        None for a job that was tracked only after it had ended and says nothing of its times.
        """
        if not self.ended:
            return max(0.0, (now - (self.created_at or self.added_at)).total_seconds())
        if self.created_at and self.updated_at and self.updated_at > self.created_at:
            return (self.updated_at - self.created_at).total_seconds()
        if self.seen_live and self.ended_at:
            return max(0.0, (self.ended_at - self.added_at).total_seconds())
        return self.processing_seconds

    def is_slow(self, now: datetime, typical: float | None) -> bool:
        """Whether it lives far longer than jobs of its kind do, which is no failure.

        `usual` is how many seconds those take, None where none has finished yet.
        """
        if self.ended or self.is_new:
            return False
        return (self.elapsed(now) or 0.0) > (typical * SLOW_FACTOR if typical else SLOW_AFTER)

    def remaining(self, now: datetime) -> float | None:
        """Seconds left by the gateway's estimate at its last answer, never more than it said."""
        if self.ended or self.eta_seconds is None or self.checked_at is None:
            return None
        end = self.checked_at + timedelta(seconds=self.eta_seconds)
        # The clock may have been set back since.
        return min(self.eta_seconds, max(0.0, (end - now).total_seconds()))

    def with_report(self, report: Report, at: datetime) -> "Job":
        """Return the job after the gateway answered `report` at the time `at`."""
        ended_at = None
        if report.status.ended:
            said = report.updated_at
            ended_at = self.ended_at or (said if said and said <= at else at)
        changed = (report.status, report.raw_status) != (self.status, self.raw_status)
        step = Transition(at, report.status, report.raw_status)
        history = self.history[1 - MAX_HISTORY :]
        return replace(
            self,
            status=report.status,
            raw_status=report.raw_status,
            message=report.message,
            problem=None,
            problem_since=None,
            queue_position=report.queue_position,
            eta_seconds=report.eta_seconds,
            percent=report.percent,
            videos=_with_files(report.videos, self.videos) or self.videos,
            prompt=report.prompt or self.prompt,
            aspect_ratio=report.aspect_ratio or self.aspect_ratio,
            processing_seconds=report.processing_seconds or self.processing_seconds,
            created_at=report.created_at or self.created_at,
            updated_at=report.updated_at or self.updated_at,
            checked_at=at,
            ended_at=ended_at,
            history=(*history, step) if changed or not self.history else self.history,
            reply=report.reply,
        )

    def with_file(self, index: int, file: str | None) -> "Job":
        """Return the job with one of its videos in a file, or in none any more."""
        videos = list(self.videos)
        videos[index] = replace(videos[index], file=file)
        return replace(self, videos=tuple(videos))

    def differs_from(self, before: "Job") -> bool:
        """Whether more has changed since `before` than when and how exactly it was said."""
        return _news(self) != _news(before)

    def with_poll_error(self, problem: str, at: datetime) -> "Job":
        """Return the job after a poll at `at` failed: nothing about the job itself changes."""
        since = self.problem_since if problem == self.problem else None
        return replace(self, problem=problem, problem_since=since or at)


_news = attrgetter(*(field.name for field in fields(Job) if field.name not in _VOLATILE_FIELDS))


class TypicalDurations:
    """How long jobs of each source take until they succeed: the median of the last of them."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.seconds: dict[Source, float] = {}
        """Of each source of which any has succeeded."""
        self._taken: dict[Source, deque[float]] = {}
        done = (job for job in jobs if job.status is Status.SUCCEEDED and job.ended_at)
        for job in sorted(done, key=attrgetter("ended_at"), reverse=True):
            # Of the oldest of thousands nothing more is looked at.
            if len(self._taken.get(job.source, ())) < MAX_DURATION_SAMPLES and (
                seconds := _took(job)
            ):
                self._of(job).appendleft(seconds)
        for source, taken in self._taken.items():
            self.seconds[source] = median(taken)

    def add(self, job: Job) -> None:
        """Take a job into account that has ended just now."""
        if seconds := _took(job):
            taken = self._of(job)
            taken.append(seconds)
            self.seconds[job.source] = median(taken)

    def _of(self, job: Job) -> deque[float]:
        return self._taken.setdefault(job.source, deque(maxlen=MAX_DURATION_SAMPLES))


def _took(job: Job) -> float | None:
    """Return how many seconds a job took to succeed; None where it did not, or nobody knows."""
    return job.elapsed(job.ended_at) if job.status is Status.SUCCEEDED and job.ended_at else None


def _with_files(fresh: tuple[Video, ...], known: tuple[Video, ...]) -> tuple[Video, ...]:
    """Keep where each video was downloaded to when a reply brings it with a fresh link.

    A video is known again by its id, or else by its place among the others.
    """
    ids = {video.id for video in fresh if video.id}
    by_id: dict[str | None, str | None] = {
        video.id: video.file for video in known if video.id in ids
    }
    by_place = [None if video.id in ids else video.file for video in known] + [None] * len(fresh)
    return tuple(
        replace(video, file=by_id.get(video.id, file))
        for video, file in zip(fresh, by_place, strict=False)
    )
