"""HTTP requests and responses as plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A received request."""

    method: str
    path: str
    """The request target, including the query."""
    headers: Mapping[str, str]
    """By lower-case name; repeated headers are joined with a comma."""
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A response; the server adds ``Date``, ``Server`` and ``Content-Length``.

    A ``Content-Length`` in ``headers`` is sent instead, even if wrong, and the connection is
    closed: this simulates a truncated body.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, indent: int = 0
) -> Response:
    """Return a JSON response; ``indent`` is in spaces per level, 0 for one line."""
    text = json.dumps(value, ensure_ascii=False, indent=indent or None)
    content_type = {"Content-Type": "application/json"}
    return Response(
        status, content_type | dict(headers or {}), text.encode() + b"\n" * bool(indent)
    )


def error_response(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the error body of both documents, "Common Status Codes and Responses"."""
    return json_response({"error": message}, status, headers)
