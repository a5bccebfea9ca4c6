"""The properties in which the endpoints differ."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kling_tui.demo.http_types import Response
from kling_tui.demo.simulator import Kind


@dataclass(frozen=True)
class Endpoint:
    """How jobs of one kind are polled."""

    kind: Kind
    path: str
    id_field: str | None
    """The field of a POST body that holds the id; None if a GET path ends with the id."""
    needs_key: bool
    id_pattern: re.Pattern[str]
    """Polling a new id that matches starts a generated job."""
    not_found: Callable[[str], Response]
    """Returns the response for an unknown id."""
