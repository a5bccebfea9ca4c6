"""Converts jobs to TOML tables and back, and validates every value of a table."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from msgspec.structs import fields

from kling_tui.jobs import DEFAULT_PROFILE, Exchange, Job, Price, Review, Status, Transition, Video
from kling_tui.sanitize import sanitize_line, sanitize_text

_MAX_TEXT = 10_000
"""Characters, as for _MAX_REPLY."""
_MAX_REPLY = 20_000
_MAX_NUMBER = 1_000_000_000
"""The limit for seconds, pixels and queue positions, as in the replies of a gateway."""
_MAX_USD = 10_000

_T = TypeVar("_T")
_Name = TypeVar("_Name", bound=StrEnum)
_Record = TypeVar("_Record", Exchange, Job, Price, Transition, Video)
_Validator = Callable[[Any], Any]
"""Takes a value as tomli returns it, and returns it converted or raises InvalidValueError."""


class InvalidValueError(Exception):
    """A value is not valid; the message is what was expected, such as "a number"."""


class FieldError(Exception):
    """A field is not valid; the message begins with its path, such as "job 2: id: missing"."""


def job_to_table(value: Any) -> dict[str, Any]:
    """Return a job, or another value in it, as a table without its empty fields."""
    pairs = ((name, getattr(value, name)) for name in _VALIDATORS[type(value)])
    return {
        name: _toml_value(item)
        for name, item in pairs
        if item not in (None, "", ()) and item is not False
    }


def _toml_value(value: Any) -> Any:
    match value:
        case StrEnum() | Decimal():
            return str(value)
        case tuple():
            return [item if isinstance(item, str) else job_to_table(item) for item in value]
        case Price() | Exchange():
            return job_to_table(value)
        case _:
            return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_line(value, _MAX_TEXT)


def _word(value: Any) -> str:
    """Validate a text that many jobs have in common, which then is in memory once."""
    return sys.intern(_text(value))


def _profile(value: Any) -> str:
    """Validate a profile; in the file, the user may also call that of [gateway] "default"."""
    name = _text(value)
    return "" if name == DEFAULT_PROFILE else name


def _non_empty_text(value: Any) -> str:
    if not (text := _text(value)):
        raise InvalidValueError("text that is not empty")
    return text


def _kind(value: Any) -> str:
    return sys.intern(_non_empty_text(value))


def _multiline_text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_text(value, _MAX_REPLY)


def _number(minimum: float, maximum: float) -> _Validator:
    def validate(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and minimum <= value <= maximum):
            raise InvalidValueError(f"a number from {minimum:g} to {maximum:,.0f}")
        return float(value)

    return validate


def _whole_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_NUMBER:
        raise InvalidValueError(f"a whole number from 0 to {_MAX_NUMBER:,}")
    return value


def _time(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo and 1900 <= value.year <= 9000:
        return _in_utc(value)
    raise InvalidValueError("a date and time with its offset, like 2026-11-20T10:00:00Z")


@lru_cache(maxsize=8)  # the same time is in several fields of a job: then it is in memory once
def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _usd(value: Any) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount <= _MAX_USD):
        raise InvalidValueError(f'US dollars as text, like "0.35", up to {_MAX_USD:,}')
    return amount


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValueError("true or false")
    return value


def _one_of(names: type[_Name]) -> Callable[[Any], _Name]:
    def validate(value: Any) -> _Name:
        try:
            return names(value)
        except ValueError:
            raise InvalidValueError("one of " + ", ".join(names)) from None

    return validate


def validate_field(name: str, validator: Callable[[Any], _T], value: Any) -> _T:
    """Return the converted value of a field; raises FieldError, which begins with `name`."""
    try:
        return validator(value)
    except InvalidValueError as error:
        found = sanitize_line(repr(value), 60)
        raise FieldError(f"{name}: expected {error}, found {found}") from None
    except FieldError as error:
        raise FieldError(f"{name}: {error}") from None


def _build(record: type[_Record], validators: Mapping[str, _Validator], table: Any) -> _Record:
    """Return a value made from a table."""
    if not isinstance(table, dict):
        raise InvalidValueError("a table")
    values = {}
    for key, value in table.items():
        if key not in validators:
            raise FieldError(f"{sanitize_line(key, 60)}: no such key")
        values[key] = validate_field(key, validators[key], value)
    for name in _REQUIRED[record]:
        if name not in values:
            raise FieldError(f"{name}: missing")
    return record(**values)


def _list_of(validator: _Validator) -> _Validator:
    def validate(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidValueError("a list")
        items = enumerate(value, 1)
        return tuple(validate_field(str(number), validator, item) for number, item in items)

    return validate


def _video(table: Any) -> Video:
    return _build(Video, _VIDEO, table)


def _transition(table: Any) -> Transition:
    return _build(Transition, _TRANSITION, table)


def _price(table: Any) -> Price:
    price = _build(Price, _PRICE, table)
    return _same_price(str(price.usd), price.per_seconds)


@lru_cache  # many jobs have the same price: then it is in memory once
def _same_price(usd: str, per_seconds: float | None) -> Price:
    return Price(Decimal(usd), per_seconds)


def _exchange(table: Any) -> Exchange:
    return _build(Exchange, _EXCHANGE, table)


def job_from_table(table: Any) -> Job:
    """Return the job of a table; raises FieldError or InvalidValueError."""
    return _build(Job, _JOB, table)


_PRICE = {"usd": _usd, "per_seconds": _number(0.001, 86_400)}
_status = _one_of(Status)
_TRANSITION = {"at": _time, "status": _status, "raw_status": _word}
_VIDEO = {
    "url": _non_empty_text,
    "id": _text,
    "duration": _number(0, _MAX_NUMBER),
    "width": _whole_number,
    "height": _whole_number,
    "content_type": _word,
    "file": _text,
    "missing_file": _text,
}
_EXCHANGE = {
    "method": _non_empty_text,
    "path": _non_empty_text,
    "status": _whole_number,
    "at": _time,
    "seconds": _number(0, _MAX_NUMBER),
    "headers": _list_of(_text),
}
_JOB = {
    "id": _non_empty_text,
    "kind": _kind,
    "added_at": _time,
    "price": _price,
    "label": _text,
    "profile": _profile,
    "status": _status,
    "raw_status": _word,
    "message": _text,
    "problem": _text,
    "problem_since": _time,
    "queue_position": _whole_number,
    "eta_seconds": _number(0, _MAX_NUMBER),
    "percent": _number(0, 100),
    "videos": _list_of(_video),
    "prompt": _text,
    "aspect_ratio": _word,
    "processing_seconds": _number(0, _MAX_NUMBER),
    "created_at": _time,
    "updated_at": _time,
    "checked_at": _time,
    "ended_at": _time,
    "unread": _flag,
    "review": _one_of(Review),
    "history": _list_of(_transition),
    "reply": _multiline_text,
    "exchange": _exchange,
}
_VALIDATORS: dict[type, Mapping[str, _Validator]] = {
    Exchange: _EXCHANGE,
    Price: _PRICE,
    Transition: _TRANSITION,
    Video: _VIDEO,
    Job: _JOB,
}
_REQUIRED = {
    record: [field.name for field in fields(record) if field.required]
    for record in (Exchange, Job, Price, Transition, Video)
}
