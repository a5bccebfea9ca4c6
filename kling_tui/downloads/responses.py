"""Interprets a web server's response to a download request."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.downloads.partial_file import PartialFile, Validator
from kling_tui.gateways import json_fields
from kling_tui.gateways.errors import retry_after
from kling_tui.sanitize import sanitize_line

_MAX_ERROR_BYTES = 4_000
"""A longer error body is not searched for a message."""
_LINK_EXPIRED = {401, 403, 404, 410}
_TRANSIENT = {403, 408, 425, 429}
_NOT_VIDEO = ("text/", "image/", "application/json", "application/xml", "application/xhtml+xml")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


def without_query(url: str) -> str:
    """Return a URL without its query, which holds the link's temporary signature."""
    return url.partition("?")[0]


async def error_for_status(response: httpx.Response, partial_file: PartialFile) -> DownloadError:
    """Return the error for an HTTP status other than 200 and 206."""
    status, reason = response.status_code, await _error_message(response)
    delay = retry_after(response.headers, reason, datetime.now(UTC))
    detail = f": {reason}" if reason else ""
    if status == 416 and partial_file.size:
        partial_file.discard()
        return DownloadError("the file on the server has changed", DownloadErrorKind.TRANSIENT)
    if status in _LINK_EXPIRED and delay is None:
        message = f"the link no longer works ({status}){detail}"
        return DownloadError(message, DownloadErrorKind.LINK_EXPIRED)
    if status in _TRANSIENT or status >= 500:
        message = f"temporary server error ({status}){detail}"
        return DownloadError(message, DownloadErrorKind.TRANSIENT, delay)
    return DownloadError(f"the server refused the download ({status}){detail}")


async def _error_message(response: httpx.Response) -> str | None:
    """Return the message in a JSON error body, or None."""
    raw = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in response.aiter_raw():
            raw += chunk
            if len(raw) > _MAX_ERROR_BYTES:
                return None
    try:
        return json_fields.error_message(json.loads(raw))
    except (ValueError, RecursionError):
        return None


async def check_content_type(response: httpx.Response) -> None:
    """Raise DownloadError if the headers show that the body is not a plain video."""
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if content_type.startswith(_NOT_VIDEO):
        reason = await _error_message(response)
        message = f"the server sent {sanitize_line(content_type, 40)} instead of a video"
        raise DownloadError(f"{message}: {reason}" if reason else message)
    if encoding not in ("", "identity"):
        raise DownloadError(f"the server compressed the video ({sanitize_line(encoding, 40)})")


def is_valid_continuation(response: httpx.Response, partial_file: PartialFile) -> bool:
    """Return whether a 206 response is exactly the rest of a partial file."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    expected = partial_file.validator
    if not (found and partial_file.size and expected):
        return False
    etag = response.headers.get("etag", "")
    changed = etag and expected.value.startswith('"') and etag != expected.value
    total = expected.total if found[3] == "*" else int(found[3])
    return not changed and (int(found[1]), total) == (partial_file.size, expected.total)


def validator(response: httpx.Response, url: str) -> Validator | None:
    """Return the validator of a file; None if the server sends no strong one or no length."""
    total = content_length(response)
    etag = response.headers.get("etag", "")
    last_modified = response.headers.get("last-modified", "")
    fallback = last_modified if _is_strong(last_modified, response) else ""
    value = etag if etag.startswith('"') else fallback
    if total is None or not value or response.headers.get("accept-ranges") == "none":
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
    return int(value) if value.isascii() and value.isdecimal() else None
