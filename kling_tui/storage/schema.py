"""The fields of a job as TOML, and how each is validated; converts jobs to tables and back."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from msgspec.structs import fields

from kling_tui.jobs import Exchange, Job, Price, Review, Status, Transition, Video
from kling_tui.sanitize import sanitize_line
from kling_tui.storage import validators
from kling_tui.storage.validators import FieldError, InvalidValueError, validate_field

_Record = TypeVar("_Record", Exchange, Job, Price, Transition, Video)


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


def _build(
    record: type[_Record], by_key: Mapping[str, validators.Validator], table: Any
) -> _Record:
    """Return a value made from a table; `by_key` validates each of its fields."""
    if not isinstance(table, dict):
        raise InvalidValueError("a table")
    values = {}
    for key, value in table.items():
        if key not in by_key:
            raise FieldError(f"{sanitize_line(key, 60)}: no such key")
        values[key] = validate_field(key, by_key[key], value)
    for name in _REQUIRED[record]:
        if name not in values:
            raise FieldError(f"{name}: missing")
    return record(**values)


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


_PRICE = {"usd": validators.usd, "per_seconds": validators.number(0.001, 86_400)}
_status = validators.one_of(Status)
_TRANSITION = {"at": validators.time, "status": _status, "raw_status": validators.word}
_VIDEO = {
    "url": validators.non_empty_text,
    "id": validators.text,
    "duration": validators.number(0, validators.MAX_NUMBER),
    "width": validators.whole_number,
    "height": validators.whole_number,
    "content_type": validators.word,
    "file": validators.text,
    "missing_file": validators.text,
}
_EXCHANGE = {
    "method": validators.non_empty_text,
    "path": validators.non_empty_text,
    "status": validators.whole_number,
    "at": validators.time,
    "seconds": validators.number(0, validators.MAX_NUMBER),
    "headers": validators.list_of(validators.text),
}
_JOB = {
    "id": validators.non_empty_text,
    "kind": validators.kind,
    "added_at": validators.time,
    "price": _price,
    "label": validators.text,
    "profile": validators.profile,
    "status": _status,
    "raw_status": validators.word,
    "message": validators.text,
    "problem": validators.text,
    "problem_since": validators.time,
    "queue_position": validators.whole_number,
    "eta_seconds": validators.number(0, validators.MAX_NUMBER),
    "percent": validators.number(0, 100),
    "videos": validators.list_of(_video),
    "prompt": validators.text,
    "aspect_ratio": validators.word,
    "processing_seconds": validators.number(0, validators.MAX_NUMBER),
    "created_at": validators.time,
    "updated_at": validators.time,
    "checked_at": validators.time,
    "ended_at": validators.time,
    "unread": validators.flag,
    "review": validators.one_of(Review),
    "history": validators.list_of(_transition),
    "reply": validators.multiline_text,
    "exchange": _exchange,
}
_VALIDATORS: dict[type, Mapping[str, validators.Validator]] = {
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
