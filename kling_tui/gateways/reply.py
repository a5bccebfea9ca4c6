"""A gateway's reply: HTTP status, headers, and the body as text and as JSON."""

import json
from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from kling_tui.gateways import json_fields
from kling_tui.gateways.redaction import Redactor
from kling_tui.sanitize import sanitize_line, sanitize_text

MAX_KEPT_REPLY = 20_000
"""Characters of a reply that are kept with its job."""
MAX_INDENTED_BRACKETS = 200
"""A reply with more brackets is kept without indentation, which could make it huge."""
MAX_KEPT_HEADERS = 30
"""Headers of a response that are kept with its job."""
MAX_HEADER_LENGTH = 200
"""Characters of a header that are kept, with its name."""
_SECRET_HEADERS = ("cookie", "authorization", "authenticate", "key", "token", "secret")
"""Parts of the names of headers whose values are not kept."""
MAX_ERROR_TEXT = 300
"""Characters of a plain text reply that become part of an error message."""


class Reply(Struct, frozen=True):
    """An HTTP reply without the API key."""

    status: int
    headers: Mapping[str, str]
    text: str
    """The body; with its JSON escapes resolved, if it is JSON."""
    json_value: object
    """The body's JSON value; None if it is not JSON."""

    @property
    def error_message(self) -> str | None:
        """The error message in the body: a field of its JSON, or all of it if it is prose."""
        if self.json_value is not None:
            return json_fields.error_message(self.json_value)
        is_prose = self.text.lstrip()[:1].isalpha()
        return sanitize_line(self.text, MAX_ERROR_TEXT) if is_prose else None

    def formatted(self) -> str:
        """Return the body as it is kept with its job: bounded in size, indented if it is small."""
        brackets = self.text.count("[") + self.text.count("{")
        if len(self.text) > MAX_KEPT_REPLY or brackets > MAX_INDENTED_BRACKETS:
            return sanitize_text(self.text, MAX_KEPT_REPLY)
        indented = json.dumps(self.json_value, indent=2, ensure_ascii=False)
        return sanitize_text(indented, MAX_KEPT_REPLY)


def kept_headers(headers: Mapping[str, str], redactor: Redactor) -> tuple[str, ...]:
    """Return a response's headers as they are kept with its job: bounded, without secrets."""
    return tuple(
        sanitize_line(
            f"{redactor.redact(name)}: {_kept_value(name, value, redactor)}", MAX_HEADER_LENGTH
        )
        for name, value in islice(headers.items(), MAX_KEPT_HEADERS)
    )


def _kept_value(name: str, value: str, redactor: Redactor) -> str:
    secret = any(part in name.lower() for part in _SECRET_HEADERS)
    return "[hidden]" if secret else redactor.redact(value)


def decode_reply(status: int, headers: Mapping[str, str], body: bytes, redactor: Redactor) -> Reply:
    """Return the reply of a body in any Unicode encoding, without the key if it repeats it."""
    text = body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")
    redacted = redactor.redact(text)
    try:
        value = json.loads(text, parse_constant=lambda _: None)
        if redacted != text:
            value = redactor.redact_json(value)
        # The escapes are resolved: the kept text is for reading.
        if redacted != text or "\\" in text:
            redacted = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        value = None
    return Reply(status, headers, redacted, value)
