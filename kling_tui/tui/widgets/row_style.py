"""The styles of the cells of a row, also under the cursor."""

from rich.style import Style
from textual.widget import Widget

from kling_tui.tui.readable_app import has_few_colours

_COLOURED_UNDER_CURSOR = frozenset({"failed"})
"""Styles that keep their colour where the row under the cursor is reversed."""


def row_style(widget: Widget, prefix: str, style_class: str, *, under_cursor: bool) -> Style:
    """Return the style of a component class of a widget, on the background of its row.

    The names of the component classes are the style classes after `prefix`, such as "job-table".
    """
    if under_cursor and has_few_colours(widget.app):
        plain = widget.rich_style
        if style_class in _COLOURED_UNDER_CURSOR:
            plain = row_style(widget, prefix, style_class, under_cursor=False)
        return plain + Style(reverse=True)
    names = ("cursor", style_class) if under_cursor else (style_class,)
    return widget.get_visual_style(*(f"{prefix}--{name}" for name in names)).rich_style
