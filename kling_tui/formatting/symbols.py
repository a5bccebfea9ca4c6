"""Symbols of the app and the commands, for terminals with UTF-8 and for those without.

Which of them are used is decided once, at start, by the locale.
"""

import codecs
import locale

ASCII = {
    "○": "o", "●": "@", "✓": "+", "✗": "x",
    "━": "#", "─": "-", "▌": ">", "…": "~", "·": "-", "—": "-", "–": "-", "≈": "~", "×": "x",
    "‖": "=", "▶": ">", "▸": ">", "→": ">", "←": "<", "↑": "^", "↓": "v", "⏎": "$", "•": ".",
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "│": "|", "▔": "-", "▁": "-", "▊": "|", "▎": "|",
    "▏": "|", "▕": "|", "▂": " ", "▃": " ", "▄": " ", "▅": " ", "▆": " ", "▇": " ", "█": "#",
    "▀": " ", "🔎": "/ ", "═": "=", "┄": ".",
}  # fmt: skip
"""Each symbol, with ASCII characters of the same width for terminals without UTF-8."""
_TABLE = str.maketrans(ASCII)
HAS_UTF8 = locale.getencoding().lower().replace("-", "") == "utf8"
"""Whether the locale is one with UTF-8, as the command `locale charmap` prints it."""
ENCODING_ERRORS = "ascii-symbols"
"""The name of the error handler of streams that writes ASCII characters for symbols."""


def to_ascii(text: str) -> str:
    """Return a text of the same width with ASCII characters instead of symbols."""
    return text.translate(_TABLE)


def symbol(character: str, *, utf8: bool = HAS_UTF8) -> str:
    """Return a symbol as the locale can show it."""
    return character if utf8 else to_ascii(character)


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(ASCII.get(character, "?") for character in text), error.end


codecs.register_error(ENCODING_ERRORS, _replace_unencodable)
