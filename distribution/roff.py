"""Text in roff, the language of man pages."""

import re
import textwrap

_ESCAPED = {
    "\\": r"\(rs",
    "-": r"\-",
    "'": r"\(aq",
    '"': r"\(dq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}
_WIDTH = 70
"""Characters of a line before characters are escaped; how wide it is shown, the reader decides."""


def escape(text: str) -> str:
    """Return a line of text that is shown as it is, also where it begins like a macro."""
    escaped = "".join(_ESCAPED.get(character) or _in_ascii(character) for character in text)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def _in_ascii(character: str) -> str:
    return character if character.isascii() else rf"\[u{ord(character):04X}]"


def paragraph(text: str) -> list[str]:
    """Return the lines of a paragraph; what is in Markdown's backquotes is bold."""
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    lines = textwrap.wrap(plain, _WIDTH, break_long_words=False, break_on_hyphens=False)
    parts = escape("\n".join(lines)).split(r"\(ga")
    bold = "".join(rf"\fB{part}\fR" if i % 2 else part for i, part in enumerate(parts))
    return [rf"\&{line}" if line.startswith(".") else line for line in bold.split("\n")]


def item(term: str, text: str) -> list[str]:
    """Return the lines of an entry of a list."""
    return [".TP", rf"\fB{escape(term)}\fR", *paragraph(text)]


def example(lines: list[str]) -> list[str]:
    """Return lines that are shown as they are."""
    return [".PP", ".RS 4", ".EX", *map(escape, lines), ".EE", ".RE"]


def heading(macro: str, title: str) -> str:
    """Return the heading of a section (``SH``) or of a part of it (``SS``)."""
    return f'.{macro} "{escape(title)}"'
