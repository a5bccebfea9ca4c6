"""What a tile of the clip wall shows of a result."""

from collections.abc import Sequence

from msgspec import Struct

from kling_tui.formatting import captions, results
from kling_tui.formatting.names import JobNames
from kling_tui.formatting.spans import Span
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.wall_results import Result

_MARK_SIGN = "*"
_UNREAD_SIGN = "•"


class TileContent(Struct, frozen=True):
    """What a tile shows."""

    result: Result
    file: str
    """The path of the video file; "" if it is known to be gone."""
    note: str
    """What is shown in place of the poster, where there is none."""
    sign: Span
    """What stands before the name: that the job is marked, or unread."""
    title: str
    facts: Sequence[Span]
    under_cursor: bool


def tile_content(
    job: Job, number: int, names: JobNames, cells: int, *, marked: bool, under_cursor: bool
) -> TileContent:
    """Return what is shown of a video of a job, in `cells` cells."""
    file = job.videos[number].file
    sign: Span = ("", "mark")
    if marked:
        sign = (_MARK_SIGN, "mark")
    elif job.unread:
        sign = (_UNREAD_SIGN, "unread")
    return TileContent(
        Result(job.id, number),
        file or "",
        sanitize_line(file.rpartition("/")[2]) if file else results.MISSING_FILE,
        sign,
        captions.title(job, number, names, cells),
        tuple(captions.facts(job, number, cells)),
        under_cursor,
    )
