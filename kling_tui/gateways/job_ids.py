"""Finds job ids in text that the user pastes or pipes in: plain ids, URLs or replies."""

import json
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.gateways import Endpoints, price_of
from kling_tui.gateways.endpoints import guess_kind
from kling_tui.gateways.ids_in_objects import NO_ID_IN_URL, FoundId, id_in_url, ids_in_value
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

MAX_LABEL_LENGTH = 200
"""Characters."""
MAX_ID_LENGTH = 200
"""Characters; the longest ids seen have 80."""
UNRECOGNISED = "unrecognised id format"
"""The problem of an id that can be tracked once the user chooses its kind."""
MAX_IDS = 10_000
"""Ids that are taken from one text."""
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xad\u200e\u200f\0"
_QUOTES = "\"'`“”‘’"
_PUNCTUATION = "()<>[]{};:.!?*#|"


class ParsedId(Struct, frozen=True):
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

    `text` holds ids, URLs and objects separated by spaces, commas or line ends; which fields of an
    object have ids is in `ids_in_value`, and what else may be around them in `split_text`. If
    `kind` is given, it is the kind of every id. Of more than MAX_IDS, only the first are taken.
    """
    found: dict[str, ParsedId] = {}
    for number, piece in enumerate(_find(text, endpoints)):
        if number == MAX_IDS:
            rest = f"only the first {MAX_IDS:,} are taken; add the others by themselves"
            found["…"] = ParsedId("…", problem=rest)
            break
        parsed = _validate(piece, endpoints, kind)
        earlier = found.get(parsed.id)
        if earlier is None or (earlier.problem and not parsed.problem):
            found[parsed.id] = parsed
    return list(found.values())


def decode_input(raw: bytes) -> str:
    """Return the text of piped bytes in UTF-8, or in UTF-16 or UTF-32, as PowerShell writes it."""
    return raw.decode(json.detect_encoding(raw), "replace")


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


def with_kind(job: Job, kind: str, endpoints: Endpoints) -> Job:
    """Return a tracked job as one of another kind, at the current price of that.

    Its problem goes: another endpoint may know the job.
    """
    price = price_of(job.id, kind, endpoints)
    return replace(job, kind=kind, price=price, problem=None, problem_since=None)


def _find(text: str, endpoints: Endpoints) -> Iterator[FoundId]:
    """Yield what could be an id, not yet validated, and what cannot."""
    from kling_tui.gateways.pasted_text import split_text

    for piece in split_text(text):
        if piece.problem or not piece.is_decoded:
            yield FoundId(piece.text, problem=piece.problem)
        else:
            yield from ids_in_value(piece.value, endpoints)


def _validate(found: FoundId, endpoints: Endpoints, kind: str | None) -> ParsedId:
    """Return an id with its kind, or with its problem and a printable id."""
    if found.problem:
        return ParsedId(_printable(found.text), problem=found.problem)
    job_id = _unwrapped(found.text, endpoints)
    if "://" in job_id:
        in_url = id_in_url(job_id, endpoints)
        if in_url is None:
            return ParsedId(_printable(job_id), problem=NO_ID_IN_URL)
        job_id = in_url
    printable = _printable(job_id)
    if not job_id:
        return ParsedId(printable, problem="empty id")
    if len(job_id) > MAX_ID_LENGTH:
        return ParsedId(printable, problem=f"longer than {MAX_ID_LENGTH} characters")
    if printable != job_id or " " in printable:
        return ParsedId(printable, problem="contains characters that no id has")
    kind = kind or (found.kind if found.is_own else None)
    kind = kind or guess_kind(job_id, endpoints) or found.kind
    return ParsedId(job_id, kind, None if kind else UNRECOGNISED)


def _unwrapped(text: str, endpoints: Endpoints) -> str:
    """Return a word without quotes and invisible characters at its ends.

    Without punctuation too, if only then it has the format of an id.
    """
    word = text.strip(_INVISIBLE).strip(_QUOTES).strip(_INVISIBLE)
    bare = word.strip(_QUOTES + _PUNCTUATION + _INVISIBLE)
    known = guess_kind(word, endpoints) is None and guess_kind(bare, endpoints) is not None
    return bare if known or "://" in bare else word


def _printable(text: str) -> str:
    return sanitize_line(text, MAX_ID_LENGTH)
