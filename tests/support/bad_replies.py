"""Every kind of bad reply to a poll, by a gateway or by a proxy in front of it."""

import gzip
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from tests.support import broken_connections
from tests.support.documented_gateway import I2V_RUNNING, O1_RUNNING, V2_RUNNING
from tests.support.scripted_server import Handler, http_response, respond, send, send_and_close

HTML = b"<!DOCTYPE html><html><body><h1>Bad gateway</h1><hr>nginx</body></html>"
ERROR_BODIES: Sequence[object] = (
    {"error": "words"},
    {"error": {"message": "words"}},
    {"message": "words"},
    {"detail": "words"},
    {"detail": [{"msg": "words"}]},
    {"statusCode": 401, "message": "Access denied due to missing subscription key."},
    HTML,
    b"upstream connect error or disconnect/reset before headers",
    b"",
)
"""The shapes of bodies that were seen with an HTTP error status."""
ERROR_STATUSES = (400, 401, 402, 403, 404, 405, 408, 410, 429, 500, 502, 503, 504, 522)
CODES: Mapping[str, Sequence[object]] = {
    "authentication": (1000, 1001, 1002, 1003, 1004),
    "no credit": (1100, 1101, 1102),
    "no permission": (1103, 1304),
    "no such job": (1202, 1203),
    "bad request": (1200, 1201, 1300, 1301),
    "rate limit": (1302, 1303),
    "server error": (5000, 5001, 5002),
    "undocumented": (-1, 7, 999_999, "1302", "oops", True, [], {}, 1e300),
}
"""Non-zero values of ``code``, by family."""
RETRY_AFTER: Sequence[Mapping[str, str]] = (
    {"Retry-After": "3"},
    {"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"},
    {"Retry-After": "99999999999"},
    {"Retry-After": "-5"},
    {"Retry-After": "nan"},
    {"Retry-After": "soon"},
    {},
)
WRONG_VALUES: Sequence[object] = (
    None, True, -1, 1e300, 10**400, float("nan"), "", "\x1b]0;owned\x07[/nope]\u202e", [[]],
    {"": {}},
)  # fmt: skip
"""Values that no field takes, except where one happens to have the right type."""
UNKNOWN_STATUSES = ("upscaling", "EXPIRING", "?", "[red]")
RUNNING: Mapping[str, Mapping[str, Any]] = {
    "i2v": json.loads(I2V_RUNNING.body),
    "o1": json.loads(O1_RUNNING.body) | {"queue_position": 1, "estimated_wait_seconds": 3},
    "v2": json.loads(V2_RUNNING.body) | {"output": None, "error": None},
}
WITHOUT_LINK: Mapping[str, Sequence[object]] = {
    "i2v": [
        {"code": 0, "data": {"task_status": "succeed"}},
        {"code": 0, "data": {"task_status": "succeed", "task_result": {"videos": []}}},
    ],
    "o1": [{"status": "COMPLETED"}, {"status": "COMPLETED", "video": {"url": None}}],
    "v2": [{"status": "COMPLETED"}, {"status": "COMPLETED", "output": {"media_url": []}}],
}
ENDS_WITH_ERROR_STATUS: Mapping[str, Sequence[tuple[int, object]]] = {
    "i2v": [(500, {"code": 0, "data": {"task_status": "failed"}})] * 2,
    "o1": [(500, {"detail": {"msg": "words"}}), (400, {"status": "FAILED", "error": "words"})],
    "v2": [(500, {"status": "ERROR", "error": {"message": "words"}})] * 2,
}
"""Ends that an HTTP error status contradicts, so that they have to be confirmed."""


def bad_replies(kind: str) -> dict[str, Sequence[Handler]]:
    """Return the successive replies of an endpoint, by what is bad about them.

    None of them ends a job: those that report an end are too few to confirm it.
    """
    running = RUNNING[kind]
    packed = gzip.compress(json.dumps(running).encode())
    return {
        **_BROKEN_CONNECTIONS,
        **_BROKEN_FRAMING,
        **{
            f"HTTP {status}": [_reply(body, status) for body in ERROR_BODIES]
            for status in ERROR_STATUSES
        },
        **{
            f"code: {family}": [
                _reply({"code": code, "message": "words", "data": {}}) for code in codes
            ]
            for family, codes in CODES.items()
        },
        **{name: [_reply(body)] * 3 for name, body in _BODIES.items()},
        "running, in UTF-16": [_reply(json.dumps(running).encode("utf-16"))] * 3,
        "429 with Retry-After": [_reply({"error": "no"}, 429, headers) for headers in RETRY_AFTER],
        "429 with a wait in its text": [_reply({"message": "Try again in 2 seconds."}, 429)] * 3,
        "429 without credit": [_reply({"code": 1102, "message": "no"}, 429)] * 2,
        "403 with Retry-After": [_reply({"error": "quota"}, 403, RETRY_AFTER[0])] * 3,
        "a redirect": [
            _reply(b"", status, {"Location": "http://127.0.0.1:9/"})
            for status in (301, 302, 303, 307, 308)
        ],
        "success without a body": [_reply(b"", status) for status in (201, 202)],
        "failed, with a status for a proxy": [
            _reply(_status_only(kind, "failed"), status)
            for status in (401, 402, 403, 404, 429, 502, 503)
        ],
        "running as HTTP 400": [_reply(running, 400)] * 5,
        "running, compressed unasked": [_reply(packed, 200, {"Content-Encoding": "gzip"})] * 3,
        "wrong types": [_reply(body) for body in _wrong_types(running)],
        "unknown statuses": [_reply(_status_only(kind, status)) for status in UNKNOWN_STATUSES],
        "done without a link": [_reply(body) for body in WITHOUT_LINK[kind]],
        "failed, with an error status": [
            _reply(body, status) for status, body in ENDS_WITH_ERROR_STATUS[kind]
        ],
        **({"still in progress as FAILED": [_reply(_STILL)] * 5} if kind != "i2v" else {}),
    }


def _reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Handler:
    """Return a handler that responds with a body, as JSON if it is not bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
    return respond(f"{status} -", *lines, body=raw)


def _status_only(kind: str, status: str) -> object:
    """Return the shortest reply with a status."""
    return {"code": 0, "data": {"task_status": status}} if kind == "i2v" else {"status": status}


def _wrong_types(running: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a reply with each wrong value in each of its fields, and in its ``data``."""
    inner = running.get("data", {})
    return [
        *(dict(running) | {name: value} for name, value in product(running, WRONG_VALUES)),
        *(
            dict(running) | {"data": inner | {name: value}}
            for name, value in product((*inner, "task_result"), WRONG_VALUES if inner else ())
        ),
    ]


_STILL = {"status": "FAILED", "error": "Request is still in progress"}
_DEEP = 100_000
_LONG = b'{"status": "COMPLETED", "pad": "' + b" " * (1 << 20) + b'"}'
_BODIES = {
    "empty": b"",
    "blank": b" \r\n",
    "a list": b'["COMPLETED"]',
    "a string": b'"COMPLETED"',
    "a number": b"1e300",
    "NaN": b"NaN",
    "null": b"null",
    "cut JSON": b'{"status": "COMPLETED", "code": 0, "data": {"task_status": "succ',
    "no UTF-8": b'\xff\xfe{"status": "\xc3\x28"}',
    "another's JSON": b'{"success": true}',
    "a page with status 200": HTML,
    "nested objects": b'{"data":' * _DEEP + b"1" + b"}" * _DEEP,
    "nested lists": b"[" * _DEEP + b"]" * _DEEP,
    "a number of 5,000 digits": b'{"code": ' + b"9" * 5_000 + b"}",
    "more than 1 MiB": _LONG,
}
_BROKEN_CONNECTIONS: dict[str, Sequence[Handler]] = {
    handler.__name__: [handler] * 3
    for handler in (
        broken_connections.reset,
        broken_connections.close_without_response,
        broken_connections.truncate_head,
        broken_connections.truncate_body,
        broken_connections.truncate_chunk,
        broken_connections.send_other_protocol,
        broken_connections.send_oversized_head,
        broken_connections.never_respond,
        broken_connections.stall_mid_body,
        broken_connections.drip_body,
        broken_connections.repeat_interim_responses,
    )
}
_BROKEN_FRAMING: dict[str, Sequence[Handler]] = {
    "a length too short": [send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + HTML)] * 3,
    "a length too long": [
        send_and_close(http_response(HTML).replace(b"Length: ", b"Length: 1")),
    ] * 3,
    "a length that is no number": [send(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}")] * 3,
    "two lengths": [
        send_and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
    ] * 3,
    "invalid chunks": [
        send_and_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    ] * 3,
    "more than 1 MiB in chunks": [
        send(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\n\r\n" % (len(_LONG), _LONG)
        ),
    ] * 3,
    "a compression bomb": [
        _reply(gzip.compress(b" " * (64 << 20)), 200, {"Content-Encoding": "gzip"}),
    ] * 3,
    "falsely said to be compressed": [
        _reply(HTML, 200, {"Content-Encoding": coding}) for coding in ("gzip", "deflate", "br", "x")
    ],
}  # fmt: skip
