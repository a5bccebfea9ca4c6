"""Serves files over HTTP, whole or one byte range (RFC 9110, sections 13 and 14)."""

import hashlib
import re
from collections.abc import Mapping

from kling_tui.demo.http_types import Response, error_response

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def file_response(
    method: str, headers: Mapping[str, str], body: bytes, content_type: str
) -> Response:
    """Return the response with a file, or with the range of it that a GET requests.

    As the standard requires, a range is ignored if it is malformed, if there are several, or if
    ``If-Range`` names another version of the file.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    common = {"Accept-Ranges": "bytes", "ETag": etag}
    requested = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    unchanged = headers.get("if-range", etag) == etag
    whole = Response(200, common | {"Content-Type": content_type}, body)
    if method != "GET" or requested is None or not any(requested.groups()) or not unchanged:
        return whole
    span = _byte_range(requested[1], requested[2], len(body))
    if span is None:
        return whole
    if not span:
        content_range = {"Content-Range": f"bytes */{len(body)}"}
        return error_response(416, "Range not satisfiable", common | content_range)
    content_range = {"Content-Range": f"bytes {span[0]}-{span[-1]}/{len(body)}"}
    part = body[span.start : span.stop]
    return Response(206, common | content_range | {"Content-Type": content_type}, part)


def _byte_range(first: str, last: str, size: int) -> range | None:
    """Return the requested bytes: empty if unsatisfiable, None if the range is invalid."""
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)
