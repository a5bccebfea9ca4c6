"""A job as a TOML table, and back: every value is read as what belongs there, or named."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from kling_tui.jobs import DEFAULT_PROFILE, Job, Price, Status, Transition, Video
from kling_tui.sanitize import sanitize_line, sanitize_text

_LONGEST_TEXT = 10_000
_LONGEST_REPLY = 20_000
_MOST = 1_000_000_000
"""Of seconds, pixels and places in a queue, as in what is taken from a gateway's reply."""
_MOST_DOLLARS = 10_000

_T = TypeVar("_T")
_Made = TypeVar("_Made", Job, Price, Transition, Video)
_Reader = Callable[[Any], Any]


class InvalidValueError(Exception):
    """A value is not what belongs there, in words such as "a number"."""


class FieldError(Exception):
    """Something is wrong, in words that begin with where it stands."""


def job_to_table(value: Any) -> dict[str, Any]:
    """Return a dataclass as a table without what is not known."""
    pairs = ((name, getattr(value, name)) for name in _READERS[type(value)])
    return {name: _plain_value(held) for name, held in pairs if held not in (None, "", ())}


def _plain_value(value: Any) -> Any:
    match value:
        case StrEnum() | Decimal():
            return str(value)
        case tuple():
            return [job_to_table(item) for item in value]
        case Price():
            return job_to_table(value)
        case _:
            return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_line(value, _LONGEST_TEXT)


def _profile(value: Any) -> str:
    """Read a profile; a person may call that of [gateway] by its name."""
    name = _text(value)
    return "" if name == DEFAULT_PROFILE else name


def _word(value: Any) -> str:
    if not (text := _text(value)):
        raise InvalidValueError("text that is not empty")
    return text


def _reply(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_text(value, _LONGEST_REPLY)


def _number(least: float, most: float) -> _Reader:
    def read(value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and least <= value <= most):
            raise InvalidValueError(f"a number from {least:g} to {most:,.0f}")
        return float(value)

    return read


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST:
        raise InvalidValueError(f"a whole number from 0 to {_MOST:,}")
    return value


def _time(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo and 1900 <= value.year <= 9000:
        return value.astimezone(UTC)
    raise InvalidValueError("a date and time with its offset, like 2026-11-20T10:00:00Z")


def _dollars(value: Any) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount <= _MOST_DOLLARS):
        raise InvalidValueError(f'US dollars as text, like "0.35", up to {_MOST_DOLLARS:,}')
    return amount


def _status(value: Any) -> Status:
    try:
        return Status(value)
    except ValueError:
        raise InvalidValueError("one of " + ", ".join(Status)) from None


def read(where: str, reader: Callable[[Any], _T], value: Any) -> _T:
    """Read what stands at `where`; what is wrong with it then says so."""
    try:
        return reader(value)
    except InvalidValueError as error:
        found = sanitize_line(repr(value), 60)
        raise FieldError(f"{where}: expected {error}, found {found}") from None
    except FieldError as error:
        raise FieldError(f"{where}: {error}") from None


def _build(made: type[_Made], readers: Mapping[str, _Reader], table: Any) -> _Made:
    """Make a dataclass from a table, each field by its reader."""
    if not isinstance(table, dict):
        raise InvalidValueError("a table")
    held = {}
    for key, value in table.items():
        if key not in readers:
            raise FieldError(f"{sanitize_line(key, 60)}: no such key")
        held[key] = read(key, readers[key], value)
    for name in _REQUIRED[made]:
        if name not in held:
            raise FieldError(f"{name}: missing")
    return made(**held)


def _list_of(reader: _Reader) -> _Reader:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidValueError("a list")
        return tuple(read(str(index), reader, item) for index, item in enumerate(value, 1))

    return read_all


def _video(table: Any) -> Video:
    return _build(Video, _VIDEO, table)


def _transition(table: Any) -> Transition:
    return _build(Transition, _TRANSITION, table)


def _price(table: Any) -> Price:
    return _build(Price, _PRICE, table)


def job_from_table(table: Any) -> Job:
    """Return the job of a table; raises FaultError or UnexpectedError."""
    return _build(Job, _JOB, table)


_PRICE = {"usd": _dollars, "per_seconds": _number(0.001, 86_400)}
_TRANSITION = {"at": _time, "status": _status, "raw_status": _text}
_VIDEO = {
    "url": _word,
    "id": _text,
    "duration": _number(0, _MOST),
    "width": _whole,
    "height": _whole,
    "content_type": _text,
    "file": _text,
}
_JOB = {
    "id": _word,
    "kind": _word,
    "added_at": _time,
    "price": _price,
    "label": _text,
    "profile": _profile,
    "status": _status,
    "raw_status": _text,
    "message": _text,
    "problem": _text,
    "problem_since": _time,
    "queue_position": _whole,
    "eta_seconds": _number(0, _MOST),
    "percent": _number(0, 100),
    "videos": _list_of(_video),
    "prompt": _text,
    "aspect_ratio": _text,
    "processing_seconds": _number(0, _MOST),
    "created_at": _time,
    "updated_at": _time,
    "checked_at": _time,
    "ended_at": _time,
    "history": _list_of(_transition),
    "reply": _reply,
}
_READERS: dict[type, Mapping[str, _Reader]] = {
    Price: _PRICE,
    Transition: _TRANSITION,
    Video: _VIDEO,
    Job: _JOB,
}
_REQUIRED = {
    made: [field.name for field in fields(made) if field.default is MISSING]
    for made in (Job, Price, Transition, Video)
}
