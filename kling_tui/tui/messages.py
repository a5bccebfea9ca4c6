"""Messages to the main screen, named for what happened."""

from dataclasses import dataclass

from textual.message import Message

from kling_tui.jobs import Job
from kling_tui.previews import Specs
from kling_tui.tui.wall_results import Result


@dataclass
class JobUpdated(Message):
    """A poll changed a job."""

    before: Job
    job: Job


class JobHighlighted(Message):
    """The cursor of the table moved to another row, or the user selected its row again."""


class ViewportChanged(Message):
    """The table was scrolled or resized, so that other rows are in view."""


class JobOpened(Message):
    """The user double-clicked the row under the cursor."""


@dataclass
class ClipProbed(Message):
    """A video file was read."""

    file: str
    found: Specs | str
    """Its properties, or why it cannot be shown."""


@dataclass
class SortRequested(Message):
    """The user clicked the heading of a sortable column."""

    sort_id: str


@dataclass
class LinkClicked(Message):
    """The user clicked a URL in the detail."""

    url: str


@dataclass
class TileClicked(Message):
    """The user clicked a tile of the clip wall."""

    result: Result
    twice: bool


@dataclass
class ResultHighlighted(Message):
    """The cursor of the clip wall moved to another result, or is in another tile."""

    by_user: bool
    """False if its result is no longer shown, or the window was resized."""


class ResultOpened(Message):
    """The user double-clicked the tile under the cursor."""
