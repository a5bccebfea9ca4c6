"""Validators of single values: each returns the setting for a TOML value, or raises."""

import re
import shlex
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from kling_tui.config import urls
from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.downloads.filenames import FIELDS, template_error
from kling_tui.sanitize import sanitize_line

_TYPE_NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
_TYPE_NAMES |= {list: "an array", dict: "a table", type(None): "missing"}
_NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f]*"
Validator = Callable[[Any], Any]
"""Takes a value as tomli returns it, and returns the setting or raises InvalidSettingError."""


class ValueValidator(Struct, frozen=True):
    """A validator of values that are not tables."""

    expected: str
    """Which values are valid, in an error."""
    is_valid: Callable[[Any], object]
    convert: Callable[[Any], Any] = lambda value: value
    secret: bool = False
    """Whether an error must not show the value."""
    schema: Mapping[str, Any] = {}
    """What JSON Schema can say of valid values; may be empty if the type of the setting is all."""

    def __call__(self, value: object) -> Any:
        """Return the setting for a value; raises InvalidSettingError."""
        if self.is_valid(value):
            return self.convert(value)
        message = f"is {self.describe(value)}; expected {self.expected}"
        raise InvalidSettingError(Problem("", message))

    def describe(self, value: object) -> str:
        """Return a value as an error may show it."""
        # In a URL, a password may precede an @ and a key may follow a ?.
        if self.secret or (isinstance(value, str) and set("@?#") & set(value)):
            return f"{type_name(value)} (not shown)"
        if isinstance(value, str):
            return sanitize_line(repr(value), 60)
        if isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 64):
            return str(value).lower()
        return type_name(value)


def type_name(value: object) -> str:
    """Return the name of a value's TOML type, such as "a string"; None is "missing"."""
    return _TYPE_NAMES.get(type(value), "a date or time")


def _is_number(value: Any, minimum: float, maximum: float) -> bool:
    # By isinstance, true would be a number.
    return type(value) in (int, float, Decimal) and minimum <= value <= maximum


def number(minimum: float, maximum: float) -> ValueValidator:
    """Return a validator of numbers in a range, its ends included."""
    return ValueValidator(
        f"a number from {minimum:g} to {maximum:g}",
        lambda value: _is_number(value, minimum, maximum),
        float,
        schema={"type": "number", "minimum": minimum, "maximum": maximum},
    )


def whole(minimum: int, maximum: int) -> ValueValidator:
    """Return a validator of whole numbers in a range, its ends included."""
    return ValueValidator(
        f"a whole number from {minimum} to {maximum}",
        lambda value: type(value) is int and minimum <= value <= maximum,
        schema={"type": "integer", "minimum": minimum, "maximum": maximum},
    )


def text(expected: str, pattern: str) -> ValueValidator:
    """Return a validator of strings that match a pattern as a whole.

    A pattern such as "lean|stock" is a choice, which editors offer.
    """
    choice = re.fullmatch(r"\w+(\|\w+)+", pattern)
    return ValueValidator(
        expected,
        lambda value: isinstance(value, str) and re.fullmatch(pattern, value),
        schema={"enum": pattern.split("|")} if choice else _strings(pattern),
    )


def _strings(pattern: str) -> dict[str, str]:
    """Return the JSON Schema of strings that match a pattern as a whole."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def _usd(maximum: int) -> ValueValidator:
    """Return a validator of US dollars up to a maximum."""

    def is_usd(value: object) -> bool:
        decimal = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
        return _is_number(Decimal(str(value)) if decimal else value, 0, maximum)

    return ValueValidator(
        f'US dollars from 0 to {maximum}, such as 0.35 or "0.35"',
        is_usd,
        lambda value: Decimal(str(value)).copy_abs(),
        schema={
            **_strings(r"[0-9]+(\.[0-9]+)?"),
            "type": ["number", "string"],
            "minimum": 0,
            "maximum": maximum,
        },
    )


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[!-~]*", value.strip()))


def _is_command_line(value: object) -> bool:
    if not isinstance(value, str) or not value.isprintable():
        return False
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True


def _is_template(value: object) -> bool:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return False
    return template_error(value) is None


def _is_argv(value: object) -> bool:
    """Whether a value is a program with its arguments, or an empty array."""
    if not isinstance(value, list):
        return False
    printable = all(isinstance(argument, str) and argument.isprintable() for argument in value)
    return printable and (not value or bool(value[0].strip()))


BOOLEAN = ValueValidator("true or false", lambda value: isinstance(value, bool))
STRING = ValueValidator("a string", lambda value: isinstance(value, str), schema={"type": "string"})
PATH = text("a path without control characters", _NO_CONTROLS)
FILTER = text("a filter without control characters", _NO_CONTROLS)
DIGIT = ValueValidator(
    '"1" to "9"',
    lambda value: type(value) in (int, str) and re.fullmatch("[1-9]", str(value)),
    str,
    schema={"enum": [*map(str, range(1, 10)), *range(1, 10)]},
)
NAME = text("a name, not empty and without control characters", rf"(?=.*\S){_NO_CONTROLS}")
USD = _usd(10_000)
BUDGET = _usd(1_000_000)
SHARE = ValueValidator(
    "a share from 0.01 to 1, such as 0.8",
    lambda value: _is_number(value, 0.01, 1),
    lambda value: Decimal(str(value)),
    schema={"type": "number", "minimum": 0.01, "maximum": 1},
)
KEY = ValueValidator(
    "printable ASCII characters without spaces",
    _is_key,
    str.strip,
    secret=True,
    schema=_strings(r"\s*[!-~]*\s*"),
)
COMMAND = ValueValidator(
    "a command line of printable characters, its quotes closed",
    _is_command_line,
    secret=True,
    schema=_strings(_NO_CONTROLS),
)
ARGV = ValueValidator(
    'an array of printable strings, a program first, such as ["notify-job", "--quiet"]',
    _is_argv,
    tuple,
    secret=True,
    schema={
        "type": "array",
        "items": [_strings(rf"(?=.*\S){_NO_CONTROLS}")],
        "additionalItems": _strings(_NO_CONTROLS),
    },
)
URL = ValueValidator(
    'a URL such as "https://gateway.pixazo.ai", without user, query and fragment',
    urls.is_url,
    lambda value: value.rstrip("/"),
    schema={"type": "string", "pattern": urls.URL_PATTERN},
)
PUSH_URL = ValueValidator(
    'a URL such as "https://ntfy.sh/TOPIC", without user and fragment',
    urls.is_push_url,
    secret=True,
    schema={
        "type": "string",
        "pattern": rf"^$|{urls.URL_PATTERN.removesuffix('$')}(\?[!\"$-~]*)?$",
    },
)
PUSH_FORMAT = text('"ntfy", "slack", "discord" or "json"', "ntfy|slack|discord|json")
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
QUIET_HOURS = text(
    'two different times of day, such as "22:00-08:00"', rf"(?!(.{{5}})-\1$)({_CLOCK}-{_CLOCK})?"
)
TEMPLATE = ValueValidator(
    'a file name such as "{id}-{n}", without a folder, which may hold '
    + ", ".join(f"{{{name}}}" for name in FIELDS),
    _is_template,
    schema=_strings(
        rf"(?=.*\S)([^{{}}/\\\x00-\x1f\x7f-\x9f]|\{{({'|'.join(FIELDS)}):?\}}|\{{\{{|\}}\}})*"
    ),
)
