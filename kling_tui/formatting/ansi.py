"""The looks of the app's columns on a terminal without Textual."""

from collections.abc import Callable, Iterable
from unicodedata import combining, east_asian_width

from kling_tui.formatting.columns import GAP, RenderContext, Span, layout_columns, visible_columns
from kling_tui.jobs import Job

Style = Callable[[str, str], str]
"""Gives a text a look."""
_CODES = {
    "queued": "36",
    "running": "34",
    "succeeded": "32",
    "failed": "31",
    "unknown": "33",
    "problem": "33",
    "bar": "34",
    "muted": "2",
    "rest": "2",
    "name": "1",
}


def colored(text: str, style: str) -> str:
    """Return words in the colour of a look."""
    code = _CODES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def uncolored(text: str, _: str) -> str:
    """Return words as they are."""
    return text


def width(text: str) -> int:
    """Return the number of cells that a terminal shows words in."""
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    return 0 if combining(character) else 1 + (east_asian_width(character) in "WF")


def job_row(job: Job, context: RenderContext, cells: int, style: Style) -> str:
    """Return a job as the app's table shows it, in no more than so many cells."""
    places = layout_columns(visible_columns(context), cells)
    parts = (_fitted(p.column.render(job, context), p.width, p.column.align, style) for p in places)
    return (" " * GAP).join(parts).rstrip()


def _fitted(spans: Iterable[Span], cells: int, align: str, paint: Style) -> str:
    shown, left = "", cells
    for words, look in spans:
        kept = truncate(words, left)
        left -= width(kept)
        shown += paint(kept, look)
    return " " * left + shown if align == "right" else shown + " " * left


def truncate(text: str, cells: int) -> str:
    """Return as much of words as fits, with an ellipsis where that is not all."""
    if width(text) <= cells:
        return text
    kept, room = "", cells - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…" if cells > 0 else ""
