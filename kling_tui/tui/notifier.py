"""Tells of jobs that end: by the bell, on the desktop, by a toast, by a program of the person's."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from kling_tui.formatting import text
from kling_tui.jobs import Job, Status
from kling_tui.tui.desktop import Desktop

BATCH_SECONDS = 0.2
"""Seconds in which ends are told of together."""
_TOASTS = 3
"""Ends at the same moment that are named each; more are only counted."""


class Channel(StrEnum):
    """A way in which ends are told."""

    BELL = "bell"
    DESKTOP = "desktop"
    TOAST = "toast"
    COMMAND = "command"


class Notifier:
    """Collects ends, and tells of those of the same moment together."""

    def __init__(
        self, desktop: Desktop, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """`later` calls after so many seconds."""
        self.channels: frozenset[Channel] = frozenset()
        """Those that are on."""
        self._desktop = desktop
        self._later = later
        self._ended: list[Job] = []

    @property
    def summary(self) -> str:
        """The ways that are on, for a person."""
        return ", ".join(way for way in Channel if way in self.channels) or "off"

    def job_ended(self, job: Job) -> None:
        """Tell of a job's end."""
        if not self._ended:
            self._later(BATCH_SECONDS, self._notify)
        self._ended.append(job)
        if Channel.COMMAND in self.channels:
            self._desktop.run_notify_command(job)

    def _notify(self) -> None:
        ended, self._ended = self._ended, []
        if not self._desktop.focused:
            if Channel.BELL in self.channels:
                self._desktop.ring_bell()
            if Channel.DESKTOP in self.channels:
                self._desktop.notify(*_together(ended))
        if Channel.TOAST in self.channels:
            self._show(ended)

    def _show(self, ended: list[Job]) -> None:
        if len(ended) > _TOASTS:
            title, words = _together(ended)
            self._desktop.toast(words, title)
            return
        for job in ended:
            failed = job.status is Status.FAILED
            self._desktop.toast(_end(job), job.name, "error" if failed else "information")


def _end(job: Job) -> str:
    """Return how a job ended."""
    failed = job.status is Status.FAILED
    return (job.message or "no reason given") if failed else text.state(job)


def _together(ended: list[Job]) -> tuple[str, str]:
    """Return a title and words for all ends of one moment."""
    if len(ended) == 1:
        failed = "failed: " if ended[0].status is Status.FAILED else ""
        return ended[0].name, failed + _end(ended[0])
    title = f"{len(ended)} jobs ended"
    if len(ended) <= _TOASTS:
        return title, ", ".join(f"{job.name} {text.state(job)}" for job in ended)
    states = Counter(text.state(job) for job in ended)
    return title, ", ".join(f"{count} {state}" for state, count in states.items())
