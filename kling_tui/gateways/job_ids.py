"""Finds job ids in text that the user pastes or pipes in: plain ids, or replies of submit calls."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from kling_tui.gateways import Endpoints, price_of
from kling_tui.gateways.endpoints import guess_kind
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

MAX_LABEL_LENGTH = 200
"""Characters."""
MAX_ID_LENGTH = 200
"""Characters; the longest ids seen have 80."""
UNRECOGNISED = "unrecognised id format"
"""The problem of an id that can be tracked once the user chooses its kind."""
_SEPARATORS = re.compile(r"[\s,\ufeff]*")
_WORD = re.compile(r"[^\s,]+")
_REST_OF_LINE = re.compile(r".*")


@dataclass(frozen=True, slots=True)
class ParsedId:
    """An id that was found, or a piece of text that is not one."""

    id: str
    kind: str | None = None
    """By the id's format, or else by the name of its JSON field."""
    problem: str | None = None
    """Why this cannot be tracked; the add dialog and `kling-tui add` show it after the id."""

    @property
    def needs_kind(self) -> bool:
        """Whether it can be tracked once its kind is chosen."""
        return self.problem == UNRECOGNISED


def find_ids(text: str, endpoints: Endpoints, kind: str | None = None) -> list[ParsedId]:
    """Return the ids in `text` in their order, each once, and the pieces that are not ids.

    `text` holds ids and JSON separated by spaces, commas or line ends: objects, JSON Lines, arrays
    of objects or of ids. An object has its id in ``task_id`` or ``request_id``, at its top level or
    in ``data``. If `kind` is given, it is the kind of every id.
    """
    found: dict[str, ParsedId] = {}
    for piece in _split(text, endpoints):
        parsed = _validate(piece, endpoints, kind)
        earlier = found.get(parsed.id)
        if earlier is None or (earlier.problem and not parsed.problem):
            found[parsed.id] = parsed
    return list(found.values())


def clean_label(text: str) -> str:
    """Return the user's text as a label: one sanitised line of at most MAX_LABEL_LENGTH."""
    return sanitize_line(text, MAX_LABEL_LENGTH)


def new_job(
    parsed: ParsedId, label: str, endpoints: Endpoints, now: datetime, profile: str = ""
) -> Job:
    """Return a new job for an id, at the current price."""
    kind = parsed.kind or ""
    return Job(
        id=parsed.id,
        kind=kind,
        added_at=now,
        price=price_of(parsed.id, kind, endpoints),
        label=clean_label(label),
        profile=profile,
    )


def _split(text: str, endpoints: Endpoints) -> Iterator[ParsedId]:
    """Yield each word of the text and each id in its JSON, not yet validated."""
    position = _end_of_match(_SEPARATORS, text, 0)
    while position < len(text):
        if text[position] in "{[":
            try:
                value, end = json.JSONDecoder().raw_decode(text, position)
                values = value if isinstance(value, list) else [value]
                yield from list(_ids_in_json(values, endpoints))
            except (ValueError, RecursionError):
                end = _end_of_match(_REST_OF_LINE, text, position)
                yield ParsedId(
                    _printable(text[position:end]), problem="neither an id nor valid JSON"
                )
        else:
            end = _end_of_match(_WORD, text, position)
            yield ParsedId(text[position:end].strip("\"'"))
        position = _end_of_match(_SEPARATORS, text, end)


def _end_of_match(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _ids_in_json(values: Iterable[object], endpoints: Endpoints) -> Iterator[ParsedId]:
    for value in values:
        if isinstance(value, str):
            yield ParsedId(value.strip())
        elif (job_id := _id_from_json(value)) is not None:
            yield ParsedId(job_id)
        elif parsed := _id_in_object(value, endpoints):
            yield parsed
        else:
            shown = _printable(json.dumps(value, default=str))
            yield ParsedId(shown, problem="no task_id, data.task_id or request_id")


def _id_in_object(value: object, endpoints: Endpoints) -> ParsedId | None:
    """Return the id in the `id_field` of the first endpoint whose field the object has."""
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    objects = (value, data if isinstance(data, dict) else {})
    # In the reply of an I2V submit call, task_id is the job's id and request_id is not. I2V is the
    # first endpoint.
    for endpoint, fields in product(endpoints.values(), objects):
        if (
            endpoint.id_field
            and (job_id := _id_from_json(fields.get(endpoint.id_field))) is not None
        ):
            return ParsedId(job_id, endpoint.kind)
    return None


def _id_from_json(value: object) -> str | None:
    """Return a string or a whole number as an id; some ids consist of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _validate(piece: ParsedId, endpoints: Endpoints, kind: str | None) -> ParsedId:
    """Return a piece with its kind, or with its problem and a printable id."""
    if piece.problem:
        return piece
    printable = _printable(piece.id)
    if not piece.id:
        return ParsedId(printable, problem="empty id")
    if len(piece.id) > MAX_ID_LENGTH:
        return ParsedId(printable, problem=f"longer than {MAX_ID_LENGTH} characters")
    if printable != piece.id or " " in printable:
        return ParsedId(printable, problem="contains characters that no id has")
    kind = kind or guess_kind(piece.id, endpoints) or piece.kind
    return ParsedId(piece.id, kind, None if kind else UNRECOGNISED)


def _printable(text: str) -> str:
    return sanitize_line(text, MAX_ID_LENGTH)
