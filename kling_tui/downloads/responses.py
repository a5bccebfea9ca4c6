"""Which bytes of a file a response has, and of which version of it."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from msgspec import Struct

from kling_tui.downloads.partial_file import PartialFile, Validator

_CONTENT_RANGE = re.compile(
    r"\s*bytes[\s:=]+(\d{1,18})-(\d{1,18})\s*/\s*(\d{1,18}|\*)\s*", re.IGNORECASE | re.ASCII
)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)


class Extent(Struct, frozen=True):
    """Which bytes of a file a body has."""

    start: int
    total: int | None
    """Bytes of the whole file; None if unknown."""
    end: int | None
    """The offset after the last byte; None if unknown."""


def extent(response: httpx.Response, partial_file: PartialFile) -> Extent | None:
    """Return which bytes a 200 or 206 response has: a whole file, or the rest of a partial one.

    Returns None if they cannot be used, because they are other bytes or of another version.
    """
    requested = "range" in response.request.headers
    length = content_length(response)
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if response.status_code == 200 or (match is None and not requested):
        return Extent(0, length, length)
    if match is None:
        return None
    start, end = int(match[1]), int(match[2]) + 1
    total = None if match[3] == "*" else int(match[3])
    if start == 0:
        total = end if total is None and not requested else total
        usable = total == end or (not requested and total is not None and end < total)
        return Extent(0, total, end) if usable else None
    expected = partial_file.validator
    if not (requested and expected and start == partial_file.size < end <= expected.total):
        return None
    same = total in (None, expected.total) and _has_validator(response, expected)
    return Extent(start, expected.total, end) if same else None


def _has_validator(response: httpx.Response, expected: Validator) -> bool:
    """Return whether a response is of that version: a server may ignore If-Range."""
    name = "etag" if expected.value.startswith('"') else "last-modified"
    return bool(response.headers.get(name) == expected.value)


def without_query(url: str) -> str:
    """Return a URL without its query, which holds the link's temporary signature."""
    return url.partition("?")[0]


def validator(response: httpx.Response, url: str, total: int | None) -> Validator | None:
    """Return the validator of a file; None if the server sends no strong one or no length."""
    etag = response.headers.get("etag", "")
    last_modified = response.headers.get("last-modified", "")
    fallback = last_modified if _is_strong(last_modified, response) else ""
    value = etag if etag.startswith('"') else fallback
    accepts_none = response.headers.get("accept-ranges", "").strip().lower() == "none"
    if total is None or not value.isascii() or not value or accepts_none:
        return None
    return Validator(without_query(url), value, total)


def _is_strong(last_modified: str, response: httpx.Response) -> bool:
    """Return whether the file cannot have changed twice by that time (RFC 9110, 8.8.2.2)."""
    try:
        date = _parse_date(response.headers.get("date", last_modified))
        age = date - _parse_date(last_modified)
    except (ValueError, OverflowError):
        return False
    return "date" not in response.headers or age.total_seconds() >= 1


def _parse_date(value: str) -> datetime:
    date = parsedate_to_datetime(value)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def content_length(response: httpx.Response) -> int | None:
    """Return the length of a body in bytes; None if the header is missing or invalid."""
    value = response.headers.get("content-length", "")
    return int(value) if _LENGTH.fullmatch(value) else None
