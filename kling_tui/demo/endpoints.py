"""What tells one documented endpoint from the other."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kling_tui.demo.staging import Kind
from kling_tui.demo.wire import Reply


@dataclass(frozen=True)
class Endpoint:
    """Where and how jobs of one kind are asked about."""

    kind: Kind
    path: str
    id_field: str
    """The field of the request body that holds the id."""
    needs_key: bool
    id_shape: re.Pattern[str]
    """Ids that could be real: one that nobody staged starts a job."""
    unknown: Callable[[str], Reply]
    """The reply for all other ids."""
