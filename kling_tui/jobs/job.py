"""The job, and how polls change it."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.jobs.report import GatewayState, Report, Status, Video

DEFAULT_PROFILE = "default"
"""The name that users give the profile of [gateway], which jobs store as an empty string."""
MAX_HISTORY = 20
"""Transitions kept of one job, the last ones. A normal job has three; a gateway whose status words
alternate for hours makes hundreds, which once took most of the memory and of the job file."""
SLOW_FACTOR = 3.0
"""A job is slow that takes this many times the typical duration of its source."""
SLOW_AFTER = 2400.0
"""Seconds after which a job is slow while no typical duration is known."""
MAX_CLOCK_SKEW = timedelta(days=1)
"""How far a gateway's clock may be ahead; a time that is later is a mistake in a reply."""
_UNREPORTED_FIELDS = {
    "checked_at", "updated_at", "eta_seconds", "percent", "reply", "exchange", "unread",
    "videos", "label", "price", "review",
}  # fmt: skip
"""Fields whose changes are not worth a report: of every poll, or of what the user has done."""
RESULT_RETENTION = timedelta(days=30)
"""How long results can be downloaded after a job's end, by the policy of Kling."""
EXPIRY_WARNING = timedelta(days=3)
"""How long before that a warning is due for results that are not downloaded."""
EXPIRY_NOTICE = timedelta(days=7)
"""How long before that the table says when it is."""


class Review(StrEnum):
    """What the user thinks of the results of a job."""

    KEPT = "kept"
    REJECTED = "rejected"


class Price(Struct, frozen=True, gc=False):
    """The price of one unit."""

    usd: Decimal
    """US dollars per unit."""
    per_seconds: float | None = None
    """Seconds of video in a unit; None if a unit is one generation of any length."""


class Source(NamedTuple):
    """What a job is polled from: the endpoint of its kind, at the gateway of its profile."""

    kind: str
    profile: str = ""


class Transition(Struct, frozen=True, gc=False):
    """The moment at which a poll first reported a status."""

    at: datetime
    status: Status
    raw_status: str | None = None


_GATEWAY_FIELDS = GatewayState.__struct_fields__
_LASTING_FIELDS = ("prompt", "aspect_ratio", "processing_seconds", "created_at", "updated_at")
"""Facts that stay known when a later reply leaves them out."""


class Job(GatewayState, frozen=True, kw_only=True, gc=False):
    """A tracked job, with the state that its gateway last reported."""

    id: str
    kind: str
    added_at: datetime
    price: Price | None = None
    """The price on the day the job was tracked; later prices do not change it."""
    label: str = ""
    profile: str = ""
    """The profile whose gateway and key it is polled with; empty for that of [gateway]."""
    status: Status = Status.UNKNOWN
    problem: str | None = None
    """Why the last poll failed, which says nothing about the job."""
    problem_since: datetime | None = None
    checked_at: datetime | None = None
    """When the gateway last replied about this job."""
    ended_at: datetime | None = None
    unread: bool = False
    """Whether it has ended and the user has not seen that in the app."""
    review: Review | None = None
    """What the user thinks of all of its results together; None while they are not reviewed."""
    history: tuple[Transition, ...] = ()

    @property
    def source(self) -> Source:
        """What it is polled from."""
        return Source(self.kind, self.profile)

    @property
    def ended(self) -> bool:
        """Whether it is polled no longer."""
        return self.status.ended

    @property
    def is_new(self) -> bool:
        """Whether no poll has succeeded yet."""
        return self.status is Status.UNKNOWN and not self.history

    @property
    def name(self) -> str:
        """The name shown to the user: the label, or the id if there is none."""
        return self.label or self.id

    @property
    def batch(self) -> str:
        """The batch that its label names: "campaign" of "campaign/shot 3"; empty if none."""
        return batch_of(self.label)

    def label_in_batch(self, name: str) -> str:
        """Return the label with another name of its batch; without a batch if the name is ""."""
        rest = self.label.partition("/")[2]
        return f"{name}/{rest}" if name else rest.strip()

    @property
    def in_queue(self) -> bool:
        """Whether it waits for its turn, by its status or by its queue position."""
        return self.status is Status.QUEUED or (
            self.status is Status.RUNNING and bool(self.queue_position)
        )

    @property
    def seen_live(self) -> bool:
        """Whether a poll ever reported it unfinished."""
        return any(not transition.status.ended for transition in self.history)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the results that were downloaded."""
        return tuple(video.file for video in self.videos if video.file)

    @property
    def downloaded(self) -> bool:
        """Whether every result was downloaded."""
        return bool(self.videos) and all(video.file for video in self.videos)

    @property
    def has_result(self) -> bool:
        """Whether it succeeded with a result, which can be reviewed."""
        return self.status is Status.SUCCEEDED and bool(self.videos)

    @property
    def awaits_download(self) -> bool:
        """Whether it succeeded with a result that is not downloaded."""
        return self.has_result and not self.downloaded

    @property
    def expires_at(self) -> datetime | None:
        """When its results can no longer be downloaded; None if that does not matter."""
        return self.ended_at + RESULT_RETENTION if self.ended_at and self.awaits_download else None

    def is_expired(self, now: datetime) -> bool:
        """Whether its results have expired before they were downloaded."""
        return self.expires_at is not None and self.expires_at <= now

    def expires_soon(self, now: datetime) -> bool:
        """Whether its results are about to expire and are not downloaded."""
        return self.expires_within(EXPIRY_WARNING, now)

    def expires_within(self, period: timedelta, now: datetime) -> bool:
        """Whether its results are not downloaded, and expire in a period from `now` on."""
        return self.expires_at is not None and now < self.expires_at <= now + period

    @property
    def seconds(self) -> float | None:
        """Seconds of video delivered, the sum over all results."""
        lengths = [video.duration for video in self.videos if video.duration is not None]
        return sum(lengths) if lengths else None

    def elapsed(self, now: datetime) -> float | None:
        """Return the seconds from its start to its end, or to `now` while it is unfinished.

        None for a job that was tracked after its end and whose gateway reports no times.
        """
        if not self.ended:
            return max(0.0, (now - (self.created_at or self.added_at)).total_seconds())
        if self.created_at and self.updated_at and self.updated_at > self.created_at:
            return (self.updated_at - self.created_at).total_seconds()
        if self.seen_live and self.ended_at:
            return max(0.0, (self.ended_at - self.added_at).total_seconds())
        return self.processing_seconds

    def is_slow(self, now: datetime, slow_after: float | None) -> bool:
        """Return whether it takes longer than `slow_after` seconds (None: not known yet)."""
        if self.ended or self.is_new:
            return False
        return (self.elapsed(now) or 0.0) > (slow_after or SLOW_AFTER)

    def remaining(self, now: datetime) -> float | None:
        """Return the seconds left by the gateway's last estimate, never more than it was."""
        if self.ended or self.eta_seconds is None or self.checked_at is None:
            return None
        end = self.checked_at + timedelta(seconds=self.eta_seconds)
        # The system clock may have been set back since.
        return min(self.eta_seconds, max(0.0, (end - now).total_seconds()))

    def with_report(self, report: Report, at: datetime) -> "Job":
        """Return the job after a poll at `at` that returned `report`.

        An end is final: later reports only renew the links of a success. One that contradicts the
        end sets `problem` and changes nothing else.
        """
        if self.ended:
            return self._with_later_report(report, at)
        state = {name: getattr(report, name) for name in _GATEWAY_FIELDS}
        for name in ("created_at", "updated_at"):
            if state[name] and state[name] > at + MAX_CLOCK_SKEW:
                state[name] = None
        for name in _LASTING_FIELDS:
            state[name] = state[name] or getattr(self, name)
        state["videos"] = report.videos or self.videos
        ended_at = None
        if report.status.ended:
            updated = report.updated_at
            ended_at = updated if updated and updated <= at else at
        history = self.history
        if not history or (report.status, report.raw_status) != (self.status, self.raw_status):
            transition = Transition(at, report.status, report.raw_status)
            history = (*history[1 - MAX_HISTORY :], transition)
        return replace(
            self,
            **state,
            problem=None,
            problem_since=None,
            checked_at=at,
            ended_at=ended_at,
            unread=report.status.ended,
            history=history,
        )

    def _with_later_report(self, report: Report, at: datetime) -> "Job":
        """Return the job, which has ended, after another poll."""
        if report.status is not self.status:
            return self._with_contradiction(report, at)
        videos = self.videos
        if report.conclusive and report.status is Status.SUCCEEDED:
            videos = _with_new_links(videos, report.videos)
        return replace(self, videos=videos, problem=None, problem_since=None, checked_at=at)

    def _with_contradiction(self, state: GatewayState, at: datetime) -> "Job":
        """Return the job, which has ended, after a poll at `at` that found it in another state."""
        said = ": ".join(filter(None, (state.raw_status or state.status, state.message)))
        problem = f"gateway now reports {said}, after the job {self.status}"
        return self.with_poll_error(f"{problem}; to poll it again, remove and add it", at)

    def with_polls_of(self, other: "Job") -> "Job":
        """Return the job, which has ended, with what polls of the same job found elsewhere.

        `other` has ended too. The end of this one stays: as after a later report, only links are
        renewed, and another end is a problem.
        """
        if other.status is not self.status:
            return self._with_contradiction(other, other.checked_at or other.added_at)
        if (self.checked_at or self.added_at) > (other.checked_at or other.added_at):
            return replace(self, videos=self.videos or other.videos)
        return replace(
            self,
            videos=_with_new_links(self.videos, other.videos),
            problem=other.problem,
            problem_since=other.problem_since,
            checked_at=other.checked_at,
        )

    def with_file(self, index: int, file: str | None, missing_file: str | None = None) -> "Job":
        """Return the job with the path of one of its videos set, or with None removed."""
        videos = list(self.videos)
        videos[index] = replace(videos[index], file=file, missing_file=missing_file)
        return replace(self, videos=tuple(videos))

    def differs_from(self, before: "Job") -> bool:
        """Whether polls found more since `before` than times, estimates and the raw reply.

        A result that was downloaded, or whose link was renewed for that, is the same result.
        """
        same_results = len(self.videos) == len(before.videos)
        return not same_results or _reportable_values(self) != _reportable_values(before)

    def with_poll_error(self, problem: str, at: datetime) -> "Job":
        """Return the job after a failed poll at `at`: nothing but `problem` changes."""
        since = self.problem_since if problem == self.problem else None
        return replace(self, problem=problem, problem_since=since or at)


_reportable_values = attrgetter(
    *(name for name in Job.__struct_fields__ if name not in _UNREPORTED_FIELDS)
)


def batch_of(label: str) -> str:
    """Return the batch that a label names; see `Job.batch`."""
    batch, slash, rest = label.partition("/")
    is_batch = slash and rest.strip("/ ") and not rest.startswith("/")  # no URL
    return batch.strip() if is_batch else ""


def _with_new_links(videos: tuple[Video, ...], new: tuple[Video, ...]) -> tuple[Video, ...]:
    """Return `videos` with the URLs of the same videos in a later report, or `new` if empty.

    Videos are matched by id, or else by position among those that are not. Nothing but the URL
    changes, because the cost depends on the number of videos and their lengths.
    """
    if not videos:
        return new
    by_id = {video.id: video.url for video in new if video.id}
    ids = {video.id for video in videos}
    others = iter([video.url for video in new if video.id is None or video.id not in ids])
    return tuple(
        replace(video, url=by_id[video.id] if video.id in by_id else next(others, video.url))
        for video in videos
    )
