"""Replaces the API key in texts that are shown or saved, however they spell it."""

import re
import sys
from typing import Any
from urllib.parse import unquote

MIN_SECRET_LENGTH = 6
"""Characters; a shorter key is not secret, and replacing it would spoil ordinary text."""
_HIDDEN = r"(?:\[[0-9;?]*[A-Za-z]|[^!-~]|\\)*"
"""What may be between two characters of the key: a terminal's colour code, backslashes, and
characters that are no visible ASCII, most of which sanitising removes."""
_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|(.))", re.DOTALL
)
_MAX_ESCAPING = 4
"""Times that a text may be escaped one in another."""


class Redactor:
    """Replaces one API key by ``[key]``.

    It is found in any case, with invisible characters in it, and escaped: by backslashes, as in
    JSON, by percent signs, as in URLs, or as HTML entities.
    """

    def __init__(self, key: str) -> None:
        self._pattern: re.Pattern[str] | None = None
        if len(key) >= MIN_SECRET_LENGTH:
            self._pattern = re.compile(_HIDDEN.join(map(re.escape, key)), re.IGNORECASE)

    def redact(self, text: str) -> str:
        """Return a text without the key; its escapes are resolved if they hid the key."""
        if self._pattern is None:
            return text
        text = revealed = self._pattern.sub("[key]", text)
        for _ in range(_MAX_ESCAPING):
            if (revealed := _unescape(previous := revealed)) == previous:
                break
            if self._pattern.search(revealed):
                text = revealed = self._pattern.sub("[key]", revealed)
        return text

    def redact_json(self, value: Any) -> Any:
        """Return a JSON value whose texts, names and numbers are without the key."""
        if isinstance(value, dict):
            return {self.redact(name): self.redact_json(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.redact_json(item) for item in value]
        if isinstance(value, str):
            return self.redact(value)
        is_key = not isinstance(value, bool | None) and self.redact(str(value)) != str(value)
        return "[key]" if is_key else value


def _unescape(text: str) -> str:
    """Return a text with its escapes resolved once."""
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    if "%" in text:
        text = unquote(text)
    if "&" not in text:
        return text
    import html

    return html.unescape(text)


def _unescaped(match: re.Match[str]) -> str:
    if code := match[1] or match[2] or match[3]:
        return chr(int(code, 16)) if int(code, 16) <= sys.maxunicode else ""
    return match[4] if match[4] not in "bfnrt0" else " "
