"""Tells of jobs that end: by a toast, and by the terminal's bell."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from textual.notifications import SeverityLevel

from kling_tui.jobs import Job, Status
from kling_tui.ui import text

BUNDLED_WITHIN = 0.2
"""Seconds in which ends are told of together."""
_TOASTS = 3
"""Ends at the same moment that have a toast each; more share one."""


class Notify(Protocol):
    """Shows a toast, as Textual's own `notify` does."""

    def __call__(
        self, message: str, *, title: str, severity: SeverityLevel = ..., markup: bool
    ) -> None:
        """Show it."""
        ...


class Announcer:
    """Collects ends, and tells of those of the same moment together."""

    def __init__(
        self,
        notify: Notify,
        ring: Callable[[], None],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """Show toasts by `notify`, once each bundle after `ring`; `later` calls after seconds."""
        self._notify = notify
        self._ring = ring
        self._later = later
        self._ended: list[Job] = []

    def ended(self, job: Job) -> None:
        """Tell of a job's end."""
        if not self._ended:
            self._later(BUNDLED_WITHIN, self._tell)
        self._ended.append(job)

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        self._ring()
        if len(ended) > _TOASTS:
            states = Counter(text.state(job) for job in ended)
            words = ", ".join(f"{count} {state}" for state, count in states.items())
            self._notify(words, title=f"{len(ended)} jobs ended", markup=False)
            return
        for job in ended:
            failed = job.status is Status.FAILED
            words = (job.message or "no reason given") if failed else text.state(job)
            severity: SeverityLevel = "error" if failed else "information"
            self._notify(words, title=job.name, severity=severity, markup=False)
