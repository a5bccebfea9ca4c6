"""What a web server's answer to a download means."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from kling_tui.downloads.base import DownloadError, DownloadErrorKind
from kling_tui.downloads.partial_file import PartialFile, Validator
from kling_tui.gateways import json_fields
from kling_tui.gateways.errors import retry_after
from kling_tui.sanitize import sanitize_line

_MOST_SAID = 4_000
"""Bytes of an answer that is no video, in which words for a person are looked for."""
_GONE = {401, 403, 404, 410}
_PASSING = {403, 408, 425, 429}
_NO_VIDEO = ("text/", "image/", "application/json", "application/xml", "application/xhtml+xml")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


def without_query(url: str) -> str:
    """Return what of a link stays the same when its ticket is renewed."""
    return url.partition("?")[0]


async def error_for_status(response: httpx.Response, part: PartialFile) -> DownloadError:
    """Return what an HTTP status other than 200 and 206 means."""
    status, said = response.status_code, await _said(response)
    after = retry_after(response.headers, said, datetime.now(UTC))
    more = f": {said}" if said else ""
    if status == 416 and part.size:
        part.discard()
        return DownloadError("the server has another file now", DownloadErrorKind.TRANSIENT)
    if status in _GONE and after is None:
        return DownloadError(
            f"the link does not work any more ({status}){more}", DownloadErrorKind.LINK_EXPIRED
        )
    if status in _PASSING or status >= 500:
        return DownloadError(
            f"the server is in trouble ({status}){more}", DownloadErrorKind.TRANSIENT, after
        )
    return DownloadError(f"the server does not give it away ({status}){more}")


async def _said(response: httpx.Response) -> str | None:
    """Return what an answer that is no video has to say to a person."""
    raw = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in response.aiter_raw():
            raw += chunk
            if len(raw) > _MOST_SAID:
                return None
    try:
        return json_fields.error_message(json.loads(raw))
    except (ValueError, RecursionError):
        return None


async def check_type(response: httpx.Response) -> None:
    """Raise DownloadError for an answer that does not even claim to be a video."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if kind.startswith(_NO_VIDEO):
        said = await _said(response)
        words = f"the server sent {sanitize_line(kind, 40)} instead of a video"
        raise DownloadError(f"{words}: {said}" if said else words)
    if packing not in ("", "identity"):
        raise DownloadError(f"the server sent the video packed ({sanitize_line(packing, 40)})")


def is_valid_continuation(response: httpx.Response, part: PartialFile) -> bool:
    """Tell whether an answer is the very rest of a part."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if not (found and part.size and part.validator):
        return False
    tag = response.headers.get("etag", "")
    other = tag and part.validator.value.startswith('"') and tag != part.validator.value
    total = part.validator.total if found[3] == "*" else int(found[3])
    return not other and (int(found[1]), total) == (part.size, part.validator.total)


def validator(response: httpx.Response, url: str) -> Validator | None:
    """Return what tells this version of the file from others, where the server says enough."""
    total = content_length(response)
    tag, changed = response.headers.get("etag", ""), response.headers.get("last-modified", "")
    validator = tag if tag.startswith('"') else changed if _is_strong(changed, response) else ""
    if total is None or not validator or response.headers.get("accept-ranges") == "none":
        return None
    return Validator(without_query(url), validator, total)


def _is_strong(changed: str, response: httpx.Response) -> bool:
    """Tell whether the file cannot have changed twice by that time (RFC 9110, 8.8.2.2)."""
    try:
        age = _date(response.headers.get("date", changed)) - _date(changed)
    except (ValueError, OverflowError):
        return False
    return "date" not in response.headers or age.total_seconds() >= 1


def _date(value: str) -> datetime:
    date = parsedate_to_datetime(value)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def content_length(response: httpx.Response) -> int | None:
    """Return how many bytes an answer says that it has; None where it does not say."""
    value = response.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdecimal() else None
