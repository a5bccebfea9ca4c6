"""Text from outside made harmless: one line of characters that only print."""

import unicodedata

_GONE = {"Cc", "Cf"}
_BLANK = {"Zl", "Zp", "Zs"}
_UNPRINTABLE = {"Cs", "Cn"}


def sanitize_line(text: str, limit: int = 2_000) -> str:
    """Return `text` as one line without control, bidirectional or zero-width characters.

    Every kind of space becomes one space, and what no terminal can print becomes U+FFFD.
    More than `limit` characters end in an ellipsis.
    """
    line = _each_harmless(text[: limit * 2]).strip()
    return line if len(line) <= limit and len(text) <= limit * 2 else line[: limit - 1] + "…"


def sanitize_text(text: str, limit: int) -> str:
    """Return the first `limit` characters of `text`, harmless but for its own line ends."""
    return "\n".join(map(_each_harmless, text[:limit].split("\n")))


def _each_harmless(text: str) -> str:
    # Nearly all text is of this kind, and thousands of jobs have a lot of it.
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in "\t\n\r\v\f":
        return " "
    category = unicodedata.category(character)
    if category in _BLANK:
        return " "
    if category in _GONE:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if category in _UNPRINTABLE else character
