"""Hypothesis strategies for replies of a gateway that has all known faults at once."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.support.bad_replies import CODES, ERROR_BODIES, RETRY_AFTER, WITHOUT_LINK, WRONG_VALUES
from tests.support.disguised_keys import DISGUISES
from tests.support.polling import KINDS, RECORDED_REPLIES


@dataclass(frozen=True)
class RandomReply:
    """An HTTP response to some polls in a row."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    repeats: int
    """How many polls get it; enough to confirm any end, or too few."""


_BODIES: dict[str, list[Any]] = {
    kind: [
        *(json.loads(path.read_bytes()) for path in sorted((RECORDED_REPLIES / kind).iterdir())),
        *WITHOUT_LINK[kind],
        *(body for body in ERROR_BODIES if isinstance(body, dict)),
    ]
    for kind in KINDS
}
_NAMES_OF_NUMBERS = [
    "duration", "duration_ms", "seconds", "width", "queue_position", "estimated_wait_seconds",
    "processing_time_seconds", "progress_percent",
]  # fmt: skip
_NAMES_OF_TIMES = ["created_at", "updated_at", "completed_at", "createTime", "finishedAt"]
_NAMES_OF_STATUSES = ["status", "task_status"]
_NAMES_OF_LINKS = ["url", "video", "videos", "videoUrl", "media_url", "output", "polling_url"]
_NAMES_OF_TEXTS = [
    "error", "errors", "message", "task_status_msg", "detail", "msg", "prompt_used",
    "aspect_ratio", "content_type", "id", "task_id", "request_id",
]  # fmt: skip
_NAMES = [
    *_NAMES_OF_NUMBERS, *_NAMES_OF_TIMES, *_NAMES_OF_STATUSES, *_NAMES_OF_LINKS, *_NAMES_OF_TEXTS,
    "code", "data", "task_result", "result", "success", "metadata",
]  # fmt: skip
_STATUSES = [
    "succeed", "COMPLETED", "partial_success", "failed", "FAILED", "ERROR", "cancelled",
    "TIMED_OUT", "processing", "IN_PROGRESS", "queued", "QUEUED", "upscaling",
]  # fmt: skip
_NUMBERS: list[Any] = [
    0, 1, 5, "5.1", "10,04", 60, 499.9, 500, 501, 1_000, 5_100, "10041", 86_400, 1e9, 2**53 + 1,
    "10s", "5100 ms", "PT8M", "0:10", "99:59:59", "NaN", "Infinity", "-3", "0x10", "1_000",
]  # fmt: skip
_TIMES: list[Any] = [
    *[946_684_800, 1_577_836_799, 4_102_444_799_000, "2099-12-31T23:59:59Z"] * 4,
    0, 1, 946_684_800, 1_577_836_799, 1_577_836_800, 1_795_600_000, 1_795_600_000_000,
    1_795_600_000_000_000, 1_795_600_000_000_000_000, "1795600000", 4_102_444_800,
    4_102_444_799_000, 253_402_300_799, "1970-01-01T00:00:00Z", "2026-11-20T10:00:00+14:00",
    "2026-11-20 10:00:00", "20261120T100000Z", "2099-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59", "Fri, 20 Nov 2026 10:00:00 GMT", "2020-01-01T00:00:00+01:00",
    "2020-01-01T01:00:00.999999+01:00", "2026-W47-5", "24:00",
]  # fmt: skip
_LINKS = [
    "https://cdn.test/1.mp4", "HTTPS://CDN.test/2.mp4?a=%2Fb", "/v/3.mp4", "//other.test/4.mp4",
    "javascript:alert(1)", "https://[::1", "http://127.0.0.1:9/\u202e4pm.mp4",
    "/v2/requests/status/elsewhere", "https://cdn.test/" + "x" * 8_000,
]  # fmt: skip
_TEXTS = [
    "Request is still in progress", "\x1b]52;c;aGk=\x07", "[/nope][@click=quit]x[/]", "\0\r\n\t",
    "\ud800", "e\u0301" * 3_000, "x" * 30_000, "Try again in 3 hours", "=" * 10 + "\u2028" * 2_500,
]  # fmt: skip
_ECHOES = [
    *DISGUISES.values(),
    *(f"for {spelling}: no" for spelling in DISGUISES.values()),
    *(f"https://cdn.test/?key={spelling}" for spelling in DISGUISES.values()),
]
_VALUES: st.SearchStrategy[Any] = (
    st.sampled_from(WRONG_VALUES)
    | st.sampled_from(_STATUSES)
    | st.sampled_from(_NUMBERS)
    | st.sampled_from(_TIMES)
    | st.sampled_from(_LINKS)
    | st.sampled_from(_TEXTS)
    | st.sampled_from(_ECHOES)
    | st.sampled_from([code for codes in CODES.values() for code in codes])
    | st.text(max_size=5)
    | st.integers()
    | st.floats()
)
_FIELDS: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    *(
        st.tuples(st.sampled_from(names), st.sampled_from(values))
        for names, values in (
            (_NAMES_OF_NUMBERS, _NUMBERS),
            (_NAMES_OF_TIMES, _TIMES),
            (_NAMES_OF_STATUSES, _STATUSES),
            (_NAMES_OF_LINKS, _LINKS),
            (_NAMES_OF_TEXTS, [*_TEXTS, *_ECHOES]),
        )
    ),
    st.tuples(st.sampled_from(_NAMES) | st.sampled_from(_ECHOES), _VALUES),
).map(deepcopy)
"""A name and a value, mostly one of the right kind."""
_HTTP_STATUSES = st.sampled_from(
    [200] * 12 + [201, 202, 204, 302, 400, 400, 401, 402, 403, 404, 408, 410, 422, 422, 429]
    + [500, 500, 502, 503, 522, 599]
)  # fmt: skip


_MAX_MULTIPLIED = 150
"""Values that a part of a reply is multiplied to; more than the results that are kept of a job."""


def _containers(value: Any) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield every object and list in a JSON value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)


def _wrapped(value: Any, depth: int) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {_NAMES[level % len(_NAMES)]: value}
    return value


@st.composite
def _mutated(draw: st.DrawFn, body: Any) -> Any:
    """Change one place in a JSON value: a field goes, moves, gets another name, value or form."""
    place = draw(st.sampled_from(list(_containers(body)) or [{}]))
    names: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
    change = draw(st.sampled_from([*["add"] * 4, "replace", "drop", "move", "wrap", "multiply"]))
    if change == "add" or not names:
        added, value = draw(_FIELDS)
        if isinstance(place, dict):
            place[added] = value
        else:
            place.append(value)
        return body
    name = draw(st.sampled_from(names))
    match change:
        case "replace":
            place[name] = deepcopy(draw(_VALUES))
        case "wrap":
            place[name] = _wrapped(place[name], draw(st.sampled_from([1, 2, 3, 9, 60])))
        case "multiply":
            size = sum(map(len, _containers(place[name])))
            times = draw(st.sampled_from([2, max(2, _MAX_MULTIPLIED // (size + 1))]))
            place[name] = [deepcopy(place[name]) for _ in range(times)]
        case "move":
            moved = place.pop(name)
            target = draw(st.sampled_from(list(_containers(body)) or [{}]))
            if isinstance(target, dict):
                target[draw(st.sampled_from(_NAMES))] = moved
            else:
                target.append(moved)
        case _:
            place.pop(name)
    return body


@st.composite
def _bodies(draw: st.DrawFn, kind: str) -> bytes:
    """Return a recorded reply with some changes, mostly of the endpoint itself, as JSON."""
    shape = draw(st.sampled_from([kind] * 4 + list(KINDS)))
    body = deepcopy(draw(st.sampled_from(_BODIES[shape])))
    for _ in range(draw(st.sampled_from([0, 1, 2, 3, 6]))):
        body = draw(_mutated(body))
    text = json.dumps(body, ensure_ascii=draw(st.booleans()))
    encoding = draw(st.sampled_from(["utf-8"] * 8 + ["utf-16", "utf-32-le", "utf-8-sig"]))
    raw = text.encode(encoding, "surrogatepass")
    return raw[: -draw(st.integers(1, 30))] if draw(st.sampled_from([0] * 9 + [1])) else raw


_RAW_BODIES = st.binary(max_size=40) | st.sampled_from(
    [
        *(body for body in ERROR_BODIES if isinstance(body, bytes)),
        *(f"no such key {spelling}".encode("utf-8", "replace") for spelling in DISGUISES.values()),
    ]
)
_ECHOED_HEADERS = [
    (name, DISGUISES["percent"].encode())
    for name in (b"Location", b"Retry-After", b"X-Request-Id", b"Content-Type")
]
_HEADERS = st.sampled_from(
    [
        (),
        (),
        *(
            tuple((name.encode(), value.encode()) for name, value in headers.items())
            for headers in RETRY_AFTER
        ),
        *((header,) for header in _ECHOED_HEADERS),
    ]
)


def random_replies(kind: str) -> st.SearchStrategy[list[RandomReply]]:
    """Return successive replies to the polls of a job, of an endpoint with replies as `kind`'s."""
    reply = st.builds(
        RandomReply,
        _HTTP_STATUSES,
        _HEADERS,
        _bodies(kind) | _bodies(kind) | _bodies(kind) | _RAW_BODIES,
        st.sampled_from([1] * 8 + [3, 45]),
    )
    return st.lists(reply, min_size=1, max_size=6)
