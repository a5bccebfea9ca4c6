"""How an endpoint answers at present, as shown to the user."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from kling_tui.gateways import ErrorKind


class Health(StrEnum):
    """The outcome of the last polls of an endpoint."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"


OUTAGES = frozenset({Health.UNAUTHORIZED, Health.UNREACHABLE})
"""What stops the polls of all jobs of an endpoint."""


class EndpointStatus(Struct, frozen=True):
    """The health of an endpoint, why and since when, and when it is polled again."""

    health: Health = Health.UNKNOWN
    message: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """When polls go on, while they are held back."""
    refusal: ErrorKind | None = None
    """Why the gateway refuses all polls, while it does."""
    slowdown: float = 1.0
    """The factor by which intervals are longer than usual."""
