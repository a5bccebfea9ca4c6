"""Finds job ids in what a person pastes or pipes in: plain ids, or replies of a submit call."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kling_tui.gateways import ENDPOINTS, kind_of
from kling_tui.plain import plain

LONGEST_ID = 200
"""Characters; the longest ids seen have 80."""


@dataclass(frozen=True, slots=True)
class Found:
    """An id that was found, or a piece of text in which none was."""

    id: str
    kind: str | None = None
    """By the id's shape, else by the name of the field that it stood in."""
    problem: str | None = None
    """Why this cannot be tracked as it is, and what to do."""


def find_ids(text: str, kind: str | None = None) -> list[Found]:
    """Return what is found in `text`, each id once, in the order in which they stand there.

    `text` holds ids separated by spaces, commas or lines; or JSON: an object, an array of objects
    or strings, or an object a line. In an object the id is at ``task_id``, ``data.task_id`` or
    ``request_id``. A `kind` that is given counts for every id, whatever its shape.
    """
    found: dict[str, Found] = {}
    for piece in _pieces(text.strip()):
        found.setdefault(piece.id, _judged(piece, kind))
    return list(found.values())


def _pieces(text: str) -> Iterator[Found]:
    if text.startswith(("{", "[")):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            for line in text.splitlines():
                yield from _line(line.strip())
        else:
            yield from _values(value if isinstance(value, list) else [value])
    else:
        for line in text.splitlines():
            yield from _line(line.strip())


def _line(line: str) -> Iterator[Found]:
    if line.startswith("{"):
        try:
            yield from _values([json.loads(line)])
        except (ValueError, RecursionError):
            yield Found(_shown(line), problem="is neither an id nor whole JSON")
    else:
        for word in line.replace(",", " ").split():
            yield Found(word.strip("\"'"))


def _values(values: Iterable[object]) -> Iterator[Found]:
    for value in values:
        if isinstance(value, str):
            yield Found(value.strip())
        elif found := _in_object(value):
            yield found
        else:
            shown = _shown(json.dumps(value, default=str))
            yield Found(shown, problem="has no task_id, data.task_id or request_id")


def _in_object(value: object) -> Found | None:
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    for holder in (value, data if isinstance(data, dict) else {}):
        if (task_id := _id(holder.get("task_id"))) is not None:
            return Found(task_id, "i2v")
    if (request_id := _id(value.get("request_id"))) is not None:
        return Found(request_id, "o1")
    return None


def _id(value: object) -> str | None:
    """Return an id; a number too, since some ids look like one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _judged(piece: Found, kind: str | None) -> Found:
    if piece.problem:
        return piece
    shown = _shown(piece.id)
    if not piece.id:
        return Found(shown, problem="is empty")
    if len(piece.id) > LONGEST_ID:
        return Found(shown, problem=f"is longer than {LONGEST_ID} characters")
    if shown != piece.id or " " in shown:
        return Found(shown, problem="holds characters that no id has")
    kind = kind or kind_of(piece.id) or piece.kind
    if kind is None:
        kinds = " or ".join(ENDPOINTS)
        return Found(piece.id, problem=f"looks like no known kind of id; name its kind, {kinds}")
    return Found(piece.id, kind)


def _shown(text: str) -> str:
    return plain(text, LONGEST_ID)
