"""The job file: jobs as TOML, ``version = 1`` and one ``[[jobs]]`` a job."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

import tomli_w

from kling_tui.jobs import Job, Price, Status, Transition, Video
from kling_tui.plain import plain, plain_lines

VERSION = 1
_HEAD = "# The jobs that kling-tui tracks. It may be edited, also while kling-tui runs.\n"
_LONGEST_TEXT = 8_000
_LONGEST_REPLY = 20_000

_Made = TypeVar("_Made", Job, Price, Transition, Video)
_Reader = Callable[[Any], Any]


class StoreError(Exception):
    """The job file cannot be read or written; the words say where and what to do."""


class _UnexpectedError(Exception):
    """A value is not what stands there, in words such as "a number"."""


def dump(jobs: Iterable[Job]) -> str:
    """Return `jobs` as the text of a job file."""
    body = {"version": VERSION, "jobs": [_table(job) for job in jobs]}
    return _HEAD + tomli_w.dumps(body, multiline_strings=True)


def load(text: str, name: str) -> dict[str, Job]:
    """Return the jobs of a job file by id; raises StoreError, which says where in `name`."""
    try:
        body = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StoreError(f"{name}: not TOML: {error}; nothing was changed") from error
    if body.get("version") != VERSION:
        found = body.get("version", "nothing")
        raise StoreError(
            f"{name}: version: expected {VERSION}, found {found!r}; nothing was changed"
        )
    entries = body.get("jobs", [])
    if not isinstance(entries, list):
        raise StoreError(f"{name}: jobs: expected [[jobs]] tables; nothing was changed")
    jobs: dict[str, Job] = {}
    for index, entry in enumerate(entries, 1):
        try:
            job = _job(entry)
            if job.id in jobs:
                raise _UnexpectedError(f"id: {job.id} stands in the file twice")
        except _UnexpectedError as error:
            raise StoreError(f"{name}: job {index}: {error}; nothing was changed") from error
        jobs[job.id] = job
    return jobs


def _table(value: Any) -> dict[str, Any]:
    """Return a dataclass as a table without what is not known."""
    pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: _plain_value(held) for name, held in pairs if held not in (None, "", ())}


def _plain_value(value: Any) -> Any:
    match value:
        case StrEnum() | Decimal():
            return str(value)
        case tuple():
            return [_table(item) for item in value]
        case Price():
            return _table(value)
        case _:
            return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _UnexpectedError("text")
    return plain(value, _LONGEST_TEXT)


def _reply(value: Any) -> str:
    if not isinstance(value, str):
        raise _UnexpectedError("text")
    return plain_lines(value, _LONGEST_REPLY)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _UnexpectedError("a number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnexpectedError("a whole number")
    return value


def _time(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _UnexpectedError("a date and time with its offset, like 2026-11-20T10:00:00Z")
    return value.astimezone(UTC)


def _dollars(value: Any) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise _UnexpectedError('US dollars as text, like "0.35"')
    return amount


def _status(value: Any) -> Status:
    try:
        return Status(value)
    except ValueError:
        raise _UnexpectedError("one of " + ", ".join(Status)) from None


def _build(made: type[_Made], readers: Mapping[str, _Reader], table: Any) -> _Made:
    """Make a dataclass from a table, each field by its reader."""
    if not isinstance(table, dict):
        raise _UnexpectedError("a table")
    held = {}
    for key, value in table.items():
        reader = readers.get(key)
        if reader is None:
            raise _UnexpectedError(f"{key}: no such key")
        try:
            held[key] = reader(value)
        except _UnexpectedError as error:
            shown = plain(repr(value), 60)
            raise _UnexpectedError(f"{key}: expected {error}, found {shown}") from None
    for field in fields(made):
        if field.default is MISSING and field.name not in held:
            raise _UnexpectedError(f"{field.name}: missing")
    return made(**held)


def _list_of(read: _Reader) -> _Reader:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _UnexpectedError("a list")
        return tuple(read(item) for item in value)

    return read_all


def _video(table: Any) -> Video:
    return _build(Video, _VIDEO, table)


def _transition(table: Any) -> Transition:
    return _build(Transition, _TRANSITION, table)


def _price(table: Any) -> Price:
    return _build(Price, _PRICE, table)


def _job(table: Any) -> Job:
    return _build(Job, _JOB, table)


_PRICE = {"usd": _dollars, "per_seconds": _number}
_TRANSITION = {"at": _time, "status": _status, "raw_status": _text}
_VIDEO = {
    "url": _text,
    "id": _text,
    "duration": _number,
    "width": _whole,
    "height": _whole,
    "content_type": _text,
    "file": _text,
}
_JOB = {
    "id": _text,
    "kind": _text,
    "added_at": _time,
    "price": _price,
    "label": _text,
    "status": _status,
    "raw_status": _text,
    "message": _text,
    "problem": _text,
    "problem_since": _time,
    "queue_position": _whole,
    "eta_seconds": _number,
    "videos": _list_of(_video),
    "prompt": _text,
    "aspect_ratio": _text,
    "processing_seconds": _number,
    "created_at": _time,
    "updated_at": _time,
    "checked_at": _time,
    "ended_at": _time,
    "history": _list_of(_transition),
    "reply": _reply,
}
