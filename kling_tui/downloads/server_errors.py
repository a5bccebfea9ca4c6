"""Reads what a server sent instead of a video: an error as XML, JSON, HTML or plain text."""

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx

from kling_tui.downloads.body import Body, open_body
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.gateways import json_fields
from kling_tui.gateways.errors import retry_after
from kling_tui.sanitize import sanitize_line

_MAX_BYTES = 4_000
"""Of an error body, in which its message is searched."""
_MAX_MESSAGE = 300
_STATUS_EXPIRED = {401, 403, 404, 410}
_STATUS_TRANSIENT = {403, 408, 425, 429}
_EXPIRED = re.compile(
    r"expir|time ?frame|no longer valid|out of date|AuthenticationFailed|InvalidToken"
    r"|InvalidSecurityToken|TokenRefreshRequired|SignatureDoesNotMatch|RequestTimeTooSkewed",
    re.IGNORECASE,
)
"""How S3, CloudFront, Azure, Google, OSS and COS say, with any status, that a link has expired:
``ExpiredToken``, ``Request has expired``, ``Signature not valid in the specified time frame``."""
_XML_FIELD = r"<(?:\w+:)?{0}\b[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{{1,1000}})"
_CODE = re.compile(_XML_FIELD.format("Code"), re.IGNORECASE)
_MESSAGE = re.compile(_XML_FIELD.format("Message"), re.IGNORECASE)
_TITLE = re.compile(_XML_FIELD.format("title"), re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype html|html|head|body|title|h1|p|div|meta)\b", re.IGNORECASE)


async def error_for_status(response: httpx.Response, chunks: AsyncIterator[bytes]) -> DownloadError:
    """Return the error for an HTTP status other than 200 and 206."""
    try:
        text = await _read_text(await open_body(chunks, response.headers))
    except (httpx.HTTPError, DownloadError):  # the body is cut; the status says enough
        text = ""
    status, reason = response.status_code, _message(text)
    delay = retry_after(response.headers, reason, datetime.now(UTC))
    detail = f": {reason}" if reason else ""
    if delay is None and (status in _STATUS_EXPIRED or _says_expired(text)):
        message = f"the link no longer works ({status}){detail}"
        return DownloadError(message, DownloadErrorKind.LINK_EXPIRED)
    if status in _STATUS_TRANSIENT or status >= 500:
        message = f"temporary server error ({status}){detail}"
        return DownloadError(message, DownloadErrorKind.TRANSIENT, delay)
    return DownloadError(f"the server refused the download ({status}){detail}")


async def error_for_content(response: httpx.Response, body: Body) -> DownloadError:
    """Return the error for a body that does not begin like a video, whatever its status."""
    text = await _read_text(body)
    if body.unsupported_coding:
        return DownloadError(
            f"the server compressed the video ({body.unsupported_coding}), which was not requested"
        )
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    found = _text_type(text) or content_type
    if found.startswith("video/") or found in ("", "application/octet-stream", "image/gif"):
        return DownloadError("the file is not a video")
    reason = _message(text)
    message = f"the server sent {sanitize_line(found, 40)} instead of a video"
    expired = _says_expired(text)
    kind = DownloadErrorKind.LINK_EXPIRED if expired else DownloadErrorKind.PERMANENT
    return DownloadError(f"{message}: {reason}" if reason else message, kind)


def _says_expired(text: str) -> bool:
    """Return whether an error body says that a link has expired.

    Of a web page, only the title counts: its head may say when the page itself expires.
    """
    searched = _message(text) if _text_type(text) == "text/html" else text
    return _EXPIRED.search(searched or "") is not None


async def _read_text(body: Body) -> str:
    """Return the beginning of a body as text; "" if it is binary."""
    raw = await body.read(_MAX_BYTES)
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if wide else "utf-8-sig", "replace")
    return "" if "\0" in text else text.strip()


def _text_type(text: str) -> str | None:
    """Return the media type of an error body; None if it is not text."""
    if text.startswith("<"):
        return "text/html" if _HTML.search(text) else "application/xml"
    if text.startswith(("{", "[")):
        return "application/json"
    return "text/plain" if text and sanitize_line(text) == " ".join(text.split()) else None


def _message(text: str) -> str | None:
    """Return the message in an error body, or None."""
    match _text_type(text):
        case "application/json":
            try:
                return json_fields.error_message(json.loads(text))
            except (ValueError, RecursionError):
                return None
        case "application/xml":
            found = [pattern.search(text) for pattern in (_CODE, _MESSAGE)]
        case "text/html":
            found = [_TITLE.search(text)]
        case "text/plain":
            return sanitize_line(text, _MAX_MESSAGE)
        case _:
            return None
    lines = (sanitize_line(html.unescape(each[1]), _MAX_MESSAGE) for each in found if each)
    return ": ".join(line for line in lines if line) or None
