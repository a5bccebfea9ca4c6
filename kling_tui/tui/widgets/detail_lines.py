"""The fields of the detail pane as lines of a given width, and which links the terminal is sent."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from kling_tui.formatting.details import DetailField
from kling_tui.formatting.spans import Span

NAME_WIDTH = 11
"""Cells for the names on the left."""
_MIN_VALUE_WIDTH = 10
_CACHED_FIELDS = 256
_PLAIN_URL = re.compile(r"https?://[\w./?=&%~:+#@-]*[\w/=-]", re.ASCII)
"""A URL that every terminal which detects URLs detects as a whole."""


class DetailLine(NamedTuple):
    """A line: a name, or blanks below it, and the part of the value that fits beside it."""

    spans: Sequence[Span]
    url: str = ""
    """The whole URL that the value is a part of."""
    hyperlink: str = ""
    """The URL where the terminal is sent it as the target of a hyperlink (OSC 8)."""

    @property
    def text(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.spans)


# The same lines for the same field: so lines that changed are found by comparing identities.
@lru_cache(maxsize=_CACHED_FIELDS)
def wrap_field(field: DetailField, width: int) -> Sequence[DetailLine]:
    """Return the lines of a field: its value wraps within the column of values."""
    name, spans = field
    parts = _wrap(spans, max(_MIN_VALUE_WIDTH, width - NAME_WIDTH))
    url = next((text for text, style_class in spans if style_class == "link"), "")
    whole = any((url, "link") in part for part in parts)
    hyperlink = "" if whole and _PLAIN_URL.fullmatch(url) else url
    names = name, *[""] * (len(parts) - 1)
    return [
        DetailLine(((left.ljust(NAME_WIDTH), "muted"), *part), url, hyperlink)
        for left, part in zip(names, parts, strict=True)
    ]


def _wrap(spans: Sequence[Span], room: int) -> Sequence[Sequence[Span]]:
    """Return the spans of each line; what follows a URL begins a line if it does not fit."""
    text = "".join(text for text, _ in spans)
    if "\n" not in text and cell_len(text) <= room:
        return [spans]
    url, *others = spans
    if url[1] == "link" and others:
        text, style_class = others[0]
        return [*_wrap([url], room), *_wrap([(text.lstrip(), style_class), *others[1:]], room)]
    return [
        [(line.plain[start:end], str(style_class)) for start, end, style_class in line.spans]
        for line in Content.assemble(*spans).wrap(room)
    ]
