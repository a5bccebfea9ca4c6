"""Facts that travel up to the main screen."""

from dataclasses import dataclass

from textual.message import Message

from kling_tui.jobs import Job
from kling_tui.previews import Specs


@dataclass
class JobUpdated(Message):
    """A poll has told something new of a job."""

    before: Job
    job: Job


@dataclass
class JobHighlighted(Message):
    """The cursor of the table stands on another job; None where the table is empty."""

    job_id: str | None


@dataclass
class ViewportChanged(Message):
    """Other jobs have come into view."""


@dataclass
class JobOpened(Message):
    """A person wants to see all of the job under the cursor."""


@dataclass
class ClipProbed(Message):
    """A video file was read."""

    file: str
    found: Specs | str
    """What it is, or why it cannot be shown."""


@dataclass
class SortRequested(Message):
    """A person clicked on the heading of a column that can be sorted by."""

    sort_id: str
