"""Every kind of bad answer that a gateway, or whatever stands before it, may give about a job."""

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from tests.support import broken_connections
from tests.support.documented_gateway import I2V_RUNNING, O1_RUNNING, V2_RUNNING
from tests.support.polling import Handler, http_response

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
"""The shapes that bodies with an HTTP error status were seen in."""
ERRORS = (400, 401, 402, 403, 404, 405, 408, 410, 429, 500, 502, 503, 504, 522)
CODES: Mapping[str, Sequence[object]] = {
    "authentication": (1000, 1001, 1002, 1003, 1004),
    "no credit": (1100, 1101, 1102),
    "no permission": (1103, 1304),
    "no such job": (1202, 1203),
    "bad request": (1200, 1201, 1300, 1301),
    "too many": (1302, 1303),
    "server trouble": (5000, 5001, 5002),
    "nobody knows": (-1, 7, 999_999, "1302", "oops", True, [], {}, 1e300),
}
"""Non-zero values of ``code``, by family."""
WAITS: Sequence[Mapping[str, str]] = (
    {"Retry-After": "3"},
    {"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"},
    {"Retry-After": "99999999999"},
    {"Retry-After": "-5"},
    {"Retry-After": "nan"},
    {"Retry-After": "soon"},
    {},
)
WRONG: Sequence[object] = (
    None, True, -1, 1e300, 10**400, float("nan"), "", "\x1b]0;owned\x07[/nope]\u202e", [[]],
    {"": {}},
)  # fmt: skip
"""What has no place in any field, but for those that it may happen to fit."""
WORDS = ("upscaling", "expired", "PARTIAL", "?", "[red]")
RUNNING: Mapping[str, Mapping[str, Any]] = {
    "i2v": json.loads(I2V_RUNNING.body),
    "o1": json.loads(O1_RUNNING.body) | {"queue_position": 1, "estimated_wait_seconds": 3},
    "v2": json.loads(V2_RUNNING.body) | {"output": None, "error": None},
}
NO_LINK: Mapping[str, Sequence[object]] = {
    "i2v": [
        {"code": 0, "data": {"task_status": "succeed"}},
        {"code": 0, "data": {"task_status": "succeed", "task_result": {"videos": []}}},
    ],
    "o1": [{"status": "COMPLETED"}, {"status": "COMPLETED", "video": {"url": None}}],
    "v2": [{"status": "COMPLETED"}, {"status": "COMPLETED", "output": {"media_url": []}}],
}
ERRING_END: Mapping[str, Sequence[tuple[int, object]]] = {
    "i2v": [(500, {"code": 0, "data": {"task_status": "failed"}})] * 2,
    "o1": [(500, {"detail": {"msg": "words"}}), (400, {"status": "FAILED", "error": "words"})],
    "v2": [(500, {"status": "ERROR", "error": {"message": "words"}})] * 2,
}
"""Ends that an HTTP error status contradicts: nobody believes them before they are repeated."""


def bad_replies(kind: str) -> dict[str, Sequence[Handler]]:
    """Return what an endpoint may answer in turn, by what is bad about it.

    None of it ends a job: what looks like an end is too seldom repeated to be believed.
    """
    running = RUNNING[kind]
    return {
        **_LINES,
        **_LENGTHS,
        **{
            f"HTTP {status}": [_replies(body, status) for body in ERROR_BODIES] for status in ERRORS
        },
        **{f"code: {family}": [_coded(code) for code in codes] for family, codes in CODES.items()},
        **{name: [_sends(body)] * 3 for name, body in _BODIES.items()},
        "the truth in UTF-16": [_sends(json.dumps(running).encode("utf-16"))] * 3,
        "429 with a wait": [_replies({"error": "no"}, 429, headers) for headers in WAITS],
        "429 with a wait in its text": [_replies({"message": "Try again in 2 seconds."}, 429)] * 3,
        "429 without credit": [_replies({"code": 1102, "message": "no"}, 429)] * 2,
        "403 with a wait": [_replies({"error": "quota"}, 403, WAITS[0])] * 3,
        "a redirect": [
            _replies(b"", status, {"Location": "http://127.0.0.1:9/"})
            for status in (301, 302, 303, 307, 308)
        ],
        "success without a body": [_replies(b"", status) for status in (201, 202)],
        "a job's state with a status of its own": [
            _replies(_ended(kind), status) for status in (401, 402, 403, 404, 429, 502, 503)
        ],
        "running as HTTP 400": [_replies(running, 400)] * 5,
        "running, packed unasked": [
            _sends(gzip.compress(json.dumps(running).encode()), {"Content-Encoding": "gzip"})
        ]
        * 3,
        "wrong types": [_sends(json.dumps(body).encode()) for body in _wrong(running)],
        "unknown words": [_replies(_worded(kind, word), 200) for word in WORDS],
        "done without a link": [_replies(body) for body in NO_LINK[kind]],
        "failed, with an error status": [_replies(body, code) for code, body in ERRING_END[kind]],
        **({"still in progress as FAILED": [_replies(_STILL)] * 5} if kind != "i2v" else {}),
    }


def _sends(body: bytes, headers: Mapping[str, str] | None = None, status: int = 200) -> Handler:
    """Answer with a body to the letter."""
    told = [f"{name}: {value}" for name, value in (headers or {}).items()]
    return _says(http_response(body, f"{status} -", *told))


def _replies(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Handler:
    """Answer with a body, as JSON where it is no bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _sends(raw, headers, status)


def _says(raw: bytes, *, closes: bool = False) -> Handler:
    """Send some bytes, and close the line thereafter or not."""

    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        if closes:
            writer.close()

    return play


def _coded(code: object) -> Handler:
    return _replies({"code": code, "message": "words", "data": {}})


def _worded(kind: str, word: object) -> object:
    """Return the shortest answer with a status word."""
    return {"code": 0, "data": {"task_status": word}} if kind == "i2v" else {"status": word}


def _ended(kind: str) -> object:
    return _worded(kind, "failed")


def _wrong(running: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return an answer with each wrong value in each of its fields, and in its ``data``."""
    inner = running.get("data", {})
    return [
        *(dict(running) | {name: value} for name, value in product(running, WRONG)),
        *(
            dict(running) | {"data": inner | {name: value}}
            for name, value in product((*inner, "task_result"), WRONG if inner else ())
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
_LINES: dict[str, Sequence[Handler]] = {
    play.__name__: [play] * 3
    for play in (
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
_LENGTHS: dict[str, Sequence[Handler]] = {
    "a length too short": [_says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + HTML)] * 3,
    "a length too long": [
        _says(http_response(HTML).replace(b"Length: ", b"Length: 1"), closes=True)
    ]
    * 3,
    "a length that is no number": [_says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}")] * 3,
    "two lengths": [
        _says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}", closes=True)
    ]
    * 3,
    "chunks of nonsense": [
        _says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", closes=True)
    ]
    * 3,
    "more than 1 MiB in chunks": [
        _says(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\n\r\n" % (len(_LONG), _LONG)
        )
    ]
    * 3,
    "a bomb": [_sends(gzip.compress(b" " * (64 << 20)), {"Content-Encoding": "gzip"})] * 3,
    "said to be packed": [
        _sends(HTML, {"Content-Encoding": packing}) for packing in ("gzip", "deflate", "br", "x")
    ],
}
