"""The services that run jobs, all behind one face."""

from kling_tui.gateways.base import Endpoint, ErrorKind, Gateway, GatewayError, Retry
from kling_tui.gateways.endpoints import (
    BUILT_IN,
    Endpoints,
    derive_endpoint,
    guess_kind,
    not_polled_reason,
    price_of,
    with_not_polled_reason,
)

__all__ = [
    "BUILT_IN",
    "Endpoint",
    "Endpoints",
    "ErrorKind",
    "Gateway",
    "GatewayError",
    "Retry",
    "derive_endpoint",
    "guess_kind",
    "not_polled_reason",
    "price_of",
    "with_not_polled_reason",
]
