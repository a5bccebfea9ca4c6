"""Validators of entries: a price, such as `i2v = { usd = 0.35 }`, and an [endpoints.NAME]."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace

from kling_tui.config import validators
from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.config.tables import TableValidator, validate_table
from kling_tui.gateways import BUILT_IN, Endpoint, derive_endpoint
from kling_tui.gateways.id_patterns import PatternError, compile_id_pattern
from kling_tui.jobs import Price
from kling_tui.sanitize import sanitize_line

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"
MAX_VIEW_NAME_LENGTH = 24
VIEW_NAMES: Mapping[str, Any] = {**validators.NAME.schema, "maxLength": MAX_VIEW_NAME_LENGTH}
"""The JSON Schema of the names of views."""
PRICE = TableValidator(
    {"usd": validators.USD, "per_seconds": validators.number(0.001, 86_400)},
    required=("usd",),
    build=Price,
)
"""The price of a kind."""


def names_except(*reserved: str) -> Mapping[str, Any]:
    """Return the JSON Schema of the names that `check_name` accepts, without some."""
    return {"pattern": f"^{_NAME}$", "not": {"enum": list(reserved)}}


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


def endpoint(name: str, table: Any) -> Endpoint:
    """Validate an endpoint that the user adds; `name` is the kind of its jobs."""
    if name in BUILT_IN:
        message = "is built in; expected another name for an endpoint of yours"
        raise InvalidSettingError(Problem("", message))
    check_name(name, "an endpoint")
    return derive_endpoint(name, **ENDPOINT(table))


def budget_per_label(value: Any) -> Decimal | dict[str, Decimal]:
    """Validate the limit for every label, or a table of limits by label."""
    if isinstance(value, dict):
        return validate_table(value, {label: partial(_limit, label) for label in value})
    try:
        limit: Decimal = validators.BUDGET(value)
    except InvalidSettingError as error:
        problems = (Problem("", f"{each.message}, or a table of labels") for each in error.problems)
        raise InvalidSettingError(*problems) from error
    return limit


def _limit(label: str, value: Any) -> Decimal:
    if not label.isprintable() or not label.strip():
        raise InvalidSettingError(Problem("", "is no label; expected printable characters"))
    limit: Decimal = validators.BUDGET(value)
    return limit


def _compile_id_pattern(value: str) -> Callable[[str], object]:
    try:
        return compile_id_pattern(value)
    except PatternError as error:
        expected = (
            "a regular expression for the whole of an id, without backreferences and lookarounds"
        )
        message = f"{sanitize_line(str(error), 200)}; expected {expected}"
        raise InvalidSettingError(Problem("", message)) from error


ENDPOINT = TableValidator(
    {
        "shape": validators.text(" or ".join(f'"{kind}"' for kind in BUILT_IN), "|".join(BUILT_IN)),
        "path": validators.text(
            'a path below gateway.url, such as "/wan/v1/wan-request-result"',
            r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%+,=:@-]+)+",
        ),
        "title": replace(validators.STRING, convert=lambda value: sanitize_line(value, 60)),
        "id_pattern": replace(validators.STRING, convert=_compile_id_pattern),
        "price": PRICE,
    },
    required=("shape", "path"),
)
"""The settings of an [endpoints.NAME], as arguments of `derive_endpoint`."""
