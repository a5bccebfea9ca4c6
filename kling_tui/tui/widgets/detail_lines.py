"""The fields of the detail pane as lines of a given width, and which links the terminal is sent."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from kling_tui.formatting.details import DetailField

NAME_WIDTH = 11
"""Cells for the names on the left."""
_MIN_VALUE_WIDTH = 10
_CACHED_FIELDS = 512
_PLAIN_URL = re.compile(r"https?://[\w./?=&%~:+#@-]*[\w/=-]", re.ASCII)
"""A URL that every terminal which detects URLs detects as a whole."""


class DetailLine(NamedTuple):
    """A line: a name, or blanks below it, and the part of the value that fits beside it."""

    content: Content
    url: str = ""
    """The whole URL that the value is a part of."""


# The same lines for the same field: so lines that changed are found by comparing identities.
@lru_cache(maxsize=_CACHED_FIELDS)
def wrap_field(field: DetailField, width: int) -> Sequence[DetailLine]:
    """Return the lines of a field: its value wraps in a column of its own."""
    name, spans = field
    room = max(_MIN_VALUE_WIDTH, width - NAME_WIDTH)
    value = Content.assemble(*((text, style_name(style_class)) for text, style_class in spans))
    parts = [value] if _fits(value, room) else value.wrap(room)
    url = next((text for text, style_class in spans if style_class == "link"), "")
    link = Style(link=url) if url and _needs_hyperlink(url, len(parts)) else None
    lines: list[DetailLine] = []
    for number, part in enumerate(parts):
        left = Content.styled(("" if number else name).ljust(NAME_WIDTH), style_name("muted"))
        right = part.stylize(link) if link else part
        lines.append(DetailLine(Content.assemble(left, right), url))
    return lines


def style_name(style_class: str) -> str:
    """Return the name of a component style."""
    return f".job-detail--{style_class}"


def _fits(value: Content, room: int) -> bool:
    return "\n" not in value.plain and value.cell_length <= room


def _needs_hyperlink(url: str, line_count: int) -> bool:
    """Return whether a URL is sent a second time, as the target of an OSC 8 hyperlink.

    Terminals make a plain URL clickable by themselves, but only within one line.
    """
    return line_count > 1 or not _PLAIN_URL.fullmatch(url)
