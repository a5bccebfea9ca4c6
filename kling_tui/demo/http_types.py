"""HTTP requests and replies as plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    method: str
    path: str
    """The request target, query string included."""
    headers: Mapping[str, str]
    """By lower-case name; repeated ones joined with a comma."""
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What goes back: sent as it stands, ``Date``, ``Server`` and ``Content-Length`` added.

    A ``Content-Length`` of its own is kept, even a wrong one, and the connection closed after it:
    so a body that is cut off can be played.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, indent: int = 0
) -> Response:
    """Reply with a JSON text; an indent (spaces a level) is for people who read it."""
    text = json.dumps(value, ensure_ascii=False, indent=indent or None)
    kind = {"Content-Type": "application/json"}
    return Response(status, kind | dict(headers or {}), text.encode() + b"\n" * bool(indent))


def error_response(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """Reply with the error body of both documents, "Common Status Codes and Responses"."""
    return json_response({"error": words}, status, headers)
