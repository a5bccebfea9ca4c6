"""Spellings of the API key in which a gateway could repeat it."""

import html
import json
import re
from urllib.parse import quote, unquote

from tests.support.polling import KEY


def with_inside(inserted: str) -> str:
    """Return the key with characters inserted after each of its own."""
    return inserted.join(KEY)


DISGUISES = {
    "zero-width space": with_inside("\u200b"),
    "soft hyphen": KEY[:4] + "\xad" + KEY[4:],
    "NUL": with_inside("\0"),
    "ESC": with_inside("\x1b"),
    "colour code": KEY[:5] + "\x1b[31m" + KEY[5:],
    "direction marks": with_inside("\u202e"),
    "variation selectors": with_inside("\ufe0f"),
    "byte order marks": with_inside("\ufeff"),
    "spaces": with_inside(" "),
    "lines": KEY[:3] + "\r\n" + KEY[3:],
    "upper case": KEY.upper(),
    "percent": "".join(f"%{ord(character):02X}" for character in KEY),
    "percent of percent": quote(quote(KEY, safe=""), safe=""),
    "percent of a zero-width space": KEY[:4] + "%E2%80%8B" + KEY[4:],
    "backslash u": "".join(f"\\u{ord(character):04x}" for character in KEY),
    "backslash x": "".join(f"\\x{ord(character):02x}" for character in KEY),
    "backslashes": with_inside("\\"),
    "repr": repr(KEY + "'"),
    "JSON in JSON": json.dumps(json.dumps(KEY)),
    "HTML": html.escape(KEY),
    "HTML numbers": "".join(f"&#{ord(character)};" for character in KEY),
}
"""By what is done to the key."""


def visible_characters(text: str) -> str:
    """Return a text as a person could read it: unescaped, in lower case, and no more than ASCII."""
    for _ in range(3):
        text = html.unescape(unquote(re.sub(r"\\\\(?:u00|x)(..)", r"%\1", text)))
    text = re.sub(r"\x1b?\[[0-9;]*m", "", text)
    return re.sub(r"[^!-\[\]-~]", "", text).lower()
