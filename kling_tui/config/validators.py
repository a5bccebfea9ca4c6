"""Readers of settings: each turns a value as TOML has it into a setting, or says what is wrong."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, get_args

from kling_tui.downloads.filenames import FIELDS, template_error
from kling_tui.gateways.hosts import is_loopback
from kling_tui.jobs import Price
from kling_tui.sanitize import sanitize_line

_KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
_KINDS |= {list: "an array", dict: "a table", type(None): "missing"}
_NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f]*"
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>(?P<name>(?=[^:/]*[a-z])([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?)"
    r"|[0-9.]+|\[[0-9a-f.]*:[0-9a-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?(/[!\"$->@-~]*)?",
    re.IGNORECASE | re.ASCII,
)

Reader = Callable[[Any], Any]
"""Turns a value as TOML has it into a setting, or raises UnusableError."""


class InvalidSettingError(Exception):
    """What is wrong with a value, in words that go on where the value's name ends."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Validator:
    """A reader of values that are no tables."""

    expected: str
    passes: Callable[[Any], object]
    make: Callable[[Any], Any] = lambda value: value
    secret: bool = False

    def __call__(self, value: object) -> Any:
        """Return a value as the setting that it stands for; raises UnusableError."""
        if self.passes(value):
            return self.make(value)
        raise InvalidSettingError(f" is {self.shown(value)}; expected {self.expected}")

    def shown(self, value: object) -> str:
        """Return a value as an error may show it."""
        # In a URL, a password may stand before an @ and a key after a ?.
        if self.secret or (isinstance(value, str) and set("@?#") & set(value)):
            return f"{_kind(value)} (not shown)"
        if isinstance(value, str):
            return sanitize_line(repr(value), 60)
        if isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 64):
            return str(value).lower()
        return _kind(value)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")


def _is_number(value: Any, low: float, high: float) -> bool:
    # By isinstance, true would be a number.
    return type(value) in (int, float, Decimal) and low <= value <= high


def number(low: float, high: float) -> Validator:
    """Return a reader of numbers in a range."""
    return Validator(
        f"a number from {low:g} to {high:g}", lambda value: _is_number(value, low, high), float
    )


def whole(low: int, high: int) -> Validator:
    """Return a reader of whole numbers in a range."""
    return Validator(
        f"a whole number from {low} to {high}", lambda v: type(v) is int and low <= v <= high
    )


def text(expected: str, pattern: str) -> Validator:
    """Return a reader of strings that are all of a pattern."""
    return Validator(expected, lambda v: isinstance(v, str) and re.fullmatch(pattern, v))


def _is_dollars(value: object) -> bool:
    decimal = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return _is_number(Decimal(str(value)) if decimal else value, 0, 10_000)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[!-~]*", value.strip()))


def _is_command(value: object) -> bool:
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
    """Whether a value is a program and its arguments: no words at all, or the first not empty."""
    if not isinstance(value, list):
        return False
    printable = all(isinstance(word, str) and word.isprintable() for word in value)
    return printable and (not value or bool(value[0].strip()))


def _is_url(value: object) -> bool:
    url = _URL.fullmatch(value) if isinstance(value, str) else None
    host = url and (url["name"] or _address(url["host"]))
    return bool(url and host and 0 < int(url["port"] or 443) < 65_536)


def is_cleartext(url: str) -> bool:
    """Whether others on the way could read what is sent to an address."""
    parts = _URL.fullmatch(url)
    if not parts or parts["scheme"].lower() == "https":
        return False
    return not is_loopback(parts["host"])


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


BOOLEAN = Validator("true or false", lambda value: isinstance(value, bool))
PATH = text("a path without control characters", _NO_CONTROLS)
NAME = text("a name, not empty and without control characters", rf"(?=.*\S){_NO_CONTROLS}")
KEY = Validator("printable ASCII characters without spaces", _is_key, str.strip, secret=True)
COMMAND = Validator(
    "a command line of printable characters, its quotes closed", _is_command, secret=True
)
ARGV = Validator(
    'an array of printable strings, a program first, such as ["notify-job", "--quiet"]',
    _is_argv,
    tuple,
    secret=True,
)
URL = Validator(
    'a URL such as "https://gateway.pixazo.ai", without user, query and fragment',
    _is_url,
    lambda value: value.rstrip("/"),
)
TEMPLATE = Validator(
    'a file name such as "{id}-{n}", without a folder, which may hold '
    + ", ".join(f"{{{name}}}" for name in FIELDS),
    _is_template,
)
STRING = Validator("a string", lambda value: isinstance(value, str))
_PRICE: Mapping[str, Reader] = {
    "usd": Validator(
        'US dollars from 0 to 10000, such as 0.35 or "0.35"',
        _is_dollars,
        lambda value: Decimal(str(value)).copy_abs(),
    ),
    "per_seconds": number(0.001, 86_400),
}


def read_table(table: Any, readers: Mapping[str, Reader]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a table that can be used, and the problems of all others."""
    if not isinstance(table, dict):
        words = f"a table with {', '.join(readers)}" if readers else "a table"
        raise InvalidSettingError(f" is {_kind(table)}; expected {words}")
    good, problems = {}, []
    for name, value in table.items():
        try:
            good[name] = readers.get(name, _unknown(name, readers))(value)
        except InvalidSettingError as error:
            shown = name if re.fullmatch("[A-Za-z0-9_-]+", name) else repr(name)
            problems += [f".{sanitize_line(shown, 60)}{problem}" for problem in error.problems]
    return good, problems


def _unknown(name: str, readers: Mapping[str, Reader]) -> Reader:
    def read(_: object) -> None:
        close = get_close_matches(name[:60], readers, 1)
        hint = f" did you mean {close[0]}?" if close else ""
        raise InvalidSettingError(f" is not a setting;{hint} expected one of {', '.join(readers)}")

    return read


def raise_problems(good: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return the settings of a table of which all can be used; raises all that is wrong."""
    if problems:
        raise InvalidSettingError(*problems)
    return good


def price(table: Any) -> Price:
    """Read what a unit of a kind costs."""
    # TOML has no null: None is a value that is missing.
    known = {"usd": None, **table} if isinstance(table, dict) else table
    return Price(**raise_problems(*read_table(known, _PRICE)))


def names(table: Any) -> dict[str, str]:
    """Read a table of names by whatever keys."""
    readers = dict.fromkeys(table, NAME) if isinstance(table, dict) else {}
    return raise_problems(*read_table(table, readers))


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file; the annotation of each field holds the field's reader."""

    @classmethod
    def read(cls, table: Any) -> Any:
        """Turn a table into a section, or raise all that is wrong with it."""
        readers = {setting.name: get_args(setting.type)[1] for setting in fields(cls)}
        good, problems = read_table(table, readers)
        section = cls(**good)
        bad = table.keys() - good.keys()
        problems += [words for names, words in section.conflicts() if not bad & names]
        raise_problems(good, problems)
        return section

    def conflicts(self) -> Iterator[tuple[set[str], str]]:
        """Yield the names of settings that do not go together, and what is wrong with them."""
        yield from ()
