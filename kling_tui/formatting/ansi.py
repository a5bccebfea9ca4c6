"""Renders the columns of the job table with ANSI colours, for commands without a screen."""

from collections.abc import Callable, Iterable

from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.column_layout import GAP, layout_columns
from kling_tui.formatting.columns import visible_columns
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span
from kling_tui.jobs import Job

Style = Callable[[str, str], str]
"""Applies a style, such as "muted", to a text: `style(text, name)`."""
_CODES = {
    "queued": "36",
    "running": "34",
    "succeeded": "32",
    "failed": "31",
    "unknown": "33",
    "problem": "33",
    "bar": "34",
    "muted": "2",
    "suffix": "2",
    "rest": "2",
    "name": "1",
    "title": "1",
    "warning": "33",
    "error": "31",
}


def colored(text: str, style: str) -> str:
    """Return text in the colour of a style; a `Style`."""
    code = _CODES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def uncolored(text: str, _: str) -> str:
    """Return text without colour; a `Style`."""
    return text


def job_row(job: Job, context: RenderContext, cells: int, style: Style) -> str:
    """Return a row like that of the app's table, at most `cells` wide."""
    columns = layout_columns(visible_columns(context), cells)
    parts = (_cell(c.render(job, context), c.width, c.column.align, style) for c in columns)
    return (" " * GAP).join(parts).rstrip()


def _cell(spans: Iterable[Span], cells: int, align: str, style: Style) -> str:
    shown, room = "", cells
    for text, name in spans:
        fitting = truncate(text, room)
        room -= width(fitting)
        shown += style(fitting, name)
    return " " * room + shown if align == "right" else shown + " " * room
