"""Which results are on the clip wall, and how many tiles fit."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import NamedTuple

from textual.geometry import Size

from kling_tui.jobs import Job

_MIN_WIDTH = 26
"""Cells of a tile: a poster of 25 cells still shows what is on it."""
_MAX_COLUMNS = 5
"""Tiles beside one another: on a wide screen, they grow instead."""
_ASPECT = 16 / 9
"""Width by height of most results."""


class Result(NamedTuple):
    """One video of a job."""

    job_id: str
    number: int
    """Of the video among those of its job, from 0."""


def downloaded_results(jobs: Mapping[str, Job], job_ids: Iterable[str]) -> Iterator[Result]:
    """Yield the results of some jobs that were downloaded, also where the file is gone since."""
    for job_id in job_ids:
        job = jobs.get(job_id)
        for number, video in enumerate(job.videos if job else ()):
            if video.file or video.missing_file:
                yield Result(job_id, number)


class Grid(NamedTuple):
    """How the tiles are laid out."""

    columns: int
    rows: int
    tile: Size
    """The size of a tile in cells."""
    gap: int
    """Blank lines between two rows."""

    @property
    def tiles(self) -> int:
        """How many there are."""
        return self.columns * self.rows


def fit_grid(room: Size, caption_lines: int, margins: int) -> Grid:
    """Return how tiles fill `room`; there is at least one.

    A tile is as high as its poster and `caption_lines` need, if results have the usual aspect
    ratio. `margins` are the cells of its width that are not its poster's.
    """
    columns = max(1, min(_MAX_COLUMNS, room.width // _MIN_WIDTH))
    width = room.width // columns
    height = max(1, ceil((width - margins) / _ASPECT / 2)) + caption_lines
    rows = max(1, round(room.height / height))
    height = min(height, room.height // rows)
    return Grid(columns, rows, Size(width, height), min(1, room.height // rows - height))
