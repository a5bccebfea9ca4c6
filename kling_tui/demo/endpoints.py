"""What tells one endpoint from the others."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kling_tui.demo.http_types import Response
from kling_tui.demo.simulator import Kind


@dataclass(frozen=True)
class Endpoint:
    """Where and how jobs of one kind are asked about."""

    kind: Kind
    path: str
    id_field: str | None
    """The field of a POST's body that holds the id; None where a GET's path ends with it."""
    needs_key: bool
    id_pattern: re.Pattern[str]
    """Ids that could be real: one that nobody staged starts a job."""
    not_found: Callable[[str], Response]
    """The reply for all other ids."""
