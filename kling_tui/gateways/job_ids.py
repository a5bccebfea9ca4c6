"""Finds job ids in what a person pastes or pipes in: plain ids, or replies of a submit call."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product

from kling_tui.gateways import Endpoints, guess_kind, price_of
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

MAX_LABEL_LENGTH = 200
"""Characters."""
MAX_ID_LENGTH = 200
"""Characters; the longest ids seen have 80."""
_GAP = re.compile(r"[\s,\ufeff]*")
_WORD = re.compile(r"[^\s,]+")
_LINE = re.compile(r".*")


@dataclass(frozen=True, slots=True)
class ParsedId:
    """An id that was found, or a piece of text in which none was."""

    id: str
    kind: str | None = None
    """By the id's shape, else by the name of the field that it stood in."""
    problem: str | None = None
    """Why this cannot be tracked as it is, and what to do."""


def find_ids(text: str, endpoints: Endpoints, kind: str | None = None) -> list[ParsedId]:
    """Return what is found in `text`, each id once, in the order in which they stand there.

    `text` holds ids and JSON, separated by spaces, commas or lines: objects, an object a line, or
    arrays of objects or ids. In an object the id is at ``task_id`` or ``request_id``, or in its
    ``data``. A `kind` that is given counts for every id, whatever its shape.
    """
    found: dict[str, ParsedId] = {}
    for piece in map(partial(_validate, endpoints=endpoints, kind=kind), _pieces(text, endpoints)):
        known = found.get(piece.id)
        if known is None or (known.problem and not piece.problem):
            found[piece.id] = piece
    return list(found.values())


def clean_label(text: str) -> str:
    """Return what a person typed as a label that can be shown anywhere."""
    return sanitize_line(text, MAX_LABEL_LENGTH)


def new_job(
    parsed: ParsedId, label: str, endpoints: Endpoints, now: datetime, profile: str = ""
) -> Job:
    """Return the job that an id which was found stands for, at today's price."""
    kind = parsed.kind or ""
    return Job(
        id=parsed.id,
        kind=kind,
        added_at=now,
        price=price_of(parsed.id, kind, endpoints),
        label=clean_label(label),
        profile=profile,
    )


def _pieces(text: str, endpoints: Endpoints) -> Iterator[ParsedId]:
    at = _skip(_GAP, text, 0)
    while at < len(text):
        if text[at] in "{[":
            try:
                value, end = json.JSONDecoder().raw_decode(text, at)
                values = value if isinstance(value, list) else [value]
                yield from list(_values(values, endpoints))
            except (ValueError, RecursionError):
                end = _skip(_LINE, text, at)
                yield ParsedId(_shown(text[at:end]), problem="is neither an id nor whole JSON")
        else:
            end = _skip(_WORD, text, at)
            yield ParsedId(text[at:end].strip("\"'"))
        at = _skip(_GAP, text, end)


def _skip(what: re.Pattern[str], text: str, at: int) -> int:
    found = what.match(text, at)
    return found.end() if found else at


def _values(values: Iterable[object], endpoints: Endpoints) -> Iterator[ParsedId]:
    for value in values:
        if isinstance(value, str):
            yield ParsedId(value.strip())
        elif (number := _id(value)) is not None:
            yield ParsedId(number)
        elif found := _in_object(value, endpoints):
            yield found
        else:
            shown = _shown(json.dumps(value, default=str))
            yield ParsedId(shown, problem="has no task_id, data.task_id or request_id")


def _in_object(value: object, endpoints: Endpoints) -> ParsedId | None:
    """Return the id in an object, by the field in which an endpoint is asked about one."""
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    holders = (value, data if isinstance(data, dict) else {})
    # A reply to an I2V submission has a request_id beside its task_id, which is not asked for.
    for endpoint, holder in product(endpoints.values(), holders):
        if endpoint.id_field and (job_id := _id(holder.get(endpoint.id_field))) is not None:
            return ParsedId(job_id, endpoint.kind)
    return None


def _id(value: object) -> str | None:
    """Return an id; a number too, since some ids look like one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _validate(piece: ParsedId, endpoints: Endpoints, kind: str | None) -> ParsedId:
    if piece.problem:
        return piece
    shown = _shown(piece.id)
    if not piece.id:
        return ParsedId(shown, problem="is empty")
    if len(piece.id) > MAX_ID_LENGTH:
        return ParsedId(shown, problem=f"is longer than {MAX_ID_LENGTH} characters")
    if shown != piece.id or " " in shown:
        return ParsedId(shown, problem="holds characters that no id has")
    kind = kind or guess_kind(piece.id, endpoints) or piece.kind
    if kind is None:
        kinds = ", ".join(endpoints)
        words = f"looks like no known kind of id; name its kind, one of {kinds}"
        return ParsedId(piece.id, problem=words)
    return ParsedId(piece.id, kind)


def _shown(text: str) -> str:
    return sanitize_line(text, MAX_ID_LENGTH)
