"""The texts of a message that announces the ends of jobs, or budgets."""

import secrets
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from kling_tui.costs import cost_of
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Status
from kling_tui.sanitize import sanitize_line

MAX_LISTED = 20
"""Jobs that a message lists: as many as fit into the shortest that a service allows."""
_MAX_NAME = 80
_MAX_REASON = 200


class Entry(Struct, frozen=True):
    """What a message says of one job or budget."""

    text: str
    """One line."""
    links: tuple[str, ...] = ()
    """The URLs of its results. Whoever has one can download the result."""


class Message(Struct, frozen=True):
    """A message about one or more jobs or budgets, in no format of a service yet."""

    key: str
    """The same when it is sent again."""
    title: str
    entries: tuple[Entry, ...]
    failed: bool = False
    """Whether any of the jobs failed."""
    warning: bool = False
    """Whether it is about budgets."""
    jobs: tuple[Job, ...] = ()


def trial_message() -> Message:
    """Return a message that is about no job; each is another one for the service."""
    entry = Entry("Push notifications of kling-tui arrive here.")
    return Message(secrets.token_hex(8), "kling-tui test", (entry,))


def message_about(jobs: Sequence[Job], names: JobNames, key: str, *, links: bool) -> Message:
    """Return the message about the ends of some jobs; `links`: with the URLs of their results.

    If it cannot list all of them, those that failed come first.
    """
    if len(jobs) > MAX_LISTED:
        jobs = sorted(jobs, key=lambda job: job.status is not Status.FAILED)
    entries = (
        Entry(_line(job, names), tuple(video.url for video in job.videos) if links else ())
        for job in jobs
    )
    failed = any(job.status is Status.FAILED for job in jobs)
    return Message(key, _title(jobs), tuple(entries), failed, jobs=tuple(jobs))


def message_about_budgets(texts: Sequence[str], key: str) -> Message:
    """Return the message about budgets that have reached thresholds, each with a text."""
    title = "Budget warning" if len(texts) == 1 else f"{len(texts)} budget warnings"
    entries = tuple(Entry(sanitize_line(each, _MAX_REASON)) for each in texts)
    return Message(key, title, entries, warning=True)


def _title(jobs: Sequence[Job]) -> str:
    if len(jobs) == 1:
        return f"Job {text.status(jobs[0])}"
    counts = Counter(text.status(job) for job in jobs)
    shares = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"{len(jobs)} jobs ended: {shares}"


def _line(job: Job, names: JobNames) -> str:
    """Return a line like ``✓ hero (i2v) done, $0.35``."""
    name = sanitize_line(names.name(job), _MAX_NAME)
    kind = f"{job.profile} {job.kind}".strip()
    if job.status is Status.FAILED:
        mark = "✗"
        outcome = f"failed: {sanitize_line(text.failure_message(job), _MAX_REASON)}"
    else:
        mark, outcome = "✓", text.status(job)
    cost = cost_of(job)
    return f"{mark} {name} ({kind}) {outcome}" + (f", {text.cost(cost)}" if cost else "")
