"""The services that run jobs, all behind one face."""

from kling_tui.gateways.base import Endpoint, Fault, Gateway, GatewayError, Retry
from kling_tui.gateways.endpoints import (
    BUILT_IN,
    Endpoints,
    as_shown,
    kind_of,
    price_of,
    sibling,
    unpolled,
)

__all__ = [
    "BUILT_IN",
    "Endpoint",
    "Endpoints",
    "Fault",
    "Gateway",
    "GatewayError",
    "Retry",
    "as_shown",
    "kind_of",
    "price_of",
    "sibling",
    "unpolled",
]
