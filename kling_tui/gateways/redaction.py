"""Replaces the API key in texts that are shown or saved."""

import json
import re

MIN_SECRET_LENGTH = 6
"""Characters; a shorter key is not secret, and replacing it would spoil ordinary text."""


class Redactor:
    """Replaces one API key, also where JSON escapes it, by ``[key]``."""

    def __init__(self, key: str) -> None:
        self._pattern: re.Pattern[str] | None = None
        if len(key) >= MIN_SECRET_LENGTH:
            spellings = {re.escape(key), re.escape(json.dumps(key)[1:-1])}
            self._pattern = re.compile("|".join(spellings))

    def redact(self, text: str) -> str:
        """Return a text without the key."""
        return self._pattern.sub("[key]", text) if self._pattern else text
