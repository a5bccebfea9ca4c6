"""Validators of values in the job file: each returns a value converted, or raises."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from kling_tui.jobs import DEFAULT_PROFILE
from kling_tui.sanitize import sanitize_line, sanitize_text

_MAX_TEXT = 10_000
"""Characters, as for _MAX_REPLY."""
_MAX_REPLY = 20_000
MAX_NUMBER = 1_000_000_000
"""The limit for seconds, pixels and queue positions, as in the replies of a gateway."""
_MAX_USD = 10_000

_T = TypeVar("_T")
_Name = TypeVar("_Name", bound=StrEnum)
Validator = Callable[[Any], Any]
"""Takes a value as tomli returns it, and returns it converted or raises InvalidValueError."""


class InvalidValueError(Exception):
    """A value is not valid; the message is what was expected, such as "a number"."""


class FieldError(Exception):
    """A field is not valid; the message begins with its path, such as "job 2: id: missing"."""


def text(value: Any) -> str:
    """Validate a text of one line."""
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_line(value, _MAX_TEXT)


def word(value: Any) -> str:
    """Validate a text that many jobs have in common, which then is in memory once."""
    return sys.intern(text(value))


def profile(value: Any) -> str:
    """Validate a profile; in the file, the user may also call that of [gateway] "default"."""
    name = text(value)
    return "" if name == DEFAULT_PROFILE else name


def non_empty_text(value: Any) -> str:
    """Validate a text of one line, which is not empty."""
    if not (valid := text(value)):
        raise InvalidValueError("text that is not empty")
    return valid


def kind(value: Any) -> str:
    """Validate a kind, which many jobs have in common."""
    return sys.intern(non_empty_text(value))


def multiline_text(value: Any) -> str:
    """Validate a text of several lines."""
    if not isinstance(value, str):
        raise InvalidValueError("text")
    return sanitize_text(value, _MAX_REPLY)


def number(minimum: float, maximum: float) -> Validator:
    """Return a validator of numbers in a range, its ends included."""

    def validate(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and minimum <= value <= maximum):
            raise InvalidValueError(f"a number from {minimum:g} to {maximum:,.0f}")
        return float(value)

    return validate


def whole_number(value: Any) -> int:
    """Validate a whole number up to `MAX_NUMBER`."""
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise InvalidValueError(f"a whole number from 0 to {MAX_NUMBER:,}")
    return value


def time(value: Any) -> datetime:
    """Validate a time with its offset, and return it in UTC."""
    if isinstance(value, datetime) and value.tzinfo and 1900 <= value.year <= 9000:
        return _in_utc(value)
    raise InvalidValueError("a date and time with its offset, like 2026-11-20T10:00:00Z")


@lru_cache(maxsize=8)  # the same time is in several fields of a job: then it is in memory once
def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def usd(value: Any) -> Decimal:
    """Validate US dollars, which the file has as text."""
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount <= _MAX_USD):
        raise InvalidValueError(f'US dollars as text, like "0.35", up to {_MAX_USD:,}')
    return amount


def flag(value: Any) -> bool:
    """Validate a boolean."""
    if not isinstance(value, bool):
        raise InvalidValueError("true or false")
    return value


def one_of(names: type[_Name]) -> Callable[[Any], _Name]:
    """Return a validator of the names in an enumeration."""

    def validate(value: Any) -> _Name:
        try:
            return names(value)
        except ValueError:
            raise InvalidValueError("one of " + ", ".join(names)) from None

    return validate


def list_of(validator: Validator) -> Validator:
    """Return a validator of lists, whose items another one validates."""

    def validate(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidValueError("a list")
        items = enumerate(value, 1)
        return tuple(validate_field(str(number), validator, item) for number, item in items)

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
