"""The job and what gateways report about it: immutable values without I/O."""

from kling_tui.jobs.job import (
    DEFAULT_PROFILE,
    EXPIRY_NOTICE,
    EXPIRY_WARNING,
    MAX_CLOCK_SKEW,
    MAX_HISTORY,
    RESULT_RETENTION,
    SLOW_FACTOR,
    Job,
    Price,
    Review,
    Source,
    Transition,
    batch_of,
)
from kling_tui.jobs.report import MAX_VIDEOS, Exchange, Report, Status, Video

__all__ = [
    "DEFAULT_PROFILE",
    "EXPIRY_NOTICE",
    "EXPIRY_WARNING",
    "MAX_CLOCK_SKEW",
    "MAX_HISTORY",
    "MAX_VIDEOS",
    "RESULT_RETENTION",
    "SLOW_FACTOR",
    "Exchange",
    "Job",
    "Price",
    "Report",
    "Review",
    "Source",
    "Status",
    "Transition",
    "Video",
    "batch_of",
]
