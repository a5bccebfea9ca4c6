"""Validators of entries: a price, such as `i2v = { usd = 0.35 }`, and an [endpoints.NAME]."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from kling_tui.config import validators
from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.config.tables import validate_table
from kling_tui.config.validators import Validator, ValueValidator
from kling_tui.gateways import BUILT_IN, Endpoint, derive_endpoint
from kling_tui.gateways.id_patterns import PatternError, compile_id_pattern
from kling_tui.jobs import Price
from kling_tui.sanitize import sanitize_line

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"
MAX_VIEW_NAME_LENGTH = 24
_PRICE: Mapping[str, Validator] = {
    "usd": validators.USD,
    "per_seconds": validators.number(0.001, 86_400),
}


def check_name(name: str, what: str) -> None:
    """Check the name of an entry; `what` it names, such as "a profile", is for the error.

    Raises InvalidSettingError.
    """
    if not re.fullmatch(_NAME, name):
        expected = "a name of up to 20 letters, digits and .-_, starting with a letter or digit"
        raise InvalidSettingError(Problem("", f"is no name of {what}; expected {expected}"))


def check_view_name(name: str) -> None:
    """Check the name of a view; raises InvalidSettingError."""
    if not name.isprintable() or not name.strip() or len(name) > MAX_VIEW_NAME_LENGTH:
        expected = f"up to {MAX_VIEW_NAME_LENGTH} printable characters"
        raise InvalidSettingError(Problem("", f"is no name of a view; expected {expected}"))


def price(table: Any) -> Price:
    """Validate the price of a kind."""
    return Price(**validate_table(table, _PRICE, required=("usd",)))


def endpoint(name: str, table: Any) -> Endpoint:
    """Validate an endpoint that the user adds; `name` is the kind of its jobs."""
    if name in BUILT_IN:
        message = "is built in; expected another name for an endpoint of yours"
        raise InvalidSettingError(Problem("", message))
    check_name(name, "an endpoint")
    settings = validate_table(table, _ENDPOINT, required=("shape", "path"))
    return derive_endpoint(name, **settings)


def _title(value: Any) -> str:
    return sanitize_line(validators.STRING(value), 60)


def _id_pattern(value: Any) -> Callable[[str], object]:
    try:
        return compile_id_pattern(validators.STRING(value))
    except PatternError as error:
        expected = (
            "a regular expression for the whole of an id, without backreferences and lookarounds"
        )
        message = f"{sanitize_line(str(error), 200)}; expected {expected}"
        raise InvalidSettingError(Problem("", message)) from error


_ENDPOINT: Mapping[str, Validator] = {
    "shape": ValueValidator(
        " or ".join(f'"{kind}"' for kind in BUILT_IN),
        lambda value: isinstance(value, str) and value in BUILT_IN,
    ),
    "path": validators.text(
        'a path below gateway.url, such as "/wan/v1/wan-request-result"',
        r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%+,=:@-]+)+",
    ),
    "title": _title,
    "id_pattern": _id_pattern,
    "price": price,
}
