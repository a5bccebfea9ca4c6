"""Sanitises untrusted text: only printable characters remain, so no terminal escapes."""

import unicodedata

_REMOVED_CATEGORIES = {"Cc", "Cf"}
_SPACE_CATEGORIES = {"Zl", "Zp", "Zs"}
_REPLACED_CATEGORIES = {"Cs", "Cn"}


def sanitize_line(text: str, limit: int = 2_000) -> str:
    """Return `text` as one line without control, bidirectional or zero-width characters.

    Every white-space character becomes a space, and every unprintable one U+FFFD. More than
    `limit` characters are cut, and end in an ellipsis.
    """
    line = _sanitize(text[: limit * 2]).strip()
    return line if len(line) <= limit and len(text) <= limit * 2 else line[: limit - 1] + "…"


def sanitize_text(text: str, limit: int) -> str:
    """Return the first `limit` characters of `text`, each of its lines sanitised."""
    return "\n".join(map(_sanitize, text[:limit].split("\n")))


def _sanitize(text: str) -> str:
    # Fast path: thousands of jobs have much text, nearly all of it like this.
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_sanitize_character, text))


def _sanitize_character(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in "\t\n\r\v\f":
        return " "
    category = unicodedata.category(character)
    if category in _SPACE_CATEGORIES:
        return " "
    if category in _REMOVED_CATEGORIES:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if category in _REPLACED_CATEGORIES else character
