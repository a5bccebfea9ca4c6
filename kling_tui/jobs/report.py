"""What a gateway says about a job."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

MAX_VIDEOS = 100
"""Results kept of one job."""


class Status(StrEnum):
    """The status of a job, the same for all endpoints."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        """Whether it is final."""
        return self in _ENDED_STATUSES


_ENDED_STATUSES = (Status.SUCCEEDED, Status.FAILED)


class Video(Struct, frozen=True, gc=False):
    """One result of a job."""

    url: str
    id: str | None = None
    duration: float | None = None
    """Seconds delivered, which differ from those ordered (5.1 for 5)."""
    width: int | None = None
    height: int | None = None
    content_type: str | None = None
    file: str | None = None
    """The path that it was downloaded to."""
    missing_file: str | None = None
    """The path that it was downloaded to, if the file is no longer there: `file` is None then."""

    @property
    def location(self) -> str:
        """Its path if it was downloaded, else its URL."""
        return self.file or self.url


class Exchange(Struct, frozen=True, gc=False):
    """The HTTP request and response that a reply came with."""

    method: str
    path: str
    """The path of the URL, without its query."""
    status: int
    at: datetime
    """When the response was complete, by this machine's clock."""
    seconds: float | None = None
    """From the start of the request to the end of the response."""
    headers: tuple[str, ...] = ()
    """The response's headers, each as ``name: value``, bounded in number and length."""


class GatewayState(Struct, frozen=True, kw_only=True, gc=False):
    """What a gateway says about a job; None if it does not. Times are UTC, by its own clock."""

    status: Status
    raw_status: str | None = None
    """The status in the endpoint's own terms."""
    message: str | None = None
    queue_position: int | None = None
    eta_seconds: float | None = None
    """The gateway's estimate of the seconds until the end, counted from its reply."""
    percent: float | None = None
    """Progress as the gateway reports it, from 0 to 100."""
    videos: tuple[Video, ...] = ()
    prompt: str | None = None
    aspect_ratio: str | None = None
    processing_seconds: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reply: str | None = None
    """The reply itself, as indented JSON."""
    exchange: Exchange | None = None
    """The HTTP exchange of that reply."""


class Report(GatewayState, frozen=True, kw_only=True, gc=False):
    """One reply of a gateway about a job."""

    conclusive: bool = True
    """False if an end is to be believed only when the gateway repeats it."""
