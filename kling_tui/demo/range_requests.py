"""Files over HTTP, whole or one range of bytes (RFC 9110, sections 13 and 14)."""

import hashlib
import re
from collections.abc import Mapping

from kling_tui.demo.http_types import Response, error_response

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def file_response(
    method: str, headers: Mapping[str, str], body: bytes, content_type: str
) -> Response:
    """Reply with a file, or with the part of it that a GET asks for.

    As the standard has it, a range is ignored when it is malformed, one of several, or bound by
    ``If-Range`` to another version of the file.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    about = {"Accept-Ranges": "bytes", "ETag": etag}
    asked = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    unchanged = headers.get("if-range", etag) == etag
    if method != "GET" or asked is None or not any(asked.groups()) or not unchanged:
        return Response(200, about | {"Content-Type": content_type}, body)
    span = _span(asked[1], asked[2], len(body))
    if span is None:
        return Response(200, about | {"Content-Type": content_type}, body)
    if not span:
        extent = {"Content-Range": f"bytes */{len(body)}"}
        return error_response(416, "Range not satisfiable", about | extent)
    extent = {"Content-Range": f"bytes {span[0]}-{span[-1]}/{len(body)}"}
    part = body[span.start : span.stop]
    return Response(206, about | extent | {"Content-Type": content_type}, part)


def _span(first: str, last: str, size: int) -> range | None:
    """Tell which bytes are asked for: none when unsatisfiable, None when the range is invalid."""
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)
